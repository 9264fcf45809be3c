internal import GRPC
internal import Observability

/// What a path leads to: the handler inside its interceptors, and its metrics.
struct Route: Sendable {
  let kind: GRPCMethodKind
  let body: MethodHandler.Body
  let metrics: MethodMetrics?

  init(_ method: MethodHandler, _ interceptors: [any GRPCInterceptor], _ metrics: ServerMetrics?) {
    self.kind = method.kind
    self.metrics = metrics.map { MethodMetrics($0, method.path) }
    var body = method.body
    for interceptor in interceptors.reversed() {
      let inner = body
      body = { call throws(GRPCStatus) in try await interceptor.intercept(call, inner) }
    }
    self.body = body
  }
}

/// The families that a server's methods count in.
struct ServerMetrics: Sendable {
  let started: CounterFamily
  let ended: CounterFamily
  let duration: HistogramFamily

  init(_ registry: MetricRegistry) {
    self.started = registry.counters(
      "lake_grpc_calls_started_total", "Calls whose handler was started.", labels: ["method"],
      seriesMax: 1024)
    self.ended = registry.counters(
      "lake_grpc_calls_total", "Calls that ended, by status.", labels: ["method", "code"],
      seriesMax: 4096)
    self.duration = registry.histograms(
      "lake_grpc_call_seconds", "From the headers of a call to the end of its handler.",
      labels: ["method"], scale: .nanoseconds, seriesMax: 1024)
  }
}

/// The counts of one method, found once.
struct MethodMetrics: Sendable {
  let started: Counter
  let duration: Histogram
  private let codes: [Counter]

  init(_ metrics: ServerMetrics, _ path: String) {
    self.started = metrics.started.with(path)
    self.duration = metrics.duration.with(path)
    self.codes = (0...16).map { code in
      metrics.ended.with(path, GRPCStatus.Code(rawValue: code).description)
    }
  }

  /// Calls that ended so; codes that the specification does not know count as UNKNOWN.
  func ended(_ code: GRPCStatus.Code) -> Counter {
    self.codes.indices.contains(code.rawValue) ? self.codes[code.rawValue] : self.codes[2]
  }
}
