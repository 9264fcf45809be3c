import Bytes
import Cluster
import ClusterTesting
import Observability
import TestSupport
import Testing
import Values

@Suite struct MirrorTests {
  @Test("a mirror shows what is there and every change, and reads anew what it has missed")
  func follows() async throws {
    let clock = ModelClock()
    let facts = ModelFacts(clock: clock, revisionsKept: 5)
    _ = try await facts.put("m/a", [1])
    _ = try await facts.put("n", [1])
    let mirror = FactMirror(facts, "m/", time: clock)
    #expect(mirror.staleSince != nil)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try? await mirror.run() }
      try await mirror.wait(for: try await facts.put("m/b", [2]))
      #expect(mirror.all.map(\.key) == ["m/a", "m/b"])
      #expect(mirror.staleSince == nil)
      try await mirror.wait(
        for: try #require(try await facts.delete("m/a", if: .exists("m/a")).revision))
      #expect(mirror["m/a"] == nil)
      // More than the store remembers, while the watch is silent.
      facts.fail(.unavailable)
      facts.recover()
      for number in 0..<50 { _ = try await facts.put("m/c", [UInt8(number)]) }
      #expect(await eventually { mirror["m/c"]?.value == [49] })
      group.cancelAll()
    }
  }

  @Test("operations are counted by kind, failures by reason, watches and leases while they last")
  func measured() async throws {
    let (clock, registry) = (ModelClock(), MetricRegistry())
    let model = ModelFacts(clock: clock)
    let facts = MeasuredFacts(model, time: clock, metrics: registry)
    func text() -> String {
      var target = ByteWriter()
      registry.snapshot().appendPrometheusText(to: &target)
      return target.bytes.lossyText
    }
    let lease = try await facts.grantLease(for: .seconds(5))
    _ = try await facts.put("a", [], lease: lease)
    _ = try await facts.get("a")
    let watch = try await facts.watch("", after: .zero)
    model.fail(.unavailable)
    await expect(.unavailable) { _ = try await facts.get("a") }
    model.recover()
    for line in [
      #"lake_facts_operation_seconds_count{kind="model",operation="get"} 2"#,
      #"lake_facts_operation_seconds_count{kind="model",operation="commit"} 1"#,
      #"lake_facts_failures_total{operation="get",code="facts.unavailable"} 1"#,
      "lake_facts_watches 1", "lake_facts_leases 1",
    ] { #expect(text().contains(line), "\(line)") }
    _ = consume watch
    try await facts.revokeLease(lease)
    #expect(text().contains("lake_facts_watches 0"))
    #expect(text().contains("lake_facts_leases 0"))
  }

  @Test("a key is put once in a transaction")
  func twice() async {
    await #expect(processExitsWith: .failure) {
      try FactTransaction([.put("a", [], lease: nil), .put("a", [], lease: nil)]).check()
    }
    await #expect(processExitsWith: .failure) {
      try FactTransaction([.put("a/b", [], lease: nil), .deletePrefix("a/")]).check()
    }
  }

  @Test("keys that only look the same are different keys")
  func bytewise() {
    let (composed, decomposed): (FactKey, FactKey) = ("\u{e9}", "e\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(!FactKey("e\u{301}x").hasPrefix("\u{e9}"))
  }
}
