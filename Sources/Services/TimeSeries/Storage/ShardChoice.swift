package import SeriesColumns

/// Some shards of a group, in the segments of some time.
package struct ShardShare: Sendable, Hashable {
  package var times: ClosedRange<Int64>
  package var shards: Set<UInt32>

  package init(times: ClosedRange<Int64> = .min ... .max, shards: Set<UInt32>) {
    self.times = times
    self.shards = shards
  }
}

/// What a node is asked for of a group, as whoever asks knows the placement.
package struct GroupShare: Sendable, Hashable {
  package var epoch: UInt64
  package var shares: [ShardShare]

  package init(epoch: UInt64 = 0, shares: [ShardShare]) {
    self.epoch = epoch
    self.shares = shares
  }

  package func contains(_ segment: Range<Int64>, _ shard: UInt32) -> Bool {
    self.shares.contains { $0.times.contains(segment.lowerBound) && $0.shards.contains(shard) }
  }
}

/// Some of the shards of another store: a node's share of a query.
package struct ShardChoice: RowStore {
  private let store: any RowStore
  private let shares: [String: GroupShare]

  /// - Parameter shares: by group.
  package init(_ store: any RowStore, _ shares: [String: GroupShare]) {
    self.store = store
    self.shares = shares
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    guard let share = self.shares[group], !share.shares.isEmpty else { return [] }
    var segments = try await self.store.view(group: group, times: times)
    for index in segments.indices {
      let times = segments[index].times
      segments[index].shards.removeAll { !share.contains(times, $0.shard) }
    }
    segments.removeAll(where: \.shards.isEmpty)
    return segments
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    try await self.store.write(batches)
  }
}
