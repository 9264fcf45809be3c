import Cluster
import Testing

/// What every form of facts promises: leases.
@Suite struct LeaseConformanceTests {
  @Test("facts go with their lease, in one revision", arguments: FactsForm.allCases)
  func ending(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let lease = try await facts.grantLease(for: .seconds(2))
      _ = try await facts.put("l/b", [], lease: lease)
      let revision = try await facts.put("l/a", [], lease: lease)
      #expect(try await facts.get("l/a")?.lease == lease)
      let watch = try await facts.watch("l/", after: revision)
      try await test.pass(.seconds(3))
      let told = try await watch.next()
      #expect(Set(told.changes.map(\.key)) == ["l/a", "l/b"])
      #expect(told.changes.allSatisfy { if case .delete = $0 { true } else { false } })
      #expect(try await facts.list("l/").facts == [])
      await expect(.leaseEnded) { try await facts.keepAlive(lease) }
      await expect(.leaseEnded) { _ = try await facts.put("l/c", [], lease: lease) }
      await expect(.leaseEnded) { try await facts.revokeLease(lease) }
      await watch.stop()
    }
  }

  @Test("a lease that is kept alive goes on", arguments: FactsForm.allCases)
  func keptAlive(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let lease = try await test.facts.grantLease(for: .seconds(2))
      _ = try await test.facts.put("l", [], lease: lease)
      for _ in 0..<4 {
        try await test.pass(.milliseconds(900))
        try await test.facts.keepAlive(lease)
      }
      #expect(try await test.facts.get("l") != nil)
      try await test.facts.revokeLease(lease)
      #expect(try await test.facts.get("l") == nil)
    }
  }

  @Test(
    "a put without the lease takes the fact out of it, one with another moves it",
    arguments: FactsForm.allCases)
  func moving(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let facts = test.facts
      let first = try await facts.grantLease(for: .seconds(60))
      let second = try await facts.grantLease(for: .seconds(60))
      for key in ["a", "b", "c"] as [FactKey] { _ = try await facts.put(key, [], lease: first) }
      _ = try await facts.put("a", [1])
      _ = try await facts.put("b", [1], lease: second)
      try await facts.revokeLease(first)
      #expect(try await facts.list("").facts.map(\.key) == ["a", "b"])
      #expect(try await facts.get("a")?.lease == nil)
      try await facts.revokeLease(second)
      #expect(try await facts.list("").facts.map(\.key) == ["a"])
    }
  }

  @Test("a lease that nobody granted is no lease", arguments: FactsForm.allCases)
  func unknown(_ form: FactsForm) async throws {
    try await withFacts(form) { test in
      let lease = FactLeaseID(424_242)
      await expect(.leaseEnded) { try await test.facts.keepAlive(lease) }
      await expect(.leaseEnded) { _ = try await test.facts.put("a", [], lease: lease) }
      // A transaction that is refused does not look at what it would have put.
      let refused = try await test.facts.put("a", [], if: .exists("a"), lease: lease)
      #expect(refused == .refused(.exists("a"), current: nil))
    }
  }
}

/// Expects `body` to fail with this code.
func expect(
  _ code: FactsError.Code, _ location: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Void
) async {
  let error = await #expect(throws: FactsError.self, sourceLocation: location) {
    try await body()
  }
  #expect(error?.code == code, sourceLocation: location)
}
