import Runtime
import SeriesEngine
import Simulation
import Testing
import Values

@Suite("an engine against a model, on a simulated disk")
struct EngineSimulationTests {
  private static func options(_ faults: DiskFaults) -> SimulationOptions {
    SimulationOptions {
      $0.disk = faults
      $0.disk.latency = .microseconds(50)
    }
  }

  @Test(
    "answers as the model does, through flushes, merges and restarts",
    arguments: 1...6 as ClosedRange<UInt64>)
  func model(seed: UInt64) throws {
    let result = try Simulation.run(seed: seed, options: Self.options(DiskFaults())) { world in
      let run = EngineRun(world)
      for _ in 0..<3 {
        guard try await run.live(operations: 40) else {
          throw CheckFailure(description: "a life ended early")
        }
      }
      return run.checks
    }
    #expect(result.value >= 6)
  }

  /// The power goes after the Nth change of the disk, for many N, in lives one after the other.
  @Test(
    "loses nothing that was acknowledged when the power goes",
    arguments: 1...4 as ClosedRange<UInt64>)
  func powerCuts(seed: UInt64) throws {
    let result = try Simulation.run(seed: seed, options: Self.options(.powerCuts)) { world in
      let run = EngineRun(world)
      var generator = world.generator("cuts")
      var cuts = 0
      for life in 0..<14 {
        let limit = Int.random(in: 5...260, using: &generator)
        let isWhole = try await run.live(
          operations: 60, cutAfter: life % 5 == 4 ? nil : limit, isKill: life % 3 == 2)
        if !isWhole { cuts += 1 }
      }
      guard try await run.live(operations: 0) else {
        throw CheckFailure(description: "the last life ended early")
      }
      return cuts
    }
    #expect(result.value > 3)
  }
}
