import Cluster
import ClusterTesting
import Glibc
import Runtime
import Simulation
import TestSupport
import Testing
import Values

@Suite struct ElectionTests {
  @Test(
    "one leads at a time, whatever the network does, and a leader is found again", arguments: 1...60
  )
  func safety(_ seed: UInt64) throws {
    try Simulation.run(seed: seed, options: SimulationOptions { $0.timeMax = .seconds(3600) }) {
      world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      let hosts = (0..<3).map { _ in
        HostFacts(facts, time: world.clock, random: world.random)
      }
      let leading = Recorded<[Int]>([])
      for (number, host) in hosts.enumerated() {
        let election = Election(
          "test", candidate: "n\(number)", host, time: world.clock, random: world.random)
        world.spawn {
          try? await election.run { leadership in
            try await lead(number, leadership, host, leading, world)
          }
        }
      }
      var random = world.generator("network")
      for _ in 0..<40 {
        try await world.clock.sleep(for: .milliseconds(Int64.random(in: 1...9000, using: &random)))
        let host = hosts[Int.random(in: 0..<3, using: &random)]
        if host.isCut { host.heal() } else { host.cut() }
      }
      for host in hosts { host.heal() }
      // Within the lease, a second, and the time that the last cut call takes.
      let count = try await counter(facts)
      try await world.clock.sleep(for: .seconds(15))
      try check(try await counter(facts) > count, "nobody leads after the network has healed")
      try check(leading.value.count <= 1, "\(leading.value) lead")
    }
  }

  @Test("a leader that is told to step down lets another lead")
  func stepDown() throws {
    try Simulation.run(seed: 1) { world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      let leaders = Recorded<[String]>([])
      let elections = ["a", "b"].map {
        Election("test", candidate: $0, facts, time: world.clock, random: world.random)
      }
      for election in elections {
        world.spawn {
          try? await election.run { leadership in
            leaders.append("\(election.candidate)")
            try await world.clock.sleep(for: .seconds(10_000))
          }
        }
      }
      try await world.clock.sleep(for: .seconds(30))
      try check(leaders.value.count == 1, "\(leaders.value)")
      let first = try #require(elections.first { $0.leadership != nil })
      #expect(try await first.leader()?.name == first.candidate)
      first.stepDown()
      try await world.clock.sleep(for: .milliseconds(500))
      let second = try #require(elections.first { $0.leadership != nil })
      try check(second !== first, "the same leads again")
      try check(Set(leaders.value).count == 2, "\(leaders.value)")
    }
  }

  @Test("when the leading process is killed, another leads within fifteen seconds")
  func killed() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let loop = group.loops[0]
        let facts = server.facts(group) { $0.patience = .seconds(20) }
        // A process that dies leaves its lease behind.
        let options = LeaseHolder.Options { $0.duration = .seconds(3) }
        let dead = LeaseHolder(facts, time: loop, options)
        _ = try await facts.put("elections/test", [0], lease: try await dead.begin())
        let election = Election(
          "test", candidate: "b", facts, time: loop, random: SystemRandom.shared, options)
        let started = ContinuousClock.now
        let fence = Recorded<FactRevision?>(nil)
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask {
            try? await election.run { leadership in
              fence.change { $0 = leadership.fence }
              try await loop.sleep(for: .seconds(100))
            }
          }
          #expect(await eventually(within: .seconds(15)) { election.leadership != nil })
          tasks.cancelAll()
        }
        #expect(ContinuousClock.now - started < .seconds(15))
        // What was cancelled has resigned.
        #expect(try await election.leader() == nil)
        #expect(fence.value != nil)
        facts.close()
      }
    }
  }
}

/// Leads: adds to a counter under the fence, and checks that nobody else believes to lead.
private func lead(
  _ number: Int, _ leadership: Leadership, _ host: HostFacts, _ leading: Recorded<[Int]>,
  _ world: World
) async throws {
  leading.append(number)
  defer { leading.change { $0.removeAll { $0 == number } } }
  while true {
    let others = leading.value.filter { $0 != number }
    guard others.isEmpty || !leadership.isHeld else {
      fatalError("seed \(world.seed): \(number) leads beside \(others)")
    }
    if let fact = try? await host.get("counter") {
      let next = (Int(String(decoding: fact.value, as: UTF8.self)) ?? 0) + 1
      _ = try? await host.commit(
        FactTransaction(
          if: [leadership.condition, .isUnchanged("counter", since: fact.modifiedAt)],
          [.put("counter", bytes("\(next)"), lease: nil)]))
    } else {
      _ = try? await host.commit(
        FactTransaction(
          if: [leadership.condition, .isAbsent("counter")],
          [.put("counter", bytes("0"), lease: nil)]))
    }
    try await world.clock.sleep(for: .milliseconds(100))
  }
}

private func counter(_ facts: any Facts) async throws -> Int {
  try await facts.get("counter").flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
}

struct CheckFailure: Error, CustomStringConvertible {
  var description: String
}

func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  guard condition else { throw CheckFailure(description: message()) }
}
