package import Admin
package import Cluster

/// Runs a piece of Cluster and gives its errors the form of the admin API.
///
/// `body` is not typed by its error: Swift 6.3.1 corrupts the stack in the thunk of an async closure whose
/// typed error is large and whose result is generic.
package func clusterWork<R>(_ body: () async throws -> R) async throws(AdminError) -> R {
  do {
    return try await body()
  } catch let error as ClusterError {
    throw AdminError(error)
  } catch let error as AdminError {
    throw error
  } catch {
    throw AdminError(.failed, "request.failed", "the request failed: \(error)", changed: nil)
  }
}

extension AdminError {
  package init(_ error: ClusterError) {
    if error.code.rawValue.hasPrefix("facts.") {
      self.init(FactsError(.init(rawValue: error.code.rawValue), error.message))
      return
    }
    let kind: Kind =
      switch error.code {
      case .notFound: .notFound
      case .conflict, .nameTaken, .removed: .conflict
      case .invalid: .badRequest
      case .tooMany: .overLimit
      default: .failed
      }
    self.init(
      kind, error.code.rawValue, error.message, try: error.hint.map { [$0] } ?? [], changed: false)
  }

  package init(_ error: FactsError) {
    let kind: Kind =
      switch error.code {
      case .unavailable, .unknownOutcome, .closed: .unavailable
      case .overloaded, .fullDisk, .tooLarge: .overLimit
      default: .failed
      }
    let isFull = error.code == .fullDisk
    self.init(
      kind, error.code.rawValue,
      isFull ? "the disk of the facts store is full" : "the facts store did not do it",
      why: error.message, try: [isFull ? "lakectl doctor --only disk" : "lakectl facts status"],
      changed: error.code == .unknownOutcome ? nil : false)
  }
}
