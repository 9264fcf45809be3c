package import SeriesColumns
import SeriesSchema
package import SeriesStorage

/// The rows of this node, with the counters of rankings kept true: every write of points passes through here.
package struct RankedRowStore: RowStore {
  private let store: any RowStore
  private let keeper: RankingKeeper

  package init(_ store: any RowStore, _ keeper: RankingKeeper) {
    self.store = store
    self.keeper = keeper
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.store.view(group: group, times: times)
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    do throws(SeriesFault) {
      try await self.keeper.prepare(batches)
    } catch {
      throw SeriesError(.unavailable, error.message)
    }
    let write = self.keeper.begin(batches)
    defer { self.keeper.end(write) }
    guard !write.late.isEmpty else { return try await self.store.write(batches) }
    var outcome = try await self.store.write(batches + write.late)
    outcome.rows = max(0, outcome.rows - write.late.reduce(0) { $0 + $1.count })
    return outcome
  }
}
