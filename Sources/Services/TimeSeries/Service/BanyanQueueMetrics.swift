import Observability

/// Deliveries from liaisons to nodes, under the names of the original's queue. One may be of several groups: their
/// label is empty; nor does a node tell who sends.
enum BanyanQueueMetrics {
  private static let labels = ["operation", "group", "remote_node", "remote_role"]

  static func families(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    self.side(snapshot, "sent", "queue_pub", role: "data")
      + self.side(snapshot, "taken", "queue_sub", role: "liaison")
  }

  private static func side(
    _ snapshot: MetricSnapshot, _ ours: String, _ theirs: String, role: String
  ) -> [MetricSnapshot.Family] {
    [
      ("started_total", "total_started", true), ("total", "total_finished", true),
      ("failed_total", "total_err", true), ("seconds", "total_latency", false),
      ("bytes_total", "sent_bytes", true),
    ].compactMap { name, their, isCounter in
      guard let family = snapshot["lake_series_deliveries_\(ours)_\(name)"],
        !family.series.isEmpty
      else { return nil }
      let more = family.labels.count > 1 ? ["error_type"] : []
      return MetricSnapshot.Family(
        name: "banyandb_\(theirs)_\(their)", help: family.help, isCounter: isCounter,
        labels: self.labels + more,
        series: family.series.map { series in
          MetricSnapshot.Series(
            labelValues: ["write", "", series.labelValues[0], role]
              + series.labelValues.dropFirst(),
            value: series.value)
        })
    }
  }
}
