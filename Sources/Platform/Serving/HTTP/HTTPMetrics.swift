internal import Observability

/// The counts of one server: requests by group and class of status, their time, and what is under way.
struct HTTPMetrics: Sendable {
  /// One for each group and class: `2xx` at 2, and so on.
  private let requests: [Counter]
  private let seconds: [Histogram]
  let inFlight: Level
  let connections: Level
  let refused: Counter
  let bytesIn: Counter
  let bytesOut: Counter
  static let classCount = 6

  /// - Precondition: no other server of the registry has this name.
  init(_ registry: MetricRegistry, server: String, groups: [String]) {
    let counters = registry.counters(
      "http_requests_total", "Requests answered, by class of status.",
      labels: ["server", "group", "status"])
    let histograms = registry.histograms(
      "http_request_seconds", "Time from the head of a request to the end of its answer.",
      labels: ["server", "group"], scale: .nanoseconds)
    var requests: [Counter] = []
    for group in groups {
      for status in ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"] {
        requests.append(counters.with(server, group, status))
      }
    }
    self.requests = requests
    self.seconds = groups.map { histograms.with(server, $0) }
    self.inFlight = registry.levels(
      "http_requests_in_flight", "Requests being answered.", labels: ["server"]
    ).with(server)
    self.connections = registry.levels(
      "http_connections", "Open connections.", labels: ["server"]
    ).with(server)
    self.refused = registry.counters(
      "http_requests_refused_total", "Requests answered 503 because too many were under way.",
      labels: ["server"]
    ).with(server)
    self.bytesIn = registry.counters(
      "http_content_received_bytes_total", "Content of requests.", labels: ["server"]
    ).with(server)
    self.bytesOut = registry.counters(
      "http_content_sent_bytes_total", "Content of answers.", labels: ["server"]
    ).with(server)
  }

  @inline(__always)
  func record(group: Int, status: UInt16, nanoseconds: UInt64) {
    self.requests[group &* Self.classCount &+ Int(Swift.min(status / 100, 5))].add(1)
    self.seconds[group].record(nanoseconds)
  }
}
