import Testing
import Workloads

/// The whole sweeps are `make sim`.
@Suite("the namespace's tree under faults")
struct NamespaceFaultTests {
  @Test("does what a sorted map does, over openings", arguments: 1...12 as ClosedRange<UInt64>)
  func operations(seed: UInt64) throws {
    do {
      _ = try NamespaceWorkloads.operations(seed: seed, steps: 250)
    } catch {
      Issue.record("\(error)\n\(Workload.replayLine("namespace", seed: seed))")
    }
  }

  @Test("loses nothing when the power is cut", arguments: 1...4 as ClosedRange<UInt64>)
  func powerCuts(seed: UInt64) throws {
    do {
      #expect(try NamespaceWorkloads.powerCuts(seed: seed, step: 11, operations: 25) > 1)
    } catch {
      Issue.record("\(error)\n\(Workload.replayLine("namespace-cuts", seed: seed))")
    }
  }

  @Test("never serves a flipped bit", arguments: 1...3 as ClosedRange<UInt64>)
  func flips(seed: UInt64) throws {
    do {
      _ = try NamespaceWorkloads.flips(seed: seed, runs: 6)
    } catch {
      Issue.record("\(error)\n\(Workload.replayLine("namespace-flips", seed: seed))")
    }
  }
}
