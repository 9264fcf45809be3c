internal import Avro
public import Bytes
private import JSON

/// Writes a manifest.
///
/// New files are added without sequence numbers: they are inherited, so that a commit can be tried again
/// with another number without writing its manifests again.
public struct ManifestWriter: ~Copyable {
  private var file: AvroFileWriter
  private var summaries: [PartitionFieldSummary]
  private var manifest: ManifestFile
  private let types: [PrimitiveType]
  private let formatVersion: Int
  private var minSequenceNumber: Int64?

  /// - Parameters:
  ///   - snapshotID: the snapshot that the manifest is written for.
  ///   - sync: 16 random bytes.
  public init(
    path: String, spec: PartitionSpec, schema: Schema, formatVersion: Int,
    content: ManifestFile.Content = .data, snapshotID: Int64, sync: UInt128,
    compression: ManifestCompression = .deflate
  ) throws(IcebergError) {
    guard (1...IcebergLimits.formatVersionMax).contains(formatVersion) else {
      throw IcebergError(.unsupported, "manifests of v\(formatVersion) are not written")
    }
    guard formatVersion > 1 || content == .data else {
      throw .validation("delete files are of v2, and the table is of v1")
    }
    let index = SchemaIndex(schema)
    // Of a column that is gone nothing is written but null.
    self.types = spec.resultTypes(in: index).map { $0 ?? .unknown }
    self.summaries = self.types.map { PartitionFieldSummary($0) }
    self.formatVersion = formatVersion
    self.manifest = ManifestFile(
      path: path, length: 0, specID: spec.id, content: content, addedSnapshotID: snapshotID)
    self.manifest.addedFilesCount = 0
    self.manifest.existingFilesCount = 0
    self.manifest.deletedFilesCount = 0
    self.manifest.addedRowsCount = 0
    self.manifest.existingRowsCount = 0
    self.manifest.deletedRowsCount = 0
    self.file = AvroFileWriter(
      schema: ManifestSchema.entry(
        formatVersion: formatVersion, spec: spec, types: self.types),
      metadata: [
        ("schema", schema.text()), ("schema-id", String(schema.id)),
        ("partition-spec", spec.fields.text()), ("partition-spec-id", String(spec.id)),
        ("format-version", String(formatVersion)),
        ("content", content == .data ? "data" : "deletes"),
      ], codec: compression.codec, level: compression.level, sync: sync)
  }

  /// How long the file is so far, without what is not packed yet: for starting another one in time.
  public var byteCount: Int { self.file.byteCount }

  public mutating func add(_ entry: ManifestEntry) throws(IcebergError) {
    try self.check(entry)
    self.count(entry)
    for (position, value) in entry.file.partition.values.enumerated() {
      try self.summaries[position].note(value)
    }
    EntryEncoder.encode(
      entry, defaultSnapshotID: self.manifest.addedSnapshotID, types: self.types,
      formatVersion: self.formatVersion, to: &self.file.items)
    do { try self.file.endItem() } catch { throw IcebergError(error) }
  }

  private func check(_ entry: ManifestEntry) throws(IcebergError) {
    let file = entry.file
    guard (file.content == .data) == (self.manifest.content == .data) else {
      throw .validation("file \(quoted(file.path)) is of the other kind than its manifest")
    }
    guard file.partition.values.count == self.types.count else {
      throw .validation(
        "file \(quoted(file.path)) has \(file.partition.values.count) partition values, its spec "
          + "\(self.types.count)")
    }
    for (value, type) in zip(file.partition.values, self.types) {
      if let value, !value.isValue(of: type), !Self.isTruncated(value, type) {
        throw .validation(
          "the partition value \(value) of file \(quoted(file.path)) is not of type \(type)")
      }
    }
    if self.formatVersion > 1, entry.status != .added, entry.sequenceNumber == nil {
      throw .validation("file \(quoted(file.path)) was there before and has no sequence number")
    }
  }

  /// The smallest decimals have one digit more when they are truncated, and still fit the bytes.
  private static func isTruncated(_ value: Literal, _ type: PrimitiveType) -> Bool {
    guard case .decimal(let number) = value, case .decimal(let precision, let scale) = type else {
      return false
    }
    return number.scale == scale
      && number.bytes.count <= DecimalNumber.byteCount(ofPrecision: precision)
  }

  private mutating func count(_ entry: ManifestEntry) {
    let rows = entry.file.recordCount
    switch entry.status {
    case .added:
      self.manifest.addedFilesCount = (self.manifest.addedFilesCount ?? 0) + 1
      self.manifest.addedRowsCount = (self.manifest.addedRowsCount ?? 0) &+ rows
    case .existing:
      self.manifest.existingFilesCount = (self.manifest.existingFilesCount ?? 0) + 1
      self.manifest.existingRowsCount = (self.manifest.existingRowsCount ?? 0) &+ rows
    case .deleted:
      self.manifest.deletedFilesCount = (self.manifest.deletedFilesCount ?? 0) + 1
      self.manifest.deletedRowsCount = (self.manifest.deletedRowsCount ?? 0) &+ rows
    }
    if entry.isLive, let number = entry.sequenceNumber {
      self.minSequenceNumber = min(self.minSequenceNumber ?? number, number)
    }
  }

  /// The file, and its line for the manifest list.
  public consuming func finish() throws(IcebergError) -> WrittenManifest {
    var manifest = self.manifest
    if let number = self.minSequenceNumber { manifest.minSequenceNumber = number }
    manifest.partitions = self.summaries.map(\.summary)
    let output: ByteWriter
    do { output = try self.file.finish() } catch { throw IcebergError(error) }
    manifest.length = Int64(output.count)
    return WrittenManifest(bytes: output, manifest: manifest)
  }
}

/// A manifest or a manifest list, ready to be stored.
public struct WrittenManifest: ~Copyable {
  public var bytes: ByteWriter
  public var manifest: ManifestFile
}

/// How the blocks of a manifest are packed.
public enum ManifestCompression: Sendable {
  case none
  /// What every reader knows.
  case deflate
  case zstd
  case snappy

  var codec: AvroFile.Codec {
    switch self {
    case .none: .null
    case .deflate: .deflate
    case .zstd: .zstd
    case .snappy: .snappy
    }
  }

  /// Measured with `bench-iceberg`: level 1 packs manifests three times as fast as level 6, into a
  /// tenth more bytes.
  var level: Int? { self == .deflate ? 1 : nil }
}
