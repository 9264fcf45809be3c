/// Why a text is not XML that is read here, or an element is not what was expected.
public struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var position: XMLPosition

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let malformed = Code(rawValue: "xml.malformed")
    public static let doctype = Code(rawValue: "xml.doctype")
    public static let tooDeep = Code(rawValue: "xml.too_deep")
    public static let tooLarge = Code(rawValue: "xml.too_large")
    public static let missingElement = Code(rawValue: "xml.missing_element")
    public static let badValue = Code(rawValue: "xml.bad_value")
  }

  public init(_ code: Code, _ message: String, at position: XMLPosition) {
    self.code = code
    self.message = message
    self.position = position
  }

  public var description: String {
    "line \(self.position.line), column \(self.position.column): \(self.message)"
  }
}

/// A place in a text; both count from 1, columns in bytes.
public struct XMLPosition: Hashable, Sendable {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// What a reader accepts from a stranger.
public struct XMLLimits: Sendable {
  public var byteCountMax: Int
  public var depthMax: Int
  public var elementCountMax: Int
  public var attributeCountMax: Int

  public init(
    byteCountMax: Int = 8 << 20, depthMax: Int = 64, elementCountMax: Int = 200_000,
    attributeCountMax: Int = 64
  ) {
    precondition(byteCountMax > 0 && elementCountMax > 0 && attributeCountMax >= 0)
    precondition(
      depthMax > 0 && depthMax <= 1000, "\(depthMax) levels: trees are freed recursively")
    self.byteCountMax = byteCountMax
    self.depthMax = depthMax
    self.elementCountMax = elementCountMax
    self.attributeCountMax = attributeCountMax
  }

  public static let standard = XMLLimits()
}
