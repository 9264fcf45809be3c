import Admin
import CommandTable

/// `lakectl metrics history`
enum MetricsHistory {
  static let metric = Argument<PlainName>("metric", "its name, as `metrics list` shows it")
  static let labels = Option<String>("labels", "only this of its series: a=b,c=d")
  static let window = Option<String>("window", "how far back, 1h by default")
  static let parts = Option<Int>("parts", "into how many parts it is cut, 120 by default")
  static let columns = RecordColumns(
    MetricHistoryRecord.self, ["at", "labels", "value", "rate_per_s", "p50", "p99", "max"],
    hidden: ["metric"], unitElsewhere: ["value", "rate_per_s", "p50", "p99", "max"])

  static let command = Command(
    name: "history", summary: "show a metric over time",
    call: .listing(
      columns, HistoryAPI.metrics,
      parameters: [
        metric.parameter, labels.parameter, Shared.node.parameter, window.parameter,
        parts.parameter,
      ],
      examples: [
        Example(
          text: "Memory of the last day, an hour a line",
          line: "lakectl metrics history process_resident_memory_bytes --window 24h --parts 24")
      ],
      detail: """
        The daemon keeps its metrics every series.self_interval in the group _lakeworks of its own
        time series, for series.self_ttl_days.
        """,
      input: { call throws(CommandError) in
        var input = MetricHistoryInput()
        input.metric = call[metric].text
        input.labels = call[labels]
        input.node = call[Shared.node]?.text
        input.window = call[window]
        input.parts = call[parts].map { Int64($0) }
        return input
      }))
}
