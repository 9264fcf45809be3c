import Cluster
import ClusterTesting
import Testing
import Values

@Suite struct RequestMemoryTests {
  private let clock: ModelClock
  private let facts: ModelFacts
  private let memory: RequestMemory

  init() {
    self.clock = ModelClock()
    self.facts = ModelFacts(clock: self.clock)
    self.memory = RequestMemory(self.facts, time: self.clock)
  }

  private func begin(
    _ id: String, _ fingerprint: [UInt8] = [1], by principal: String = "root"
  ) async throws -> RequestMemory.Outcome {
    try await self.memory.begin(principal, id, fingerprint: fingerprint)
  }

  private func ticket(_ id: String) async throws -> RequestMemory.Ticket {
    guard case .new(let ticket) = try await self.begin(id) else {
      throw CheckFailure(description: "\(id) is not new")
    }
    return ticket
  }

  @Test("a repeat is answered as the first request was")
  func repeats() async throws {
    let ticket = try await self.ticket("a")
    #expect(try await self.begin("a") == .inProgress)
    try await self.memory.finish(ticket, answer: bytes("done"))
    #expect(try await self.begin("a") == .answered(bytes("done")))
    #expect(try await self.begin("a", [2]) == .differs)
    // Somebody else's id is another one.
    guard case .new = try await self.begin("a", by: "other") else {
      throw CheckFailure(description: "shared between accounts")
    }
  }

  @Test("of many that come together one does it")
  func together() async throws {
    let memory = self.memory
    let outcomes = try await withThrowingTaskGroup(of: RequestMemory.Outcome.self) { group in
      for _ in 0..<50 {
        group.addTask { try await memory.begin("root", "a", fingerprint: [1]) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { if case .new = $0 { true } else { false } } == 1)
    #expect(outcomes.count { $0 == .inProgress } == 49)
  }

  @Test("a request whose node died is taken again after a while, and the dead one cannot answer")
  func dead() async throws {
    let ticket = try await self.ticket("a")
    self.facts.advance(by: .seconds(121))
    let second = try await self.ticket("a")
    let error = await #expect(throws: ClusterError.self) {
      try await self.memory.finish(ticket, answer: [1])
    }
    #expect(error?.code == .conflict)
    try await self.memory.finish(second, answer: [2])
    #expect(try await self.begin("a") == .answered([2]))
  }

  @Test("an answer whose own answer was lost is kept, and giving it again is fine")
  func lostAnswer() async throws {
    let ticket = try await self.ticket("a")
    self.facts.loseAnswers(1)
    try await self.memory.finish(ticket, answer: [1])
    try await self.memory.finish(ticket, answer: [1])
    #expect(try await self.begin("a") == .answered([1]))
  }

  @Test("what was abandoned begins anew")
  func abandoned() async throws {
    try await self.memory.abandon(try await self.ticket("a"))
    _ = try await self.ticket("a")
  }

  @Test("what was abandoned begins anew even when the store could not be told")
  func abandonedUntold() async throws {
    let ticket = try await self.ticket("a")
    self.facts.fail(.fullDisk)
    await #expect(throws: ClusterError.self) { try await self.memory.abandon(ticket) }
    self.facts.recover()
    let again = try await self.ticket("a")
    #expect(try await self.begin("a") == .inProgress)
    try await self.memory.finish(again, answer: [1])
    #expect(try await self.begin("a") == .answered([1]))
  }

  @Test("after a day an answer is forgotten")
  func forgotten() async throws {
    try await self.memory.finish(try await self.ticket("a"), answer: [1])
    self.facts.advance(by: .seconds(86_000))
    try await self.memory.finish(try await self.ticket("b"), answer: [2])
    try await self.memory.sweep()
    #expect(try await self.begin("a") == .answered([1]))
    self.facts.advance(by: .seconds(401))
    // Also before anybody has swept.
    _ = try await self.ticket("a")
    self.facts.advance(by: .seconds(86_401))
    try await self.memory.sweep()
    #expect(try await self.facts.list("").facts == [])
  }

  @Test(
    "a request id that is no id is refused",
    arguments: ["", "a\0b", String(repeating: "x", count: 129)])
  func badID(_ id: String) async throws {
    let error = await #expect(throws: ClusterError.self) { _ = try await self.begin(id) }
    #expect(error?.code == .invalid)
  }
}
