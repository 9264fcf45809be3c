package import SeriesColumns

/// Some of the shards of another store: a node's share of a query.
package struct ShardChoice: RowStore {
  private let store: any RowStore
  private let shards: [String: Set<UInt32>]

  /// - Parameter shards: by group.
  package init(_ store: any RowStore, shards: [String: Set<UInt32>]) {
    self.store = store
    self.shards = shards
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    guard let wanted = self.shards[group], !wanted.isEmpty else { return [] }
    var segments = try await self.store.view(group: group, times: times)
    for index in segments.indices {
      segments[index].shards.removeAll { !wanted.contains($0.shard) }
    }
    return segments
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    try await self.store.write(batches)
  }
}
