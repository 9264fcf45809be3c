/// Why bytes are not Avro, or a value is not what a schema asks for.
public struct AvroError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The bytes break the format.
    public static let malformed = Code(rawValue: "avro.malformed")
    /// The bytes end in the middle of something.
    public static let truncated = Code(rawValue: "avro.truncated")
    /// The schema is not one.
    public static let schema = Code(rawValue: "avro.schema")
    /// A limit of the reader.
    public static let tooLarge = Code(rawValue: "avro.too_large")
    /// A value of another type than the schema has.
    public static let wrongType = Code(rawValue: "avro.wrong_type")
    public static let unsupported = Code(rawValue: "avro.unsupported")
  }

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { self.message }
}
