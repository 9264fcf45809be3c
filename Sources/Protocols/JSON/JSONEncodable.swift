public import Bytes

/// What can be written as JSON. One value is written, or nothing else makes sense of the text.
public protocol JSONEncodable {
  func encode(to json: inout JSONWriter)
}

extension JSONEncodable {
  public func text(layout: JSONWriter.Layout = .compact) -> String {
    var bytes = ByteWriter()
    bytes.appendJSON(self, layout: layout)
    return bytes.bytes.lossyText
  }
}

extension ByteWriter {
  @inlinable
  public mutating func appendJSON(
    _ value: some JSONEncodable, layout: JSONWriter.Layout = .compact
  ) {
    self.appendJSON(layout: layout) { value.encode(to: &$0) }
  }
}

extension JSONValue: JSONEncodable {
  public func encode(to json: inout JSONWriter) { json.value(self) }
}

extension JSONObject: JSONEncodable {
  public func encode(to json: inout JSONWriter) { json.value(JSONValue.object(self)) }
}

extension JSONNumber: JSONEncodable {
  public func encode(to json: inout JSONWriter) { json.value(self) }
}

extension Bool: JSONEncodable {
  public func encode(to json: inout JSONWriter) { json.value(self) }
}

extension String: JSONEncodable {
  public func encode(to json: inout JSONWriter) { json.value(self) }
}

extension Double: JSONEncodable {
  public func encode(to json: inout JSONWriter) { json.value(self) }
}

extension FixedWidthInteger where Self: JSONEncodable {
  @inlinable
  public func encode(to json: inout JSONWriter) { json.integer(self) }
}

extension Int: JSONEncodable {}
extension Int64: JSONEncodable {}
extension Int32: JSONEncodable {}
extension Int16: JSONEncodable {}
extension UInt: JSONEncodable {}
extension UInt64: JSONEncodable {}
extension UInt32: JSONEncodable {}
extension UInt16: JSONEncodable {}
extension UInt8: JSONEncodable {}

extension Optional: JSONEncodable where Wrapped: JSONEncodable {
  @inlinable
  public func encode(to json: inout JSONWriter) {
    if let value = self { value.encode(to: &json) } else { json.null() }
  }
}

extension Array: JSONEncodable where Element: JSONEncodable {
  @inlinable
  public func encode(to json: inout JSONWriter) {
    json.beginArray()
    for element in self { element.encode(to: &json) }
    json.endArray()
  }
}

/// In the order of the names, so that the same content is the same text.
extension Dictionary: JSONEncodable where Key == String, Value: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.beginObject()
    for (name, value) in self.sorted(by: { $0.key < $1.key }) {
      json.name(name)
      value.encode(to: &json)
    }
    json.endObject()
  }
}

extension JSONEncodable where Self: RawRepresentable, RawValue == String {
  public func encode(to json: inout JSONWriter) { json.value(self.rawValue) }
}
