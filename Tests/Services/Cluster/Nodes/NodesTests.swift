import Cluster
import ClusterTesting
import Runtime
import Simulation
import TestSupport
import Testing
import Values

@Suite struct NodesTests {
  private func simulate(
    _ body: @escaping @Sendable (ModelFacts, World) async throws -> Void
  ) throws {
    try Simulation.run(seed: 5) { world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      try await body(facts, world)
    }
  }

  @Test("a node joins, serves, is drained, goes down and comes back as it was wanted")
  func life() throws {
    try self.simulate { facts, world in
      let nodes = Nodes(facts, time: world.clock)
      world.spawn { try? await nodes.run() }
      let host = HostFacts(facts, time: world.clock, random: world.random)
      let load = Recorded(0.25)
      let registration = NodeRegistration(.test("n1", 1), host, time: world.clock) {
        ["cpu_ratio": load.value]
      }
      world.spawn { try? await registration.run() }
      try await world.clock.sleep(for: .seconds(1))
      let joining = try #require(nodes["n1"])
      try check(joining.state == .joining && joining.isAlive, "\(joining)")
      try check(joining.node == .test("n1", 1), "\(joining.node)")
      registration.serve()
      try await world.clock.sleep(for: .seconds(1))
      try check(nodes["n1"]?.state == .up, "\(nodes.all)")
      load.change { $0 = 0.75 }
      try await world.clock.sleep(for: .seconds(11))
      try check(nodes["n1"]?.numbers == ["cpu_ratio": 0.75], "\(nodes.all)")
      try check(try await nodes.setIntent(.draining, of: "n1"), "unchanged")
      try check(try await !nodes.setIntent(.draining, of: "n1"), "changed again")
      try check(try await nodes.list().first?.state == .draining, "list")
      host.cut()
      try await world.clock.sleep(for: .seconds(15))
      try check(nodes["n1"]?.state == .down, "\(nodes.all)")
      try check(nodes["n1"]?.numbers == [:], "\(nodes.all)")
      host.heal()
      try await world.clock.sleep(for: .seconds(5))
      try check(nodes["n1"]?.state == .draining, "\(nodes.all)")
      _ = try await nodes.setIntent(.serving, of: "n1")
      try await world.clock.sleep(for: .seconds(1))
      try check(nodes["n1"]?.state == .up, "\(nodes.all)")
    }
  }

  @Test("a node that begins to serve while it registers comes up")
  func servesWhileJoining() throws {
    try self.simulate { facts, world in
      let registration = NodeRegistration(.test("n1", 1), facts, time: world.clock)
      // Its record is on its way, and says `joining`.
      facts.delay { operation in
        if operation == .commit { registration.serve() }
      }
      world.spawn { try? await registration.run() }
      try await world.clock.sleep(for: .seconds(2))
      let nodes = try await Nodes(facts, time: world.clock).list()
      try check(nodes.first?.state == .up, "\(nodes)")
    }
  }

  @Test("two machines cannot be one node, a machine that starts again can")
  func names() throws {
    try self.simulate { facts, world in
      let first = NodeRegistration(.test("n1", 1), facts, time: world.clock)
      world.spawn { try? await first.run() }
      try await world.clock.sleep(for: .seconds(1))
      let second = NodeRegistration(.test("n1", 2), facts, time: world.clock)
      do {
        try await second.run()
      } catch let error as ClusterError {
        try check(error.code == .nameTaken, "\(error)")
      }
      // The same machine, whose last process has left its lease behind.
      let again = NodeRegistration(.test("n1", 1), facts, time: world.clock)
      world.spawn { try? await again.run() }
      try await world.clock.sleep(for: .seconds(1))
      try check(try await Nodes(facts, time: world.clock).list().first?.isAlive == true, "down")
    }
  }

  @Test("only a node that is down or drained is removed, and it notices")
  func removal() throws {
    try self.simulate { facts, world in
      let nodes = Nodes(facts, time: world.clock)
      let removed = Recorded(false)
      let registration = NodeRegistration(.test("n1", 1), facts, time: world.clock)
      world.spawn {
        do {
          try await registration.run()
        } catch let error as ClusterError {
          removed.change { $0 = error.code == .removed }
        } catch {}
      }
      registration.serve()
      try await world.clock.sleep(for: .seconds(1))
      do {
        try await nodes.remove("n1")
        try check(false, "removed a node that serves")
      } catch let error as ClusterError {
        try check(error.code == .conflict && error.hint != nil, "\(error)")
      }
      _ = try await nodes.setIntent(.drained, of: "n1")
      try await nodes.remove("n1")
      try await world.clock.sleep(for: .seconds(20))
      try check(removed.value, "the node did not notice")
      try check(try await nodes.list() == [], "it is back")
      for name in ["n1", "a/b", ""] {
        do {
          try await nodes.remove(name)
          try check(false, "removed \(name)")
        } catch let error as ClusterError {
          try check(error.code == .notFound, "\(error)")
        }
      }
    }
  }

  @Test("when the facts cannot be heard nobody knows how the nodes are")
  func unknown() throws {
    try self.simulate { facts, world in
      let host = HostFacts(facts, time: world.clock, random: world.random)
      let nodes = Nodes(host, time: world.clock)
      world.spawn { try? await nodes.run() }
      let registration = NodeRegistration(.test("n1", 1), facts, time: world.clock)
      world.spawn { try? await registration.run() }
      registration.serve()
      try await world.clock.sleep(for: .seconds(2))
      try check(nodes["n1"]?.state == .up, "\(nodes.all)")
      host.cut()
      try await world.clock.sleep(for: .seconds(30))
      try check(nodes["n1"]?.state == .unknown, "\(nodes.all)")
      host.heal()
      try await world.clock.sleep(for: .seconds(10))
      try check(nodes["n1"]?.state == .up, "\(nodes.all)")
    }
  }

  @Test("of two that make the identity of a cluster together, both get the same")
  func identity() async throws {
    let clock = ModelClock()
    let facts = ModelFacts(clock: clock)
    let made = try await withThrowingTaskGroup(of: ClusterIdentity.self) { group in
      for number in 0..<8 {
        group.addTask {
          try await ClusterIdentity.establish(
            in: facts, name: "c\(number)", time: clock, random: SystemRandom.shared)
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    let identity = try #require(made.first)
    #expect(made.count == 1)
    #expect(try await ClusterIdentity.rename(in: facts, to: "prod") == identity)
    let renamed = try await ClusterIdentity.establish(
      in: facts, name: "other", time: clock, random: SystemRandom.shared)
    #expect(renamed.id == identity.id)
    #expect(renamed.name == "prod")
    let error = await #expect(throws: ClusterError.self) {
      _ = try await ClusterIdentity.rename(in: facts, to: "a b")
    }
    #expect(error?.code == .invalid)
  }
}

extension NodeDescription {
  static func test(_ name: String, _ id: UInt128) -> NodeDescription {
    NodeDescription(
      name: name, id: ULID(bits: id), address: "http://127.0.0.1:7300", roles: ["catalog", "sql"],
      labels: ["zone": "a"], version: "0.1.0", startedAt: WallTime(nanoseconds: 5))
  }
}
