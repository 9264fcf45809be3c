import Journal
import ObjectBlobs
import ObjectModel
import Simulation

/// The blob store under power cuts and flipped bits.
public enum BlobWorkloads {
  public static let all: [Workload] = [
    Workload("blobs", "what was put is read until it is deleted, over openings, kills and cuts") {
      try operations(seed: $0)
    },
    Workload(
      "blobs-cuts", "power cut after every write: nothing acknowledged lost, nothing comes back"
    ) { try powerCuts(seed: $0) },
    Workload("blobs-flips", "a flipped bit is never served, and scrub finds it") {
      try flips(seed: $0)
    },
    Workload("blobs-full", "a full disk refuses blocks, loses none, and takes deletions") {
      try fullDisk(seed: $0)
    },
  ]

  public static func operations(seed: UInt64, steps: Int = 1500) throws -> Int {
    let plan = BlobRun.Plan(seed: seed)
    var options = SimulationOptions { $0.disk = plan.disk }
    options.stepsMax = Int.max
    options.timeMax = .seconds(1 << 30)
    try Simulation.run(seed: seed, options: options) { world in
      let run = BlobRun(world, plan)
      var generator = world.generator("lives")
      var left = steps
      while left > 0 {
        let count = min(left, Int.random(in: 1...max(1, steps / 4), using: &generator))
        let cut = generator.chance(0.6) ? Int.random(in: 1...(count * 3), using: &generator) : nil
        _ = try await run.live(operations: count, cutAfter: cut, isKill: generator.chance(0.3))
        left -= count
      }
      guard try await run.live(operations: 5) else {
        throw CheckFailure("the power went by itself")
      }
    }
    return steps
  }

  public static func powerCuts(seed: UInt64, step: Int = 1, operations: Int = 30) throws -> Int {
    let plan = BlobRun.Plan(seed: seed)
    let options = SimulationOptions { $0.disk = plan.disk }
    let changes = try Simulation.run(seed: seed, options: options) { world in
      let run = BlobRun(world, plan)
      guard try await run.live(operations: operations) else {
        throw CheckFailure("the power went by itself")
      }
      return world.disk.changeCount
    }.value
    for cut in stride(from: 1 + Int(seed) % step, through: changes, by: step) {
      do {
        try Simulation.run(seed: seed, options: options) { world in
          let run = BlobRun(world, plan)
          var generator = world.generator("second cut")
          _ = try await run.live(
            operations: operations, cutAfter: cut, isKill: generator.chance(0.3))
          let second = Int.random(in: 1...(generator.chance(0.5) ? 8 : 60), using: &generator)
          _ = try await run.live(operations: 10, cutAfter: second)
          guard try await run.live(operations: 10) else {
            throw CheckFailure("the power went by itself")
          }
        }
      } catch {
        throw CheckFailure("cut after change \(cut) of \(changes): \(error)")
      }
    }
    return changes / step + 1
  }

  /// One bit of the data file turns over: the block it is in is refused, every other is right, and
  /// scrubbing names the very block.
  public static func flips(seed: UInt64, runs: Int = 24) throws -> Int {
    let plan = BlobRun.Plan(seed: seed)
    let options = SimulationOptions { $0.disk = plan.disk }
    for turn in 0..<runs {
      try Simulation.run(seed: seed &* 31 &+ UInt64(turn), options: options) { world in
        let run = BlobRun(world, plan)
        var generator = world.generator("flip")
        _ = try await run.live(operations: 40)
        guard let size = world.disk.durableBytes("/blobs/data")?.count, size > 0 else { return }
        world.disk.flipBit(Int.random(in: 0..<(size * 8), using: &generator), of: "/blobs/data")
        let store = try await run.open()
        var refused: [BlockAddress] = []
        for (address, block) in run.blocks {
          do {
            guard try await run.read(store, address) == block.bytes else {
              throw CheckFailure("a flipped bit was served")
            }
          } catch let error as BlobError {
            guard error.code == .corrupted else { throw error }
            refused.append(address)
          }
        }
        let report = try await store.scrub()
        guard refused.count <= 1, Set(report.damaged) == Set(refused) else {
          throw CheckFailure("\(refused.count) blocks are refused, scrub finds \(report.damaged)")
        }
      }
    }
    return runs
  }

  public static func fullDisk(seed: UInt64) throws -> Int {
    var plan = BlobRun.Plan(seed: seed)
    var generator = SeededGenerator(seed: seed, label: "capacity")
    // More than the disk has: the file stops growing, or the journal does.
    plan.options.dataBytesMax = 64 << 20
    plan.options.journalBytesTrigger = 1 << 30
    plan.options.journal.sparesMax = 1
    plan.options.reserveBytes = Int64(4 * plan.options.journal.segmentBytes) + (256 << 10)
    plan.disk.capacityBytes =
      Int64(plan.options.journal.segmentBytes * Int.random(in: 4...12, using: &generator))
      + plan.options.growBytes * Int64.random(in: 2...20, using: &generator) + (64 << 10)
    let fixed = plan
    try Simulation.run(seed: seed, options: SimulationOptions { $0.disk = fixed.disk }) { world in
      try await BlobRun(world, fixed).fill()
    }
    return 1
  }
}
