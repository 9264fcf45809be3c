/// What a checker found wrong, and the line that shows it again.
public struct CheckFailure: Error, Sendable, CustomStringConvertible {
  public var text: String
  public init(_ text: String) { self.text = text }
  public var description: String { self.text }
}

/// A workload, its faults and its checker under one name.
public struct Workload: Sendable {
  public var name: String
  /// What the run must show, in one line.
  public var claim: String
  /// Runs everything that `seed` stands for; throws what was wrong. Returns how many simulated runs
  /// that took.
  public var run: @Sendable (_ seed: UInt64) throws -> Int

  public init(
    _ name: String, _ claim: String, _ run: @escaping @Sendable (_ seed: UInt64) throws -> Int
  ) {
    self.name = name
    self.claim = claim
    self.run = run
  }

  /// The command that runs the failing seed again.
  public static func replayLine(_ name: String, seed: UInt64) -> String {
    "make sim SEED=\(seed) WORKLOAD=\(name)"
  }
}
