/// Runs something that works in a task of its own, a journal or an engine, for as long as `body` takes.
///
/// - Parameters:
///   - run: its work; returns once it was closed and has finished what it had.
///   - close: tells it to end.
public func whileRunning<T: Sendable>(
  _ run: @escaping @Sendable () async throws -> Void, until close: () -> Void,
  _ body: () async throws -> T
) async throws -> T {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await run() }
    let result: Result<T, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    close()
    switch result {
    case .success(let value):
      try await group.waitForAll()
      return value
    case .failure(let error):
      // It tells more than the error of what ran, which it has most likely seen.
      _ = try? await group.waitForAll()
      throw error
    }
  }
}
