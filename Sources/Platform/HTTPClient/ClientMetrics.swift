private import CSystem
internal import Observability
private import Runtime

/// Counts over all requests of a client.
struct ClientMetrics: Sendable {
  let retries: Counter
  private let answers: [Counter]
  private let failures: Counter
  private let seconds: Histogram

  init(_ registry: MetricRegistry) {
    let family = registry.counters(
      "http_client_requests_total", "Requests that were made, by class of the answer's status.",
      labels: ["status"])
    self.answers = ["1xx", "2xx", "3xx", "4xx", "5xx"].map { family.with($0) }
    self.failures = family.with("none")
    self.retries = registry.counter(
      "http_client_retries_total", "Requests that were sent again.")
    self.seconds = registry.histogram(
      "http_client_request_seconds", "Time from the call to the end, all attempts together.",
      scale: .nanoseconds)
  }

  func record(_ transfer: Transfer, _ start: UInt64) {
    let status = transfer.state.withLock { $0.hasHead ? Int($0.status) : 0 }
    if status >= 100, status < 600 {
      self.answers[status / 100 - 1].add()
    } else {
      self.failures.add()
    }
    self.seconds.record(csystem_monotonic_ns() &- start)
  }
}
