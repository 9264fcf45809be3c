import SeriesWorkloads
import Testing

/// The whole sweeps are `make sim`.
@Suite("an engine against a model, on a simulated disk")
struct EngineSimulationTests {
  @Test(
    "answers as the model does, through flushes, merges and restarts",
    arguments: 1...3 as ClosedRange<UInt64>)
  func calm(seed: UInt64) throws {
    #expect(try SeriesWorkloads.calm(seed: seed) >= 6)
  }

  @Test(
    "loses nothing that was acknowledged, life after life",
    arguments: 1...2 as ClosedRange<UInt64>)
  func cuts(seed: UInt64) throws {
    #expect(try SeriesWorkloads.cuts(seed: seed) > 3)
  }

  @Test(
    "keeps the rows of many writers, each once", arguments: 1...2 as ClosedRange<UInt64>)
  func crowd(seed: UInt64) throws {
    #expect(try SeriesWorkloads.crowd(seed: seed) > 1)
  }

  @Test(
    "loses nothing wherever the power is cut", arguments: 1...2 as ClosedRange<UInt64>)
  func sweep(seed: UInt64) throws {
    #expect(try SeriesWorkloads.sweep(seed: seed, step: 11) > 3)
  }
}
