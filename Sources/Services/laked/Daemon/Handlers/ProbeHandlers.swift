import Admin
import AdminServing
private import Bytes
private import HTTP
private import HTTPServing
import Observability

/// What probes and Prometheus ask for, at the paths they expect. `/healthz` and `/readyz` need no proof
/// and tell nothing but a word; `/metrics` asks the gate like the rest.
struct ProbeHandlers: Sendable {
  let metrics: MetricRegistry
  let isReady: @Sendable () -> Bool

  func register(in routes: inout AdminRoutes) throws {
    try routes.plain(.get, "/healthz", group: "probe") { exchange in
      exchange.respond(.ok, "text/plain", "ok\n")
    }
    try routes.plain(.get, "/readyz", group: "probe") { exchange in
      guard self.isReady() else {
        return exchange.respond(.serviceUnavailable, "text/plain", "not ready\n")
      }
      exchange.respond(.ok, "text/plain", "ready\n")
    }
    try routes.guarded(
      .get, "/metrics", group: "probe", AdminPrivilege("metrics", .read)
    ) { exchange in
      exchange.begin(.ok)
      exchange.field(.contentType, "text/plain; version=0.0.4" as StaticString)
      exchange.end { (target: inout ByteWriter) in
        self.metrics.exposition().appendPrometheusText(to: &target)
      }
    }
  }
}
