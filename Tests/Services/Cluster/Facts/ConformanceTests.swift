import Cluster
import Testing

/// What every form of facts promises: transactions, reading, limits.
@Suite struct ConformanceTests {
  @Test(
    "a fact is put when its condition holds, and refused with what is there",
    arguments: FactsForm.allCases)
  func putIf(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let made = try #require(
        try await facts.put("a", [1], if: .isAbsent("a")).revision)
      let fact = Fact(key: "a", value: [1], createdAt: made, modifiedAt: made)
      #expect(try await facts.get("a") == fact)
      #expect(
        try await facts.put("a", [2], if: .isAbsent("a")) == .refused(.isAbsent("a"), current: fact)
      )
      #expect(
        try await facts.put("b", [2], if: .exists("b")) == .refused(.exists("b"), current: nil))
      let changed = try #require(
        try await facts.put("a", [2], if: .isUnchanged("a", since: made)).revision)
      #expect(changed > made)
      let second = Fact(key: "a", value: [2], createdAt: made, modifiedAt: changed)
      #expect(
        try await facts.put("a", [3], if: .isUnchanged("a", since: made))
          == .refused(.isUnchanged("a", since: made), current: second))
      #expect(try await facts.put("b", [], if: .isHeld("a", since: made)).revision != nil)
      #expect(try await facts.get("a") == second)
      #expect(try await facts.get("b")?.value == [])
    }
  }

  @Test("an absent key has been so since revision zero", arguments: FactsForm.allCases)
  func absentSinceZero(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let made = try await test.facts.put("a", [1], if: .isUnchanged("a", since: .zero))
      #expect(made.revision != nil)
      let again = try await test.facts.put("a", [1], if: .isHeld("a", since: .zero))
      #expect(again.revision == nil)
    }
  }

  @Test("a key that comes back is another one", arguments: FactsForm.allCases)
  func deleteIf(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let first = try await facts.put("a", [1])
      #expect(try await facts.delete("a", if: .isHeld("a", since: first)).revision != nil)
      #expect(try await facts.get("a") == nil)
      let second = try await facts.put("a", [1])
      #expect(second > first)
      #expect(try await facts.get("a")?.createdAt == second)
      let late = try await facts.delete("a", if: .isHeld("a", since: first))
      #expect(late.revision == nil)
    }
  }

  @Test(
    "all changes of a transaction are in one revision, or none is made",
    arguments: FactsForm.allCases)
  func transactions(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      for key in ["d/1", "d/2", "e"] as [FactKey] { _ = try await facts.put(key, [0]) }
      let before = try await facts.list("").revision
      let refused = try await facts.commit(
        FactTransaction(
          if: [.exists("e"), .exists("x"), .exists("y")],
          [.put("f", [1], lease: nil), .deletePrefix("d/")]))
      #expect(refused == .refused(.exists("x"), current: nil))
      #expect(try await facts.list("").revision == before)
      let done = try await facts.commit(
        FactTransaction(
          if: [.exists("e"), .isAbsent("x")],
          [.put("f", [1], lease: nil), .deletePrefix("d/"), .delete("e"), .delete("x")]))
      #expect(done == .done(FactRevision(before.number + 1)))
      let page = try await facts.list("")
      #expect(page.facts.map(\.key) == ["f"])
      #expect(page.revision.number == before.number + 1)
    }
  }

  @Test("what changes nothing makes no revision", arguments: FactsForm.allCases)
  func nothing(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let revision = try await test.facts.put("a", [1])
      let done = try await test.facts.commit(
        FactTransaction(if: [.exists("a")], [.delete("x"), .deletePrefix("y")]))
      #expect(done == .done(revision))
      #expect(try await test.facts.commit(FactTransaction([])) == .done(revision))
      let next = try await test.facts.put("a", [1])
      #expect(next.number == revision.number + 1)
    }
  }

  @Test(
    "a list is in the order of bytes, from one state, page by page", arguments: FactsForm.allCases)
  func list(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      // The two spellings of é are different keys.
      let keys = ["p", "p/", "p/a", "p/a/b", "p/a0", "p/e\u{301}", "p/z", "p/\u{e9}", "p0", "q"]
      for key in keys.reversed() { _ = try await facts.put(FactKey(key), bytes(key)) }
      #expect(try await facts.list("").facts.map(\.key.text).elementsEqual(keys))
      let below = try await facts.list("p/")
      #expect(below.facts.map(\.value) == keys[1..<8].map(bytes))
      #expect(!below.hasMore)
      var pages: [[FactKey]] = []
      var after: FactKey?
      repeat {
        let page = try await facts.list("p/", after: after, limit: 3)
        pages.append(page.facts.map(\.key))
        after = page.hasMore ? page.facts.last?.key : nil
      } while after != nil
      #expect(pages.map(\.count) == [3, 3, 1])
      #expect(pages.flatMap(\.self) == below.facts.map(\.key))
      #expect(try await facts.list("p/", after: "o", limit: nil).facts == below.facts)
      #expect(try await facts.list("p/", after: "p0", limit: nil).facts == [])
      #expect(try await facts.list("p/", after: "p/a", limit: 1).facts.map(\.key) == ["p/a/b"])
    }
  }

  @Test(
    "many facts come in order, over the pages that a store reads in", arguments: FactsForm.allCases)
  func longList(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let keys = (0..<2500).map { FactKey("n/\(10_000 + $0)") }
      for start in stride(from: 0, to: keys.count, by: 125) {
        let some = keys[start..<(start + 125)]
        _ = try await test.facts.commit(
          FactTransaction(some.map { .put($0, bytes($0.text), lease: nil) }))
      }
      let page = try await test.facts.list("n/")
      #expect(page.facts.map(\.key) == keys)
      #expect(page.facts.allSatisfy { $0.value == bytes($0.key.text) })
      #expect(!page.hasMore)
    }
  }

  @Test("of many that change one fact at a time none is lost", arguments: FactsForm.allCases)
  func counter(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      _ = try await facts.put("n", [0])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<40 {
          group.addTask {
            while true {
              guard let fact = try await facts.get("n") else { return }
              let outcome = try await facts.put(
                "n", [fact.value[0] + 1], if: .isUnchanged("n", since: fact.modifiedAt))
              if outcome.revision != nil { return }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await facts.get("n")?.value == [40])
    }
  }

  @Test(
    "values up to the limit are kept, larger ones and larger transactions refused",
    arguments: FactsForm.allCases)
  func limits(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let largest = [UInt8](repeating: 7, count: Fact.valueByteCountMax)
      _ = try await facts.put("a", largest)
      #expect(try await facts.get("a")?.value == largest)
      let name = FactKey(String(repeating: "k", count: FactKey.byteCountMax))
      _ = try await facts.put(name, [])
      #expect(try await facts.get(name) != nil)
      let changes = (0..<129).map { FactTransaction.Change.put(FactKey("b\($0)"), [], lease: nil) }
      _ = try await facts.commit(FactTransaction(Array(changes.prefix(128))))
      for transaction in [
        FactTransaction([.put("a", largest + [7], lease: nil)]), FactTransaction(changes),
        FactTransaction([.put("a", largest, lease: nil), .put("b", largest, lease: nil)]),
      ] {
        let error = await #expect(throws: FactsError.self) {
          _ = try await facts.commit(transaction)
        }
        #expect(error?.code == .tooLarge)
      }
    }
  }
}
