import Journal
import ObjectModel
import ObjectNamespace
import Simulation

/// The namespace engine against a sorted map, under power cuts and flipped bits.
public enum NamespaceWorkloads {
  public static let all: [Workload] = [
    Workload("namespace", "every operation is what a sorted map would do, over openings") {
      try operations(seed: $0)
    },
    Workload(
      "namespace-cuts", "power cut after every write: nothing acknowledged lost, nothing invented"
    ) { try powerCuts(seed: $0) },
    Workload("namespace-flips", "a bit flipped at rest is caught, never served") {
      try flips(seed: $0)
    },
    Workload("namespace-full", "a full disk refuses, loses nothing, and goes on") {
      try fullDisk(seed: $0)
    },
  ]

  /// `steps` steps, each of up to eight operations, in lives that end cleanly, by a kill or a cut. The 200
  /// seeds of `make sim` are ten million operations. Answers their number.
  public static func operations(seed: UInt64, steps: Int = 20_000) throws -> Int {
    let plan = NamespacePlan(seed: seed)
    var options = SimulationOptions { $0.disk = plan.disk }
    options.stepsMax = Int.max
    options.timeMax = .seconds(1 << 30)
    return try Simulation.run(seed: seed, options: options) { world in
      let run = NamespaceRun(world, plan)
      var generator = world.generator("lives")
      var left = steps
      while left > 0 {
        let count = min(left, Int.random(in: 1...max(1, steps / 4), using: &generator))
        let cut = generator.chance(0.6) ? Int.random(in: 1...(count * 3), using: &generator) : nil
        _ = try await run.live(
          operations: count, cutAfter: cut, isKill: generator.chance(0.3))
        left -= count
      }
      guard try await run.live(operations: 5) else {
        throw CheckFailure("the power went by itself")
      }
      return run.operationCount
    }.value
  }

  public static func powerCuts(seed: UInt64, step: Int = 1, operations: Int = 40) throws -> Int {
    let plan = NamespacePlan(seed: seed)
    let options = SimulationOptions { $0.disk = plan.disk }
    let changes = try Simulation.run(seed: seed, options: options) { world in
      let run = NamespaceRun(world, plan)
      guard try await run.live(operations: operations) else {
        throw CheckFailure("the power went by itself")
      }
      return world.disk.changeCount
    }.value
    for cut in stride(from: 1 + Int(seed) % step, through: changes, by: step) {
      do {
        try Simulation.run(seed: seed, options: options) { world in
          let run = NamespaceRun(world, plan)
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

  /// One bit of one file turns over between two lives: what is served is right, or nothing is.
  public static func flips(seed: UInt64, runs: Int = 24) throws -> Int {
    let plan = NamespacePlan(seed: seed)
    let options = SimulationOptions { $0.disk = plan.disk }
    for turn in 0..<runs {
      try Simulation.run(seed: seed &* 31 &+ UInt64(turn), options: options) { world in
        let run = NamespaceRun(world, plan)
        var generator = world.generator("flip")
        _ = try await run.live(operations: 60)
        let files = world.disk.paths.filter { $0.hasSuffix("/frames") || $0.hasSuffix("/super") }
        guard let path = files.randomElement(using: &generator),
          let size = world.disk.durableBytes(path)?.count, size > 0
        else { return }
        let bit = Int.random(in: 0..<(size * 8), using: &generator)
        world.disk.flipBit(bit, of: path)
        do {
          _ = try await run.open()
        } catch let error as NamespaceError {
          guard error.code == .corrupted else { throw error }
          world.disk.flipBit(bit, of: path)
          // Nothing was changed: with the bit turned back everything is there.
          _ = try await run.open()
        }
      }
    }
    return runs
  }

  public static func fullDisk(seed: UInt64) throws -> Int {
    var plan = NamespacePlan(seed: seed)
    var generator = SeededGenerator(seed: seed, label: "capacity")
    plan.disk.capacityBytes = Int64(
      plan.engine.journal.segmentBytes * 4
        + plan.engine.frameBytes * Int.random(in: 40...120, using: &generator))
    plan.engine.journal.sparesMax = 1
    let fixed = plan
    try Simulation.run(seed: seed, options: SimulationOptions { $0.disk = fixed.disk }) { world in
      let run = NamespaceRun(world, fixed)
      try await run.fill()
    }
    return 1
  }
}

extension NamespaceRun {
  /// Puts until the disk is full, a few times over openings: everything acknowledged stays, removing
  /// makes room.
  func fill() async throws {
    for round in 0..<3 {
      let engine = try await self.open()
      try await engine.running {
        var refused = 0
        for number in 0..<3000 where refused < 20 {
          let key = Array("round\(round)/\(number)".utf8.prefix(self.plan.keyBytesMax))
          let value = NamespaceModel.Value(bytes: [UInt8](repeating: 7, count: 200), weight: 1)
          do throws(NamespaceError) {
            try await engine.commit { try $0.put(key, value.bytes, weight: value.weight) }
            self.model[key] = value
          } catch {
            guard error.code == .noSpace || error.code == .slowDown else {
              throw CheckFailure("a full disk: \(error)")
            }
            refused += 1
          }
        }
      }
    }
    _ = try await self.open()
  }
}
