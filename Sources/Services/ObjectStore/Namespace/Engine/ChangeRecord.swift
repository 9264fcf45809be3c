internal import Bytes

/// What a batch changed, as the journal keeps it: logical, and decided. Replaying it needs no condition
/// and no clock.
///
/// ```
///  0  format, 1            u8
///  1  zeros                3 bytes
///  4  changes              u32
///  8  batch                u64
/// 16  latest number        u64
/// 24  commit time, ms      u64
/// 32  changes, one after the other:
///       put     1 │ key bytes varint │ weight varint │ value bytes varint │ key │ value
///       remove  2 │ key bytes varint │ key
///       rename  3 │ source bytes varint │ destination bytes varint │ source │ destination
/// ```
enum ChangeRecord {
  static let headerBytes = 32
  static let put: UInt8 = 1
  static let remove: UInt8 = 2
  static let rename: UInt8 = 3

  static func begin(_ record: inout ByteWriter) {
    record.removeAll(keepingCapacityUpTo: 4 << 20)
    record.append(UInt8(1))
    record.append(repeating: 0, count: Self.headerBytes - 1)
  }

  static func finish(
    _ record: inout ByteWriter, changes: Int, batch: UInt64, number: UInt64, milliseconds: UInt64
  ) {
    record.overwrite(at: 4, littleEndian: UInt32(changes))
    record.overwrite(at: 8, littleEndian: batch)
    record.overwrite(at: 16, littleEndian: number)
    record.overwrite(at: 24, littleEndian: milliseconds)
  }

  static func appendPut(
    _ record: inout ByteWriter, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer,
    weight: UInt64
  ) {
    record.append(Self.put)
    record.append(varint: UInt64(key.count))
    record.append(varint: weight)
    record.append(varint: UInt64(value.count))
    record.append(copying: key)
    record.append(copying: value)
  }

  static func appendRemove(_ record: inout ByteWriter, _ key: UnsafeRawBufferPointer) {
    record.append(Self.remove)
    record.append(varint: UInt64(key.count))
    record.append(copying: key)
  }

  static func appendRename(
    _ record: inout ByteWriter, _ source: UnsafeRawBufferPointer,
    _ destination: UnsafeRawBufferPointer
  ) {
    record.append(Self.rename)
    record.append(varint: UInt64(source.count))
    record.append(varint: UInt64(destination.count))
    record.append(copying: source)
    record.append(copying: destination)
  }
}

/// One change of a record.
enum Change: ~Escapable {
  case put(key: RawSpan, value: RawSpan, weight: UInt64)
  case remove(key: RawSpan)
  case rename(from: RawSpan, to: RawSpan)
}

/// Takes a record apart. Whoever meets nil before `isAtEnd` has a record that nobody wrote.
struct ChangeReader: ~Escapable {
  let changeCount: Int
  let batch: UInt64
  let number: UInt64
  let milliseconds: UInt64
  private var reader: ByteReader

  /// Nil when the head is none of this format.
  @_lifetime(copy bytes)
  init?(_ bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard reader.byte() == 1, reader.skip(3), let count = reader.littleEndian(UInt32.self),
      let batch = reader.littleEndian(UInt64.self), let number = reader.littleEndian(UInt64.self),
      let milliseconds = reader.littleEndian(UInt64.self)
    else { return nil }
    self.changeCount = Int(count)
    self.batch = batch
    self.number = number
    self.milliseconds = milliseconds
    self.reader = reader
  }

  /// Goes on at a change that was not taken yet.
  @_lifetime(copy bytes)
  init?(_ bytes: RawSpan, at offset: Int) {
    self.init(bytes)
    guard offset >= self.reader.offset, offset <= bytes.byteCount else { return nil }
    self.reader.offset = offset
  }

  var isAtEnd: Bool { self.reader.isAtEnd }
  var offset: Int { self.reader.offset }

  @_lifetime(self: copy self) @_lifetime(copy self)
  mutating func next() -> Change? {
    guard let kind = self.reader.byte(), let first = self.count() else { return nil }
    switch kind {
    case ChangeRecord.put:
      guard let weight = self.reader.varint(), let second = self.count(),
        let key = self.reader.take(first), let value = self.reader.take(second)
      else { return nil }
      return .put(key: key, value: value, weight: weight)
    case ChangeRecord.remove:
      guard let key = self.reader.take(first) else { return nil }
      return .remove(key: key)
    case ChangeRecord.rename:
      guard let second = self.count(), let from = self.reader.take(first),
        let to = self.reader.take(second)
      else { return nil }
      return .rename(from: from, to: to)
    default:
      return nil
    }
  }

  @_lifetime(self: copy self)
  private mutating func count() -> Int? { self.reader.varint().flatMap { Int(exactly: $0) } }
}
