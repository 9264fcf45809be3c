private import Synchronization
public import Values

/// Says which requests took long and where their time went; so many a second at most, so that a slow
/// disk does not become a full one.
public final class SlowRequestLog: Sendable {
  private struct Budget {
    var second: UInt64 = 0
    var used = 0
    var suppressed: UInt64 = 0
  }

  private let log: Logger
  private let threshold: Atomic<Int64>
  public let perSecondMax: Int
  private let budget = Mutex(Budget())

  public init(_ log: Logger, threshold: Duration, perSecondMax: Int = 10) {
    precondition(perSecondMax > 0, "\(perSecondMax) slow requests a second")
    self.log = log
    self.threshold = Atomic(threshold.nanosecondsClamped)
    self.perSecondMax = perSecondMax
  }

  /// May be changed while requests run.
  public var slowerThan: Duration {
    get { .nanoseconds(self.threshold.load(ordering: .relaxed)) }
    set { self.threshold.store(newValue.nanosecondsClamped, ordering: .relaxed) }
  }

  /// Looks at a request that ended at `now`. A fast one costs one comparison.
  public func observe(
    _ timeline: RequestTimeline, endedAt now: MonotonicTime, trace: TraceContext? = nil,
    _ operation: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    let took = now - timeline.start
    guard took.nanosecondsClamped >= self.threshold.load(ordering: .relaxed) else { return }
    guard let suppressed = self.admit(now) else { return }
    var all: LogFields = ["took": .duration(took)]
    for index in 0..<timeline.phaseCount {
      let (name, duration) = timeline.phase(index)
      all.append("in_\(name)", .duration(duration))
    }
    if let trace { all.append("trace", .text(trace.traceText)) }
    for field in fields().all { all.append(field.name, field.value) }
    if suppressed > 0 { all.append("not_shown", .unsigned(suppressed)) }
    self.log.warning("slow request: \(operation())", all)
  }

  /// How many were left out since the last that was let through; nil when this one is, too.
  private func admit(_ now: MonotonicTime) -> UInt64? {
    self.budget.withLock { budget in
      let second = now.nanoseconds / 1_000_000_000
      if second != budget.second {
        budget.second = second
        budget.used = 0
      }
      guard budget.used < self.perSecondMax else {
        budget.suppressed += 1
        return nil
      }
      budget.used += 1
      defer { budget.suppressed = 0 }
      return budget.suppressed
    }
  }
}
