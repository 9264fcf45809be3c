package import Cluster
package import Runtime
import Values

/// Facts as one host reaches them over a bad network, under a simulated clock: calls take a while, and while
/// the host is cut off they fail after a while, changes with an unknown outcome. Watches fall silent.
package final class HostFacts: Facts {
  package let kind = "host"
  private let facts: any Facts
  private let time: any TimeSource
  private let random: any RandomSource
  private let state = Guarded(State())
  package let latencyMax: Duration
  package let patience: Duration

  private struct State: Sendable {
    var isCut = false
    var bells: [ObjectIdentifier: Bell] = [:]
  }

  package init(
    _ facts: any Facts, time: any TimeSource, random: any RandomSource,
    latencyMax: Duration = .milliseconds(20), patience: Duration = .seconds(2)
  ) {
    self.facts = facts
    self.time = time
    self.random = random
    self.latencyMax = latencyMax
    self.patience = patience
  }

  package var isCut: Bool { self.state.withLock { $0.isCut } }

  package func cut() { self.state.withLock { $0.isCut = true } }

  package func heal() {
    self.state.withLock { state in
      state.isCut = false
      for bell in state.bells.values { bell.ring() }
    }
  }

  // MARK: Facts

  package func get(_ key: FactKey) async throws(FactsError) -> Fact? {
    try await self.there()
    let answer = try await self.facts.get(key)
    try await self.back(.unavailable)
    return answer
  }

  package func list(_ prefix: String, after: FactKey?, limit: Int?) async throws(FactsError)
    -> FactPage
  {
    try await self.there()
    let answer = try await self.facts.list(prefix, after: after, limit: limit)
    try await self.back(.unavailable)
    return answer
  }

  package func commit(_ transaction: FactTransaction) async throws(FactsError) -> FactOutcome {
    try await self.there()
    let answer = try await self.facts.commit(transaction)
    try await self.back(.unknownOutcome)
    return answer
  }

  package func watch(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> any FactWatch
  {
    try await self.there()
    return HostWatch(self, try await self.facts.watch(prefix, after: revision))
  }

  package func grantLease(for duration: Duration) async throws(FactsError) -> FactLeaseID {
    try await self.there()
    let answer = try await self.facts.grantLease(for: duration)
    try await self.back(.unavailable)
    return answer
  }

  package func keepAlive(_ lease: FactLeaseID) async throws(FactsError) {
    try await self.there()
    try await self.facts.keepAlive(lease)
    try await self.back(.unavailable)
  }

  package func revokeLease(_ lease: FactLeaseID) async throws(FactsError) {
    try await self.there()
    try await self.facts.revokeLease(lease)
    try await self.back(.unknownOutcome)
  }

  // MARK: The network

  private func there() async throws(FactsError) { try await self.travel(.unavailable) }
  private func back(_ code: FactsError.Code) async throws(FactsError) {
    try await self.travel(code)
  }

  private func travel(_ code: FactsError.Code) async throws(FactsError) {
    let latest = UInt64(max(self.latencyMax.nanosecondsClamped, 1))
    try? await self.time.sleep(for: .nanoseconds(Int64(self.random.number(in: 0...latest))))
    guard self.isCut else { return }
    try? await self.time.sleep(for: self.patience)
    throw FactsError(code, "the host is cut off")
  }

  fileprivate func waitUntilHealed() async throws(CancellationError) {
    let bell = Bell()
    let id = ObjectIdentifier(bell)
    defer { self.state.withLock { _ = $0.bells.removeValue(forKey: id) } }
    while self.state.withLock({ state in
      state.bells[id] = bell
      return state.isCut
    }) {
      try await bell.wait()
    }
  }
}

private final class HostWatch: FactWatch {
  private let host: HostFacts
  private let watch: any FactWatch

  init(_ host: HostFacts, _ watch: any FactWatch) {
    self.host = host
    self.watch = watch
  }

  func next() async throws -> FactChanges {
    let told = try await self.watch.next()
    try await self.host.waitUntilHealed()
    return told
  }

  func stop() async { await self.watch.stop() }
}
