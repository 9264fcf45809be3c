public import Values

/// What a key can hold. Every source gives texts: a flag, a variable, a scalar of the file.
public protocol ConfigurationValue: Sendable, Equatable {
  /// What is expected, as it stands in messages and in the documentation: `a duration such as 30s`.
  static var expectation: String { get }
  /// A secret is never taken from a flag and never printed.
  static var isSecret: Bool { get }

  init(configuration texts: ConfigurationTexts) throws(ValueError)

  /// The value as it may be written in the file; nil when there is none.
  var configurationText: String? { get }
}

/// What a source gave for one key.
public enum ConfigurationTexts: Sendable, Equatable {
  case one(String)
  /// A list of the file, or a flag given several times.
  case many([String])

  /// The one text of a value that is no list.
  public func single() throws(ValueError) -> String {
    switch self {
    case .one(let text): return text
    case .many(let texts):
      throw ValueError(.malformed, "a list of \(texts.count) stands where one value is expected")
    }
  }
}

extension ConfigurationValue {
  public static var isSecret: Bool { false }
}

extension Bool: ConfigurationValue {
  public static var expectation: String { "true or false" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    let text = try texts.single()
    guard let value = Bool(text) else {
      throw ValueError(.malformed, "\(text.debugDescription) is not true or false")
    }
    self = value
  }
  public var configurationText: String? { "\(self)" }
}

extension Int: ConfigurationValue {
  public static var expectation: String { "a whole number" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    let text = try texts.single()
    guard let value = Int(text) else {
      throw ValueError(.malformed, "\(text.debugDescription) is not a whole number")
    }
    self = value
  }
  public var configurationText: String? { "\(self)" }
}

extension String: ConfigurationValue {
  public static var expectation: String { "a text" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    self = try texts.single()
  }
  public var configurationText: String? { self }
}

extension Duration: ConfigurationValue {
  public static var expectation: String { "a duration such as 500ms, 30s, 10m, 2h or 7d" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    self = try DurationText.parse(try texts.single())
  }
  public var configurationText: String? { DurationText.text(self) }
}

extension ByteCount: ConfigurationValue {
  public static var expectation: String { "a size such as 4096, 64MiB or 10GB" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    try self.init(parsing: try texts.single())
  }
  public var configurationText: String? { self.description }
}

extension ByteRate: ConfigurationValue {
  public static var expectation: String { "a rate such as 64MiB/s" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    try self.init(parsing: try texts.single())
  }
  public var configurationText: String? { self.description }
}

extension Ratio: ConfigurationValue {
  public static var expectation: String { "a ratio such as 0.85 or 85%" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    try self.init(parsing: try texts.single())
  }
  public var configurationText: String? { self.description }
}

/// In a variable or flag the elements stand between commas.
extension Array: ConfigurationValue where Element == String {
  public static var expectation: String { "a list of texts" }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    switch texts {
    case .many(let texts): self = texts
    case .one(""): self = []
    case .one(let text):
      self = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    for element in self where element.isEmpty {
      throw ValueError(.malformed, "an element of the list is empty")
    }
  }
  public var configurationText: String? {
    "[" + self.map(\.debugDescription).joined(separator: ", ") + "]"
  }
}

/// Of a key that may be left out.
extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
  public static var expectation: String { Wrapped.expectation }
  public static var isSecret: Bool { Wrapped.isSecret }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    self = try Wrapped(configuration: texts)
  }
  public var configurationText: String? { self.flatMap(\.configurationText) }
}

/// One word of a few.
extension ConfigurationValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  public static var expectation: String {
    "one of " + self.allCases.map(\.rawValue).joined(separator: ", ")
  }
  public init(configuration texts: ConfigurationTexts) throws(ValueError) {
    let text = try texts.single()
    guard let value = Self(rawValue: text) else {
      throw ValueError(.malformed, "\(text.debugDescription) is not \(Self.expectation)")
    }
    self = value
  }
  public var configurationText: String? { self.rawValue }
}
