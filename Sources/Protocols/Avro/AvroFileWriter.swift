public import Bytes
private import Compression
private import Crypto
private import JSON

/// Writes an object container file into memory.
///
///     var file = try AvroFileWriter(schema: schema, metadata: [:], codec: .deflate, sync: random)
///     file.items.append(avroLong: 7)
///     try file.endItem()
///     let bytes = try file.finish()
public struct AvroFileWriter: ~Copyable {
  /// Where the next item is written; `endItem` after each.
  public var items = ByteWriter(capacity: 1 << 16)
  private var output = ByteWriter(capacity: 1 << 16)
  private var itemCount = 0
  private let codec: AvroFile.Codec
  private let level: Int?
  private let sync: UInt128

  /// Items are packed once they have this many bytes.
  private static let blockByteCount = 1 << 16

  /// - Parameter sync: 16 random bytes that end every block.
  public init(
    schema: AvroSchema, metadata: [(key: String, value: String)] = [],
    codec: AvroFile.Codec = .deflate, level: Int? = nil, sync: UInt128
  ) {
    self.codec = codec
    self.level = level
    self.sync = sync
    self.output.append(AvroFile.magic)
    self.output.append(avroLong: Int64(metadata.count + 2))
    let own = [(AvroFile.schemaKey, schema.text()), (AvroFile.codecKey, codec.rawValue)]
    for (key, value) in own + metadata {
      self.output.append(avroString: key)
      self.output.append(avroString: value)
    }
    self.output.append(avroLong: 0)
    self.output.append(bigEndian: sync)
  }

  /// How long the file is so far, without what is not packed yet.
  public var byteCount: Int { self.output.count }

  public mutating func endItem() throws(AvroError) {
    self.itemCount += 1
    if self.items.count >= Self.blockByteCount { try self.endBlock() }
  }

  private mutating func endBlock() throws(AvroError) {
    guard self.itemCount > 0 else { return }
    self.output.append(avroLong: Int64(self.itemCount))
    try Self.pack(self.items, into: &self.output, codec: self.codec, level: self.level)
    self.output.append(bigEndian: self.sync)
    self.items.removeAll()
    self.itemCount = 0
  }

  private static func pack(
    _ items: borrowing ByteWriter, into output: inout ByteWriter, codec: AvroFile.Codec,
    level: Int?
  ) throws(AvroError) {
    guard let compression = codec.compression else { return output.append(avroBytes: items.bytes) }
    var packed = ByteWriter(capacity: items.count)
    do {
      try compression.compress(items.bytes, to: &packed, level: level)
    } catch {
      throw AvroError(.tooLarge, "cannot pack a block: \(error)")
    }
    if codec == .snappy { packed.append(bigEndian: CRC32.checksum(of: items.bytes)) }
    output.append(avroBytes: packed.bytes)
  }

  /// The whole file.
  public consuming func finish() throws(AvroError) -> ByteWriter {
    try self.endBlock()
    return self.output
  }
}
