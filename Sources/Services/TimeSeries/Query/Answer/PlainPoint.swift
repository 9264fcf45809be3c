import Bytes

/// A point whose tags are those of its run and whose fields are integers without nulls, which most points of
/// an answer are. Its lengths are known before its bytes, so that it is written in one go.
struct PlainPoint {
  let timestamp: Int64
  let series: UInt64
  let version: UInt64
  private let tagBytes: Int
  private let timeBytes: Int
  private var fieldBytes = 0

  init(timestamp: Int64, series: UInt64, version: UInt64, tagBytes: Int) {
    self.timestamp = timestamp
    self.series = series
    self.version = version
    self.tagBytes = tagBytes
    let (seconds, nanoseconds) = Self.split(timestamp)
    self.timeBytes = Self.member(seconds) + Self.member(nanoseconds)
  }

  @inline(__always) mutating func count(field name: Int, _ value: UInt64) {
    let length = name + 4 + Self.member(value)
    self.fieldBytes += 1 + Self.width(UInt64(length)) + length
  }

  /// Writes the head and the time; the caller appends the tags, then `field` for each, then `end`.
  @inline(__always) func begin(_ room: inout RoomWriter) {
    let length =
      2 + self.timeBytes + self.tagBytes + self.fieldBytes + Self.member(self.series)
      + Self.member(self.version)
    room.byte(1 << 3 | 2)
    room.varint(UInt64(length))
    room.byte(1 << 3 | 2)
    room.byte(UInt8(truncatingIfNeeded: self.timeBytes))
    let (seconds, nanoseconds) = Self.split(self.timestamp)
    room.member(1, seconds)
    room.member(2, nanoseconds)
  }

  @inline(__always)
  static func field(_ name: UnsafeRawBufferPointer, _ value: UInt64, _ room: inout RoomWriter) {
    let member = self.member(value)
    room.byte(3 << 3 | 2)
    room.varint(UInt64(name.count + 4 + member))
    room.copy(name)
    room.byte(2 << 3 | 2)
    room.byte(UInt8(truncatingIfNeeded: 2 + member))
    room.byte(3 << 3 | 2)
    room.byte(UInt8(truncatingIfNeeded: member))
    room.member(1, value)
  }

  @inline(__always) func end(_ room: inout RoomWriter) {
    room.member(4, self.series)
    room.member(5, self.version)
  }

  /// All of it, and what a number may need beyond it.
  var byteCountMax: Int { 96 + self.tagBytes + self.fieldBytes }

  @inline(__always) private static func split(_ timestamp: Int64) -> (UInt64, UInt64) {
    let (seconds, rest) = timestamp.quotientAndRemainder(dividingBy: 1_000_000_000)
    return rest < 0
      ? (UInt64(bitPattern: seconds - 1), UInt64(rest + 1_000_000_000))
      : (UInt64(bitPattern: seconds), UInt64(rest))
  }

  /// Bytes of a number as a member: none when it is zero.
  @inline(__always) private static func member(_ value: UInt64) -> Int {
    value == 0 ? 0 : 1 + self.width(value)
  }

  @inline(__always) fileprivate static func width(_ value: UInt64) -> Int {
    (70 - (value | 1).leadingZeroBitCount) / 7
  }
}

/// Writes into memory that has room for all of it and eight bytes more.
struct RoomWriter {
  private(set) var at: UnsafeMutableRawPointer

  init(_ at: UnsafeMutableRawPointer) { self.at = at }

  @inline(__always) mutating func byte(_ value: UInt8) {
    self.at.storeBytes(of: value, as: UInt8.self)
    self.at += 1
  }

  /// Without a loop over the bytes: numbers of series and versions have nine and ten.
  @inline(__always) mutating func varint(_ value: UInt64) {
    if value < 0x80 { return self.byte(UInt8(truncatingIfNeeded: value)) }
    // Groups of seven bits moved apart, in halves, quarters and eighths.
    var groups = value & 0x0FFF_FFFF | value << 4 & 0x0FFF_FFFF_0000_0000
    groups = groups & 0x3FFF_0000_3FFF | groups << 2 & 0x3FFF_0000_3FFF_0000
    groups = groups & 0x007F_007F_007F_007F | groups << 1 & 0x7F00_7F00_7F00_7F00
    let width = PlainPoint.width(value)
    let marks = 0x8080_8080_8080_8080 & ~(UInt64.max << (UInt64(width - 1) * 8))
    self.at.storeBytes(of: (groups | marks).littleEndian, as: UInt64.self)
    if width > 8 {
      let rest = value >> 56
      let isLast = width == 9
      (self.at + 8).storeBytes(
        of: UInt8(truncatingIfNeeded: rest & 0x7F) | (isLast ? 0 : 0x80), as: UInt8.self)
      if !isLast {
        (self.at + 9).storeBytes(of: UInt8(truncatingIfNeeded: rest >> 7), as: UInt8.self)
      }
    }
    self.at += width
  }

  @inline(__always) mutating func member(_ number: UInt8, _ value: UInt64) {
    guard value != 0 else { return }
    self.byte(number << 3)
    self.varint(value)
  }

  @inline(__always) mutating func copy(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    self.at.copyMemory(from: source, byteCount: bytes.count)
    self.at += bytes.count
  }
}
