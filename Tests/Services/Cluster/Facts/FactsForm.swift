import Cluster
import ClusterTesting
import KeyValue
import Runtime
import TestSupport
import Testing
import Values

/// The forms of facts that pass the same tests.
enum FactsForm: String, CaseIterable, CustomTestStringConvertible {
  case model, embedded, etcd
  var testDescription: String { self.rawValue }
}

/// Facts of one form for one test, and what only the test may do to them.
struct FactsUnderTest: Sendable {
  var facts: any Facts
  /// Lets time pass: by hand, or really.
  var pass: @Sendable (Duration) async throws -> Void
  /// Makes the store forget everything before the present revision.
  var forget: @Sendable () async throws -> Void
}

/// Runs `body` with empty facts of `form` on an event loop.
func withFacts(
  _ form: FactsForm, _ body: @escaping @Sendable (FactsUnderTest) async throws -> Void
) async throws {
  switch form {
  case .model: try await withModelFacts(body)
  case .embedded: try await withEmbeddedFacts(body)
  case .etcd: try await withEtcdFacts(body)
  }
}

private func withModelFacts(
  _ body: @escaping @Sendable (FactsUnderTest) async throws -> Void
) async throws {
  try await withLoops { _ in
    let facts = ModelFacts(revisionsKept: 100)
    try await body(
      FactsUnderTest(
        facts: facts, pass: { facts.advance(by: $0) },
        forget: { try await fill(facts, count: 110) }))
  }
}

private func withEmbeddedFacts(
  _ body: @escaping @Sendable (FactsUnderTest) async throws -> Void
) async throws {
  let directory = TemporaryDirectory("facts")
  try await withLoops { _ in
    let clock = ModelClock()
    let store = try Store(StoreOptions(path: directory.file("store")), pool: storePool)
    let limits = EmbeddedFacts.Limits {
      $0.logRevisionsMax = 100
      $0.recentRevisionsMax = 20
    }
    let facts = try await EmbeddedFacts.open(store, time: clock, limits: limits)
    let subject = FactsUnderTest(
      facts: facts, pass: { clock.advance(by: $0) },
      forget: { try await fill(facts, count: 110) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try? await facts.run() }
      try await body(subject)
      group.cancelAll()
    }
    try await closeStore(store)
  }
}

/// Revisions that push older ones out of a log of a hundred.
private func fill(_ facts: any Facts, count: Int) async throws {
  for _ in 0..<count { _ = try await facts.put("~fill", []) }
}

/// Threads that all tests share; they end with the process.
let storePool = BlockingPool(name: "facts-test", threads: 2)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Closes a store; the threads of its pool may hold the last scan for a moment longer.
func closeStore(_ store: Store) async throws {
  #expect(
    try await eventually {
      do throws(StoreError) {
        try await store.close()
        return true
      } catch {
        guard error.code == .busy else { throw error }
        return false
      }
    })
}
