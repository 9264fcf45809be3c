public import Values

extension Secret: ConfigurationValue where Value == String {
  public static var expectation: String { "a secret" }
  public static var isSecret: Bool { true }

  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    let text = try texts.single()
    guard !text.isEmpty else { throw ValueError(.malformed, "the secret is empty") }
    self.init(text)
  }

  public var configurationText: String? { Self.mark }
}
