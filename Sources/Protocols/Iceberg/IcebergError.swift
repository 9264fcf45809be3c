public import JSON

/// Why a document, a change or a file is not accepted.
public struct IcebergError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  /// What was attempted, on what, and why it is not possible; it may be shown to the client.
  public var message: String

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A document that is not one: a member missing, of the wrong type, or unknown.
    public static let badRequest = Code(rawValue: "iceberg.bad_request")
    /// Well-formed, but the rules of the format do not allow it.
    public static let validation = Code(rawValue: "iceberg.validation")
    /// An argument that the Java client must see as its own mistake.
    public static let illegalArgument = Code(rawValue: "iceberg.illegal_argument")
    /// A requirement does not hold, or the change rests on a state that is over: refresh and retry.
    public static let commitFailed = Code(rawValue: "iceberg.commit_failed")
    /// The bytes of a manifest, a manifest list or a Puffin file are damaged.
    public static let corrupted = Code(rawValue: "iceberg.corrupted")
    /// A format, a codec or a version that is not read.
    public static let unsupported = Code(rawValue: "iceberg.unsupported")
    /// A limit of the reader.
    public static let tooLarge = Code(rawValue: "iceberg.too_large")
  }

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  static func validation(_ message: String) -> IcebergError {
    IcebergError(.validation, message)
  }

  public var description: String { self.message }
}

extension IcebergError {
  /// An error of reading a document, with the path of the member: `updates[2].snapshot.manifest-list`.
  public init(_ error: JSONError) {
    let code: Code =
      switch error.code {
      case .ruleBroken: .validation
      case .tooLarge: .tooLarge
      default: .badRequest
      }
    if let path = error.path, path != "$" {
      self.init(
        code, "\(path.hasPrefix("$.") ? String(path.dropFirst(2)) : path): \(error.message)")
    } else {
      self.init(code, error.position == nil ? error.message : error.description)
    }
  }
}

extension JSONError.Code {
  /// A member that is well-formed and breaks a rule of the format, such as `decimal(39,0)`.
  static let ruleBroken = JSONError.Code(rawValue: "iceberg.rule_broken")
}

/// A text of a stranger in a message: in quotes and not long.
func quoted(_ text: String) -> String {
  text.unicodeScalars.count <= 100
    ? text.debugDescription : "\(String(text.unicodeScalars.prefix(100)).debugDescription)…"
}
