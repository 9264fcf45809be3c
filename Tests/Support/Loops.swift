package import Runtime

/// Runs `body` on a fresh group of loops and stops the group afterwards.
///
/// The backend is the one that the test asks for, or that of `LAKE_IO`.
package func withLoops<T: Sendable>(
  _ count: Int = 1, backend: BackendChoice = .automatic,
  _ body: @Sendable (EventLoopGroup) async throws -> T
) async throws -> T {
  let group = try EventLoopGroup(loops: count, backend: backend)
  let result: Result<T, any Error>
  do {
    result = .success(try await group.run { try await body(group) })
  } catch {
    result = .failure(error)
  }
  group.stop()
  return try result.get()
}

/// Asks again and again until `condition` holds or `limit` has passed; for states that another thread or
/// process brings about.
package func eventually(
  within limit: Duration = .seconds(10), _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let clock = ContinuousClock()
  let end = clock.now + limit
  while true {
    if try await condition() { return true }
    if clock.now >= end { return false }
    try? await clock.sleep(for: .milliseconds(5))
  }
}
