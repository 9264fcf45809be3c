internal import Bytes
internal import ObjectModel

// The bodies of the object store's messages. A body is the fields of its values in their order, without
// names: numbers little-endian, counts as varints, bytes and texts behind their count, an optional behind
// a byte that says whether it is there, a choice behind the byte of its case. What is behind the last field
// that a reader knows is left alone. A body that must change gets another command.

/// What can stand in the body of a message.
protocol WireValue: Sendable {
  init(from reader: inout ByteReader) throws(WireError)
  func write(to target: inout ByteWriter)
}

/// A body that is not what its command has.
struct WireError: Error {
  var what: String
  init(_ what: String) { self.what = what }
}

/// The body of a command or an answer without arguments.
struct Nothing: WireValue {
  init() {}
  init(from reader: inout ByteReader) throws(WireError) {}
  func write(to target: inout ByteWriter) {}
}

extension WireValue {
  /// The whole body.
  init(body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    try self.init(from: &reader)
  }

  var body: [UInt8] {
    var target = ByteWriter(capacity: 256)
    self.write(to: &target)
    return target.bytes.array
  }
}

// MARK: Reading and writing what Swift has

extension ByteReader {
  mutating func value<Value: WireValue>(
    _ type: Value.Type = Value.self
  ) throws(WireError) -> Value {
    try Value(from: &self)
  }

  mutating func number<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self
  ) throws(WireError) -> Value {
    guard let number = self.littleEndian(Value.self) else { throw WireError("a number") }
    return number
  }

  mutating func flag() throws(WireError) -> Bool {
    switch self.byte() {
    case 0: return false
    case 1: return true
    default: throw WireError("a flag")
    }
  }

  /// How many of something follow; never more than there are bytes, so that nothing is allocated for
  /// what a broken message claims.
  mutating func count() throws(WireError) -> Int {
    guard let count = self.varint(), let whole = Int(exactly: count), whole <= self.remaining else {
      throw WireError("a count")
    }
    return whole
  }

  mutating func byteArray() throws(WireError) -> [UInt8] {
    let count = try self.count()
    guard let bytes = self.take(count) else { throw WireError("bytes") }
    return bytes.array
  }

  mutating func text() throws(WireError) -> String {
    String(decoding: try self.byteArray(), as: UTF8.self)
  }
}

extension ByteWriter {
  mutating func append(_ value: some WireValue) { value.write(to: &self) }
  mutating func append(flag: Bool) { self.append(UInt8(flag ? 1 : 0)) }

  mutating func append(counted bytes: [UInt8]) {
    self.append(varint: UInt64(bytes.count))
    self.append(bytes)
  }

  mutating func append(counted text: String) { self.append(counted: Array(text.utf8)) }
}

extension Optional: WireValue where Wrapped: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self = try reader.flag() ? try Wrapped(from: &reader) : nil
  }

  func write(to target: inout ByteWriter) {
    target.append(flag: self != nil)
    if case .some(let value) = self { value.write(to: &target) }
  }
}

extension Array: WireValue where Element: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let count = try reader.count()
    self = []
    self.reserveCapacity(count)
    for _ in 0..<count { self.append(try Element(from: &reader)) }
  }

  func write(to target: inout ByteWriter) {
    target.append(varint: UInt64(self.count))
    for element in self { element.write(to: &target) }
  }
}

extension UInt64: WireValue {
  init(from reader: inout ByteReader) throws(WireError) { self = try reader.number() }
  func write(to target: inout ByteWriter) { target.append(littleEndian: self) }
}

extension Int64: WireValue {
  init(from reader: inout ByteReader) throws(WireError) { self = try reader.number() }
  func write(to target: inout ByteWriter) { target.append(littleEndian: self) }
}
