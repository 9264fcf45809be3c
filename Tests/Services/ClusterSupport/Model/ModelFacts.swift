package import Cluster
package import Runtime
import Values

/// Facts in memory, told as simply as they can be: what the real stores are compared with, and a store
/// for the tests of services. Nothing survives it.
///
///     let facts = ModelFacts()
///     facts.advance(by: .seconds(10))      // leases end
///     facts.fail(.unavailable)             // an outage, until `recover()`
///
/// Under a seed, give it the simulated clock and let `run()` end the leases.
package final class ModelFacts: Facts {
  package let kind = "model"
  package let time: any TimeSource
  private let clock: ModelClock?
  let table: Guarded<ModelTable>
  let faults = Guarded(ModelFaults())
  /// Rung when there is a lease that may end before all others.
  private let leaseBell = Bell()

  /// - Parameter revisionsKept: how far back a watch may begin.
  package init(clock: ModelClock = ModelClock(), revisionsKept: Int = 10_000) {
    self.clock = clock
    self.time = clock
    self.table = Guarded(ModelTable(revisionsKept: revisionsKept))
  }

  package init(time: any TimeSource, revisionsKept: Int = 10_000) {
    self.clock = nil
    self.time = time
    self.table = Guarded(ModelTable(revisionsKept: revisionsKept))
  }

  // MARK: Time

  /// Moves the clock and ends the leases that are over.
  ///
  /// - Precondition: it was made with a `ModelClock`.
  package func advance(by duration: Duration) {
    guard let clock = self.clock else { preconditionFailure("the clock is somebody else's") }
    clock.advance(by: duration)
    self.endLeases()
  }

  /// Ends leases when they are over, until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      if let deadline = self.table.withLock({ $0.nextDeadline }) {
        try await self.leaseBell.wait(until: deadline, on: self.time)
      } else {
        try await self.leaseBell.wait()
      }
      self.endLeases()
    }
  }

  /// Looks at the leases now; every call does so too.
  package func endLeases() {
    let now = self.time.now
    self.table.withLock { $0.endLeases(now) }
  }

  // MARK: Facts

  package func get(_ key: FactKey) async throws(FactsError) -> Fact? {
    try await self.before(.get)
    self.endLeases()
    return self.table.withLock { $0.facts[key] }
  }

  package func list(_ prefix: String, after: FactKey?, limit: Int?) async throws(FactsError)
    -> FactPage
  {
    try await self.before(.list)
    self.endLeases()
    return self.table.withLock { $0.list(prefix, after: after, limit: limit) }
  }

  package func commit(_ transaction: FactTransaction) async throws(FactsError) -> FactOutcome {
    try transaction.check()
    try await self.before(.commit)
    self.endLeases()
    let outcome = try self.table.withLock { table throws(FactsError) in
      try table.commit(transaction)
    }
    try await self.after(.commit)
    return outcome
  }

  package func watch(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> any FactWatch
  {
    try await self.before(.watch)
    try self.table.withLock { table throws(FactsError) in try table.checkKept(revision) }
    return ModelWatch(self, prefix, after: revision)
  }

  package func grantLease(for duration: Duration) async throws(FactsError) -> FactLeaseID {
    try await self.before(.grantLease)
    self.endLeases()
    let now = self.time.now
    let lease = self.table.withLock { $0.grantLease(duration, now) }
    self.leaseBell.ring()
    try await self.after(.grantLease)
    return lease
  }

  package func keepAlive(_ lease: FactLeaseID) async throws(FactsError) {
    try await self.before(.keepAlive)
    self.endLeases()
    let now = self.time.now
    try self.table.withLock { table throws(FactsError) in try table.keepAlive(lease, now) }
    try await self.after(.keepAlive)
  }

  package func revokeLease(_ lease: FactLeaseID) async throws(FactsError) {
    try await self.before(.revokeLease)
    self.endLeases()
    try self.table.withLock { table throws(FactsError) in try table.revoke(lease) }
    try await self.after(.revokeLease)
  }
}
