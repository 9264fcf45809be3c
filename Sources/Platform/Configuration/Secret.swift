public import Values

/// A text that is never printed: not in messages, not in `config show`, not by reflection.
public struct Secret: ConfigurationValue, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let content: String

  public init(_ content: String) { self.content = content }

  /// The text itself, for the one place that needs it.
  public func reveal() -> String { self.content }

  public static var expectation: String { "a secret" }
  public static var isSecret: Bool { true }

  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    self.content = try texts.single()
    guard !self.content.isEmpty else { throw ValueError(.malformed, "the secret is empty") }
  }

  public var configurationText: String? { "(secret)" }
  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
