import Cluster
import Glibc
import Runtime
import TestSupport
import Testing

/// An etcd that goes away, hangs, comes back, or is one of several.
@Suite struct EtcdOutageTests {
  @Test("an etcd that goes and comes back needs nothing done: calls, watches and leases go on")
  func restart() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let facts = server.facts(group) { $0.patience = .seconds(20) }
        let other = server.facts(group) { $0.patience = .seconds(20) }
        let lease = try await facts.grantLease(for: .seconds(60))
        let revision = try await facts.put("a", [1], lease: lease)
        let watch = try await facts.watch("", after: revision)
        _ = try await facts.put("b", [2])
        #expect(try await watch.next().changes.map(\.key) == ["b"])
        try await server.kill()
        try server.start()
        // Through another client, so that the watch comes back by itself.
        _ = try await other.put("c", [3])
        #expect(try await watch.next().changes.map(\.key) == ["c"])
        try await facts.keepAlive(lease)
        #expect(try await facts.list("").facts.map(\.key) == ["a", "b", "c"])
        await watch.stop()
        #expect(await eventually { facts.watcherCount == 0 })
        facts.close()
        other.close()
      }
    }
  }

  @Test("without an etcd a call waits a bounded time and says so")
  func away() async throws {
    try await withLoops { group in
      let (port, other) = freePorts()
      let facts = EtcdFacts(
        group,
        EtcdOptions([.init(.ip("127.0.0.1", port: port)), .init(.ip("127.0.0.1", port: other))]) {
          $0.patience = .milliseconds(300)
        })
      let start = ContinuousClock.now
      await expect(.unavailable) { _ = try await facts.get("a") }
      await expect(.unavailable) { _ = try await facts.put("a", []) }
      await expect(.unavailable) { _ = try await facts.grantLease(for: .seconds(8)) }
      #expect(ContinuousClock.now - start < .seconds(5))
      facts.close()
    }
  }

  @Test("of a write that etcd does not answer the outcome is unknown, a read is tried again")
  func frozen() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let facts = server.facts(group) { $0.patience = .seconds(1) }
        let patient = server.facts(group) { $0.patience = .seconds(20) }
        _ = try await patient.put("a", [1])
        #expect(try await facts.get("a") != nil)
        server.freeze()
        await expect(.unknownOutcome) { _ = try await facts.put("a", [2]) }
        await expect(.unavailable) { _ = try await facts.get("a") }
        server.thaw()
        let value = try await patient.get("a")?.value
        #expect(value == [1] || value == [2])
        facts.close()
        patient.close()
      }
    }
  }

  @Test("an endpoint where nobody answers is left for the next")
  func failOver() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let (port, _) = freePorts()
        let facts = EtcdFacts(
          group,
          EtcdOptions([.init(.ip("127.0.0.1", port: port)), server.endpoint]) {
            $0.patience = .seconds(20)
          })
        let revision = try await facts.put("a", [1])
        let watch = try await facts.watch("", after: FactRevision(revision.number - 1))
        #expect(try await watch.next().changes.map(\.key) == ["a"])
        let status = try await facts.status()
        #expect(status.version.hasPrefix("3."))
        #expect(status.hasLeader)
        #expect(status.endpoint == server.endpoint.description)
        facts.close()
      }
    }
  }

  @Test("clusters with different prefixes share an etcd and see nothing of each other")
  func prefixes() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let options = [("one/", "a"), ("two/", "b")].map { prefix, _ in
          server.facts(group) {
            $0.keyPrefix = prefix
            $0.patience = .seconds(20)
          }
        }
        let (one, two) = (options[0], options[1])
        let revision = try await one.put("a", [1])
        let watch = try await two.watch("", after: FactRevision(revision.number - 1))
        _ = try await one.put("b", [1])
        _ = try await two.put("c", [1])
        #expect(try await watch.next().changes.map(\.key) == ["c"])
        _ = try await two.commit(FactTransaction([.deletePrefix("")]))
        #expect(try await one.list("").facts.map(\.key) == ["a", "b"])
        #expect(try await two.list("").facts == [])
        for facts in options { facts.close() }
      }
    }
  }
}
