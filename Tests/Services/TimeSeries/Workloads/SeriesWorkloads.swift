internal import Runtime
internal import Simulation
internal import Values

/// What `make sim` and the tests run: an engine through several lives under one seed.
package enum SeriesWorkloads {
  private static func options(_ faults: DiskFaults) -> SimulationOptions {
    SimulationOptions {
      $0.disk = faults
      $0.disk.latency = .microseconds(50)
    }
  }

  /// Lives without a fault, each ended by closing. Returns how often all was checked.
  package static func calm(seed: UInt64) throws -> Int {
    try Simulation.run(seed: seed, options: self.options(DiskFaults())) { world in
      let run = EngineRun(world)
      for _ in 0..<3 {
        guard try await run.live(operations: 40) else {
          throw SeriesCheckFailure(description: "a life ended early")
        }
      }
      return run.checks
    }.value
  }

  /// Lives that end by a power cut or a kill after some changes of the disk. Returns how many did.
  package static func cuts(seed: UInt64) throws -> Int {
    try Simulation.run(seed: seed, options: self.options(.powerCuts)) { world in
      let run = EngineRun(world)
      var generator = world.generator("cuts")
      var cuts = 0
      for life in 0..<14 {
        let limit = Int.random(in: 5...260, using: &generator)
        let isWhole = try await run.live(
          operations: 60, cutAfter: life % 5 == 4 ? nil : limit, isKill: life % 3 == 2)
        if !isWhole { cuts += 1 }
      }
      try await self.last(run)
      return cuts
    }.value
  }

  /// The same life again and again, with the power cut after the first change of the disk, the second, and
  /// so on, and once more during the recovery from that. Returns how many runs that took.
  package static func sweep(seed: UInt64, step: Int = 1) throws -> Int {
    let changes = try Simulation.run(seed: seed, options: self.options(.powerCuts)) { world in
      let run = EngineRun(world)
      _ = try await run.live(operations: 25)
      return world.disk.changeCount
    }.value
    var runs = 0
    for limit in stride(from: 1 + Int(seed % UInt64(step)), to: changes, by: step) {
      do {
        try Simulation.run(seed: seed, options: self.options(.powerCuts)) { world in
          let run = EngineRun(world)
          _ = try await run.live(operations: 25, cutAfter: limit)
          _ = try await run.live(operations: 4, cutAfter: 1 + limit % 40, isKill: limit % 2 == 0)
          try await self.last(run)
        }
      } catch {
        throw SeriesCheckFailure(description: "cut after change \(limit) of \(changes): \(error)")
      }
      runs += 1
    }
    return runs
  }

  /// Many writers at once. Returns how many lives ended by a power cut.
  package static func crowd(seed: UInt64) throws -> Int {
    try Simulation.run(seed: seed, options: self.options(.powerCuts)) { world in
      let run = CrowdRun(world)
      var generator = world.generator("cuts")
      var cuts = 0
      for _ in 0..<6 {
        let limit = Int.random(in: 20...200, using: &generator)
        if !(try await run.live(writers: 7, each: 12, cutAfter: limit)) { cuts += 1 }
      }
      guard try await run.live(writers: 3, each: 4, cutAfter: nil) else {
        throw SeriesCheckFailure(description: "the last life ended early")
      }
      return cuts
    }.value
  }

  private static func last(_ run: EngineRun) async throws {
    guard try await run.live(operations: 0) else {
      throw SeriesCheckFailure(description: "the last life ended early")
    }
  }
}
