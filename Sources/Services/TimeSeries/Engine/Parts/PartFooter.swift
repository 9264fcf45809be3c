internal import Bytes
private import Crypto
internal import SeriesColumns

// A part is one file, written once:
//
//   ┌ magic, 8 bytes ┬ pages and attachments ┬ directory ┬ footer, 96 bytes ┐
//   └ "LAKEPRT1"     ┴ each with a checksum  ┴           ┴──────────────────┘
//
// footer, little-endian:
//    0  8  offset of the directory
//    8  8  bytes of the directory
//   16  4  CRC-32C of the directory
//   20  4  format, 1
//   24  8  number of the part
//   32  8  least time
//   40  8  greatest time
//   48  8  rows
//   56  8  series entries
//   64  8  first sequence number of the batches it holds
//   72  8  last sequence number
//   80  4  0
//   84  4  CRC-32C of the 84 bytes before
//   88  8  magic "LAKEEND1"
//
// Directory: see `PartSection`. No byte of the file is outside of a checksum or a magic.

/// What a part says of itself at its end.
struct PartFooter: Sendable, Hashable {
  static let byteCount = 96
  static let magic: [UInt8] = Array("LAKEPRT1".utf8)
  static let endMagic: [UInt8] = Array("LAKEEND1".utf8)
  static let format: UInt32 = 1

  var directoryOffset: Int64 = 0
  var directoryBytes: Int64 = 0
  var directoryChecksum: UInt32 = 0
  var number: UInt64
  var leastTime = Int64.max
  var greatestTime = Int64.min
  var rows: Int64 = 0
  var series: Int64 = 0
  var firstSequence: UInt64 = 0
  var lastSequence: UInt64 = 0

  func append(to target: inout ByteWriter) {
    let start = target.count
    target.append(littleEndian: self.directoryOffset)
    target.append(littleEndian: self.directoryBytes)
    target.append(littleEndian: self.directoryChecksum)
    target.append(littleEndian: Self.format)
    target.append(littleEndian: self.number)
    target.append(littleEndian: self.leastTime)
    target.append(littleEndian: self.greatestTime)
    target.append(littleEndian: self.rows)
    target.append(littleEndian: self.series)
    target.append(littleEndian: self.firstSequence)
    target.append(littleEndian: self.lastSequence)
    target.append(littleEndian: UInt32(0))
    let checksum = CRC32C.checksum(of: target.bytes.extracting(start..<target.count))
    target.append(littleEndian: checksum)
    target.append(Self.endMagic)
  }

  init(number: UInt64) { self.number = number }

  /// - Parameter bytes: the last 96 of a file.
  init(_ bytes: [UInt8]) throws(ColumnError) {
    guard bytes.count == Self.byteCount, Array(bytes[88...]) == Self.endMagic else {
      throw ColumnError("it does not end as a part does")
    }
    var tail = DirectoryReader(bytes, from: 84)
    let checksum = try tail.number(UInt32.self)
    let computed = CRC32C.checksum(of: bytes.span.bytes.extracting(0..<84))
    guard checksum == computed else {
      throw ColumnError(
        "the checksum of its footer is \(String(checksum, radix: 16)), "
          + "computed \(String(computed, radix: 16))")
    }
    var reader = DirectoryReader(bytes)
    self.directoryOffset = try reader.number()
    self.directoryBytes = try reader.number()
    self.directoryChecksum = try reader.number()
    let format: UInt32 = try reader.number()
    guard format == Self.format else { throw ColumnError("it has the format \(format)") }
    self.number = try reader.number()
    self.leastTime = try reader.number()
    self.greatestTime = try reader.number()
    self.rows = try reader.number()
    self.series = try reader.number()
    self.firstSequence = try reader.number()
    self.lastSequence = try reader.number()
    guard self.directoryOffset >= 8, self.directoryBytes >= 0, self.directoryBytes < 1 << 31 else {
      throw ColumnError("its directory is \(self.directoryBytes) bytes at \(self.directoryOffset)")
    }
  }
}
