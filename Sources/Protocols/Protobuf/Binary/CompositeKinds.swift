/// Messages and enumerations as kinds: small and inlinable, so that a generated call goes straight to
/// the type's own functions.
public enum MessageKind<Value: ProtobufMessage>: FieldKind {
  @inlinable public static var wire: WireType { .delimited }
  @inlinable public static var zero: Value { Value() }
  @inlinable public static func isZero(_ value: Value) -> Bool { false }

  @inlinable public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    var value = Value()
    let outer = try reader.enterMessage()
    try value.decodeBinary(from: &reader)
    reader.leaveMessage(outer)
    return value
  }

  @inlinable public static func write(_ value: Value, to writer: inout FieldWriter) {
    let start = writer.beginLength()
    value.encodeBinary(to: &writer)
    writer.endDelimited(start)
  }
}

public enum EnumKind<Value: ProtobufEnum>: FieldKind {
  @inlinable public static var wire: WireType { .varint }
  @inlinable public static var zero: Value { Value() }
  @inlinable public static func isZero(_ value: Value) -> Bool { value.rawValue == 0 }

  @inlinable public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    Value(rawValue: try Int32Kind.read(&reader))
  }

  @inlinable public static func write(_ value: Value, to writer: inout FieldWriter) {
    Int32Kind.write(value.rawValue, to: &writer)
  }
}

extension FieldReader {
  /// Narrows the reader to a sub-message; hand what it returns to `leaveMessage`.
  @usableFromInline @_lifetime(self: copy self)
  mutating func enterMessage() throws(ProtobufError) -> Int {
    let length = try self.length()
    guard self.depthLeft > 0 else { throw self.tooDeep() }
    self.depthLeft &-= 1
    let outer = self.end
    self.end = self.at &+ length
    return outer
  }

  @usableFromInline @_lifetime(self: copy self)
  mutating func leaveMessage(_ outer: Int) {
    self.depthLeft &+= 1
    self.end = outer
    self.isUnclaimed = false
  }
}
