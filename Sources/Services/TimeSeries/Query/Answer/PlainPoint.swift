import Bytes

/// The members of a point whose tags are those of its run and whose fields are integers without nulls, which
/// most points of an answer are: written in one go into memory that has room for all of them.
enum PlainPoint {
  /// More than a point can take, its tags aside.
  static func byteCountMax(fields: [[UInt8]]) -> Int {
    fields.reduce(96) { $0 + $1.count + 32 }
  }

  static func time(_ timestamp: Int64) -> ShortBytes {
    let (seconds, rest) = timestamp.quotientAndRemainder(dividingBy: 1_000_000_000)
    return ShortBytes { room in
      room.message(1) { room in
        room.member(1, UInt64(bitPattern: rest < 0 ? seconds - 1 : seconds))
        room.member(2, UInt64(bitPattern: rest < 0 ? rest + 1_000_000_000 : rest))
      }
    }
  }

  static func series(_ id: UInt64) -> ShortBytes { ShortBytes { $0.member(4, id) } }

  @inline(__always)
  static func field(_ name: UnsafeRawBufferPointer, _ value: UInt64, _ room: inout RoomWriter) {
    room.message(3) { room in
      room.copy(name)
      room.message(2) { $0.message(3) { $0.member(1, value) } }
    }
  }

  @inline(__always) static func version(_ value: UInt64, _ room: inout RoomWriter) {
    room.member(5, value)
  }
}

/// Up to 24 bytes that are written again and again.
struct ShortBytes {
  private let words: (UInt64, UInt64, UInt64)
  private let count: Int

  init() { self.init { _ in } }

  init(_ write: (inout RoomWriter) -> Void) {
    (self.words, self.count) = withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) {
      memory in
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      guard let start = memory.baseAddress else { return ((0, 0, 0), 0) }
      var room = RoomWriter(start)
      write(&room)
      let count = room.at - start
      precondition(count <= 24, "\(count) bytes are not short")
      return (memory.load(as: (UInt64, UInt64, UInt64).self), count)
    }
  }

  @inline(__always) func write(to room: inout RoomWriter) {
    room.fill(self.words, count: self.count)
  }
}

/// Writes into memory that has room for all of it and 24 bytes more.
struct RoomWriter {
  private(set) var at: UnsafeMutableRawPointer

  init(_ at: UnsafeMutableRawPointer) { self.at = at }

  @inline(__always) mutating func byte(_ value: UInt8) {
    self.at.storeBytes(of: value, as: UInt8.self)
    self.at += 1
  }

  @inline(__always) mutating func fill(_ words: (UInt64, UInt64, UInt64), count: Int) {
    self.at.storeBytes(of: words.0, as: UInt64.self)
    (self.at + 8).storeBytes(of: words.1, as: UInt64.self)
    (self.at + 16).storeBytes(of: words.2, as: UInt64.self)
    self.at += count
  }

  /// Without a loop over the bytes: numbers of series and versions have nine and ten.
  @inline(__always) mutating func varint(_ value: UInt64) {
    if value < 0x80 { return self.byte(UInt8(truncatingIfNeeded: value)) }
    // Groups of seven bits moved apart, in halves, quarters and eighths.
    var groups = value & 0x0FFF_FFFF | value << 4 & 0x0FFF_FFFF_0000_0000
    groups = groups & 0x3FFF_0000_3FFF | groups << 2 & 0x3FFF_0000_3FFF_0000
    groups = groups & 0x007F_007F_007F_007F | groups << 1 & 0x7F00_7F00_7F00_7F00
    let width = Self.width(value)
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

  /// A number that is not written when it is zero.
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

  /// A message inside of the message. Its length has one byte until it turns out to need more.
  @inline(__always)
  mutating func message(_ number: UInt8, _ write: (inout RoomWriter) -> Void) {
    self.byte(number << 3 | 2)
    self.at += 1
    let start = self.at
    write(&self)
    let length = self.at - start
    if length < 0x80 {
      (start - 1).storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
    } else {
      self.widen(start, length)
    }
  }

  @inline(never) private mutating func widen(_ start: UnsafeMutableRawPointer, _ length: Int) {
    let width = Self.width(UInt64(length))
    let moved = start + (width - 1)
    moved.copyMemory(from: start, byteCount: length)
    for place in 0..<width {
      let mark: UInt8 = place == width - 1 ? 0 : 0x80
      (start - 1 + place).storeBytes(
        of: UInt8(truncatingIfNeeded: length >> (7 * place) & 0x7F) | mark, as: UInt8.self)
    }
    self.at += width - 1
  }

  @inline(__always) private static func width(_ value: UInt64) -> Int {
    (70 - (value | 1).leadingZeroBitCount) / 7
  }
}
