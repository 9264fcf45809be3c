// One line per type of the schema and form of field: what the generated `decodeField` calls. Not
// generic and not inlined, so that generated code compiles to a plain call.

/// Fields without presence: absent is zero.
extension FieldReader {
  @_lifetime(self: copy self)
  public mutating func int32(_ value: inout Int32) throws(ProtobufError) {
    try self.plain(&value, Int32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func int64(_ value: inout Int64) throws(ProtobufError) {
    try self.plain(&value, Int64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func uint32(_ value: inout UInt32) throws(ProtobufError) {
    try self.plain(&value, UInt32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func uint64(_ value: inout UInt64) throws(ProtobufError) {
    try self.plain(&value, UInt64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sint32(_ value: inout Int32) throws(ProtobufError) {
    try self.plain(&value, SInt32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sint64(_ value: inout Int64) throws(ProtobufError) {
    try self.plain(&value, SInt64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func fixed32(_ value: inout UInt32) throws(ProtobufError) {
    try self.plain(&value, Fixed32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func fixed64(_ value: inout UInt64) throws(ProtobufError) {
    try self.plain(&value, Fixed64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sfixed32(_ value: inout Int32) throws(ProtobufError) {
    try self.plain(&value, SFixed32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sfixed64(_ value: inout Int64) throws(ProtobufError) {
    try self.plain(&value, SFixed64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func double(_ value: inout Double) throws(ProtobufError) {
    try self.plain(&value, DoubleKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func float(_ value: inout Float) throws(ProtobufError) {
    try self.plain(&value, FloatKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func bool(_ value: inout Bool) throws(ProtobufError) {
    try self.plain(&value, BoolKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func string(_ value: inout String) throws(ProtobufError) {
    try self.plain(&value, StringKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func bytes(_ value: inout [UInt8]) throws(ProtobufError) {
    try self.plain(&value, BytesKind.self)
  }
}

/// Fields with presence: optional ones, and members of a oneof.
extension FieldReader {
  @_lifetime(self: copy self)
  public mutating func int32(_ value: inout Int32?) throws(ProtobufError) {
    try self.present(&value, Int32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func int64(_ value: inout Int64?) throws(ProtobufError) {
    try self.present(&value, Int64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func uint32(_ value: inout UInt32?) throws(ProtobufError) {
    try self.present(&value, UInt32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func uint64(_ value: inout UInt64?) throws(ProtobufError) {
    try self.present(&value, UInt64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sint32(_ value: inout Int32?) throws(ProtobufError) {
    try self.present(&value, SInt32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sint64(_ value: inout Int64?) throws(ProtobufError) {
    try self.present(&value, SInt64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func fixed32(_ value: inout UInt32?) throws(ProtobufError) {
    try self.present(&value, Fixed32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func fixed64(_ value: inout UInt64?) throws(ProtobufError) {
    try self.present(&value, Fixed64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sfixed32(_ value: inout Int32?) throws(ProtobufError) {
    try self.present(&value, SFixed32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sfixed64(_ value: inout Int64?) throws(ProtobufError) {
    try self.present(&value, SFixed64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func double(_ value: inout Double?) throws(ProtobufError) {
    try self.present(&value, DoubleKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func float(_ value: inout Float?) throws(ProtobufError) {
    try self.present(&value, FloatKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func bool(_ value: inout Bool?) throws(ProtobufError) {
    try self.present(&value, BoolKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func string(_ value: inout String?) throws(ProtobufError) {
    try self.present(&value, StringKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func bytes(_ value: inout [UInt8]?) throws(ProtobufError) {
    try self.present(&value, BytesKind.self)
  }
}

/// Lists, packed or not.
extension FieldReader {
  @_lifetime(self: copy self)
  public mutating func int32(_ values: inout [Int32]) throws(ProtobufError) {
    try self.list(&values, Int32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func int64(_ values: inout [Int64]) throws(ProtobufError) {
    try self.list(&values, Int64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func uint32(_ values: inout [UInt32]) throws(ProtobufError) {
    try self.list(&values, UInt32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func uint64(_ values: inout [UInt64]) throws(ProtobufError) {
    try self.list(&values, UInt64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sint32(_ values: inout [Int32]) throws(ProtobufError) {
    try self.list(&values, SInt32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sint64(_ values: inout [Int64]) throws(ProtobufError) {
    try self.list(&values, SInt64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func fixed32(_ values: inout [UInt32]) throws(ProtobufError) {
    try self.list(&values, Fixed32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func fixed64(_ values: inout [UInt64]) throws(ProtobufError) {
    try self.list(&values, Fixed64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sfixed32(_ values: inout [Int32]) throws(ProtobufError) {
    try self.list(&values, SFixed32Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func sfixed64(_ values: inout [Int64]) throws(ProtobufError) {
    try self.list(&values, SFixed64Kind.self)
  }
  @_lifetime(self: copy self)
  public mutating func double(_ values: inout [Double]) throws(ProtobufError) {
    try self.list(&values, DoubleKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func float(_ values: inout [Float]) throws(ProtobufError) {
    try self.list(&values, FloatKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func bool(_ values: inout [Bool]) throws(ProtobufError) {
    try self.list(&values, BoolKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func string(_ values: inout [String]) throws(ProtobufError) {
    try self.list(&values, StringKind.self)
  }
  @_lifetime(self: copy self)
  public mutating func bytes(_ values: inout [[UInt8]]) throws(ProtobufError) {
    try self.list(&values, BytesKind.self)
  }
}
