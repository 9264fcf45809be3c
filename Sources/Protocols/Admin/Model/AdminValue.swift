public import JSON
public import Values

/// What a member of a record may be. Texts are how it stands in a path or a query.
public protocol AdminValue: JSONEncodable, JSONDecodable, Sendable {
  static var schema: AdminSchema { get }
  /// What stands in a query: nothing for an absent value, one text for each element of a list.
  var texts: [String] { get }
  /// - Precondition: there is at least one text.
  static func value(of texts: [String]) throws(ValueError) -> Self
}

extension AdminValue {
  public var texts: [String] { [self.text()] }

  public static func value(of texts: [String]) throws(ValueError) -> Self {
    throw ValueError(.malformed, "this value belongs into the body of the request")
  }

  static func one(_ texts: [String]) throws(ValueError) -> String {
    guard texts.count == 1 else {
      throw ValueError(.malformed, "it is given \(texts.count) times")
    }
    return texts[0]
  }
}

extension String: AdminValue {
  public static var schema: AdminSchema { .string(format: nil) }
  public var texts: [String] { [self] }
  public static func value(of texts: [String]) throws(ValueError) -> String { try self.one(texts) }
}

extension Bool: AdminValue {
  public static var schema: AdminSchema { .boolean }
  public static func value(of texts: [String]) throws(ValueError) -> Bool {
    switch try self.one(texts) {
    case "true", "1", "": true
    case "false", "0": false
    default: throw ValueError(.malformed, "it is neither true nor false")
    }
  }
}

extension FixedWidthInteger where Self: AdminValue {
  public static var schema: AdminSchema { .integer }
  public static func value(of texts: [String]) throws(ValueError) -> Self {
    let text = try self.one(texts)
    guard let value = Self(text) else {
      throw ValueError(
        .outOfRange,
        "\(text.prefix(40).debugDescription) is no whole number from"
          + " \(Self.min) to \(Self.max)")
    }
    return value
  }
}

extension Int: AdminValue {}
extension Int64: AdminValue {}
extension UInt64: AdminValue {}
extension Int32: AdminValue {}
extension UInt16: AdminValue {}

extension Double: AdminValue {
  public static var schema: AdminSchema { .number }
  public static func value(of texts: [String]) throws(ValueError) -> Double {
    let text = try self.one(texts)
    guard let value = Double(text), value.isFinite else {
      throw ValueError(.malformed, "\(text.prefix(40).debugDescription) is no number")
    }
    return value
  }
}

extension JSONValue: AdminValue {
  public static var schema: AdminSchema { .anything }
}

extension Timestamp: AdminValue {
  public static var schema: AdminSchema { .string(format: "date-time") }
  public var texts: [String] { [self.description] }

  public static func value(of texts: [String]) throws(ValueError) -> Timestamp {
    try Timestamp(parsing: try self.one(texts))
  }

  public func encode(to json: inout JSONWriter) { json.value(self.description) }

  public init(json: JSONCursor) throws(JSONError) {
    do {
      self = try Timestamp(parsing: try String(json: json))
    } catch let error as JSONError {
      throw error
    } catch {
      throw JSONError(.outOfRange, "\(error)", path: "$")
    }
  }
}

/// Goes over the wire to whoever may see it, and never into a log or a description.
extension Secret: JSONEncodable where Value == String {
  public func encode(to json: inout JSONWriter) { json.value(self.exposed) }
}

extension Secret: JSONDecodable where Value == String {
  public init(json: JSONCursor) throws(JSONError) { self.init(try String(json: json)) }
}

extension Secret: AdminValue where Value == String {
  public static var schema: AdminSchema { .string(format: "password") }
}

extension Optional: AdminValue where Wrapped: AdminValue {
  public static var schema: AdminSchema { .nullable(Wrapped.schema) }
  public var texts: [String] { self?.texts ?? [] }
  public static func value(of texts: [String]) throws(ValueError) -> Wrapped? {
    try Wrapped.value(of: texts)
  }
}

extension Array: AdminValue where Element: AdminValue {
  public static var schema: AdminSchema { .list(Element.schema) }
  public var texts: [String] { self.flatMap(\.texts) }
  public static func value(of texts: [String]) throws(ValueError) -> [Element] {
    var elements: [Element] = []
    for text in texts { elements.append(try Element.value(of: [text])) }
    return elements
  }
}

extension Dictionary: AdminValue where Key == String, Value: AdminValue {
  public static var schema: AdminSchema { .map(Value.schema) }
}

/// A word out of a list that may grow.
public protocol AdminWord: AdminValue, RawRepresentable, CaseIterable, Hashable
where RawValue == String {}

extension AdminWord {
  public static var schema: AdminSchema { .words(Self.allCases.map(\.rawValue)) }
  public var texts: [String] { [self.rawValue] }
  public func encode(to json: inout JSONWriter) { json.value(self.rawValue) }

  public init(json: JSONCursor) throws(JSONError) {
    let text = try String(json: json)
    guard let word = Self(rawValue: text) else {
      throw JSONError(.outOfRange, "\(text.prefix(40).debugDescription) is not known", path: "$")
    }
    self = word
  }

  public static func value(of texts: [String]) throws(ValueError) -> Self {
    let text = try self.one(texts)
    guard let word = Self(rawValue: text) else {
      throw ValueError(
        .outOfRange,
        "\(text.prefix(40).debugDescription) is not one of "
          + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return word
  }
}
