public import Bytes
private import Compression
public import JSON

// A Puffin file:
//
//   "PFA1" · blobs · footer
//   footer:  "PFA1" · payload · 4 bytes payload size · 4 bytes flags · "PFA1"
//
// The payload is JSON, compressed with LZ4 when bit 0 of the first byte of the flags is set. Numbers are
// little-endian.
public struct PuffinFooter: Hashable, Sendable {
  public var blobs: [PuffinBlob]
  public var properties: Properties
  public var unknown: JSONObject

  static let magic: [UInt8] = [0x50, 0x46, 0x41, 0x31]
  /// Size, flags and magic after the payload.
  static let trailerByteCount = 12
  public static let payloadByteCountMax = 64 << 20

  public init(blobs: [PuffinBlob] = [], properties: Properties = [:]) {
    self.blobs = blobs
    self.properties = properties
    self.unknown = JSONObject()
  }

  /// How many bytes from the end of a file its footer takes, from its last 12 bytes.
  public static func byteCount(ofTrailer trailer: RawSpan) throws(IcebergError) -> Int {
    guard trailer.byteCount >= self.trailerByteCount else {
      throw self.corrupted("\(trailer.byteCount) bytes are too few for a footer")
    }
    var reader = ByteReader(
      trailer.extracting((trailer.byteCount - self.trailerByteCount)..<trailer.byteCount))
    let size = reader.littleEndian(Int32.self) ?? -1
    _ = reader.littleEndian(UInt32.self)
    guard reader.rest.array == self.magic else {
      throw self.corrupted("the file does not end as a Puffin file does")
    }
    guard size >= 0, Int(size) <= self.payloadByteCountMax else {
      throw self.corrupted("the footer says that it has \(size) bytes")
    }
    return self.magic.count + Int(size) + self.trailerByteCount
  }

  /// Reads the footer at the end of `bytes`, which are the whole file or its last part.
  ///
  /// - Parameter fileByteCount: the size of the file, within which the blobs must lie.
  public init(endOf bytes: RawSpan, fileByteCount: Int64) throws(IcebergError) {
    let count = try Self.byteCount(ofTrailer: bytes)
    guard count <= bytes.byteCount, Int64(count) <= fileByteCount else {
      throw Self.corrupted("a footer of \(count) bytes in a file of \(fileByteCount)")
    }
    let footer = bytes.extracting((bytes.byteCount - count)..<bytes.byteCount)
    guard footer.extracting(0..<4).array == Self.magic else {
      throw Self.corrupted("the footer does not begin with PFA1")
    }
    let payload = footer.extracting(4..<(count - Self.trailerByteCount))
    let flags = footer.extracting((count - 8)..<(count - 4)).array
    guard flags[0] & ~1 == 0, flags[1...] == [0, 0, 0] else {
      throw IcebergError(.unsupported, "the Puffin file has flags \(flags) that are not known")
    }
    let limits = JSONLimits(byteCountMax: Self.payloadByteCountMax, depthMax: 16)
    if flags[0] & 1 != 0 {
      var plain = ByteWriter()
      do {
        try Compression.lz4.decompress(
          payload, to: &plain, byteCountMax: Self.payloadByteCountMax)
      } catch {
        throw Self.corrupted("the footer cannot be unpacked: \(error)")
      }
      self = try Self.parse(plain.bytes, limits)
    } else {
      self = try Self.parse(payload, limits)
    }
    let end = fileByteCount - Int64(count)
    for (position, blob) in self.blobs.enumerated() {
      let (last, overflow) = blob.offset.addingReportingOverflow(blob.length)
      guard blob.offset >= 4, blob.length >= 0, !overflow, last <= end else {
        throw Self.corrupted(
          "blob \(position) has \(blob.length) bytes at \(blob.offset), and the footer begins at "
            + "\(end)")
      }
    }
  }

  private static func parse(
    _ text: RawSpan, _ limits: JSONLimits
  ) throws(IcebergError) -> PuffinFooter {
    do {
      return try IcebergDocument.parse(text, limits: limits)
    } catch {
      throw self.corrupted("the footer is not readable: \(error.message)")
    }
  }

  static func corrupted(_ reason: String) -> IcebergError {
    IcebergError(.corrupted, "cannot read the Puffin file: \(reason)")
  }
}

extension PuffinFooter: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      blobs: try json.decode("blobs"),
      properties: try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? [:])
    self.unknown = json.unknownMembers(["blobs", "properties"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("blobs", self.blobs)
      if !self.properties.isEmpty { json.member("properties", self.properties) }
      json.members(self.unknown)
    }
  }
}

extension PuffinBlob {
  /// The content of a blob.
  ///
  /// - Parameter stored: the `length` bytes at `offset`.
  public func content(
    of stored: RawSpan, byteCountMax: Int = 1 << 30
  ) throws(IcebergError) -> ByteWriter {
    guard Int64(stored.byteCount) == self.length else {
      throw PuffinFooter.corrupted(
        "a blob has \(self.length) bytes, and \(stored.byteCount) were read")
    }
    var content = ByteWriter(capacity: min(stored.byteCount, byteCountMax))
    guard let codec = self.codec else {
      guard stored.byteCount <= byteCountMax else {
        throw IcebergError(.tooLarge, "the blob has \(stored.byteCount) bytes")
      }
      content.append(stored)
      return content
    }
    let compression: Compression = codec == .lz4 ? .lz4 : .zstd
    do {
      try compression.decompress(stored, to: &content, byteCountMax: byteCountMax)
    } catch {
      throw PuffinFooter.corrupted("a blob cannot be unpacked: \(error)")
    }
    return content
  }
}
