public import Runtime

/// Identifiers, nonces and jitter of a simulated run. Faults: none; the numbers repeat with the seed, so
/// they are fit for nothing else.
public final class SimulatedRandom: RandomSource, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  private var generator: SeededGenerator

  public init(seed: UInt64) { self.generator = SeededGenerator(seed: seed, label: "random") }

  public func fill(_ target: UnsafeMutableRawBufferPointer) {
    for index in target.indices {
      target[index] = UInt8(truncatingIfNeeded: self.generator.next() >> 32)
    }
  }
}
