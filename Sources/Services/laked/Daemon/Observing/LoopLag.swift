import Observability
import Runtime
import Values

/// How late the loops are: a timer on each, and by how much it was missed. What stands behind a long
/// turn waits as long.
struct LoopLag: Sendable {
  static let interval = Duration.milliseconds(250)

  let histogram: Histogram

  init(_ metrics: MetricRegistry) {
    self.histogram = metrics.histogram(
      "lake_loop_lag_seconds", "How much later than asked for a loop's timer fired.",
      scale: .nanoseconds)
  }

  /// Measures one loop until the task is cancelled.
  func measure(_ loop: EventLoop) async {
    while !Task.isCancelled {
      let due = loop.now + Self.interval
      guard (try? await loop.sleep(until: due)) != nil else { return }
      self.histogram.record(from: due, to: loop.now)
    }
  }
}
