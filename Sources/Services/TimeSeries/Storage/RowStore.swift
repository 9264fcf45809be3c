package import SeriesColumns

// What the front asks of whatever keeps rows: the engine, the nodes of a cluster, a model in memory. Calls
// are made once a group, segment, shard or block, never once a row.

/// Keeps the rows of groups.
package protocol RowStore: Sendable {
  /// What is there of a group at one moment, segment by segment in the order of time. Of a group that it
  /// was not told of it has nothing.
  func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment]

  /// Returns once all of it is durable.
  func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome

  /// The same store for a query that reads only some of it. A store without tiers and copies has no choice.
  func reading(_ choice: ReadChoice) -> any RowStore
}

extension RowStore {
  package func reading(_ choice: ReadChoice) -> any RowStore { self }
}

package struct StoredSegment: Sendable {
  package var times: Range<Int64>
  package var shards: [any StoredShard]

  package init(times: Range<Int64>, shards: [any StoredShard]) {
    self.times = times
    self.shards = shards
  }
}

/// A shard of a segment, held as it was when the view was opened.
package protocol StoredShard: Sendable {
  var shard: UInt32 { get }
  /// Entries of the table's series, by id: those that may match all of `terms`, and perhaps others.
  func series(
    table: String, terms: [IndexTerms], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows
  /// Rows by series, time, and version from the highest, duplicates resolved.
  func scan(_ request: ScanRequest) -> any RowCursor
  /// Entries of an order, the best key first.
  func ordered(_ request: OrderedRequest) -> any OrderCursor
}

/// For one task.
package protocol RowCursor {
  /// Never an empty block.
  mutating func next() async throws(SeriesError) -> RowBlock?

  /// Rows of other times are not wanted any more; some may still come.
  mutating func narrow(to times: ClosedRange<Int64>)
}

extension RowCursor {
  package mutating func narrow(to times: ClosedRange<Int64>) {}
}

/// For one task.
package protocol OrderCursor {
  mutating func next() async throws(SeriesError) -> OrderedEntry?
}
