package import SeriesColumns

// What operators ask of whatever keeps rows, beside the rows: how they lie, and the work on them. Like
// `RowStore` it is what a node is to others: the engine of this process, and nodes of a cluster.

/// Looks after the rows of a node.
package protocol SeriesUpkeep: RankingDesk {
  /// The same for one of its nodes only; nil: all that it has. Throws `malformed` when it has no such node.
  func choosing(_ node: String?) throws(SeriesError) -> any SeriesUpkeep
  /// Shards of segments as they are now, by group, time and number; of one group or of all.
  func shards(group: String?) async throws(SeriesError) -> [StoredShardReport]
  /// Parts of them. What cannot be read says so and does not keep the others from being told.
  func parts(group: String?) async throws(SeriesError) -> [StoredPartReport]
  /// Makes parts of what is in memory.
  func flush() async throws(SeriesError)
  /// Merges the parts of a group until each shard has as few as their sizes allow.
  func merge(group: String) async throws(SeriesError)
  /// Reads everything of a group, or of all, and answers what is damaged.
  func scrub(group: String?) async throws(SeriesError) -> [String]
  /// Drops expired segments; how many there were.
  func retain() async throws(SeriesError) -> Int

  /// Links to all parts, under a name that is new.
  func takeSnapshot(_ name: String, groups: [String]) async throws(SeriesError)
  func snapshots() async throws(SeriesError) -> [StoredSnapshot]
  /// False when there was none.
  func removeSnapshot(_ name: String) async throws(SeriesError) -> Bool
  /// A snapshot that is copied elsewhere and goes then. Nodes that cannot take one are left out; what they said.
  func beginCopy(_ name: String, groups: [String]) async throws(SeriesError) -> [String]
  /// Removes it; a node that is away removes its own when a later copy begins.
  func endCopy(_ name: String) async throws(SeriesError)
  /// Files that together have every row once: of a shard with several copies those of one node. Throws `moved`
  /// when shards went elsewhere since the copy was begun, and `unavailable` with the name of a shard of which no node
  /// took part that has everything. Empty when there is none of that name.
  func files(ofSnapshot name: String) async throws(SeriesError) -> [StoredSnapshot.File]
  /// Bytes of such a file; fewer at its end.
  func read(
    _ file: StoredSnapshot.File, ofSnapshot name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8]

  /// Takes a group's files back: `open`, then files, `prepare`, which proves that all have come, and `close`, which
  /// shows all rows, on every node at once.
  /// The group must hold no rows. What has come stays through kills until it is shown, until a restore of another
  /// name begins, or until the group is deleted.
  ///
  /// - Returns: false when the group holds rows because it was restored under this name.
  func openRestore(_ restore: GroupRestore) async throws(SeriesError) -> Bool
  /// SHA-256 of each piece of a file that has come already, and that therefore need not come again.
  func piecesKept(
    of path: String, _ restore: GroupRestore, pieceBytes: Int
  ) async throws(SeriesError) -> [String]
  func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, _ restore: GroupRestore
  ) async throws(SeriesError)
  func prepareRestore(
    _ restore: GroupRestore, files: [ShardFile]
  ) async throws(SeriesError)
  func closeRestore(_ restore: GroupRestore) async throws(SeriesError)
  /// Lets go of what has come and is not shown.
  func discardRestore(_ restore: GroupRestore) async throws(SeriesError)
  /// The name of what a group that holds rows was restored from; nil when it was not.
  func restored(group: String) async throws(SeriesError) -> String?
}

/// A group that comes back, and the name of what it comes from: the same name means the same files.
package struct GroupRestore: Sendable, Hashable {
  package var group: String
  package var name: String

  package init(_ group: String, as name: String) {
    self.group = group
    self.name = name
  }
}

/// A shard of a segment at one moment.
package struct StoredShardReport: Sendable, Hashable {
  /// Where it lies; empty: on the node that was asked.
  package var node = ""
  package var group: String
  package var segment: Range<Int64>
  package var shard: UInt32
  /// Without those of internal tables.
  package var rows: Int64 = 0
  package var series: Int64 = 0
  package var bytes: Int64 = 0
  package var memoryRows: Int64 = 0
  package var memoryBytes: Int64 = 0
  package var parts: Int64 = 0
  /// Parts that merges would still save.
  package var backlog: Int64 = 0
  /// Of the rows in parts.
  package var times: ClosedRange<Int64>?

  package init(group: String, segment: Range<Int64>, shard: UInt32) {
    self.group = group
    self.segment = segment
    self.shard = shard
  }
}

/// A part, and where its bytes go.
package struct StoredPartReport: Sendable, Hashable {
  /// Where it lies; empty: on the node that was asked.
  package var node = ""
  package var group: String
  package var segment: Range<Int64>
  package var shard: UInt32
  /// The name of its file, without the ending.
  package var name: String
  package var bytes: Int64 = 0
  package var rows: Int64 = 0
  package var series: Int64 = 0
  package var times: ClosedRange<Int64>?
  package var tables: [StoredTableReport] = []
  package var problem: String?

  package init(group: String, segment: Range<Int64>, shard: UInt32, name: String) {
    self.group = group
    self.segment = segment
    self.shard = shard
    self.name = name
  }
}

/// A table in a part.
package struct StoredTableReport: Sendable, Hashable {
  package var name: String
  /// As the engine calls it: measure, stream, trace, document.
  package var kind: String
  package var rows: Int64 = 0
  package var entries: Int64 = 0
  package var blocks: Int64 = 0
  package var columns: Int64 = 0
  /// Pages of rows, pages of series, and what helps to find them.
  package var dataBytes: Int64 = 0
  package var entryBytes: Int64 = 0
  package var indexBytes: Int64 = 0

  package init(name: String, kind: String) {
    self.name = name
    self.kind = kind
  }
}

package struct StoredSnapshot: Sendable, Hashable {
  package struct File: Sendable, Hashable {
    /// Below the snapshot: `groups/GROUP/SEGMENT/SHARD/NAME`.
    package var path: String
    package var group: String
    package var bytes: Int64
    /// Nil for what is no file of a shard.
    package var segment: Range<Int64>?
    package var shard: UInt32?
    /// Where it lies; empty: on the node that was asked.
    package var node = ""

    package init(path: String, group: String, bytes: Int64) {
      self.path = path
      self.group = group
      self.bytes = bytes
    }
  }

  /// What names of those begin with that are copied elsewhere and go then.
  package static let copyPrefix = "backup-"

  /// Where it lies; empty: on the node that was asked.
  package var node = ""
  package var name: String
  package var files: [File]
  package var takenAt: Int64?

  package init(name: String, files: [File], takenAt: Int64?) {
    self.name = name
    self.files = files
    self.takenAt = takenAt
  }

  package var groups: [String] { Array(Set(self.files.map(\.group))).sorted() }
}
