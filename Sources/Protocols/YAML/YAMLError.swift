/// Why a text is not YAML that is read here, and where.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var position: YAMLPosition

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let malformed = Code(rawValue: "yaml.malformed")
    public static let duplicateKey = Code(rawValue: "yaml.duplicate_key")
    public static let tooDeep = Code(rawValue: "yaml.too_deep")
    public static let tooLarge = Code(rawValue: "yaml.too_large")
    public static let notSupported = Code(rawValue: "yaml.not_supported")
    public static let badAlias = Code(rawValue: "yaml.bad_alias")
    public static let badValue = Code(rawValue: "yaml.bad_value")
  }

  public init(_ code: Code, _ message: String, at position: YAMLPosition) {
    self.code = code
    self.message = message
    self.position = position
  }

  public var description: String {
    "line \(self.position.line), column \(self.position.column): \(self.message)"
  }
}

/// A place in a text; both count from 1, columns in characters.
public struct YAMLPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  init(offset: Int, in bytes: UnsafeRawBufferPointer) {
    self.init(line: 1, column: 1)
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        self.line += 1
        self.column = 1
      } else if byte & 0xC0 != 0x80 {
        self.column += 1
      }
    }
  }

  /// `3:7`, as it follows a file name.
  public var description: String { "\(self.line):\(self.column)" }

  public static func < (left: Self, right: Self) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// What a reader accepts from a stranger.
public struct YAMLLimits: Sendable {
  public var byteCountMax: Int
  public var depthMax: Int
  /// Nodes of all documents, those behind an alias counted each time it is used: a few lines of
  /// aliases of aliases would otherwise stand for billions.
  public var nodeCountMax: Int

  public init(byteCountMax: Int = 4 << 20, depthMax: Int = 64, nodeCountMax: Int = 100_000) {
    precondition(byteCountMax > 0 && depthMax > 0 && nodeCountMax > 0)
    precondition(depthMax <= 500, "\(depthMax) levels: nodes are walked recursively")
    self.byteCountMax = byteCountMax
    self.depthMax = depthMax
    self.nodeCountMax = nodeCountMax
  }

  public static let standard = YAMLLimits()
}
