@testable import Cluster
import ClusterTesting
import JSON
import Runtime
import Simulation
import TestSupport
import Testing
import Values

/// Jobs on several nodes that die, hang and come back.
@Suite struct JobTakeoverTests {
  /// What handlers do where a checker can see it.
  private struct Seen: Sendable {
    /// Node and job of each handler that may still act.
    var running: [ULID: [String]] = [:]
    var steps: [ULID: Int] = [:]
    var problems: [String] = []
  }

  /// Ten steps of half a second, each under the fence, with a checkpoint.
  private static func stepping(_ node: String, _ seen: Recorded<Seen>) -> JobKind {
    JobKind("steps", { $0.attemptsMax = 100 }) { run in
      let id = run.job.id
      seen.change { seen in
        seen.running[id, default: []].append(node)
      }
      defer { seen.change { $0.running[id]?.removeAll { $0 == node } } }
      var step = run.checkpoint.map { Int($0[0]) } ?? 0
      while step < 10 {
        try await run.pause(.milliseconds(500))
        if !run.isCancelled {
          seen.change { seen in
            let nodes = seen.running[id] ?? []
            if nodes.count > 1 { seen.problems.append("\(id) runs on \(nodes)") }
          }
        }
        step += 1
        try await run.save(checkpoint: [UInt8(step)])
        seen.change { [step] in $0.steps[id] = max($0.steps[id] ?? 0, step) }
      }
      return JobResult(.integer(step))
    }
  }

  @Test("no job runs twice at once, each ends once, whatever the network does", arguments: 1...60)
  func safety(_ seed: UInt64) throws {
    try Simulation.run(seed: seed, options: SimulationOptions { $0.timeMax = .seconds(7200) }) {
      world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      let seen = Recorded(Seen())
      let hosts = (0..<3).map { _ in HostFacts(facts, time: world.clock, random: world.random) }
      let nodes = hosts.enumerated().map { number, host in
        Jobs(
          [Self.stepping("n\(number)", seen)], node: "n\(number)", host, time: world.clock,
          random: world.random)
      }
      for jobs in nodes { world.spawn { try? await jobs.run() } }
      let ended = try await facts.watch("jobs/ended/", after: .zero)
      let operator_ = Jobs([], node: "op", facts, time: world.clock, random: world.random)
      var ids: [ULID] = []
      for number in 0..<6 {
        ids.append(try await operator_.submit(.test("steps", "\(number)")).job.id)
      }
      var random = world.generator("network")
      for _ in 0..<30 {
        try await world.clock.sleep(for: .milliseconds(Int64.random(in: 1...6000, using: &random)))
        let host = hosts[Int.random(in: 0..<3, using: &random)]
        if host.isCut { host.heal() } else { host.cut() }
        let job = ids[Int.random(in: 0..<6, using: &random)]
        switch Int.random(in: 0..<6, using: &random) {
        case 0: _ = try? await operator_.pause(job)
        case 1: _ = try? await operator_.resume(job)
        default: break
        }
      }
      for host in hosts { host.heal() }
      for id in ids { _ = try? await operator_.resume(id) }
      for id in ids {
        let job = try await operator_.wait(for: id, until: world.clock.now + .seconds(300))
        try check(job.state == .succeeded, "seed \(seed): \(job)")
        try check(job.result == .integer(10), "seed \(seed): \(job)")
      }
      try check(seen.value.problems == [], "seed \(seed): \(seen.value.problems)")
      var ends: [FactKey: Int] = [:]
      while ends.count < ids.count {
        for case .put(let fact) in try await ended.next().changes {
          ends[fact.key, default: 0] += 1
        }
      }
      try check(ends.values.allSatisfy { $0 == 1 }, "seed \(seed): a job ended twice")
    }
  }

  @Test("a runner that was overtaken cannot say that it is done")
  func stale() throws {
    try Simulation.run(seed: 7) { world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      let host = HostFacts(facts, time: world.clock, random: world.random)
      // It does not look at its cancellation, and says that it is done when somebody else is at it.
      let deaf = JobKind("deaf") { run in
        await world.clock.pause(for: .seconds(60))
        return JobResult(.string("stale"))
      }
      let good = JobKind("deaf") { run in
        try await run.pause(.seconds(100))
        return JobResult(.string("good"))
      }
      let first = Jobs([deaf], node: "a", host, time: world.clock, random: world.random)
      world.spawn { try? await first.run() }
      let id = try await first.submit(.test("deaf", "x")).job.id
      try await world.clock.sleep(for: .seconds(2))
      try check(try await first.show(id).node == "a", "not begun")
      let second = Jobs([good], node: "b", facts, time: world.clock, random: world.random)
      world.spawn { try? await second.run() }
      host.cut()
      try await world.clock.sleep(for: .seconds(12))
      host.heal()
      let taken = try await second.show(id)
      try check(taken.node == "b" && taken.attempts == 2, "\(taken)")
      let ended = try await second.wait(for: id)
      try check(ended.result == .string("good"), "\(ended)")
    }
  }

  @Test("a node that keeps dying on a job does not do so for ever")
  func lost() throws {
    try Simulation.run(seed: 3, options: SimulationOptions { $0.timeMax = .seconds(86_400) }) {
      world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      let starts = Recorded<[Int]>([])
      let kind = JobKind("deadly", { $0.attemptsMax = 3 }) { run in
        starts.append(run.attempt)
        // Its node says nothing more.
        let key = JobKeys.run(run.job.id)
        if let lease = try await facts.get(key)?.lease { try await facts.revokeLease(lease) }
        try await run.pause(.seconds(10_000))
        return JobResult()
      }
      let jobs = Jobs([kind], node: "a", facts, time: world.clock, random: world.random)
      world.spawn { try? await jobs.run() }
      let id = try await jobs.submit(.test("deadly", "x")).job.id
      let ended = try await jobs.wait(for: id)
      try check(ended.state == .failed && ended.failure?.code == "job.lost", "\(ended)")
      try check(starts.value == [1, 2, 3], "\(starts.value)")
    }
  }

  @Test(
    "on one etcd the jobs of a process that goes away are finished by another, nothing done twice")
  func onEtcd() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let loop = group.loops[0]
        let seen = Recorded(Seen())
        let connections = (0..<2).map { _ in server.facts(group) { $0.patience = .seconds(2) } }
        let nodes = connections.enumerated().map { number, facts in
          Jobs(
            [Self.stepping("n\(number)", seen)], node: "n\(number)", facts, time: loop,
            random: SystemRandom.shared,
            Jobs.Options { $0.lease = LeaseHolder.Options { $0.duration = .seconds(3) } })
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          tasks.addTask { try? await nodes[0].run() }
          let id = try await nodes[0].submit(.test("steps", "a")).job.id
          #expect(await eventually(within: .seconds(30)) { (seen.value.steps[id] ?? 0) >= 3 })
          tasks.addTask { try? await nodes[1].run() }
          // Cut off from the etcd for good, as if the process were killed.
          connections[0].close()
          let ended = try await nodes[1].wait(for: id, until: loop.now + .seconds(60))
          #expect(ended.state == .succeeded)
          #expect(ended.node == "n1")
          #expect(ended.attempts == 2)
          #expect(seen.value.problems == [])
          tasks.cancelAll()
        }
        connections[1].close()
      }
    }
  }
}
