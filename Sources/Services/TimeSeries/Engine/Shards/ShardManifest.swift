internal import Bytes
private import Crypto
internal import SeriesColumns

// `manifest` of a shard: which parts are its content. It is replaced as a whole, atomically, so that there
// is no torn tail to tell from a damaged one. Little-endian:
//
//    0  8  magic "LAKEMNF1"
//    8  4  bytes of the body
//   12  4  CRC-32C of the body
//   16     body: varint number of the next part; varint sequence number up to which all batches are in
//          parts; varint count of parts, then each: varint number, bytes, rows, series entries, first
//          and last sequence number; 8 bytes each least and greatest time
//
// Bytes behind the body are not looked at. Parts stand in the order of their sequence numbers. A part file
// that no manifest names is an orphan of a flush or merge that did not end, and is removed.

/// One part, as the manifest knows it.
struct PartRecord: Sendable, Hashable {
  var number: UInt64
  var byteCount: Int64
  var rows: Int64
  var series: Int64
  var firstSequence: UInt64
  var lastSequence: UInt64
  var leastTime: Int64
  var greatestTime: Int64

  init(_ footer: PartFooter, byteCount: Int64) {
    self.number = footer.number
    self.byteCount = byteCount
    self.rows = footer.rows
    self.series = footer.series
    self.firstSequence = footer.firstSequence
    self.lastSequence = footer.lastSequence
    self.leastTime = footer.leastTime
    self.greatestTime = footer.greatestTime
  }

  var fileName: String { Self.fileName(self.number) }

  static let suffix = ".lpt"

  static func fileName(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits + self.suffix
  }
}

struct ShardManifest: Sendable, Hashable {
  static let fileName = "manifest"
  static let magic: [UInt8] = Array("LAKEMNF1".utf8)
  static let byteCountMax = 64 << 20

  var nextNumber: UInt64 = 1
  var through: UInt64 = 0
  var parts: [PartRecord] = []

  init() {}

  func bytes() -> [UInt8] {
    var body = ByteWriter()
    body.append(varint: self.nextNumber)
    body.append(varint: self.through)
    body.append(varint: UInt64(self.parts.count))
    for part in self.parts {
      body.append(varint: part.number)
      body.append(varint: UInt64(part.byteCount))
      body.append(varint: UInt64(part.rows))
      body.append(varint: UInt64(part.series))
      body.append(varint: part.firstSequence)
      body.append(varint: part.lastSequence)
      body.append(littleEndian: part.leastTime)
      body.append(littleEndian: part.greatestTime)
    }
    return SealedBody.seal(body.bytes.array, magic: Self.magic)
  }

  init(_ bytes: [UInt8]) throws(ColumnError) {
    var reader = DirectoryReader(try SealedBody.open(bytes, magic: Self.magic))
    self.nextNumber = try reader.varint()
    self.through = try reader.varint()
    for _ in 0..<(try reader.count(upTo: 1 << 20)) {
      var footer = PartFooter(number: try reader.varint())
      let byteCount = Int64(try reader.count(upTo: 1 << 48))
      footer.rows = Int64(try reader.count(upTo: 1 << 48))
      footer.series = Int64(try reader.count(upTo: 1 << 48))
      footer.firstSequence = try reader.varint()
      footer.lastSequence = try reader.varint()
      footer.leastTime = try reader.number()
      footer.greatestTime = try reader.number()
      self.parts.append(PartRecord(footer, byteCount: byteCount))
    }
    guard reader.isAtEnd else { throw ColumnError("\(reader.remaining) bytes follow its parts") }
  }
}

/// A small file of a magic, a length, a checksum and a body.
enum SealedBody {
  static func seal(_ body: [UInt8], magic: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(capacity: body.count + 16)
    writer.append(magic)
    writer.append(littleEndian: UInt32(body.count))
    writer.append(littleEndian: CRC32C.checksum(of: body.span.bytes))
    writer.append(body)
    return writer.bytes.array
  }

  static func open(_ bytes: [UInt8], magic: [UInt8]) throws(ColumnError) -> [UInt8] {
    var reader = DirectoryReader(bytes)
    guard try reader.bytes(8) == magic else { throw ColumnError("it does not begin as it should") }
    let count = Int(try reader.number(UInt32.self))
    let checksum = try reader.number(UInt32.self)
    let body = try reader.bytes(count)
    let computed = CRC32C.checksum(of: body.span.bytes)
    guard computed == checksum else {
      throw ColumnError(
        "its checksum is \(String(checksum, radix: 16)), computed \(String(computed, radix: 16))")
    }
    return body
  }
}
