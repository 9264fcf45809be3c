import Observability

/// What is counted. Names are those of the reference service where it has them.
struct CatalogMetrics: Sendable {
  let commits: CounterFamily
  let conflicts: CounterFamily
  let retries: Counter
  let transactions: CounterFamily
  let reports: CounterFamily
  let replays: Counter
  let unknownOutcomes: Counter
  let commitTime: Histogram
  let fileTime: Histogram
  let documentBytes: Histogram

  init(_ registry: MetricRegistry) {
    self.commits = registry.counters(
      "iceberg_commits_total", "Commits that made a new version.", labels: ["kind"])
    self.conflicts = registry.counters(
      "lake_catalog_conflicts_total", "Commits that were refused.", labels: ["reason"])
    self.retries = registry.counter(
      "lake_catalog_commit_retries_total", "Commits begun anew because a pointer had moved.")
    self.transactions = registry.counters(
      "iceberg_transactions_total", "Transactions over several tables.", labels: ["status"])
    self.reports = registry.counters(
      "lake_catalog_metrics_reports_total", "Reports of clients.", labels: ["type"])
    self.replays = registry.counter(
      "lake_catalog_replays_total", "Requests answered from their idempotency key.")
    self.unknownOutcomes = registry.counter(
      "lake_catalog_unknown_outcomes_total",
      "Changes of which nobody can tell whether they were made.")
    self.commitTime = registry.histogram(
      "lake_catalog_commit_seconds", "From a commit's first look to its answer.",
      scale: .nanoseconds)
    self.fileTime = registry.histogram(
      "lake_catalog_metadata_write_seconds", "Writing a metadata file.", scale: .nanoseconds)
    self.documentBytes = registry.histogram(
      "lake_catalog_document_bytes", "Metadata documents of loads.", scale: .bytes)
  }
}
