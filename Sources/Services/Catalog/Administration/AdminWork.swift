import Admin
import AdminServing
import Iceberg
import Identity
import Runtime
import Values

/// Runs a piece of the catalog and gives its errors the form of the admin API.
func catalogWork<R>(_ body: () async throws -> R) async throws -> R {
  do {
    return try await body()
  } catch let error as AdminError {
    throw error
  } catch {
    throw AdminError(CatalogServer.response(to: error))
  }
}

extension AdminError {
  init(_ error: ErrorResponse) {
    let kind: Kind =
      switch error.status {
      case 400, 415, 422: .badRequest
      case 401: .unauthenticated
      case 403: .denied
      case 404: .notFound
      case 409: .conflict
      case 413, 429: .overLimit
      case 503: .unavailable
      default: .failed
      }
    self.init(
      kind, "catalog.\(Self.snake(error.type))", error.message,
      isRetryable: error.status == 503 || error.type == .commitFailed,
      changed: error.type == .commitStateUnknown ? nil : false)
  }

  /// `NoSuchTableException` as `no_such_table`.
  private static func snake(_ type: ErrorType) -> String {
    var text = ""
    for character in type.rawValue.replacing("Exception", with: "") {
      if character.isUppercase, !text.isEmpty { text += "_" }
      text += character.lowercased()
    }
    return text
  }
}

extension AdminChange {
  /// A change, or what a dry run found.
  init(
    _ item: Item, context: AdminContext, changed: Bool = true, job: String? = nil,
    undo: String? = nil, plan: String
  ) {
    let isDone = changed && !context.isDryRun
    self.init(
      item, changed: isDone, job: job, undo: isDone ? undo : nil,
      plan: context.isDryRun
        ? [AdminPlanLine("would", changed ? plan : "change nothing: it is so already")] : [])
  }
}

extension Timestamp {
  init(milliseconds: Int64) {
    self.init(WallTime(nanoseconds: milliseconds.multipliedClamped(by: 1_000_000)))
  }
}

extension Int64 {
  fileprivate func multipliedClamped(by factor: Int64) -> Int64 {
    let (product, overflow) = self.multipliedReportingOverflow(by: factor)
    return overflow ? (self < 0 ? .min : .max) : product
  }
}
