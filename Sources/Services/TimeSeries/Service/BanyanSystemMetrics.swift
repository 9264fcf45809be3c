import Observability

/// The machine, under the names that the original's dashboards ask for.
enum BanyanSystemMetrics {
  static func families(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    self.upTime(snapshot) + self.memory(snapshot) + self.disk(snapshot)
  }

  private static func family(
    _ name: String, _ help: String, _ labels: [String], _ values: [([String], Double)]
  ) -> [MetricSnapshot.Family] {
    guard !values.isEmpty else { return [] }
    return [
      MetricSnapshot.Family(
        name: "banyandb_system_\(name)", help: help, isCounter: false, labels: labels,
        series: values.map { MetricSnapshot.Series(labelValues: $0, value: .number($1)) })
    ]
  }

  private static func upTime(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    [
      ("process_uptime_seconds", "up_time", "Seconds since the process began."),
      ("lake_series_processors", "cpu_num", "Processors."),
    ].flatMap { ours, name, help in
      Self.family(
        name, help, [], (snapshot[ours]?.series ?? []).map { ([], $0.value.number) })
    }
  }

  /// Of what this process may have, as the protector counts it.
  private static func memory(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    guard let used = snapshot.value("lake_series_memory_used_bytes")?.number,
      let limit = snapshot.value("lake_series_memory_limit_bytes")?.number, limit > 0
    else { return [] }
    return self.family(
      "memory_state", "Memory of the process, and what it may have.", ["kind"],
      [(["used"], used), (["total"], limit), (["used_percent"], used / limit * 100)])
  }

  private static func disk(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    let values = [
      ("lake_series_disk_used_bytes", "used"), ("lake_series_disk_bytes", "total"),
      ("lake_series_disk_used_percent", "used_percent"),
    ].flatMap { ours, kind in
      (snapshot[ours]?.series ?? []).map { ([$0.labelValues[0], kind], $0.value.number) }
    }
    return self.family("disk", "The disk of this process.", ["path", "kind"], values)
  }
}
