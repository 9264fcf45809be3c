/// Why a text is not JSON, or why a JSON value is not what a type asks for.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  /// What was expected and what was found.
  public var message: String
  /// Where in the text; known for errors of the text itself.
  public var position: Position?
  /// Where in the value, such as `$.items[3].name`; known for errors of decoding.
  public var path: String?

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let malformed = Code(rawValue: "json.malformed")
    public static let duplicateMember = Code(rawValue: "json.duplicate_member")
    public static let tooDeep = Code(rawValue: "json.too_deep")
    public static let tooLarge = Code(rawValue: "json.too_large")
    public static let missingMember = Code(rawValue: "json.missing_member")
    public static let unknownMember = Code(rawValue: "json.unknown_member")
    public static let wrongType = Code(rawValue: "json.wrong_type")
    public static let outOfRange = Code(rawValue: "json.out_of_range")
  }

  /// A place in a text. Lines and columns count from 1, columns in characters (Unicode scalars).
  public struct Position: Hashable, Sendable {
    public var offset: Int
    public var line: Int
    public var column: Int

    public init(offset: Int, line: Int, column: Int) {
      self.offset = offset
      self.line = line
      self.column = column
    }

    init(offset: Int, in text: RawSpan) {
      var line = 1
      var column = 1
      for index in 0..<min(offset, text.byteCount) {
        let byte = text.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
        if byte == UInt8(ascii: "\n") {
          line += 1
          column = 1
        } else if byte & 0xC0 != 0x80 {
          column += 1
        }
      }
      self.init(offset: offset, line: line, column: column)
    }
  }

  public init(_ code: Code, _ message: String, position: Position? = nil, path: String? = nil) {
    self.code = code
    self.message = message
    self.position = position
    self.path = path
  }

  public var description: String {
    if let position = self.position {
      "line \(position.line), column \(position.column): \(self.message)"
    } else if let path = self.path {
      "\(path): \(self.message)"
    } else {
      self.message
    }
  }

  /// The same error seen from the object whose member `name` is wrong.
  public func inside(member name: String) -> JSONError {
    let plain =
      !name.isEmpty
      && name.utf8.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
        default: false
        }
      }
    return self.under(plain ? ".\(name)" : "[\(name.debugDescription)]")
  }

  /// The same error seen from the array whose element `index` is wrong.
  public func inside(element index: Int) -> JSONError { self.under("[\(index)]") }

  private func under(_ step: String) -> JSONError {
    var error = self
    error.path = "$" + step + (self.path?.dropFirst() ?? "")
    return error
  }
}
