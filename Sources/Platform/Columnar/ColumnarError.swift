import CDuckDB

/// Why the column engine did not do what was asked.
public struct ColumnarError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  /// The engine's own words, or ours, with what was attempted.
  public var message: String
  public var hint: String?

  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The text is no statement.
    public static let parser = Code(rawValue: "columnar.parser")
    /// A column, function or type of the statement does not fit.
    public static let binder = Code(rawValue: "columnar.binder")
    /// A table, schema, function or setting is not there, or is there already.
    public static let catalog = Code(rawValue: "columnar.catalog")
    /// A value cannot be converted, or does not fit its type.
    public static let conversion = Code(rawValue: "columnar.conversion")
    public static let outOfRange = Code(rawValue: "columnar.out_of_range")
    public static let constraint = Code(rawValue: "columnar.constraint")
    public static let transaction = Code(rawValue: "columnar.transaction")
    public static let invalidInput = Code(rawValue: "columnar.invalid_input")
    public static let notImplemented = Code(rawValue: "columnar.not_implemented")
    public static let permission = Code(rawValue: "columnar.permission")
    /// The memory limit, or the limit of the temporary directory, was reached.
    public static let outOfMemory = Code(rawValue: "columnar.out_of_memory")
    public static let io = Code(rawValue: "columnar.io")
    public static let network = Code(rawValue: "columnar.network")
    /// The task was cancelled, or `Session.interrupt` was called.
    public static let cancelled = Code(rawValue: "columnar.cancelled")
    /// A result of the session is still open.
    public static let busy = Code(rawValue: "columnar.busy")
    public static let closed = Code(rawValue: "columnar.closed")
    public static let overloaded = Code(rawValue: "columnar.overloaded")
    public static let missingExtension = Code(rawValue: "columnar.missing_extension")
    /// The engine is broken in itself: the database must be opened again.
    public static let fatal = Code(rawValue: "columnar.fatal")
    /// Everything else.
    public static let other = Code(rawValue: "columnar.other")
  }

  public var description: String {
    "\(self.message) (\(self.code.rawValue))" + (self.hint.map { "; \($0)" } ?? "")
  }
}

extension ColumnarError {
  /// An error that came with its class.
  init(engine type: duckdb_error_type, _ message: String) {
    let code = Code(engine: type) ?? Code(prefixOf: message) ?? .other
    self.init(code, message, hint: Self.hint(for: code))
  }

  /// An error that came as text only: the engine puts the class in front of it.
  init(engine message: String) {
    let code = Code(prefixOf: message) ?? .other
    self.init(code, message, hint: Self.hint(for: code))
  }

  private static func hint(for code: Code) -> String? {
    switch code {
    case .outOfMemory: "raise the memory or temporary limit, or use fewer threads"
    case .missingExtension: "only extensions that were loaded when the database opened can be used"
    default: nil
    }
  }
}

extension ColumnarError.Code {
  /// By the engine's number of the class.
  fileprivate init?(engine type: duckdb_error_type) {
    switch type {
    case 1: self = .outOfRange
    case 2, 4, 5, 6, 7, 8: self = .conversion
    case 10: self = .transaction
    case 11: self = .notImplemented
    case 13, 23, 41: self = .catalog
    case 14, 22: self = .parser
    case 12, 15, 24, 35, 36: self = .binder
    case 18: self = .constraint
    case 25, 38: self = .network
    case 28: self = .io
    case 29: self = .cancelled
    case 30, 31: self = .fatal
    case 32, 42: self = .invalidInput
    case 33: self = .outOfMemory
    case 34: self = .permission
    case 39, 40: self = .missingExtension
    default: return nil
    }
  }

  /// By the words before "Error:".
  fileprivate init?(prefixOf message: String) {
    let classes: [(String, Self)] = [
      ("Parser Error", .parser), ("Syntax Error", .parser), ("Binder Error", .binder),
      ("Catalog Error", .catalog), ("Conversion Error", .conversion),
      ("Out of Range Error", .outOfRange), ("Constraint Error", .constraint),
      ("TransactionContext Error", .transaction), ("Transaction Error", .transaction),
      ("Invalid Input Error", .invalidInput), ("Invalid Configuration Error", .invalidInput),
      ("Not implemented Error", .notImplemented), ("Permission Error", .permission),
      ("Out of Memory Error", .outOfMemory), ("IO Error", .io), ("HTTP Error", .network),
      ("Network Error", .network), ("INTERRUPT Error", .cancelled),
      ("Missing Extension Error", .missingExtension),
      ("Extension Autoloading Error", .missingExtension),
      ("FATAL Error", .fatal), ("INTERNAL Error", .fatal),
      ("Parameter Not Resolved Error", .binder), ("Parameter Not Allowed Error", .binder),
    ]
    guard let found = classes.first(where: { message.hasPrefix($0.0) }) else { return nil }
    self = found.1
  }
}
