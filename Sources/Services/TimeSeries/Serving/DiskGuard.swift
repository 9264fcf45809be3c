package import Observability
package import Runtime
package import SeriesColumns
package import SeriesSchema
package import SeriesStorage
import Synchronization
import Values

/// Refuses rows and properties of a kind while the disk of this process is too full for it, or while its operator lets
/// nothing of it be written. What is read, and what frees the disk, goes on.
///
/// The nodes with the rows have a guard of their own, for all kinds: the engine's watermarks.
package final class DiskGuard: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case stream, measure, trace, property

    /// Documents are measures whose points are kept in an index.
    init(_ table: TableKind) {
      switch table {
      case .stream: self = .stream
      case .trace: self = .trace
      case .measure, .document: self = .measure
      }
    }
  }

  /// How full the disk may be, in percent; 0: the kind is only read.
  package typealias Limits = [Kind: Int]

  private struct State {
    var limits: Limits
    var usedPercent = 0
    var space = DiskSpace(freeBytes: 0, totalBytes: 0)

    func isFull(_ kind: Kind) -> Bool {
      let limit = self.limits[kind] ?? 100
      return limit == 0 || self.usedPercent >= limit
    }
  }

  private let path: String
  private let disk: any Disk
  private let time: any TimeSource
  private let state: Mutex<State>
  private let refused: CounterFamily

  package init(
    _ limits: Limits, of path: String, on disk: any Disk, time: any TimeSource,
    metrics: MetricRegistry
  ) {
    self.path = path
    self.disk = disk
    self.time = time
    self.state = Mutex(State(limits: limits))
    self.refused = metrics.counters(
      "lake_series_disk_refusals_total", "Writes refused because the disk is too full.",
      labels: ["kind"])
    metrics.observed(
      "lake_series_disk_used_percent", "How full the disk of this process is.",
      labels: ["path": path]
    ) { [weak self] in Double(self?.state.withLock { $0.usedPercent } ?? 0) }
    metrics.observed("lake_series_disk_bytes", "Its size.", labels: ["path": path]) {
      [weak self] in Double(self?.state.withLock { $0.space.totalBytes } ?? 0)
    }
    metrics.observed("lake_series_disk_used_bytes", "What of it is used.", labels: ["path": path]) {
      [weak self] in
      Double(self?.state.withLock { $0.space.totalBytes - $0.space.freeBytes } ?? 0)
    }
    for kind in Kind.allCases {
      metrics.observed(
        "lake_series_disk_full", "1 while nothing of the kind is written, else 0.",
        labels: ["kind": kind.rawValue]
      ) { [weak self] in self?.state.withLock { $0.isFull(kind) } == true ? 1 : 0 }
    }
  }

  /// Changes take effect at once: an operator makes a kind read-only without a restart.
  package func set(_ limits: Limits) { self.state.withLock { $0.limits = limits } }

  /// Looks at the disk again.
  package func look() async {
    guard let space = try? await self.disk.space(self.path), space.totalBytes > 0 else { return }
    let used = 100 - Int(Double(space.freeBytes) / Double(space.totalBytes) * 100)
    self.state.withLock { state in
      state.space = space
      state.usedPercent = used
    }
  }

  /// Watches the disk until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      await self.look()
      try await self.time.sleep(for: .seconds(5))
    }
  }

  /// Kinds that the disk is too full for; not those that are only read on purpose.
  package var full: [Kind] {
    self.state.withLock { state in
      Kind.allCases.filter { state.isFull($0) && state.limits[$0] != 0 }
    }
  }

  package func check(_ kind: Kind) throws(SeriesError) {
    let (isFull, limit, used) = self.state.withLock {
      ($0.isFull(kind), $0.limits[kind] ?? 100, $0.usedPercent)
    }
    guard isFull else { return }
    self.refused.with(kind.rawValue).add(1)
    guard limit > 0 else {
      throw SeriesError(
        .diskFull, "nothing of the kind \(kind) is written: its part of the disk is 0 percent",
        hint: "series.disk_max_percent_\(kind) says so")
    }
    throw SeriesError(
      .diskFull, "the disk of \(self.path) is \(used) percent full, and \(kind) may use \(limit)",
      hint: "free space on the device, or shorten the ttl of a group")
  }

  /// The same for properties.
  package func checkProperty() throws(SeriesFault) {
    do throws(SeriesError) {
      try self.check(.property)
    } catch {
      throw SeriesFault(.resourceExhausted, error.message)
    }
  }
}

/// A store behind such a guard.
package struct GuardedRowStore: RowStore {
  private let store: any RowStore
  private let disk: DiskGuard

  package init(_ store: any RowStore, _ disk: DiskGuard) {
    self.store = store
    self.disk = disk
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.store.view(group: group, times: times)
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    for kind in Set(batches.map { DiskGuard.Kind($0.schema.kind) }) { try self.disk.check(kind) }
    return try await self.store.write(batches)
  }
}
