package import SeriesColumns

// Where the shards of groups are, and what would move them, for the operator and for jobs.

/// A shard of a tier, and who has it.
package struct PlacedShard: Sendable, Hashable {
  package var group: String
  package var stage: String
  package var shard: UInt32
  package var nodes: [String]
  /// Of the rows of the tier.
  package var times: ClosedRange<Int64>
  package var epoch: UInt64
  /// Copies that the group asks for.
  package var wanted: Int
  /// Those of `nodes` that do not answer, have not had everything, or are no nodes any more.
  package var troubled: [String]

  package init(
    group: String, stage: String, shard: UInt32, nodes: [String], times: ClosedRange<Int64>,
    epoch: UInt64, wanted: Int, troubled: [String]
  ) {
    self.group = group
    self.stage = stage
    self.shard = shard
    self.nodes = nodes
    self.times = times
    self.epoch = epoch
    self.wanted = wanted
    self.troubled = troubled
  }
}

/// Something to move, or why it cannot be.
package struct PlannedMove: Sendable, Hashable {
  package enum Kind: String, Sendable {
    /// Rows that are old enough go to the next tier.
    case stage
    /// A shard goes to other nodes.
    case nodes
  }

  package var kind: Kind
  package var group: String
  package var stage: String
  package var times: ClosedRange<Int64>
  /// By shard, who has it and who is to have it.
  package var from: [UInt32: [String]]
  package var to: [UInt32: [String]]
  /// The tier that they go to.
  package var nextStage: String?
  package var epoch: UInt64
  /// What is copied.
  package var rows: Int64 = 0
  package var bytes: Int64 = 0
  /// Slices of time that go to the next tier.
  package var segments = 0
  /// Why it cannot be done now.
  package var problem: String?

  package init(
    _ kind: Kind, group: String, stage: String, times: ClosedRange<Int64>,
    from: [UInt32: [String]], to: [UInt32: [String]], nextStage: String? = nil, epoch: UInt64
  ) {
    self.kind = kind
    self.group = group
    self.stage = stage
    self.times = times
    self.from = from
    self.to = to
    self.nextStage = nextStage
    self.epoch = epoch
  }

  /// Who does not have a shard yet that it is to have.
  package func receivers(of shard: UInt32) -> [String] {
    (self.to[shard] ?? []).filter { !(self.from[shard] ?? []).contains($0) }
  }
}

/// What becomes of rows that are to go to the next tier and whose object is not in the schema any more.
package enum OrphanPolicy: String, Sendable, CaseIterable {
  /// They are written to files of the node that gives them, and do not go on.
  case archive
  case discard
  /// They go on: when the object is made again they are there.
  case keep
}

/// A table that nobody knows any more, and how many rows of it did not go on.
package struct OrphanTable: Sendable, Hashable {
  package var name: String
  package var rows: Int64
  package var isArchived: Bool

  package init(_ name: String, rows: Int64, isArchived: Bool) {
    self.name = name
    self.rows = rows
    self.isArchived = isArchived
  }
}

/// What a move came to.
package struct MoveReport: Sendable, Hashable {
  package var rows: Int64 = 0
  package var bytes: Int64 = 0
  package var files: Int64 = 0
  package var orphans: [OrphanTable] = []
  package init() {}
}

/// Knows where shards are and moves them.
package protocol ShardDesk: Sendable {
  func placed(group: String?) async throws(SeriesError) -> [PlacedShard]
  /// Rows that are old enough for the next tier, some segments at a time, the oldest first.
  func migrations(group: String?) async throws(SeriesError) -> [PlannedMove]
  /// Shards that are not where they would be placed now.
  func moves(group: String?) async throws(SeriesError) -> [PlannedMove]
  /// Does one of them. What is cut short is as if it had not begun, for whoever reads and writes.
  ///
  /// - Parameter progress: called with the bytes of each piece that was copied; throws to end the move.
  func run(
    _ move: PlannedMove,
    progress: @escaping @Sendable (Int) async throws(SeriesError) -> Void
  ) async throws(SeriesError) -> MoveReport
}
