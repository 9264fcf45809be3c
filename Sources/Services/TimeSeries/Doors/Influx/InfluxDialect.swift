import HTTP
import HTTPServing
import SeriesSchema

/// The three forms of InfluxDB's interface, which differ in parameters and answers.
enum InfluxDialect: Sendable {
  /// `/write`
  case v1
  /// `/api/v2/write`
  case v2
  /// `/api/v3/write_lp`
  case v3

  /// The group that a request names.
  func group(_ exchange: HTTPExchange) throws -> String {
    switch self {
    case .v1:
      guard let database = try exchange.queryText("db"), !database.isEmpty else {
        throw SeriesFault(.invalidArgument, "database is required")
      }
      let policy = try exchange.queryText("rp") ?? ""
      return ["", "autogen", "default"].contains(policy) ? database : "\(database)/\(policy)"
    case .v2:
      guard let bucket = try exchange.queryText("bucket"), !bucket.isEmpty else {
        throw SeriesFault(.invalidArgument, "bucket is required")
      }
      return bucket
    case .v3:
      guard let database = try exchange.queryText("db"), !database.isEmpty else {
        throw SeriesFault(.invalidArgument, "missing query parameter: db")
      }
      return database
    }
  }

  /// Nanoseconds that a time of the request counts in; 0: to be guessed.
  func unit(_ exchange: HTTPExchange) throws -> Int64 {
    let text = try exchange.queryText("precision") ?? ""
    switch text {
    case "": return self == .v3 ? 0 : 1
    case "n", "ns", "nanosecond": return 1
    case "u", "µ", "us", "microsecond": return 1000
    case "ms", "millisecond": return 1_000_000
    case "s", "second": return 1_000_000_000
    case "m" where self == .v1: return 60_000_000_000
    case "h" where self == .v1: return 3_600_000_000_000
    case "auto" where self == .v3: return 0
    default:
      throw SeriesFault(
        .invalidArgument, "invalid precision \"\(text)\": one of ns, us, ms and s is")
    }
  }

  func isPartial(_ exchange: HTTPExchange) throws -> Bool {
    try self != .v3 || exchange.queryText("accept_partial") != "false"
  }
}
