private import Bytes
internal import JSON

// Scalars in JSON: 64-bit numbers are strings, all numbers may be; not-a-number and the infinities
// are strings; bytes are base64.

extension FieldKind where Value: FixedWidthInteger {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    let cursor = reader.cursor
    var number = cursor.number
    if number == nil, let text = cursor.string { number = JSONNumber(text) }
    guard let number else { throw reader.wrongValue("a whole number") }
    guard let value = exactInteger(number, Value.self) else {
      throw reader.wrongValue("a whole number from \(Value.min) to \(Value.max)")
    }
    return value
  }

  public static func writeJSON(_ value: Value, to writer: inout FieldWriter) {
    if Value.bitWidth == 64 {
      writer.json?.value(String(value))
    } else {
      writer.json?.integer(value)
    }
  }

  public static func value(ofName name: String) -> Value? { Value(name) }
  public static func name(of value: Value) -> String { String(value) }
}

/// `-0` is a whole number too.
private func exactInteger<T: FixedWidthInteger>(_ number: JSONNumber, _: T.Type) -> T? {
  if case .double(let value) = number { return T(exactly: value) }
  return number.integer(as: T.self)
}

extension Int32Kind: MapKeyKind {}
extension Int64Kind: MapKeyKind {}
extension UInt32Kind: MapKeyKind {}
extension UInt64Kind: MapKeyKind {}
extension SInt32Kind: MapKeyKind {}
extension SInt64Kind: MapKeyKind {}
extension Fixed32Kind: MapKeyKind {}
extension Fixed64Kind: MapKeyKind {}
extension SFixed32Kind: MapKeyKind {}
extension SFixed64Kind: MapKeyKind {}

extension DoubleKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Double {
    let cursor = reader.cursor
    if let value = cursor.double { return value }
    switch cursor.string {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    case let text?:
      if let value = JSONNumber(text)?.nearestDouble { return value }
    case nil: break
    }
    throw reader.wrongValue("a number that a double can hold")
  }

  public static func writeJSON(_ value: Double, to writer: inout FieldWriter) {
    if value.isFinite {
      writer.json?.value(value)
    } else {
      writer.json?.value(notFinite(value.isNaN, value < 0))
    }
  }
}

extension FloatKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Float {
    let wide = try DoubleKind.readJSON(&reader)
    let value = Float(wide)
    guard value.isFinite || !wide.isFinite else {
      throw reader.wrongValue("a number that a float can hold")
    }
    return value
  }

  public static func writeJSON(_ value: Float, to writer: inout FieldWriter) {
    if value.isFinite {
      // The shortest text of the largest float is, read as a double, above it; some readers refuse that.
      let isLargest = value.magnitude == .greatestFiniteMagnitude
      writer.json?.raw(isLargest ? Double(value).description : value.description)
    } else {
      writer.json?.value(notFinite(value.isNaN, value < 0))
    }
  }
}

private func notFinite(_ isNaN: Bool, _ isNegative: Bool) -> String {
  isNaN ? "NaN" : isNegative ? "-Infinity" : "Infinity"
}

extension BoolKind: MapKeyKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Bool {
    guard let value = reader.cursor.boolean else { throw reader.wrongValue("true or false") }
    return value
  }

  public static func writeJSON(_ value: Bool, to writer: inout FieldWriter) {
    writer.json?.value(value)
  }

  public static func value(ofName name: String) -> Bool? { Bool(name) }
  public static func name(of value: Bool) -> String { value ? "true" : "false" }
}

extension StringKind: MapKeyKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> String {
    guard let value = reader.cursor.string else { throw reader.wrongValue("a string") }
    return value
  }

  public static func writeJSON(_ value: String, to writer: inout FieldWriter) {
    writer.json?.value(value)
  }

  public static func value(ofName name: String) -> String? { name }
  public static func name(of value: String) -> String { value }
}

extension BytesKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> [UInt8] {
    guard let text = reader.cursor.string, let bytes = Base64.bytes(of: text, lenient: true) else {
      throw reader.wrongValue("base64 in a string")
    }
    return bytes
  }

  public static func writeJSON(_ value: [UInt8], to writer: inout FieldWriter) {
    writer.json?.value(Base64.text(of: value.rawBytes))
  }
}

extension MessageKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    guard reader.depthLeft > 0 else {
      throw ProtobufError(.tooDeep, "\(Value.table.name) is nested too deep")
    }
    reader.depthLeft -= 1
    var value = Value()
    try value.decodeJSON(from: &reader)
    reader.depthLeft += 1
    return value
  }

  public static func writeJSON(_ value: Value, to writer: inout FieldWriter) {
    value.encodeJSON(to: &writer)
  }
}

extension EnumKind {
  public static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    guard let number = try reader.enumNumber(Value.table) else {
      throw ProtobufError(.unknownField, "an unknown value of \(Value.table.name)")
    }
    return Value(rawValue: number)
  }

  public static func writeJSON(_ value: Value, to writer: inout FieldWriter) {
    writer.jsonEnumeration(value.rawValue, Value.table)
  }
}
