import Admin
import AdminServing
import Identity
import Values

extension Author {
  /// Who asks through the admin API; under a dry run nothing of the change is kept.
  init(_ context: AdminContext) {
    self.init(
      context.principal.name, requestID: context.requestID, sourceAddress: context.peer.host)
    self.isRehearsing = context.isDryRun
  }
}

/// Runs a piece of Identity and gives its errors the form of the admin API; see `clusterWork`.
func identityWork<R>(_ body: () async throws -> R) async throws(AdminError) -> R {
  do {
    return try await body()
  } catch let error as IdentityError {
    throw AdminError(error)
  } catch let error as AdminError {
    throw error
  } catch {
    throw AdminError(.failed, "request.failed", "the request failed: \(error)", changed: nil)
  }
}

extension Who {
  /// As names stand on the command line: `role/reader`.
  var commandText: String {
    self.description.replacing(":", with: "/", maxReplacements: 1)
  }
}

extension Optional where Wrapped == WallTime {
  var timestamp: Timestamp? { self.map(Timestamp.init) }
}
