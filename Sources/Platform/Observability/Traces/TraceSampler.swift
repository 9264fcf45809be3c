/// Which traces are recorded: a share of them, chosen by the trace id, so that every process of a
/// cluster chooses the same.
public struct TraceSampler: Sendable, Hashable {
  public let ratio: Double
  private let threshold: UInt64

  /// - Precondition: `ratio` is 0 to 1.
  public init(ratio: Double) {
    precondition(ratio >= 0 && ratio <= 1, "a sampling ratio of \(ratio)")
    self.ratio = ratio
    self.threshold = ratio >= 1 ? .max : UInt64(ratio * Double(UInt64.max))
  }

  public static let all = TraceSampler(ratio: 1)
  public static let none = TraceSampler(ratio: 0)

  public func samples(_ traceID: UInt128) -> Bool {
    // Some makers fill the front with a time: the back is random.
    self.ratio >= 1 || UInt64(truncatingIfNeeded: traceID) < self.threshold
  }
}
