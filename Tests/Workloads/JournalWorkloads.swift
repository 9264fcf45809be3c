import Journal
import Runtime
import Simulation
import Values

/// The journal under power cuts, full disks, failing syncs and flipped bits.
public enum JournalWorkloads {
  public static let all: [Workload] = [
    Workload(
      "journal", "power cut after every write: nothing acknowledged lost, nothing invented"
    ) { try powerCuts(seed: $0) },
    Workload(
      "journal-flips", "a bit flipped at rest is caught, or nothing acknowledged is lost", bitFlips),
    Workload(
      "journal-bits", "each bit of a small journal, flipped alone, is caught or harmless", everyBit),
    Workload(
      "journal-full", "a full disk refuses, loses nothing, and takes records again", fullDisk),
    Workload(
      "journal-syncs",
      "a failed write or sync poisons the journal, and nothing acknowledged is lost",
      failingSyncs),
  ]

  /// Runs the seed's workload once without a cut to count its writes, then once for each, cutting the
  /// power (now and then only the process) after it; then recovers, works on under another cut, and
  /// recovers again.
  /// With a `step`, only after every so many writes: for tests that must be short.
  public static func powerCuts(seed: UInt64, step: Int = 1) throws -> Int {
    let plan = JournalPlan(seed: seed)
    let options = SimulationOptions { $0.disk = plan.disk }
    let changes = try Simulation.run(seed: seed, options: options) { world in
      let run = JournalRun(world, plan)
      guard try await run.live(cutAfter: nil) else {
        throw CheckFailure("the power went by itself")
      }
      let changes = world.disk.changeCount
      try await lastLife(run)
      return changes
    }.value
    for cut in stride(from: 1 + Int(seed) % step, through: changes, by: step) {
      do {
        try Simulation.run(seed: seed, options: options) { world in
          let run = JournalRun(world, plan)
          var generator = world.generator("second cut")
          _ = try await run.live(cutAfter: cut, isKill: generator.chance(0.3))
          // Recovery itself is cut too: it makes few changes, so an early cut hits it.
          let second = Int.random(in: 1...(generator.chance(0.5) ? 8 : 60), using: &generator)
          _ = try await run.live(cutAfter: second)
          try await lastLife(run)
        }
      } catch {
        throw CheckFailure("cut after change \(cut) of \(changes): \(error)")
      }
    }
    return changes / step + 1
  }

  /// Opens, works, closes; opens again.
  private static func lastLife(_ run: JournalRun) async throws {
    guard try await run.live(cutAfter: nil) else { throw CheckFailure("the power went by itself") }
    _ = try await run.open()
  }

  /// After a clean life or a power cut, one bit of a segment turns over.
  @Sendable static func bitFlips(seed: UInt64) throws -> Int {
    let plan = JournalPlan(seed: seed)
    let runs = 16
    for turn in 0..<runs {
      try Simulation.run(
        seed: seed &* 31 &+ UInt64(turn), options: SimulationOptions { $0.disk = plan.disk }
      ) { world in
        let run = JournalRun(world, plan)
        var generator = world.generator("flip")
        let cut = generator.chance(0.5) ? Int.random(in: 5...60, using: &generator) : nil
        _ = try await run.live(cutAfter: cut)
        let segments = world.disk.paths.filter { $0.hasSuffix(".segment") }
        guard let path = segments.randomElement(using: &generator),
          let size = world.disk.durableBytes(path)?.count, size > 0
        else { return }
        let bit = Int.random(in: 0..<(size * 8), using: &generator)
        world.disk.flipBit(bit, of: path)
        do {
          _ = try await run.open()
        } catch let error as JournalError {
          guard error.code == .damaged || error.code == .notAuthentic else { throw error }
          guard error.file != nil, error.offset != nil else {
            throw CheckFailure("no file and offset in: \(error)")
          }
          world.disk.flipBit(bit, of: path)
          // The halt changed nothing: with the bit turned back everything is there.
          _ = try await run.open()
        }
      }
    }
    return runs
  }

  @Sendable static func fullDisk(seed: UInt64) throws -> Int {
    var plan = JournalPlan(seed: seed)
    plan.options.sparesMax = 1
    var generator = SeededGenerator(seed: seed, label: "capacity")
    plan.disk.capacityBytes =
      Int64(plan.options.segmentBytes) * Int64.random(in: 2...5, using: &generator)
    let fixed = plan
    try Simulation.run(seed: seed, options: SimulationOptions { $0.disk = fixed.disk }) { world in
      let run = JournalRun(world, fixed)
      _ = try await run.live(cutAfter: nil)
      var generator = world.generator("cut")
      _ = try await run.live(cutAfter: Int.random(in: 1...60, using: &generator))
      _ = try await run.live(cutAfter: nil)
      try await run.makeRoom()
      _ = try await run.open()
    }
    return 1
  }

  @Sendable static func failingSyncs(seed: UInt64) throws -> Int {
    var plan = JournalPlan(seed: seed)
    plan.disk.syncFailure = 0.03
    plan.disk.writeFailure = 0.02
    let fixed = plan
    try Simulation.run(seed: seed, options: SimulationOptions { $0.disk = fixed.disk }) { world in
      let run = JournalRun(world, fixed)
      var generator = world.generator("cut")
      for _ in 0..<6 {
        do {
          _ = try await run.live(cutAfter: nil)
        } catch let failure as CheckFailure {
          // Errors are expected; a checker's word is not.
          guard failure.text.hasPrefix("without a power cut: journal."),
            !failure.text.contains("journal.damaged")
          else { throw failure }
        }
        if generator.chance(0.5) { world.disk.crash() }
      }
    }
    return 1
  }
}

extension JournalRun {
  /// Trims everything and appends once more: the space that was given back is used.
  func makeRoom() async throws {
    let journal = try await self.open()
    try await journal.running {
      let end = journal.end
      self.model.beginTrim(end.segment)
      try await journal.trim(before: end)
      self.model.endTrim(end.segment)
      let number: UInt64 = 0xFFFF << 24
      self.model.attempt(number)
      let bytes = JournalModel.bytes(number, byteCount: 8)
      try self.model.acknowledge(number, at: try await journal.append(bytes))
    }
  }
}
