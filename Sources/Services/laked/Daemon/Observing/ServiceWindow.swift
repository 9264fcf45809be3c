import Observability
import Values

/// What a service did lately, from the counters of its listeners: differences over the last samples.
struct ServiceWindow: Sendable {
  /// Ten seconds at one sample in two.
  static let sampleMax = 6

  struct Sample: Sendable {
    var at: MonotonicTime
    var requests: UInt64 = 0
    var errors: UInt64 = 0
    var connections: Double = 0
    var latency: HistogramSnapshot?
  }

  struct Activity: Hashable, Sendable {
    var requestCount: UInt64
    var errorCount: UInt64
    var connections: Double
    /// Nil until there are two samples.
    var ratePerSecond: Double?
    var errorRatio: Double?
    var p99Milliseconds: Double?
  }

  private var samples: [Sample] = []

  mutating func add(_ sample: Sample) {
    // Counters only grow; one that shrank belongs to another listener of the same name.
    if let last = self.samples.last, last.requests > sample.requests { self.samples = [] }
    self.samples.append(sample)
    if self.samples.count > Self.sampleMax { self.samples.removeFirst() }
  }

  var activity: Activity? {
    guard let last = self.samples.last else { return nil }
    var activity = Activity(
      requestCount: last.requests, errorCount: last.errors, connections: last.connections)
    guard let first = self.samples.first, first.at < last.at else { return activity }
    let seconds = Double((last.at - first.at).nanosecondsClamped) / 1e9
    let requests = last.requests - first.requests
    activity.ratePerSecond = Double(requests) / seconds
    activity.errorRatio =
      requests == 0 ? 0 : Double(last.errors &- first.errors) / Double(requests)
    if requests > 0, let now = last.latency, let before = first.latency {
      let recent = now.since(before)
      activity.p99Milliseconds = Double(recent.quantile(0.99)) * recent.scale.factor * 1000
    }
    return activity
  }
}

extension ServiceWindow.Sample {
  /// The listeners whose `server` label is one of `servers`.
  init(_ snapshot: MetricSnapshot, servers: [String], at moment: MonotonicTime) {
    self.at = moment
    func each(_ name: String, _ body: (MetricSnapshot.Series, [String: String]) -> Void) {
      guard let family = snapshot[name] else { return }
      for series in family.series {
        let labels = Dictionary(
          zip(family.labels, series.labelValues), uniquingKeysWith: { $1 })
        guard let server = labels["server"], servers.contains(server) else { continue }
        body(series, labels)
      }
    }
    var requests: UInt64 = 0
    var errors: UInt64 = 0
    each("http_requests_total") { series, labels in
      guard case .count(let count) = series.value else { return }
      requests &+= count
      if labels["status"] == "5xx" { errors &+= count }
    }
    var connections = 0.0
    each("http_connections") { series, _ in
      if case .number(let number) = series.value { connections += number }
    }
    var latency: HistogramSnapshot?
    each("http_request_seconds") { series, _ in
      guard case .histogram(let histogram) = series.value else { return }
      if latency == nil { latency = histogram } else { latency?.merge(histogram) }
    }
    self.requests = requests
    self.errors = errors
    self.connections = connections
    self.latency = latency
  }
}
