/// Why something could not be opened, checked or signed.
public struct CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
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

    /// A sealed message whose tag does not match: another key, another context, or changed bytes.
    public static let notAuthentic = Code(rawValue: "crypto.not_authentic")
    /// Bytes that have not the form they should have.
    public static let malformed = Code(rawValue: "crypto.malformed")
    /// An envelope sealed under a key that is not the one given.
    public static let otherKey = Code(rawValue: "crypto.other_key")
  }
}
