import Runtime
import Simulation
import Testing
import Values

@Suite("a simulated run")
struct SimulationTests {
  private actor Ledger {
    var lines: [Int] = []
    func add(_ line: Int) { self.lines.append(line) }
  }

  /// Tasks, an actor, timers, random numbers, a cancelled sleeper: all that could go another way.
  private static func busyRun(_ world: World) async throws -> [Int] {
    let ledger = Ledger()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          for turn in 0..<5 {
            let pause = world.random.number(in: 0...3)
            try await world.clock.sleep(for: .milliseconds(Int64(pause)))
            await ledger.add(worker * 10 + turn)
            world.note("\(worker) \(turn)")
          }
        }
      }
      try await group.waitForAll()
    }
    async let sleeper: Void = world.clock.sleep(for: .seconds(3600))
    return await ledger.lines + [(try? await sleeper) == nil ? 1 : 0]
  }

  @Test("takes the same steps twice for each of 200 seeds, and others for other seeds")
  func replay() throws {
    var orders: Set<[Int]> = []
    for seed in 0..<200 as Range<UInt64> {
      let first = try Simulation.run(seed: seed, Self.busyRun)
      let second = try Simulation.run(seed: seed, Self.busyRun)
      #expect(first.value == second.value, "seed \(seed)")
      #expect(first.trace == second.trace, "seed \(seed)")
      #expect(first.stepCount == second.stepCount, "seed \(seed)")
      orders.insert(first.value)
    }
    #expect(orders.count > 190)
  }

  @Test("moves virtual time instead of waiting")
  func virtualTime() throws {
    let result = try Simulation.run(seed: 1) { world in
      let start = world.clock.now
      try await world.clock.sleep(for: .seconds(86_400))
      return world.clock.now - start
    }
    #expect(result.value >= .seconds(86_400))
    #expect(result.value < .seconds(86_401))
  }

  @Test("wakes sleepers in the order of their deadlines")
  func timerOrder() throws {
    let result = try Simulation.run(seed: 3) { world in
      await withTaskGroup(of: Int.self) { group in
        for delay in [5, 1, 4, 2, 3] {
          group.addTask {
            try? await world.clock.sleep(for: .seconds(delay))
            return delay
          }
        }
        var order: [Int] = []
        for await delay in group { order.append(delay) }
        return order
      }
    }
    #expect(result.value == [1, 2, 3, 4, 5])
  }

  @Test("a cancelled sleeper wakes at once", arguments: 0..<20 as Range<UInt64>)
  func cancelledSleep(seed: UInt64) throws {
    let result = try Simulation.run(seed: seed) { world in
      let start = world.clock.now
      let outcome = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          do {
            try await world.clock.sleep(for: .seconds(60))
            return false
          } catch {
            return true
          }
        }
        group.cancelAll()
        return await group.next() ?? false
      }
      return outcome && world.clock.now - start < .seconds(1)
    }
    #expect(result.value)
  }

  @Test("a test that can never end is a deadlock, named with its seed")
  func deadlock() throws {
    let failure = #expect(throws: SimulationFailure.self) {
      try Simulation.run(seed: 77) { _ in
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      }
    }
    #expect(failure?.kind == .deadlock)
    #expect(failure?.description.hasPrefix("seed 77: no job is ready") == true)
  }

  @Test("a loop that never ends meets the limit of steps")
  func stepLimit() throws {
    let failure = #expect(throws: SimulationFailure.self) {
      try Simulation.run(seed: 1, options: SimulationOptions { $0.stepsMax = 1000 }) { _ in
        while true { await Task.yield() }
      }
    }
    #expect(failure?.kind == .stepLimit)
  }

  @Test("a loop that sleeps for ever meets the limit of virtual time")
  func timeLimit() throws {
    let failure = #expect(throws: SimulationFailure.self) {
      try Simulation.run(seed: 1, options: SimulationOptions { $0.timeMax = .seconds(60) }) {
        world in
        while true { try await world.clock.sleep(for: .seconds(1)) }
      }
    }
    #expect(failure?.kind == .timeLimit)
  }

  @Test("an error of the test comes out of the run")
  func testError() {
    #expect(throws: CancellationError.self) {
      try Simulation.run(seed: 1) { _ in throw CancellationError() }
    }
  }

  @Test("the wall clock can be set back while monotonic time goes on")
  func wallJump() throws {
    let result = try Simulation.run(seed: 1) { world in
      let before = world.clock.wallNow
      world.clock.jumpWall(by: .seconds(-100))
      return (world.clock.wallNow - before, world.clock.view(offBy: .seconds(7)).wallNow - before)
    }
    #expect(result.value.0 == .seconds(-100))
    #expect(result.value.1 == .seconds(-93))
  }

  @Test("a host's clock drifts by its parts in a million")
  func drift() throws {
    let result = try Simulation.run(seed: 1) { world in
      let view = world.clock.view(offBy: .zero, driftPartsPerMillion: 100)
      let before = view.wallNow - world.clock.wallNow
      try await world.clock.sleep(for: .seconds(10_000))
      return view.wallNow - world.clock.wallNow - before
    }
    #expect(result.value >= .milliseconds(999))
    #expect(result.value <= .milliseconds(1001))
  }

  @Test("random bytes repeat with the seed and differ without it")
  func randomBytes() throws {
    let run: (UInt64) throws -> [UInt8] = { seed in
      try Simulation.run(seed: seed) { $0.random.bytes(33) }.value
    }
    #expect(try run(5) == run(5))
    #expect(try run(5) != run(6))
  }

  @Test("a probability is met over many draws")
  func chance() {
    var generator = SeededGenerator(seed: 9)
    let hits = (0..<10_000).count { _ in generator.chance(0.3) }
    #expect((2700...3300).contains(hits))
    let never = generator.chance(0)
    let always = generator.chance(1)
    #expect(!never)
    #expect(always)
  }
}
