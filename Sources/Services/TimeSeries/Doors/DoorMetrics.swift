package import Observability

/// What came through the doors.
package struct DoorMetrics: Sendable {
  package enum Door: Int, Sendable, CaseIterable {
    case influx
    case prometheus
  }

  private let values: [Counter]
  private let refused: [Counter]

  package init(_ registry: MetricRegistry) {
    let names = Door.allCases.map { "\($0)" }
    let values = registry.counters(
      "lake_series_door_values_total", "Values that came through a door and are stored.",
      labels: ["door"])
    let refused = registry.counters(
      "lake_series_door_refused_total", "Lines and samples that a door did not take.",
      labels: ["door"])
    self.values = names.map { values.with($0) }
    self.refused = names.map { refused.with($0) }
  }

  func count(_ door: Door, _ session: borrowing DoorSession, refused: Int) {
    self.values[door.rawValue].add(UInt64(session.valuesWritten))
    self.refused[door.rawValue].add(UInt64(refused))
  }
}
