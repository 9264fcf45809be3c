package import SeriesColumns
package import SeriesStorage

/// What a node does so that shards come to it and go from it. DESIGN.md has the order of the steps.
package protocol NodeMoves: Sendable {
  var files: any ShardFiles { get }
  /// Links to all parts of these shards, under a new name.
  ///
  /// - Parameter epoch: not 0: from now on the node takes nothing for these shards that was sent under an older one,
  ///   and the parts are all that it has ever taken.
  func link(
    _ range: ShardRange, as name: String, epoch: UInt64
  ) async throws(SeriesError) -> [ShardFile]
  /// Has these shards from now on, for when the placement is of this epoch, without some tables; how many rows
  /// they have.
  func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>,
    epoch: UInt64
  ) async throws(SeriesError) -> Int64
  /// Will show the rows of a restore, all of which have come, when the placement is of this epoch and says so. Until
  /// then the node takes nothing for these shards. It holds through kills.
  func promise(
    _ restore: GroupRestore, shards: Set<UInt32>, epoch: UInt64
  ) async throws(SeriesError)
  /// Compares what it has of a group with the placement: takes rows again, shows what was promised, or lets go of
  /// what is elsewhere.
  func settle(_ group: String) async throws(SeriesError)
}
