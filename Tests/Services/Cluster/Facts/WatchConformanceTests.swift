import Cluster
import TestSupport
import Testing

/// What every form of facts promises: watches.
@Suite struct WatchConformanceTests {
  @Test(
    "a watch tells every change behind its revision, in order, once", arguments: FactsForm.allCases)
  func order(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let start = try await facts.put("w/0", [0])
      let early = try await facts.put("w/1", [1])
      let watch = try await facts.watch("w/", after: start)
      let late = try await facts.put("w/2", [2])
      _ = try await facts.put("other", [])
      let changed = try await facts.put("w/1", [3])
      let deleted = try #require(try await facts.delete("w/2", if: .exists("w/2")).revision)
      let told = try await collect(watch, count: 4)
      #expect(
        told == [
          .put(Fact(key: "w/1", value: [1], createdAt: early, modifiedAt: early)),
          .put(Fact(key: "w/2", value: [2], createdAt: late, modifiedAt: late)),
          .put(Fact(key: "w/1", value: [3], createdAt: early, modifiedAt: changed)),
          .delete("w/2", at: deleted),
        ])
      await watch.stop()
    }
  }

  @Test("changes of one revision are told together", arguments: FactsForm.allCases)
  func together(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      _ = try await facts.put("w/old", [])
      let watch = try await facts.watch("w/", after: try await facts.list("").revision)
      let keys = (0..<100).map { FactKey("w/\(100 + $0)") }
      let outcome = try await facts.commit(
        FactTransaction(
          keys.map { .put($0, [1], lease: nil) } + [.put("x", [], lease: nil), .delete("w/old")]))
      let told = try await watch.next()
      #expect(told.changes.map(\.key) == keys + ["w/old"])
      #expect(told.revision == outcome.revision)
      await watch.stop()
    }
  }

  @Test(
    "a watcher that was away for long misses nothing that is remembered",
    arguments: FactsForm.allCases)
  func slow(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let start = try await facts.put("w", [0])
      let watch = try await facts.watch("w", after: start)
      for number in 1...90 { _ = try await facts.put("w", [UInt8(number)]) }
      let told = try await collect(watch, count: 90)
      #expect(
        told.map { if case .put(let fact) = $0 { fact.value[0] } else { 0 } }
          == (1...90).map { UInt8($0) })
      await watch.stop()
    }
  }

  @Test("what was forgotten is compacted, not passed over", arguments: FactsForm.allCases)
  func compacted(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let start = try await test.facts.put("w", [0])
      _ = try await test.facts.put("w", [1])
      try await test.forget()
      let error = await #expect(throws: FactsError.self) {
        let watch = try await test.facts.watch("w", after: start)
        _ = try await watch.next()
      }
      #expect(error?.code == .compacted)
    }
  }

  @Test(
    "a watcher that nothing concerned goes on after what it did not need was forgotten",
    arguments: FactsForm.allCases)
  func quiet(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let start = try await test.facts.put("w", [0])
      let watch = try await test.facts.watch("w", after: start)
      try await test.forget()
      let revision = try await test.facts.put("w", [1])
      let told = try await watch.next()
      #expect(told.revision == revision)
      #expect(told.changes.map(\.key) == ["w"])
      await watch.stop()
    }
  }

  @Test("a watch ends when it is stopped or its task is cancelled", arguments: FactsForm.allCases)
  func ends(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let revision = try await test.facts.put("w", [])
      let (first, second) = (
        try await test.facts.watch("w", after: revision),
        try await test.facts.watch("w", after: revision)
      )
      let endings = Recorded<[String]>([])
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          do { _ = try await first.next() } catch { endings.append("\(type(of: error))") }
        }
        await first.stop()
        await group.waitForAll()
      }
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          do { _ = try await second.next() } catch { endings.append("\(type(of: error))") }
        }
        group.cancelAll()
      }
      #expect(endings.value == ["CancellationError", "CancellationError"])
      await second.stop()
      _ = try await test.facts.put("w", [])
    }
  }
}

/// The next `count` changes.
func collect(_ watch: any FactWatch, count: Int) async throws -> [FactChanges.Change] {
  var told: [FactChanges.Change] = []
  while told.count < count { told += try await watch.next().changes }
  return told
}
