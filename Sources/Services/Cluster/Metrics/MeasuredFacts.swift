package import Observability
package import Runtime
import Values

/// Facts with their numbers in the metrics: how long each kind of operation takes, what fails and why, how
/// many watch and how many leases were granted here.
package final class MeasuredFacts: Facts {
  private enum Operation: String, CaseIterable {
    case get, list, commit, watch, grantLease = "grant_lease", keepAlive = "keep_alive"
    case revokeLease = "revoke_lease"
  }

  package var kind: String { self.facts.kind }
  private let facts: any Facts
  private let time: any TimeSource
  private let times: [Operation: Histogram]
  private let failures: CounterFamily
  private let watches: Level
  private let leases: Guarded<Set<FactLeaseID>>

  package init(_ facts: any Facts, time: any TimeSource, metrics: MetricRegistry) {
    self.facts = facts
    self.time = time
    let times = metrics.histograms(
      "lake_facts_operation_seconds", "Time of an operation on the facts",
      labels: ["kind", "operation"], scale: .nanoseconds)
    self.times = Dictionary(
      uniqueKeysWithValues: Operation.allCases.map { ($0, times.with(facts.kind, $0.rawValue)) })
    self.failures = metrics.counters(
      "lake_facts_failures_total", "Operations on the facts that failed",
      labels: ["operation", "code"])
    self.watches = metrics.level("lake_facts_watches", "Watches of the facts by this process")
    self.leases = Guarded([])
    metrics.observed("lake_facts_leases", "Leases that this process holds") { [weak self] in
      Double(self?.leases.withLock { $0.count } ?? 0)
    }
  }

  private func measured<T>(
    _ operation: Operation, _ body: () async throws(FactsError) -> sending T
  ) async throws(FactsError) -> sending T {
    let start = self.time.now
    defer { self.times[operation]?.record(from: start, to: self.time.now) }
    do throws(FactsError) {
      return try await body()
    } catch {
      self.failures.with(operation.rawValue, error.code.rawValue).add()
      throw error
    }
  }

  package func get(_ key: FactKey) async throws(FactsError) -> Fact? {
    try await self.measured(.get) { () throws(FactsError) in try await self.facts.get(key) }
  }

  package func list(_ prefix: String, after: FactKey?, limit: Int?) async throws(FactsError)
    -> FactPage
  {
    try await self.measured(.list) { () throws(FactsError) in
      try await self.facts.list(prefix, after: after, limit: limit)
    }
  }

  package func commit(_ transaction: FactTransaction) async throws(FactsError) -> FactOutcome {
    try await self.measured(.commit) { () throws(FactsError) in
      try await self.facts.commit(transaction)
    }
  }

  package func watch(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> any FactWatch
  {
    let watch = try await self.measured(.watch) { () throws(FactsError) in
      try await self.facts.watch(prefix, after: revision)
    }
    return MeasuredWatch(watch, self.watches)
  }

  package func grantLease(for duration: Duration) async throws(FactsError) -> FactLeaseID {
    let lease = try await self.measured(.grantLease) { () throws(FactsError) in
      try await self.facts.grantLease(for: duration)
    }
    self.leases.withLock { _ = $0.insert(lease) }
    return lease
  }

  package func keepAlive(_ lease: FactLeaseID) async throws(FactsError) {
    do throws(FactsError) {
      try await self.measured(.keepAlive) { () throws(FactsError) in
        try await self.facts.keepAlive(lease)
      }
    } catch {
      if error.code == .leaseEnded { self.leases.withLock { _ = $0.remove(lease) } }
      throw error
    }
  }

  package func revokeLease(_ lease: FactLeaseID) async throws(FactsError) {
    self.leases.withLock { _ = $0.remove(lease) }
    try await self.measured(.revokeLease) { () throws(FactsError) in
      try await self.facts.revokeLease(lease)
    }
  }
}

private final class MeasuredWatch: FactWatch {
  private let watch: any FactWatch
  private let level: Level

  init(_ watch: any FactWatch, _ level: Level) {
    self.watch = watch
    self.level = level
    level.increment()
  }

  deinit { self.level.decrement() }

  func next() async throws -> FactChanges { try await self.watch.next() }
  func stop() async { await self.watch.stop() }
}
