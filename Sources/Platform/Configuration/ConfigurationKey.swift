internal import Values

/// A key, declared once: the parser, the documentation, `config show` and the sample file are made
/// from the declaration.
///
///     enum S3Keys {
///       static let port = ConfigurationKey(
///         "s3", "port", default: 9000, in: 1...65535, needsRestart: true,
///         "The port of the S3 endpoint.")
///       static let section = ConfigurationSection("s3", "The S3 endpoint.", keys: [port.declaration])
///     }
///
/// Where the default is written as a member, such as `.seconds(10)`, the type is named:
/// `ConfigurationKey<Duration>(…)`.
///
/// A service adds its section to the daemon's `ConfigurationSchema` and reads `configuration[S3Keys.port]`.
public struct ConfigurationKey<Value: ConfigurationValue>: Sendable {
  public let declaration: KeyDeclaration

  /// - Parameters:
  ///   - value: what holds when no source says anything; nil for a key that must be given. A key that
  ///     may be left out has an optional type and the default `.some(nil)`.
  ///   - flag: nil for the usual `--SECTION-NAME`.
  ///   - check: what is wrong with a value, for rules that are no range.
  public init(
    _ section: String, _ name: String, default value: Value?, needsRestart: Bool = false,
    flag: String? = nil, check: (@Sendable (Value) -> String?)? = nil, _ summary: String
  ) {
    self.declaration = KeyDeclaration(
      section: section, name: name, valueType: Value.self, defaultValue: value, rangeText: nil,
      needsRestart: needsRestart, flag: flag, summary: summary
    ) { (texts) throws(ValueError) in
      let value = try Value(configuration: texts)
      if let problem = check?(value) { throw ValueError(.outOfRange, problem) }
      return value
    }
  }
}

extension ConfigurationKey where Value: Comparable {
  /// A key with a range, which the message about a value outside names.
  ///
  /// - Precondition: the default is in the range.
  public init(
    _ section: String, _ name: String, default value: Value?, in range: ClosedRange<Value>,
    needsRestart: Bool = false, flag: String? = nil, _ summary: String
  ) {
    let lower = range.lowerBound.configurationText ?? ""
    let upper = range.upperBound.configurationText ?? ""
    if let value { precondition(range.contains(value), "the default of \(section).\(name)") }
    self.declaration = KeyDeclaration(
      section: section, name: name, valueType: Value.self, defaultValue: value,
      rangeText: "\(lower) to \(upper)", needsRestart: needsRestart, flag: flag, summary: summary
    ) { (texts) throws(ValueError) in
      let value: Value
      do throws(ValueError) {
        value = try Value(configuration: texts)
      } catch {
        // The type's own range is wider than the key's, and the key's is the one to name.
        guard error.code == .outOfRange, case .one(let text) = texts else { throw error }
        throw ValueError(
          .outOfRange,
          "\(text.prefix(60).debugDescription) is not in the range \(lower) to \(upper)")
      }
      guard range.contains(value) else {
        throw ValueError(
          .outOfRange,
          "\(value.configurationText ?? "") is not in the range \(lower) to \(upper)")
      }
      return value
    }
  }
}

/// A key without its type, as tables hold it.
public struct KeyDeclaration: Sendable {
  public let section: String
  public let name: String
  public let summary: String
  /// What a value looks like, in words.
  public let expectation: String
  /// Nil when nothing holds without a source.
  public let defaultText: String?
  public let rangeText: String?
  public let isSecret: Bool
  /// A flag may be given several times.
  public let isList: Bool
  /// A change counts only after a restart; the others count on reload.
  public let needsRestart: Bool
  /// Such as `--s3-port`.
  public let flag: String
  let defaultValue: (any ConfigurationValue)?
  let parse: @Sendable (ConfigurationTexts) throws(ValueError) -> any ConfigurationValue

  init<Value: ConfigurationValue>(
    section: String, name: String, valueType: Value.Type, defaultValue: Value?, rangeText: String?,
    needsRestart: Bool, flag: String?, summary: String,
    parse: @escaping @Sendable (ConfigurationTexts) throws(ValueError) -> any ConfigurationValue
  ) {
    precondition(Self.isName(section) && Self.isName(name), "\(section).\(name)")
    self.section = section
    self.name = name
    self.summary = summary
    self.expectation = Value.expectation
    self.defaultText = defaultValue.flatMap(\.configurationText)
    self.rangeText = rangeText
    self.isSecret = Value.isSecret
    self.isList = Value.self == [String].self || Value.self == [String]?.self
    self.needsRestart = needsRestart
    self.flag = flag ?? "--\(Self.dashed(section))-\(Self.dashed(name))"
    self.defaultValue = defaultValue
    self.parse = parse
  }

  /// `section.name`.
  public var path: String { "\(self.section).\(self.name)" }
  /// `LAKE_SECTION_NAME`.
  public var variable: String { "LAKE_\(self.section.uppercased())_\(self.name.uppercased())" }
  /// A secret may also stand in a file of its own, which any source may name.
  var fileName: String { self.name + "_file" }
  var fileVariable: String { self.variable + "_FILE" }
  var fileFlag: String { self.flag + "-file" }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, (0x61...0x7A).contains(first) else { return false }
    return text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
    }
  }

  private static func dashed(_ name: String) -> String {
    String(name.map { $0 == "_" ? "-" : $0 })
  }
}
