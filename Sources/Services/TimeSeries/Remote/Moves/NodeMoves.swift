package import SeriesColumns
package import SeriesStorage

/// What a node does so that shards come to it and go from it. DESIGN.md has the order of the steps.
package protocol NodeMoves: Sendable {
  /// Links to all parts of these shards, under a new name.
  ///
  /// - Parameter epoch: not 0: from now on the node takes nothing for these shards that was sent under an older one,
  ///   and the parts are all that it has ever taken.
  func link(
    _ range: ShardRange, as name: String, epoch: UInt64
  ) async throws(SeriesError) -> [ShardFile]
  func read(
    _ path: String, ofLink name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8]
  func unlink(_ name: String) async throws(SeriesError)
  func stage(
    _ bytes: [UInt8], at offset: Int64, of path: String, as name: String
  ) async throws(SeriesError)
  func checksum(
    of path: String, as name: String, byteCount: Int64
  ) async throws(SeriesError) -> UInt32?
  /// Has these shards from now on, for when the placement is of this epoch, without some tables; how many rows
  /// they have.
  func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>,
    epoch: UInt64
  ) async throws(SeriesError) -> Int64
  /// Writes what it has of a table to files that people read; how many rows there are.
  func archive(_ table: String, _ range: ShardRange) async throws(SeriesError) -> Int64
  /// Will show the rows of a restore, all of which have come, when the placement is of this epoch and says so. Until
  /// then the node takes nothing for these shards. It holds through kills.
  func promise(
    _ restore: GroupRestore, shards: Set<UInt32>, epoch: UInt64
  ) async throws(SeriesError)
  /// Compares what it has of a group with the placement: takes rows again, shows what was promised, or lets go of
  /// what is elsewhere.
  func settle(_ group: String) async throws(SeriesError)
}
