import Iceberg
import Observability
import Synchronization

extension IcebergCatalog {
  /// Counts a report and keeps it among the last ones of its table. Takes no disk.
  func keep(_ report: MetricsReport, of identifier: TableIdentifier, in warehouse: Warehouse) {
    let kind =
      switch report.kind {
      case .scan: "scan"
      case .commit: "commit"
      case .other: "other"
      }
    self.metrics.reports.with(kind).add()
    self.reports.keep(report, of: "\(warehouse.name).\(identifier)")
  }
}

/// The last reports of tables, as far as there is room. Older ones go first.
final class ReportMemory: Sendable {
  private struct State {
    var kept: [(table: String, report: MetricsReport)] = []
  }

  private let state = Mutex(State())
  static let countMax = 1000

  func keep(_ report: MetricsReport, of table: String) {
    self.state.withLock { state in
      state.kept.append((table, report))
      // In one step for many, so that keeping one costs little.
      if state.kept.count > 2 * Self.countMax { state.kept.removeFirst(Self.countMax) }
    }
  }

  /// Newest first.
  func reports(of table: String) -> [MetricsReport] {
    self.state.withLock { $0.kept.filter { $0.table == table }.map(\.report).reversed() }
  }
}
