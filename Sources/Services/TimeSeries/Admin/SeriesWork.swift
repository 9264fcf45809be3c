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
  } catch let error as AdminError {
    throw error
  } catch let error as SeriesFault {
    throw AdminError(error)
  } catch let error as SeriesError {
    throw AdminError(error)
  } catch let error as ClusterError {
    throw AdminError(error)
  } catch {
    throw AdminError(.failed, "request.failed", "the request failed: \(error)", changed: nil)
  }
}

extension AdminError {
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
      case .unavailable, .deadlineExceeded: (.unavailable, "series.unavailable")
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
      case .closed: .unavailable
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
