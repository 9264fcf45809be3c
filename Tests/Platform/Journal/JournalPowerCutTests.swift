import Testing
import Workloads

/// The whole sweeps are `make sim`.
@Suite("a journal under faults")
struct JournalFaultTests {
  @Test("loses nothing when the power is cut", arguments: 1...6 as ClosedRange<UInt64>)
  func powerCuts(seed: UInt64) throws {
    do {
      #expect(try JournalWorkloads.powerCuts(seed: seed, step: 9) > 1)
    } catch {
      Issue.record("\(error)\n\(Workload.replayLine("journal", seed: seed))")
    }
  }

  @Test(
    "keeps its promises for the first seeds of every other workload",
    arguments: JournalWorkloads.all.map(\.name).filter { $0 != "journal" && $0 != "journal-bits" })
  func firstSeeds(name: String) throws {
    let workload = try #require(JournalWorkloads.all.first { $0.name == name })
    for seed in 1...5 as ClosedRange<UInt64> {
      do {
        _ = try workload.run(seed)
      } catch {
        Issue.record("\(error)\n\(Workload.replayLine(name, seed: seed))")
        return
      }
    }
  }
}
