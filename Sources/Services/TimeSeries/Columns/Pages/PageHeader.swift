internal import Bytes
private import Crypto

// A page, little-endian:
//
//    0  4 bytes  CRC-32C of everything behind it, header and payload
//    4  1        content: 0 column, 1 runs, 2 times
//    5  1        compression of the payload: 0 none, 1 zstd
//    6  1        type of the column
//    7  1        0
//    8  4        rows
//   12  4        null rows
//   16  8        least value, see `PageRange`
//   24  8        greatest value
//   32  4        bytes of the payload as it is encoded
//   36  4        bytes of the payload as it is stored
//   40           the payload: with null rows first one bit a row, set where it is null, (rows + 7) / 8
//                bytes; then the values as the codec of their type writes them

/// The least and the greatest value of a page as numbers that keep their order; least > greatest when
/// there is none.
///
/// Integers are themselves; floats are their bit patterns, those of negative ones turned over; strings
/// are their first eight bytes, big-endian, with the highest bit turned over.
public struct PageRange: Sendable, Hashable {
  public var least = Int64.max
  public var greatest = Int64.min

  public init() {}
  public init(least: Int64, greatest: Int64) {
    self.least = least
    self.greatest = greatest
  }

  @inline(__always) mutating func include(_ value: Int64) {
    if value < self.least { self.least = value }
    if value > self.greatest { self.greatest = value }
  }

  public mutating func formUnion(_ other: PageRange) {
    self.least = min(self.least, other.least)
    self.greatest = max(self.greatest, other.greatest)
  }

  public static func key(of value: Double) -> Int64 {
    let bits = Int64(bitPattern: value.bitPattern)
    return bits ^ (bits >> 63 & .max)
  }

  public static func key(of bytes: UnsafeRawBufferPointer) -> Int64 {
    var word: UInt64 = 0
    for index in 0..<min(8, bytes.count) { word |= UInt64(bytes[index]) << UInt64(56 - 8 * index) }
    return Int64(bitPattern: word ^ 1 << 63)
  }
}

struct PageHeader {
  enum Content: UInt8 {
    case column = 0
    case runs = 1
    case times = 2
  }

  static let byteCount = 40
  static let rowCountMax = 1 << 20
  static let payloadBytesMax = 1 << 30

  var content: Content
  var isCompressed = false
  var type: ColumnType
  var rows: Int
  var nulls = 0
  var range = PageRange()
  var payloadBytes = 0
  var storedBytes = 0

  /// Appends header and payload.
  func append(_ payload: UnsafeRawBufferPointer, to target: inout ByteWriter) {
    let start = target.count
    target.append(littleEndian: UInt32(0))
    target.append(self.content.rawValue)
    target.append(UInt8(self.isCompressed ? 1 : 0))
    target.append(self.type.rawValue)
    target.append(UInt8(0))
    target.append(littleEndian: UInt32(self.rows))
    target.append(littleEndian: UInt32(self.nulls))
    target.append(littleEndian: self.range.least)
    target.append(littleEndian: self.range.greatest)
    target.append(littleEndian: UInt32(self.payloadBytes))
    target.append(littleEndian: UInt32(payload.count))
    target.append(copying: payload)
    let checksum = CRC32C.checksum(of: target.bytes.extracting((start + 4)..<target.count))
    target.overwrite(at: start, littleEndian: checksum)
  }

  /// Checks the page and takes it apart.
  static func read(
    _ page: UnsafeRawBufferPointer
  ) throws(ColumnError) -> (PageHeader, UnsafeRawBufferPointer) {
    guard page.count >= self.byteCount else { throw ColumnError("a page of \(page.count) bytes") }
    let checksum = page.loadUnaligned(as: UInt32.self)
    let computed = CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: page[4...]).bytes)
    guard checksum == computed else {
      throw ColumnError(
        "the checksum of a page is \(String(checksum, radix: 16)), "
          + "computed \(String(computed, radix: 16))")
    }
    var reader = PayloadReader(UnsafeRawBufferPointer(rebasing: page[4...]))
    guard let content = Content(rawValue: try reader.byte()) else {
      throw ColumnError("a page of unknown content")
    }
    let compression = try reader.byte()
    guard compression <= 1, let type = ColumnType(rawValue: try reader.byte()) else {
      throw ColumnError("a page of an unknown compression or type")
    }
    _ = try reader.byte()
    var header = PageHeader(
      content: content, isCompressed: compression == 1, type: type,
      rows: Int(try reader.number(UInt32.self)))
    header.nulls = Int(try reader.number(UInt32.self))
    header.range.least = try reader.number(Int64.self)
    header.range.greatest = try reader.number(Int64.self)
    header.payloadBytes = Int(try reader.number(UInt32.self))
    header.storedBytes = Int(try reader.number(UInt32.self))
    guard header.storedBytes == page.count - self.byteCount, header.nulls <= header.rows,
      header.rows <= self.rowCountMax, header.payloadBytes <= self.payloadBytesMax
    else { throw ColumnError("a page of \(header.rows) rows and \(header.storedBytes) bytes") }
    return (header, UnsafeRawBufferPointer(rebasing: page[self.byteCount...]))
  }
}
