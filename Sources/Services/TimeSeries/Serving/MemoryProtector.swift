package import Observability
package import Runtime
package import SeriesSchema
import Synchronization
import Values

/// Refuses work while the process is short of memory: new streams of writes at once, queries when they
/// have waited for as long as they may.
package final class MemoryProtector: Sendable {
  package static let words = "server is under memory pressure, please retry later"
  /// Of the limit: from here on the pressure is high.
  package static let highPercent = 80

  package let limitBytes: Int
  /// How long a query waits at most.
  private let patience: Duration
  private let time: any TimeSource
  private let usage: @Sendable () -> Int
  private let used = Atomic<Int>(0)
  private let streams: Counter
  private let queries: Counter

  package init(
    limitBytes: Int, time: any TimeSource, metrics: MetricRegistry,
    patience: Duration = .seconds(5), usage: @escaping @Sendable () -> Int
  ) {
    self.limitBytes = limitBytes
    self.patience = patience
    self.time = time
    self.usage = usage
    let rejections = metrics.counters(
      "lake_series_memory_rejections_total", "Calls refused for want of memory.", labels: ["call"])
    self.streams = rejections.with("stream")
    self.queries = rejections.with("query")
    self.look()
    metrics.observed(
      "lake_series_memory_limit_bytes", "Memory that this process may use.", labels: [:]
    ) { Double(limitBytes) }
    metrics.observed(
      "lake_series_memory_used_bytes", "Memory that it uses.", labels: [:]
    ) { [weak self] in Double(self?.used.load(ordering: .relaxed) ?? 0) }
    metrics.observed(
      "lake_series_memory_state", "1 under high pressure, else 0.", labels: [:]
    ) { [weak self] in self?.isUnderPressure == true ? 1 : 0 }
  }

  /// Reads the usage again.
  package func look() { self.used.store(self.usage(), ordering: .relaxed) }

  /// Of the limit, what is not used.
  package var freeBytes: Int { max(0, self.limitBytes - self.used.load(ordering: .relaxed)) }

  package var isUnderPressure: Bool {
    self.used.load(ordering: .relaxed) / Self.highPercent >= self.limitBytes / 100
  }

  /// Watches the usage until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      try await self.time.sleep(for: .milliseconds(500))
      self.look()
    }
  }

  /// Whether a new stream of writes may begin.
  package func admitsStream() -> Bool {
    guard self.isUnderPressure else { return true }
    self.streams.add(1)
    return false
  }

  /// Waits for room: 10 ms, and each time half as long again up to a second.
  package func waitForRoom() async throws(SeriesFault) {
    guard self.isUnderPressure else { return }
    let deadline = self.time.now + self.patience
    var pause = Duration.milliseconds(10)
    while self.time.now < deadline {
      do {
        try await self.time.sleep(for: pause)
      } catch {
        throw SeriesFault(.deadlineExceeded, "the deadline has passed")
      }
      self.look()
      guard self.isUnderPressure else { return }
      pause = min(pause * 3 / 2, .seconds(1))
    }
    self.queries.add(1)
    throw SeriesFault(.resourceExhausted, Self.words)
  }
}
