public import Bytes
private import Compression
private import JSON

/// Writes a Puffin file.
public struct PuffinWriter: ~Copyable {
  private var output: ByteWriter
  public private(set) var footer: PuffinFooter

  public init(properties: Properties = [:]) {
    self.output = ByteWriter(capacity: 4096)
    self.output.append(PuffinFooter.magic)
    self.footer = PuffinFooter(properties: properties)
  }

  /// Appends a blob.
  ///
  /// - Returns: the blob with the place where it lies now.
  @discardableResult
  public mutating func add(
    _ blob: PuffinBlob, content: RawSpan
  ) throws(IcebergError) -> PuffinBlob {
    var blob = blob
    blob.offset = Int64(self.output.count)
    if let codec = blob.codec {
      let compression: Compression = codec == .lz4 ? .lz4 : .zstd
      do {
        try compression.compress(content, to: &self.output)
      } catch {
        throw IcebergError(.tooLarge, "a blob cannot be packed: \(error)")
      }
    } else {
      self.output.append(content)
    }
    blob.length = Int64(self.output.count) - blob.offset
    self.footer.blobs.append(blob)
    return blob
  }

  /// Appends a deletion vector.
  @discardableResult
  public mutating func add(
    _ vector: borrowing DeletionVector, referencing dataFile: String
  ) throws(IcebergError) -> PuffinBlob {
    var content = ByteWriter()
    vector.append(blobTo: &content)
    // The snapshot is not known yet, and the column is that of positions in files.
    return try self.add(
      PuffinBlob(
        type: DeletionVector.blobType, fields: [DeletionVector.positionFieldID],
        properties: [
          "referenced-data-file": dataFile, "cardinality": String(vector.count),
        ]), content: content.bytes)
  }

  /// The whole file, and how many bytes of it are its footer.
  public consuming func finish() -> WrittenPuffinFile {
    var payload = ByteWriter()
    payload.appendJSON(self.footer)
    self.output.append(PuffinFooter.magic)
    self.output.append(payload.bytes)
    self.output.append(littleEndian: Int32(clamping: payload.count))
    self.output.append(littleEndian: UInt32(0))
    self.output.append(PuffinFooter.magic)
    return WrittenPuffinFile(
      footer: self.footer,
      footerByteCount: payload.count + PuffinFooter.trailerByteCount + PuffinFooter.magic.count,
      bytes: self.output)
  }
}

/// A Puffin file, ready to be stored.
public struct WrittenPuffinFile: ~Copyable {
  public let footer: PuffinFooter
  public let footerByteCount: Int
  public var bytes: ByteWriter
}
