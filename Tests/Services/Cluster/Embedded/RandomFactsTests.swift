@testable import Cluster
@testable import ClusterTesting
import KeyValue
import Runtime
import Simulation
import TestSupport
import Testing
import Values

/// Random operations on embedded facts and on the model, compared all along.
@Suite struct RandomFactsTests {
  @Test(
    "embedded facts do what the model does, also when they are closed and opened", arguments: 1...12
  )
  func walk(_ seed: UInt64) async throws {
    try await withLoops { _ in
      let walk = try await FactsWalk(seed: seed)
      do {
        try await walk.run(steps: 400)
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
      try await walk.close()
    }
  }
}

private final class FactsWalk {
  private var random: SeededGenerator
  private let directory = TemporaryDirectory("facts")
  private let clock = ModelClock()
  private let model: ModelFacts
  private var store: Store
  private var facts: EmbeddedFacts
  /// Each lease under its number there and here.
  private var leases: [(model: FactLeaseID, embedded: FactLeaseID)] = []
  private var watches: [(model: any FactWatch, embedded: any FactWatch)] = []
  private static let limits = EmbeddedFacts.Limits {
    $0.logRevisionsMax = 60
    $0.recentRevisionsMax = 8
  }

  init(seed: UInt64) async throws {
    self.random = SeededGenerator(seed: seed)
    self.model = ModelFacts(clock: self.clock, revisionsKept: 60)
    self.store = try Store(StoreOptions(path: self.directory.file("store")), pool: storePool)
    self.facts = try await EmbeddedFacts.open(self.store, time: self.clock, limits: Self.limits)
  }

  func close() async throws {
    for watch in self.watches { await watch.embedded.stop() }
    try await closeStore(self.store)
  }

  func run(steps: Int) async throws {
    for _ in 0..<steps {
      switch Int.random(in: 0..<20, using: &self.random) {
      case 0: try await self.grant()
      case 1: try await self.pass()
      case 2: try await self.keepAlive()
      case 3: try await self.watch()
      case 4 where Int.random(in: 0..<8, using: &self.random) == 0: try await self.reopen()
      case 5: try await self.compareLists()
      default: try await self.commit()
      }
    }
    try await self.compareLists()
    try await self.compareWatches()
  }

  private func key() -> FactKey {
    FactKey(["a", "a/1", "a/2", "ab", "b", "b/1", "\u{e9}"].randomElement(using: &self.random)!)
  }

  private func revision() -> FactRevision {
    let newest = self.model.table.withLock { $0.revision.number }
    return FactRevision(max(0, newest - Int64.random(in: 0..<6, using: &self.random)))
  }

  private func condition() async throws -> FactTransaction.Condition {
    let key = self.key()
    let fact = try await self.model.get(key)
    switch Int.random(in: 0..<6, using: &self.random) {
    case 0: return .exists(key)
    case 1: return .isAbsent(key)
    case 2: return .isUnchanged(key, since: fact?.modifiedAt ?? .zero)
    case 3: return .isHeld(key, since: fact?.createdAt ?? .zero)
    case 4: return .isUnchanged(key, since: self.revision())
    default: return .isHeld(key, since: self.revision())
    }
  }

  private func commit() async throws {
    var (model, embedded) = (FactTransaction(), FactTransaction())
    if Int.random(in: 0..<2, using: &self.random) == 0 {
      model.conditions = [try await self.condition()]
    }
    embedded.conditions = model.conditions
    var touched: Set<FactKey> = []
    for _ in 0...Int.random(in: 0..<4, using: &self.random) {
      let key = self.key()
      switch Int.random(in: 0..<5, using: &self.random) {
      case 0 where touched.isEmpty:
        (_, touched) = (model.changes.append(.deletePrefix("a/")), ["*"])
      case 1 where touched.insert(key).inserted: model.changes.append(.delete(key))
      case 2...4 where !touched.contains("*") && touched.insert(key).inserted:
        let value = self.random.bytes(Int.random(in: 0..<20, using: &self.random))
        let lease = self.leases.randomElement(using: &self.random)
        model.changes.append(.put(key, value, lease: lease?.model))
        embedded.changes.append(.put(key, value, lease: lease?.embedded))
        continue
      default: continue
      }
      embedded.changes.append(model.changes.last!)
    }
    let expected = await self.result { try await self.model.commit(model) }
    let found = await self.result { try await self.facts.commit(embedded) }
    guard case .success(let left) = expected, case .success(let right) = found else {
      return try self.check("\(expected)" == "\(found)", "\(expected) and \(found)")
    }
    try self.check(self.translated(left) == self.translated(right), "\(left) and \(right)")
  }

  private func result<T>(_ body: () async throws -> T) async -> Result<T, FactsError.Code> {
    do { return .success(try await body()) } catch {
      return .failure((error as! FactsError).code)
    }
  }

  /// Without the lease, whose number differs.
  private func translated(_ outcome: FactOutcome) -> FactOutcome {
    guard case .refused(let condition, var fact) = outcome else { return outcome }
    fact?.lease = nil
    return .refused(condition, current: fact)
  }

  private func grant() async throws {
    let duration = Duration.seconds(Int64.random(in: 1...10, using: &self.random))
    let model = try await self.model.grantLease(for: duration)
    self.leases.append((model, try await self.facts.grantLease(for: duration)))
  }

  private func pass() async throws {
    // One second at a time, so that leases end in the same order.
    for _ in 0..<Int.random(in: 1...4, using: &self.random) {
      self.model.advance(by: .seconds(1))
      try self.check(await self.facts.endLeases(), "leases end")
    }
  }

  private func keepAlive() async throws {
    guard let lease = self.leases.randomElement(using: &self.random) else { return }
    let isRevoked = Int.random(in: 0..<4, using: &self.random) == 0
    let model = await self.result {
      if isRevoked {
        try await self.model.revokeLease(lease.model)
      } else {
        try await self.model.keepAlive(lease.model)
      }
    }
    let embedded = await self.result {
      if isRevoked {
        try await self.facts.revokeLease(lease.embedded)
      } else {
        try await self.facts.keepAlive(lease.embedded)
      }
    }
    try self.check("\(model)" == "\(embedded)", "\(model) and \(embedded)")
  }

  private func watch() async throws {
    let prefix = ["", "a", "a/", "b"].randomElement(using: &self.random)!
    let revision = FactRevision(
      max(0, self.revision().number - Int64.random(in: 0..<80, using: &self.random)))
    let model = await self.result { try await self.model.watch(prefix, after: revision) }
    let embedded = await self.result { try await self.facts.watch(prefix, after: revision) }
    switch (model, embedded) {
    case (.success(let model), .success(let embedded)): self.watches.append((model, embedded))
    case (.failure(let model), .failure(let embedded)): try self.check(model == embedded, "codes")
    default: throw WalkFailure("a watch of \(prefix) behind \(revision): \(model), \(embedded)")
    }
    if self.watches.count > 3 { try await self.compareWatches() }
  }

  private func compareWatches() async throws {
    // Something that every watch is told, so that no comparison waits for ever.
    for key in ["a/1", "b"] as [FactKey] {
      _ = try await self.model.put(key, [0xFF])
      _ = try await self.facts.put(key, [0xFF])
    }
    for watch in self.watches {
      let model = await self.drain(watch.model)
      let embedded = await self.drain(watch.embedded)
      try self.check(model == embedded, "watches: \(model) and \(embedded)")
      await watch.embedded.stop()
      await watch.model.stop()
    }
    self.watches = []
  }

  private func drain(_ watch: any FactWatch) async -> [String] {
    let newest = self.model.table.withLock { $0.revision }
    var told: [String] = []
    while true {
      do {
        let changes = try await watch.next()
        told += changes.changes.map {
          switch $0 {
          case .put(let fact): "\(fact.key) \(fact.value) \(fact.createdAt) \(fact.modifiedAt)"
          case .delete(let key, at: let revision): "\(key) \(revision)"
          }
        }
        if told.last?.contains("255") == true, changes.revision >= FactRevision(newest.number - 1) {
          return told
        }
      } catch {
        return told.isEmpty ? ["compacted"] : told + ["\((error as? FactsError)?.code as Any)"]
      }
    }
  }

  private func reopen() async throws {
    for watch in self.watches { await watch.embedded.stop() }
    self.watches = []
    try await closeStore(self.store)
    self.store = try Store(StoreOptions(path: self.directory.file("store")), pool: storePool)
    self.facts = try await EmbeddedFacts.open(self.store, time: self.clock, limits: Self.limits)
    // Opening counts every lease anew.
    for lease in self.leases { try? await self.model.keepAlive(lease.model) }
  }

  private func compareLists() async throws {
    let prefix = ["", "a", "a/", "b"].randomElement(using: &self.random)!
    let limit = [nil, 1, 2, 3].randomElement(using: &self.random)!
    let after = Bool.random(using: &self.random) ? self.key() : nil
    var model = try await self.model.list(prefix, after: after, limit: limit)
    var embedded = try await self.facts.list(prefix, after: after, limit: limit)
    for index in model.facts.indices { model.facts[index].lease = nil }
    for index in embedded.facts.indices { embedded.facts[index].lease = nil }
    try self.check(model == embedded, "\(model) and \(embedded)")
  }

  private func check(_ condition: Bool, _ message: String) throws {
    guard condition else { throw WalkFailure(message) }
  }
}

private struct WalkFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

extension FactsError.Code: Error {}
