package import Runtime
package import Values

/// A lease that is kept alive, and what this process may believe of it.
///
/// The store counts from when it heard of the lease, we count from before we asked, on our monotonic
/// clock, less a margin: when we stop believing, nobody else can have begun.
package final class LeaseHolder: Sendable {
  package struct Options: Sendable {
    package var duration = Duration.seconds(8)
    /// For clocks that run at different speeds, and for a loop that is late.
    package var margin = Duration.seconds(1)

    package init(_ change: (inout Options) -> Void = { _ in }) {
      change(&self)
      precondition(self.margin < self.duration, "a margin of \(self.margin)")
    }
  }

  private struct State: Sendable {
    var lease: FactLeaseID?
    var deadline = MonotonicTime(nanoseconds: 0)
  }

  package let options: Options
  private let facts: any Facts
  private let time: any TimeSource
  private let state = Guarded(State())

  package init(_ facts: any Facts, time: any TimeSource, _ options: Options = Options()) {
    self.facts = facts
    self.time = time
    self.options = options
  }

  /// The lease, while it is certain that it has not ended.
  package var current: FactLeaseID? {
    let now = self.time.now
    return self.state.withLock { $0.deadline > now ? $0.lease : nil }
  }

  /// Until when it is certain.
  package var deadline: MonotonicTime { self.state.withLock { $0.deadline } }

  /// Takes a lease, a new one each time.
  package func begin() async throws(FactsError) -> FactLeaseID {
    let asked = self.time.now
    let lease = try await self.facts.grantLease(for: self.options.duration)
    self.state.withLock { state in
      state.lease = lease
      state.deadline = asked + (self.options.duration - self.options.margin)
    }
    return lease
  }

  /// Keeps the lease alive and returns when it is no longer certain.
  package func keep() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.renew() }
      group.addTask { try? await self.waitForDeadline() }
      _ = await group.next()
      group.cancelAll()
    }
    if Task.isCancelled { throw CancellationError() }
  }

  private func renew() async throws(CancellationError) {
    guard let lease = self.state.withLock({ $0.lease }) else { return }
    var next = self.time.now + self.options.duration / 4
    while true {
      try await self.time.sleep(until: next)
      let asked = self.time.now
      do throws(FactsError) {
        try await self.facts.keepAlive(lease)
        let deadline = asked + (self.options.duration - self.options.margin)
        self.state.withLock { $0.deadline = max($0.deadline, deadline) }
        next = asked + self.options.duration / 4
      } catch {
        if error.code == .leaseEnded {
          self.state.withLock { $0.deadline = MonotonicTime(nanoseconds: 0) }
          return
        }
        next = self.time.now + self.options.duration / 16
      }
    }
  }

  private func waitForDeadline() async throws(CancellationError) {
    while true {
      let deadline = self.deadline
      guard deadline > self.time.now else { return }
      try await self.time.sleep(until: deadline)
    }
  }

  /// Gives the lease up, so that others need not wait for its end.
  package func end() async {
    let lease = self.state.withLock { state in
      state.deadline = MonotonicTime(nanoseconds: 0)
      let lease = state.lease
      state.lease = nil
      return lease
    }
    guard let lease else { return }
    let facts = self.facts
    // Without an answer it ends by itself.
    await uncancelled { try? await facts.revokeLease(lease) }
  }
}
