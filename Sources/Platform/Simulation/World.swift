/// The four seams of one simulated run, all fed from its seed.
public final class World: Sendable {
  public let seed: UInt64
  public let options: SimulationOptions
  public let executor: SeededExecutor
  public let clock: SimulatedClock
  public let random: SimulatedRandom
  /// The disk of a run with one machine; `makeDisk` gives each further host its own.
  public let disk: SimulatedDisk
  /// One network for all hosts: `network.host("a")` is what host a sees of it.
  public let network: SimulatedNetwork

  init(seed: UInt64, options: SimulationOptions) {
    self.seed = seed
    self.options = options
    self.executor = SeededExecutor(seed: seed)
    self.clock = SimulatedClock()
    self.random = SimulatedRandom(seed: seed)
    self.disk = SimulatedDisk(seed: seed, label: "disk", faults: options.disk, clock: self.clock)
    self.network = SimulatedNetwork(seed: seed, faults: options.network, clock: self.clock)
  }

  /// A disk of its own, with its own share of the seed.
  public func makeDisk(_ name: String) -> SimulatedDisk {
    SimulatedDisk(
      seed: self.seed, label: "disk \(name)", faults: self.options.disk, clock: self.clock)
  }

  /// Random numbers for a workload or a checker, independent of everybody else's.
  public func generator(_ label: String) -> SeededGenerator {
    SeededGenerator(seed: self.seed, label: label)
  }

  /// Starts a task of the simulation, as `EventLoop.spawn` does in a daemon.
  public func spawn(_ body: @escaping @Sendable () async -> Void) { self.executor.spawn(body) }

  /// Adds what happened to the trace that two runs of one seed must agree on.
  public func note(_ text: String) { self.executor.note(text) }
}

public struct SimulationOptions: Sendable {
  /// Jobs a run may take before it counts as livelocked.
  public var stepsMax = 20_000_000
  /// Virtual time a run may take.
  public var timeMax: Duration = .seconds(7 * 86_400)
  /// Virtual time that one job takes, so that a task which polls the clock moves on.
  public var stepTime: Duration = .nanoseconds(200)
  public var disk = DiskFaults()
  public var network = NetworkFaults()

  public init() {}
  public init(_ change: (inout SimulationOptions) -> Void) { change(&self) }
}
