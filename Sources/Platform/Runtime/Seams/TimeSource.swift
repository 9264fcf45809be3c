public import Values

/// The seam of time: nothing outside it asks a clock.
public protocol TimeSource: AnyObject, Sendable {
  /// On an event loop: the time its present turn began, so that reading it costs nothing.
  var now: MonotonicTime { get }
  var wallNow: WallTime { get }
  /// Returns at `deadline`, or throws at once when the task is cancelled.
  func sleep(until deadline: MonotonicTime) async throws(CancellationError)
}

extension TimeSource {
  public func sleep(for duration: Duration) async throws(CancellationError) {
    try await self.sleep(until: self.now + duration)
  }
}
