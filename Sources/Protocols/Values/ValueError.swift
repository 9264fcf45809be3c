/// Why a text is not a value of some kind. A value out of range names the range.
public struct ValueError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let malformed = Code(rawValue: "value.malformed")
    public static let outOfRange = Code(rawValue: "value.out_of_range")
  }

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { self.message }

  static func malformed(_ text: String, _ expected: String) -> ValueError {
    ValueError(.malformed, "\(quoted(text)) is not \(expected)")
  }
}

/// A text in quotes, cut where it gets long: it may come from a stranger.
func quoted(_ text: String) -> String {
  text.unicodeScalars.count <= 60
    ? text.debugDescription : "\(String(text.unicodeScalars.prefix(60)).debugDescription)…"
}
