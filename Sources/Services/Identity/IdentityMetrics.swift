import Observability

/// What identity tells about itself.
struct IdentityMetrics: Sendable {
  let logins: CounterFamily
  let failures: CounterFamily
  let throttled: Counter
  let changes: CounterFamily
  let conflicts: Counter
  let reloads: Counter
  let auditDropped: Counter

  init(_ registry: MetricRegistry) {
    self.logins = registry.counters(
      "lake_identity_logins_total", "Who proved to be who they say.", labels: ["method"])
    self.failures = registry.counters(
      "lake_identity_auth_failures_total", "Who did not.", labels: ["method", "reason"])
    self.throttled = registry.counter(
      "lake_identity_throttled_total", "Log-ins refused after too many guesses.")
    self.changes = registry.counters(
      "lake_identity_changes_total", "Changes of identities made here.", labels: ["kind"])
    self.conflicts = registry.counter(
      "lake_identity_conflicts_total", "Changes begun anew because somebody else was first.")
    self.reloads = registry.counter(
      "lake_identity_reloads_total", "Times the whole directory was read from the store.")
    self.auditDropped = registry.counter(
      "lake_identity_audit_dropped_total", "Audit entries of refusals that were over the rate.")
  }
}
