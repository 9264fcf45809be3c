/// Why bytes or JSON are not a message, or why a message has no JSON form.
public struct ProtobufError: Error, Sendable, Equatable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var hint: String?

  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  public var description: String { "\(self.code.rawValue): \(self.message)" }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A number, a length or a group runs past the end.
    public static let truncated = Code(rawValue: "protobuf.truncated")
    /// A tag, a varint or a group end that cannot be.
    public static let malformed = Code(rawValue: "protobuf.malformed")
    public static let notUTF8 = Code(rawValue: "protobuf.not_utf8")
    public static let tooLarge = Code(rawValue: "protobuf.too_large")
    public static let tooDeep = Code(rawValue: "protobuf.too_deep")
    /// The text is not JSON.
    public static let notJSON = Code(rawValue: "protobuf.not_json")
    /// JSON of a wrong type, or a value that the field's type cannot hold.
    public static let wrongValue = Code(rawValue: "protobuf.wrong_value")
    public static let unknownField = Code(rawValue: "protobuf.unknown_field")
    /// A field, or two members of one oneof, given twice in JSON.
    public static let repeatedField = Code(rawValue: "protobuf.repeated_field")
    /// `Any` of a type that the registry does not hold.
    public static let unknownType = Code(rawValue: "protobuf.unknown_type")
    /// A value outside what the JSON form can say: a timestamp past the year 9999, a `Value` of NaN.
    public static let noJSONForm = Code(rawValue: "protobuf.no_json_form")
  }

  func decoding(_ name: String) -> Self {
    var error = self
    error.message = "cannot decode \(name): \(self.message)"
    return error
  }

  func encoding(_ name: String) -> Self {
    var error = self
    error.message = "cannot write \(name) as JSON: \(self.message)"
    return error
  }
}
