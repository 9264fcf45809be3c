package import Admin
import Cluster
import Hosting
import SeriesColumns
import SeriesSchema
import Values

/// Runs a piece of the time series and gives its errors the form of the admin API; see `clusterWork`.
package func seriesWork<R>(_ body: () async throws -> R) async throws(AdminError) -> R {
  do {
    return try await body()
  } catch {
    throw AdminError(ofWork: error)
  }
}

/// The same for the handler of a job: what is damaged or in the way is so the next time too, and is not
/// tried again.
func seriesJob(_ body: () async throws -> JobResult) async throws -> JobResult {
  let failure: any Error
  do {
    return try await body()
  } catch {
    failure = error
  }
  if failure is JobFailure || failure is CancellationError { throw failure }
  let error = AdminError(ofWork: failure)
  let isFinal =
    error.code == SeriesError.Code.damaged.rawValue
    || [.badRequest, .notFound, .conflict].contains(error.kind)
  throw JobFailure(
    error.code, [error.message, error.why ?? ""].joined(separator: ": "), isFinal: isFinal)
}

extension AdminError {
  init(ofWork error: any Error) {
    switch error {
    case let error as AdminError: self = error
    case let error as SeriesFault: self.init(error)
    case let error as SeriesError: self.init(error)
    case let error as ClusterError: self.init(error)
    default:
      self.init(.failed, "request.failed", "the request failed: \(error)", changed: nil)
    }
  }

  init(_ fault: SeriesFault) {
    let (kind, code): (Kind, String) =
      switch fault.kind {
      case .unknown, .invalidArgument: (.badRequest, "series.refused")
      case .notFound: (.notFound, "series.not_found")
      case .alreadyExists: (.conflict, "series.exists")
      case .failedPrecondition: (.conflict, "series.wrong_state")
      case .permissionDenied: (.denied, "series.reserved")
      case .resourceExhausted: (.overLimit, "series.over_limit")
      case .unimplemented: (.notSupported, "series.not_supported")
      case .aborted, .unavailable, .deadlineExceeded: (.unavailable, "series.unavailable")
      case .internalError: (.badRequest, "series.refused")
      }
    self.init(kind, code, "the time series did not do it", why: fault.message)
  }

  init(_ error: SeriesError) {
    let kind: Kind =
      switch error.code {
      case .diskFull, .overloaded, .tooLarge: .overLimit
      case .unknownGroup: .notFound
      case .alreadyThere: .conflict
      case .closed, .moved, .unavailable: .unavailable
      case .malformed: .badRequest
      default: .failed
      }
    self.init(
      kind, error.code.rawValue, "the time series did not do it", why: error.message,
      try: error.hint.map { [$0] } ?? [], changed: nil)
  }

  static func noSuchGroup(_ name: String) -> AdminError {
    AdminError(
      .notFound, "series.no_such_group", "there is no group \(name.prefix(80).debugDescription)",
      try: ["lakectl series group list"])
  }

  static func badSeriesValue(_ what: String, why: String) -> AdminError {
    AdminError(.badRequest, "request.bad_value", what, why: why)
  }
}

extension Timestamp {
  init(nanoseconds: Int64) { self.init(WallTime(nanoseconds: nanoseconds)) }
}
