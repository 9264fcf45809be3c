import Testing
import Workloads

@Suite("a journal under faults")
struct JournalFaultTests {
  /// The whole sweep is `make sim WORKLOAD=journal`.
  @Test(
    "keeps its promises for the first seeds of every workload",
    arguments: JournalWorkloads.all.map(\.name))
  func firstSeeds(name: String) throws {
    let workload = try #require(JournalWorkloads.all.first { $0.name == name })
    for seed in 1...12 as ClosedRange<UInt64> {
      do {
        _ = try workload.run(seed)
      } catch {
        Issue.record("\(error)\n\(Workload.replayLine(name, seed: seed))")
        return
      }
    }
  }
}
