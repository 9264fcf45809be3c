package import Observability
import Runtime
import SeriesColumns
import Values

/// Counts deliveries: those to nodes, by their name, and those that came from liaisons.
package struct DeliveryMetrics: Sendable {
  package enum Side: String, Sendable {
    case sent, taken
  }

  private let started: CounterFamily
  private let finished: CounterFamily
  private let failed: CounterFamily
  private let bytes: CounterFamily
  private let seconds: HistogramFamily

  package init(_ metrics: MetricRegistry, _ side: Side) {
    let name = "lake_series_deliveries_\(side)"
    self.started = metrics.counters("\(name)_started_total", "Deliveries begun.", labels: ["node"])
    self.finished = metrics.counters("\(name)_total", "Deliveries that ended.", labels: ["node"])
    self.failed = metrics.counters(
      "\(name)_failed_total", "Deliveries that ended with an error, by its code.",
      labels: ["node", "error"])
    self.bytes = metrics.counters(
      "\(name)_bytes_total", "Bytes of deliveries.", labels: ["node"])
    self.seconds = metrics.histograms(
      "\(name)_seconds", "From the beginning of a delivery to its end.", labels: ["node"],
      scale: .nanoseconds)
  }

  func count(
    _ node: String, _ byteCount: Int, _ time: any TimeSource,
    _ body: () async throws(SeriesError) -> Void
  ) async throws(SeriesError) {
    self.started.with(node).add(1)
    self.bytes.with(node).add(UInt64(byteCount))
    let start = time.now
    do throws(SeriesError) {
      try await body()
      self.end(node, time.now - start)
    } catch {
      self.end(node, time.now - start)
      self.failed.with(node, error.code.rawValue).add(1)
      throw error
    }
  }

  private func end(_ node: String, _ took: Duration) {
    self.finished.with(node).add(1)
    self.seconds.with(node).record(UInt64(max(0, took.nanosecondsClamped)))
  }
}
