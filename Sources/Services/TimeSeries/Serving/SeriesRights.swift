import GRPC
package import SeriesSchema

/// What a call does to its groups.
package enum SeriesRight: String, Sendable {
  case read
  /// Rows, properties and schema.
  case write
}

/// Somebody whom a door let in.
package protocol SeriesCaller: Sendable {
  /// - Parameter group: empty for what is of no group.
  func may(_ right: SeriesRight, _ group: String) -> Bool
}

/// Who may come in with user and password.
package protocol SeriesPasswords: Sendable {
  /// Nil: nobody of that name and password.
  func caller(user: String, password: String, source: String) async -> (any SeriesCaller)?
}

/// Who makes a call, and who counts it.
package struct CallWatch: Sendable {
  /// Nil: without authentication everybody may do everything.
  package var caller: (any SeriesCaller)?
  var calls: SeriesCalls?

  package init(caller: (any SeriesCaller)?, calls: SeriesCalls? = nil) {
    self.caller = caller
    self.calls = calls
  }

  /// What is read and of no group (versions, nodes) is for everybody who came in.
  package func require(_ right: SeriesRight, _ groups: [String]) throws(SeriesFault) {
    guard let caller = self.caller else { return }
    if groups.isEmpty {
      guard right == .read || caller.may(right, "") else {
        throw SeriesFault(.permissionDenied, "you may not \(right) here: it needs series:\(right)")
      }
    }
    for group in groups where !caller.may(right, group) {
      throw SeriesFault(
        .permissionDenied,
        "you may not \(right) group \(group.prefix(200)): it needs series:\(right)")
    }
  }

  func run<Answer: Sendable>(
    _ method: SeriesMethod, _ groups: [String], _ body: () async throws(SeriesFault) -> Answer
  ) async throws(SeriesFault) -> Answer {
    let call = self.calls?.begin(method, group: groups.first ?? "")
    do throws(SeriesFault) {
      try self.require(method.right, groups)
      let answer = try await body()
      call?.end(isError: false)
      return answer
    } catch {
      call?.end(isError: true)
      throw error
    }
  }
}
