public import Values

/// When the phases of one request began: a value on the stack, no memory of its own.
public struct RequestTimeline: Sendable {
  public static let phaseMax = 8

  public let start: MonotonicTime
  private var names: InlineArray<8, StaticString>
  private var ends: InlineArray<8, MonotonicTime>
  public private(set) var phaseCount = 0

  public init(start: MonotonicTime) {
    self.start = start
    self.names = InlineArray(repeating: "")
    self.ends = InlineArray(repeating: start)
  }

  /// The phase that ran until `now` was this one. The ninth and later phases count to the eighth.
  public mutating func end(_ phase: StaticString, at now: MonotonicTime) {
    let index = Swift.min(self.phaseCount, Self.phaseMax - 1)
    self.names[index] = phase
    self.ends[index] = now
    self.phaseCount = index + 1
  }

  public func phase(_ index: Int) -> (name: StaticString, duration: Duration) {
    precondition(index >= 0 && index < self.phaseCount, "phase \(index) of \(self.phaseCount)")
    let begin = index == 0 ? self.start : self.ends[index - 1]
    return (self.names[index], self.ends[index] - begin)
  }
}
