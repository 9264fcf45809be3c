internal import JSON

/// `Struct`, `Value` and `ListValue` are JSON values as they stand.
extension ProtoStruct {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    guard reader.cursor.kind == .object else { throw reader.wrongValue("an object") }
    try reader.jsonMap(&self.fields, StringKind.self, MessageKind<ProtoValue>.self)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    writer.json?.beginObject()
    for entry in self.fields {
      writer.json?.name(entry.key)
      entry.value.encodeJSON(to: &writer)
    }
    writer.json?.endObject()
  }
}

extension ProtoListValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    guard reader.cursor.kind == .array else { throw reader.wrongValue("an array") }
    try reader.jsonList(&self.values, MessageKind<ProtoValue>.self)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    writer.json?.beginArray()
    for value in self.values { value.encodeJSON(to: &writer) }
    writer.json?.endArray()
  }
}

extension ProtoValue {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    switch reader.cursor.kind {
    case .null: self.kind = .nullValue(ProtoNullValue())
    case .boolean: self.kind = .boolValue(try BoolKind.readJSON(&reader))
    case .number: self.kind = .numberValue(try DoubleKind.readJSON(&reader))
    case .string: self.kind = .stringValue(try StringKind.readJSON(&reader))
    case .array: self.kind = .listValue(try MessageKind<ProtoListValue>.readJSON(&reader))
    case .object: self.kind = .structValue(try MessageKind<ProtoStruct>.readJSON(&reader))
    }
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    switch self.kind {
    case .nullValue?: writer.json?.null()
    case .boolValue(let value)?: writer.json?.value(value)
    case .numberValue(let value)?:
      if value.isFinite {
        writer.json?.value(value)
      } else {
        writer.fail("a Value holds the number \(value)")
      }
    case .stringValue(let value)?: writer.json?.value(value)
    case .listValue(let value)?: value.encodeJSON(to: &writer)
    case .structValue(let value)?: value.encodeJSON(to: &writer)
    case nil: writer.fail("a Value holds nothing")
    }
  }
}
