public import Values

/// Why a text is worth a look.
public enum SeriesStatementReason: String, AdminWord, CaseIterable {
  /// It was parsed more than once: the cache does not keep it.
  case reparsed
  case slow
}

/// A text of BydbQL that costs more than it should.
public struct SeriesStatementRecord: AdminRecord, Hashable {
  public var statement = ""
  public var reason = SeriesStatementReason.slow
  public var node = ""
  public var count: Int64 = 0
  public var longest = 0.0
  public var lastAt: Timestamp?
  public var parameters: [String] = []

  public init() {}
  public static let kind = "SeriesStatement"
  public static let fields: [AdminField<SeriesStatementRecord>] = [
    .required("statement", \.statement, "the text"),
    AdminField("reason", \.reason, "slow, or reparsed: the cache did not have it any more"),
    AdminField("node", \.node, "the liaison that was asked"),
    AdminField("use_count", \.count, "how often"),
    AdminField("longest_ms", \.longest, "how long it took at most"),
    AdminField("last_at", \.lastAt, "the last time"),
    AdminField("parameters", \.parameters, "those of the last time, as far as logs may have them"),
  ]
}
