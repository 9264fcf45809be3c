public import Observability

/// What Link counts, on both sides.
public struct LinkMetrics: Sendable {
  let clientCalls: CounterFamily
  let clientSeconds: Histogram
  let clientOpen: Level
  let clientRetries: Counter
  let serverCalls: CounterFamily
  let serverSeconds: Histogram
  let serverActive: Level
  let serverOpen: Level
  /// The most frequent series, resolved once.
  let clientDone: Counter
  let serverDone: Counter
  let sentBytes: Counter
  let receivedBytes: Counter

  public init(_ registry: MetricRegistry) {
    self.clientCalls = registry.counters(
      "lake_link_client_calls_total", "Calls that ended, by result.", labels: ["result"])
    self.clientSeconds = registry.histogram(
      "lake_link_client_call_seconds", "Time from a call to its end, retries included.",
      scale: .nanoseconds)
    self.clientOpen = registry.level(
      "lake_link_client_connections", "Connections to peers.")
    self.clientRetries = registry.counter(
      "lake_link_client_retries_total", "Attempts after the first.")
    self.serverCalls = registry.counters(
      "lake_link_server_requests_total", "Requests that ended, by result.", labels: ["result"])
    self.serverSeconds = registry.histogram(
      "lake_link_server_request_seconds", "Time from a request to its answer.",
      scale: .nanoseconds)
    self.serverActive = registry.level(
      "lake_link_server_active_requests", "Requests that are being answered.")
    self.serverOpen = registry.level(
      "lake_link_server_connections", "Connections of peers.")
    self.clientDone = self.clientCalls.with("ok")
    self.serverDone = self.serverCalls.with("ok")
    self.sentBytes = registry.counter("lake_link_sent_bytes_total", "Bytes of frames sent.")
    self.receivedBytes = registry.counter(
      "lake_link_received_bytes_total", "Bytes of frames received.")
  }
}
