public import Bytes
private import Crypto

// The key that names a series, as bytes; its XXH64 (seed 0) is the series number that answers carry:
//
//   name            UTF-8, escaped    '|'
//   per entity tag  type byte  value, escaped  '|'
//
//   type byte       0 null (no value), 1 text, 2 integer, 3 floating point, 4 binary, 7 timestamp
//   value           text and binary as they are; a number as 8 bytes, big-endian, of its zig-zag form
//   escaped         a '|' or '\' among the bytes of a name or value stands behind a '\'

/// Builds keys of series into a writer that is used again for the next row.
public enum SeriesKey {
  /// The number of the series that `key` names.
  public static func number(of key: RawSpan) -> UInt64 { XXH64.hash(of: key) }

  public static func append(name: String, to key: inout ByteWriter) {
    var name = name
    name.withUTF8 { self.append(escaping: UnsafeRawBufferPointer($0), to: &key) }
  }

  /// Appends one value of the entity. False when it may not stand there: an array.
  public static func append(_ value: SeriesValue, to key: inout ByteWriter) -> Bool {
    switch value {
    case .null:
      key.append(0)
      key.append(self.delimiter)
    case .string(var text):
      key.append(1)
      text.withUTF8 { self.append(escaping: UnsafeRawBufferPointer($0), to: &key) }
    case .int(let number): self.append(number, type: 2, to: &key)
    case .float(let number):
      self.append(Int64(bitPattern: number.bitPattern), type: 3, to: &key)
    case .binary(let bytes):
      key.append(4)
      bytes.withUnsafeBytes { self.append(escaping: $0, to: &key) }
    case .timestamp(let nanoseconds): self.append(nanoseconds, type: 7, to: &key)
    case .strings, .ints: return false
    }
    return true
  }

  /// Appends a text value that is bytes already.
  public static func append(text: RawSpan, to key: inout ByteWriter) {
    key.append(1)
    text.withUnsafeBytes { self.append(escaping: $0, to: &key) }
  }

  /// The number of the series of `name` with these entity values; nil when one is an array.
  public static func number(name: String, entity: some Sequence<SeriesValue>) -> UInt64? {
    var key = ByteWriter(capacity: 128)
    self.append(name: name, to: &key)
    for value in entity where !self.append(value, to: &key) { return nil }
    return self.number(of: key.bytes)
  }

  private static func append(_ number: Int64, type: UInt8, to key: inout ByteWriter) {
    key.append(type)
    let zigzag = UInt64(bitPattern: (number &<< 1) ^ (number >> 63)).bigEndian
    withUnsafeBytes(of: zigzag) { self.append(escaping: $0, to: &key) }
  }

  private static let delimiter = UInt8(ascii: "|")
  private static let escape = UInt8(ascii: "\\")

  private static func append(escaping bytes: UnsafeRawBufferPointer, to key: inout ByteWriter) {
    key.reserve(bytes.count + 1)
    // Most values need no escape: they are copied in one piece.
    if bytes.contains(where: { $0 == self.delimiter || $0 == self.escape }) {
      for byte in bytes {
        if byte == self.delimiter || byte == self.escape { key.append(self.escape) }
        key.append(byte)
      }
    } else {
      key.append(copying: bytes)
    }
    key.append(self.delimiter)
  }
}

/// Reads a key back: for indexes that keep the key as the only copy of the entity.
public struct SeriesKeyReader {
  private let bytes: [UInt8]
  private var offset = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var isAtEnd: Bool { self.offset == self.bytes.count }

  /// The name at the front; nil when the bytes are no key.
  public mutating func name() -> String? {
    self.escaped().map { String(decoding: $0, as: UTF8.self) }
  }

  /// The next value of the entity; nil at the end and when the bytes are no key.
  public mutating func value() -> SeriesValue? {
    guard self.offset < self.bytes.count else { return nil }
    let type = self.bytes[self.offset]
    self.offset += 1
    guard let content = self.escaped() else { return nil }
    switch type {
    case 0: return content.isEmpty ? .null : nil
    case 1: return .string(String(decoding: content, as: UTF8.self))
    case 2: return self.number(content).map { .int($0) }
    case 3: return self.number(content).map { .float(Double(bitPattern: UInt64(bitPattern: $0))) }
    case 4: return .binary(content)
    case 7: return self.number(content).map { .timestamp($0) }
    default: return nil
    }
  }

  private func number(_ content: [UInt8]) -> Int64? {
    guard content.count == 8 else { return nil }
    let zigzag = content.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
  }

  private mutating func escaped() -> [UInt8]? {
    var content: [UInt8] = []
    while self.offset < self.bytes.count {
      var byte = self.bytes[self.offset]
      self.offset += 1
      if byte == UInt8(ascii: "|") { return content }
      if byte == UInt8(ascii: "\\") {
        guard self.offset < self.bytes.count else { return nil }
        byte = self.bytes[self.offset]
        self.offset += 1
      }
      content.append(byte)
    }
    return nil
  }
}
