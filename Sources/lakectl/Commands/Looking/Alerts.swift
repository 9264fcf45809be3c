import Admin
import CommandTable

/// `lakectl alert list`
enum AlertList {
  static let columns = RecordColumns(
    AlertRecord.self, ["alert", "severity", "resource", "message", "state", "since_at"],
    unitElsewhere: ["value", "limit"])

  static let command = Command(
    name: "list", summary: "list what fires",
    call: .listing(
      columns, HealthAPI.alerts,
      examples: [
        Example(text: "What is wrong", line: "lakectl alert list"),
        Example(text: "The worst", line: "lakectl alert list --filter level=critical"),
      ],
      detail: "The wide column LOOK is a command that looks deeper.",
      input: { _ throws(CommandError) in AlertsInput() }))
}

/// `lakectl metrics list`
enum MetricsList {
  static let match = Option<String>("match", "only names that hold this text")
  static let columns = RecordColumns(
    MetricRecord.self, ["metric", "labels", "value", "p50", "p99", "max"],
    titles: ["observed_count": "OBSERVED"], unitElsewhere: ["value", "p50", "p99", "max"])

  static let command = Command(
    name: "list", summary: "list metrics and their values",
    call: .listing(
      columns, LogsAPI.metrics, parameters: [match.parameter, Shared.node.parameter],
      examples: [
        Example(text: "Of the disks", line: "lakectl metrics list --match disk"),
        Example(
          text: "As they change", line: "lakectl metrics list --match requests --watch -o jsonl"),
      ],
      detail: "Units are at the end of the names; the same series are at /metrics for Prometheus.",
      input: { call throws(CommandError) in
        var input = MetricsInput()
        input.match = call[match]
        input.node = call[Shared.node]?.text
        return input
      }))
}
