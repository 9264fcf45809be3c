public import Bytes
private import Compression
private import Crypto

/// Reads an object container file that is in memory.
///
///     var file = try AvroFileReader(bytes)
///     var block = ByteWriter()
///     while let count = try file.nextBlock(into: &block) {
///       var items = AvroDecoder(block.bytes)
///       for _ in 0..<count { try items.value(…) }
///     }
public struct AvroFileReader: ~Escapable {
  private var reader: ByteReader
  private let sync: [UInt8]
  public let codec: AvroFile.Codec
  public let types: AvroTypes
  public let limits: AvroLimits
  /// What the application wrote beside the schema.
  public let metadata: [String: [UInt8]]

  public var schema: AvroSchema { self.types.root }

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, limits: AvroLimits = .standard) throws(AvroError) {
    let start = bytes.extracting(0..<min(bytes.byteCount, AvroFile.magic.count))
    guard start.array == AvroFile.magic else {
      throw AvroError(.malformed, "the bytes do not begin as an Avro file does")
    }
    var header = AvroDecoder(bytes.extracting(AvroFile.magic.count..<bytes.byteCount))
    let metadata = try Self.metadata(&header, limits)
    self.sync = try header.fixed(AvroFile.syncByteCount).array
    guard let schema = metadata[AvroFile.schemaKey] else {
      throw AvroError(.malformed, "the file has no \(AvroFile.schemaKey)")
    }
    let name = metadata[AvroFile.codecKey].map { $0.rawBytes.lossyText } ?? "null"
    guard let codec = AvroFile.Codec(rawValue: name) else {
      throw AvroError(
        .unsupported,
        "codec \(name.prefix(40).debugDescription) is not supported; there are "
          + AvroFile.Codec.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.codec = codec
    self.types = AvroTypes(try AvroSchema(parsing: schema.rawBytes, limits: limits))
    self.metadata = metadata.filter { !$0.key.hasPrefix("avro.") }
    self.limits = limits
    self.reader = ByteReader(bytes)
    self.reader.offset = AvroFile.magic.count + header.offset
  }

  private static func metadata(
    _ header: inout AvroDecoder, _ limits: AvroLimits
  ) throws(AvroError) -> [String: [UInt8]] {
    var metadata: [String: [UInt8]] = [:]
    var byteCount = 0
    while case let count = try header.blockCount(), count > 0 {
      for _ in 0..<count {
        let key = try header.string()
        let value = try header.bytes()
        byteCount += key.utf8.count + value.byteCount
        guard byteCount <= limits.metadataByteCountMax else {
          throw AvroError(
            .tooLarge, "the file's metadata has more than \(limits.metadataByteCountMax) bytes")
        }
        metadata[key] = value.array
      }
    }
    return metadata
  }

  /// Puts the items of the next block into `block`, in place of what was there, and says how many
  /// they are; nil at the end of the file.
  @_lifetime(self: copy self)
  public mutating func nextBlock(into block: inout ByteWriter) throws(AvroError) -> Int? {
    block.removeAll()
    guard !self.reader.isAtEnd else { return nil }
    var frame = AvroDecoder(self.reader.rest)
    let count = try frame.long()
    let size = try frame.long()
    guard count >= 0, size >= 0, let byteCount = Int(exactly: size) else {
      throw AvroError(
        .malformed, "a block of \(count) items in \(size) bytes at byte \(self.reader.offset)")
    }
    let packed = try frame.fixed(byteCount)
    let marker = try frame.fixed(AvroFile.syncByteCount)
    let sync = self.sync
    guard marker.isEqual(to: sync.rawBytes) else {
      throw AvroError(
        .malformed, "the block at byte \(self.reader.offset) does not end in the sync marker")
    }
    try self.unpack(packed, into: &block)
    self.reader.offset += frame.offset
    guard let items = Int(exactly: count), items <= 8 * block.count + 65_536 else {
      throw AvroError(.tooLarge, "a block of \(count) items in \(block.count) bytes")
    }
    return items
  }

  private func unpack(_ packed: RawSpan, into block: inout ByteWriter) throws(AvroError) {
    guard let compression = self.codec.compression else {
      guard packed.byteCount <= self.limits.blockByteCountMax else {
        throw AvroError(
          .tooLarge,
          "a block of \(packed.byteCount) bytes; \(self.limits.blockByteCountMax) are read")
      }
      block.append(packed)
      return
    }
    // A snappy block is followed by the CRC-32 of its content, big-endian.
    let checksumByteCount = self.codec == .snappy ? 4 : 0
    guard packed.byteCount >= checksumByteCount else {
      throw AvroError(
        .truncated, "a block of \(packed.byteCount) bytes has no room for its checksum")
    }
    let end = packed.byteCount - checksumByteCount
    do {
      try compression.decompress(
        packed.extracting(0..<end), to: &block, byteCountMax: self.limits.blockByteCountMax,
        trailing: .ignore)
    } catch {
      throw AvroError(
        error.code == .tooLarge ? .tooLarge : .malformed,
        "cannot read the block at byte \(self.reader.offset): \(error)")
    }
    guard checksumByteCount > 0 else { return }
    var checksum = ByteReader(packed.extracting(end..<packed.byteCount))
    let expected = checksum.bigEndian(UInt32.self)
    let computed = CRC32.checksum(of: block.bytes)
    guard computed == expected else {
      throw AvroError(
        .malformed,
        "the block at byte \(self.reader.offset) has checksum \(expected ?? 0), computed \(computed)"
      )
    }
  }
}
