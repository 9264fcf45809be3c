// The wrappers are, in JSON, what they wrap.

extension ProtoDoubleValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try DoubleKind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    DoubleKind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoFloatValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try FloatKind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    FloatKind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoInt64Value {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try Int64Kind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    Int64Kind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoUInt64Value {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try UInt64Kind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    UInt64Kind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoInt32Value {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try Int32Kind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    Int32Kind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoUInt32Value {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try UInt32Kind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    UInt32Kind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoBoolValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try BoolKind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    BoolKind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoStringValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try StringKind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    StringKind.writeJSON(self.value, to: &writer)
  }
}

extension ProtoBytesValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    self.value = try BytesKind.readJSON(&reader)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    BytesKind.writeJSON(self.value, to: &writer)
  }
}
