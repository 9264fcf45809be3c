public import Values

/// Runs a whole test, or a whole cluster, inside one thread under a seed.
public enum Simulation {
  /// Runs `body` and everything it starts until it returns.
  ///
  /// Jobs run one at a time, chosen by the seed; when none is ready, virtual time moves to the next
  /// timer. The same seed and the same body give the same run, step for step. Throws what `body`
  /// throws, or `SimulationFailure` when it can never end: a deadlock (no job, no timer), too many
  /// steps, too much virtual time, or work that escaped to another thread. Tasks that still wait when
  /// `body` returns are left where they are.
  @discardableResult
  public static func run<T: Sendable>(
    seed: UInt64, options: SimulationOptions = SimulationOptions(),
    _ body: @escaping @Sendable (World) async throws -> T
  ) throws -> SimulationResult<T> {
    let world = World(seed: seed, options: options)
    let root = RootOutcome<T>()
    world.executor.spawn {
      do {
        root.result = .success(try await body(world))
      } catch {
        root.result = .failure(error)
      }
    }
    let end = world.clock.now + options.timeMax
    while root.result == nil { try advance(world, until: end) }
    // What was cancelled or resumed on the way out may still have a last word.
    while world.executor.step() { try checkLimits(world, until: end) }
    try checkLimits(world, until: end)
    guard let result = root.result else { preconditionFailure("a run without a result") }
    return SimulationResult(
      value: try result.get(), trace: world.executor.trace, stepCount: world.executor.stepCount,
      ended: world.clock.now)
  }

  private static func advance(_ world: World, until end: MonotonicTime) throws {
    if world.executor.step() {
      world.clock.advance(to: world.clock.now + world.options.stepTime)
    } else if let next = world.clock.nextDeadline {
      world.clock.advance(to: next)
    } else {
      throw SimulationFailure(kind: .deadlock, world)
    }
    try checkLimits(world, until: end)
  }

  private static func checkLimits(_ world: World, until end: MonotonicTime) throws {
    if world.executor.foreignJobCount > 0 { throw SimulationFailure(kind: .escape, world) }
    if world.executor.stepCount > world.options.stepsMax {
      throw SimulationFailure(kind: .stepLimit, world)
    }
    if world.clock.now > end { throw SimulationFailure(kind: .timeLimit, world) }
  }
}

public struct SimulationResult<T: Sendable>: Sendable {
  public var value: T
  /// A digest of every choice and every note: equal for equal runs.
  public var trace: UInt64
  public var stepCount: Int
  public var ended: MonotonicTime
}

/// A run that cannot end, and the seed that repeats it.
public struct SimulationFailure: Error, Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    case deadlock = "no job is ready and no timer is set, but the test has not returned"
    case stepLimit = "the limit of steps is reached"
    case timeLimit = "the limit of virtual time is reached"
    case escape = "a job came back from another thread: something started it outside the simulation"
  }
  public var kind: Kind
  public var seed: UInt64
  public var stepCount: Int
  public var time: MonotonicTime

  init(kind: Kind, _ world: World) {
    self.kind = kind
    self.seed = world.seed
    self.stepCount = world.executor.stepCount
    self.time = world.clock.now
  }

  public var description: String {
    "seed \(self.seed): \(self.kind.rawValue) (step \(self.stepCount), "
      + "\(self.time.nanoseconds / 1_000_000) ms of virtual time)"
  }
}

private final class RootOutcome<T: Sendable>: @unchecked Sendable {
  // Sendable: written and read by the thread that drives the simulation.
  var result: Result<T, any Error>?
}
