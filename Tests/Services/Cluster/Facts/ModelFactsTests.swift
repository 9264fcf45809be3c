import Cluster
import ClusterTesting
import Testing

@Suite struct ModelFactsTests {
  @Test("an outage changes nothing and ends when the test says so")
  func outage() async throws {
    let facts = ModelFacts()
    facts.fail(.unavailable)
    let error = await #expect(throws: FactsError.self) { _ = try await facts.put("a", []) }
    #expect(error?.code == .unavailable)
    facts.recover()
    #expect(try await facts.get("a") == nil)
  }

  @Test("a lost answer hides a change that was made")
  func lostAnswer() async throws {
    let facts = ModelFacts()
    facts.loseAnswers(1)
    let error = await #expect(throws: FactsError.self) { _ = try await facts.put("a", [1]) }
    #expect(error?.code == .unknownOutcome)
    #expect(try await facts.get("a")?.value == [1])
  }

  @Test("a lease ends when the clock has moved past it, and watchers hear of it")
  func lease() async throws {
    let facts = ModelFacts()
    let lease = try await facts.grantLease(for: .seconds(8))
    let revision = try await facts.put("a", [1], lease: lease)
    let watch = try await facts.watch("", after: revision)
    facts.advance(by: .seconds(7))
    try await facts.keepAlive(lease)
    facts.advance(by: .seconds(7))
    #expect(try await facts.get("a") != nil)
    facts.advance(by: .seconds(1))
    let told = try await watch.next()
    #expect(told.changes == [.delete("a", at: FactRevision(2))])
    let error = await #expect(throws: FactsError.self) { try await facts.keepAlive(lease) }
    #expect(error?.code == .leaseEnded)
  }
}
