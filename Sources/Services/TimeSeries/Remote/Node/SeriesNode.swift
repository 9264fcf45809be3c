package import SeriesColumns
package import SeriesQuery
package import SeriesSchema
package import SeriesStorage
package import SeriesWire

/// A node that keeps rows: this one, or another that is reached over Link.
package protocol SeriesNode: SchemaPeer {
  /// Returns once the rows are durable there.
  func deliver(_ delivery: Delivery) async throws(SeriesError)
  /// The same with what a queue has kept.
  func deliver(body: [UInt8]) async throws(SeriesError)
  /// What it has of its share of a group.
  func view(
    group: String, times: ClosedRange<Int64>, _ share: GroupShare
  ) async throws(SeriesError) -> [StoredSegment]
  /// What these of its shards add to an answer.
  func partial(
    _ query: PartialQuery, _ shares: [String: GroupShare]
  ) async throws(SeriesFault) -> [UInt8]
  func size(of group: String) async throws(SeriesFault) -> Int64
  func drop(_ group: String) async throws(SeriesFault)
  func inspect(_ group: String) async throws(SeriesFault) -> [DatabaseWire.DataInfo]
  func snapshot(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot]
  /// Nil where shards do not move.
  var moves: (any NodeMoves)? { get }
  /// What the node's operator asks of it, as `UpkeepCall` has it.
  func upkeep(_ call: [UInt8]) async throws(SeriesError) -> [UInt8]
  /// Answers while the node does.
  func ping() async throws(SeriesError)
}
