private import Bytes

/// What can be made from JSON. Conformances are written by hand, a line a member:
///
///     init(json: JSONCursor) throws(JSONError) {
///       self.name = try json.decode("name")
///       self.size = try json.decode("size", default: 0)
///       self.owner = try json.decodeIfPresent("owner")
///     }
///
/// An error carries the path to the value that is wrong, such as `$.items[3].name`.
public protocol JSONDecodable {
  init(json: JSONCursor) throws(JSONError)
}

extension JSONDecodable {
  public init(parsing text: RawSpan, limits: JSONLimits = .standard) throws(JSONError) {
    let document = try JSONDocument(parsing: text, limits: limits)
    do {
      try self.init(json: document.root)
    } catch {
      throw error.path == nil ? JSONError(error.code, error.message, path: "$") : error
    }
  }
}

extension JSONCursor {
  /// The value of a member that must be there.
  public func decode<T: JSONDecodable>(
    _ name: StaticString, as type: T.Type = T.self
  ) throws(JSONError) -> T {
    guard let value = self.member(name) else {
      guard self.kind == .object else { throw self.mismatch("an object") }
      throw JSONError(.missingMember, "member \"\(name)\" is missing", path: "$")
    }
    do {
      return try T(json: value)
    } catch {
      throw error.inside(member: "\(name)")
    }
  }

  /// The value of a member; nil when it is not there or `null`.
  public func decodeIfPresent<T: JSONDecodable>(
    _ name: StaticString, as type: T.Type = T.self
  ) throws(JSONError) -> T? {
    guard let value = self.member(name) else {
      guard self.kind == .object else { throw self.mismatch("an object") }
      return nil
    }
    guard !value.isNull else { return nil }
    do {
      return try T(json: value)
    } catch {
      throw error.inside(member: "\(name)")
    }
  }

  /// The value of a member, or `fallback` when it is not there or `null`.
  public func decode<T: JSONDecodable>(
    _ name: StaticString, default fallback: @autoclosure () -> T
  ) throws(JSONError) -> T {
    try self.decodeIfPresent(name, as: T.self) ?? fallback()
  }

  /// For messages that must not hold what we do not know.
  public func refuseMembers(otherThan names: [StaticString]) throws(JSONError) {
    var members = self.members
    search: while let member = members.next() {
      for name in names where member.nameBytes.isEqual(to: name) { continue search }
      throw JSONError(.unknownMember, "no such member; there are \(names)", path: "$")
        .inside(member: member.name)
    }
  }

  /// The error of a value that is of another kind.
  public func mismatch(_ expected: String) -> JSONError {
    let found =
      switch self.kind {
      case .null: "null"
      case .boolean: "a boolean"
      case .number: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    return JSONError(.wrongType, "expected \(expected), found \(found)", path: "$")
  }
}

extension JSONValue: JSONDecodable {}

extension Bool: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard let value = json.boolean else { throw json.mismatch("true or false") }
    self = value
  }
}

extension String: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard let value = json.string else { throw json.mismatch("a string") }
    self = value
  }
}

extension Double: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard json.kind == .number else { throw json.mismatch("a number") }
    guard let value = json.double else {
      throw JSONError(.outOfRange, "the number is too large for a double", path: "$")
    }
    self = value
  }
}

extension JSONNumber: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard let value = json.number else { throw json.mismatch("a number") }
    self = value
  }
}

extension FixedWidthInteger where Self: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard let text = json.numberBytes else { throw json.mismatch("an integer") }
    if let value = json.int64, let narrow = Self(exactly: value) {
      self = narrow
    } else if let value = json.uint64, let narrow = Self(exactly: value) {
      self = narrow
    } else if json.number?.integer(as: Int64.self) == nil, json.isReal {
      throw JSONError(
        .wrongType, "expected an integer, found \(text.lossyText.prefix(40))", path: "$")
    } else {
      throw JSONError(
        .outOfRange,
        "\(text.lossyText.prefix(40)) is not in the range \(Self.min) to \(Self.max)", path: "$")
    }
  }
}

extension JSONCursor {
  var isReal: Bool { self.entry.kind == .real }
}

extension Int: JSONDecodable {}
extension Int64: JSONDecodable {}
extension Int32: JSONDecodable {}
extension Int16: JSONDecodable {}
extension UInt: JSONDecodable {}
extension UInt64: JSONDecodable {}
extension UInt32: JSONDecodable {}
extension UInt16: JSONDecodable {}
extension UInt8: JSONDecodable {}

extension Optional: JSONDecodable where Wrapped: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    self = json.isNull ? nil : try Wrapped(json: json)
  }
}

extension Array: JSONDecodable where Element: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard let count = json.count, json.kind == .array else { throw json.mismatch("an array") }
    self.init()
    self.reserveCapacity(count)
    var elements = json.elements
    while let element = elements.next() {
      do {
        self.append(try Element(json: element))
      } catch {
        throw error.inside(element: self.count)
      }
    }
  }
}

extension Dictionary: JSONDecodable where Key == String, Value: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard json.kind == .object else { throw json.mismatch("an object") }
    self.init()
    var members = json.members
    while let member = members.next() {
      do {
        self[member.name] = try Value(json: member.value)
      } catch {
        throw error.inside(member: member.name)
      }
    }
  }
}

extension JSONDecodable where Self: RawRepresentable, RawValue == String {
  public init(json: JSONCursor) throws(JSONError) {
    let text = try String(json: json)
    guard let value = Self(rawValue: text) else {
      throw JSONError(.outOfRange, "\(text.prefix(40).debugDescription) is not known", path: "$")
    }
    self = value
  }
}

extension JSONDecodable where Self: RawRepresentable & CaseIterable, RawValue == String {
  public init(json: JSONCursor) throws(JSONError) {
    let text = try String(json: json)
    guard let value = Self(rawValue: text) else {
      let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONError(
        .outOfRange, "\(text.prefix(40).debugDescription) is not one of \(names)", path: "$")
    }
    self = value
  }
}
