package import SeriesColumns

// What moves rows from node to node: the parts of shards, which never change, and are copied as they are.

/// Shards of a group, in the segments that overlap some time.
package struct ShardRange: Sendable, Hashable {
  package var group: String
  package var times: ClosedRange<Int64>
  package var shards: Set<UInt32>

  package init(group: String, times: ClosedRange<Int64>, shards: Set<UInt32>) {
    self.group = group
    self.times = times
    self.shards = shards
  }
}

/// A file of a shard: `SEGMENT/SHARD/NAME` and its size.
package struct ShardFile: Sendable, Hashable {
  package var path: String
  package var bytes: Int64

  package init(path: String, bytes: Int64) {
    self.path = path
    self.bytes = bytes
  }

  /// Nil when the path is none of a file of a shard.
  package var shard: UInt32? {
    let parts = self.path.split(separator: "/")
    guard parts.count == 3, parts[1].hasPrefix("shard-") else { return nil }
    return UInt32(parts[1].dropFirst(6))
  }
}

/// Files of shards that go and come.
package protocol ShardFiles: Sendable {
  /// Of a file that was linked to.
  func read(
    _ path: String, ofLink name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8]
  func unlink(_ name: String) async throws(SeriesError)

  /// Keeps bytes of a file that comes, where nobody reads it yet.
  func stage(
    _ bytes: [UInt8], at offset: Int64, of path: String, as name: String
  ) async throws(SeriesError)
  /// CRC-32C of the first bytes of what was kept, read back from the disk; nil when it has not so many.
  func checksum(
    of path: String, as name: String, byteCount: Int64
  ) async throws(SeriesError) -> UInt32?
  /// Writes what the parts of these shards have of a table to files that people read; how many rows there are.
  func archive(_ table: String, _ range: ShardRange) async throws(SeriesError) -> Int64
}

/// Gives and takes the parts of shards.
package protocol ShardStore: ShardFiles {
  /// Makes parts of what is in memory, and links to all parts under a name that is new. Until the node is started
  /// again, or `unlink`.
  func link(_ range: ShardRange, as name: String) async throws(SeriesError) -> [ShardFile]
  /// Puts the files that are named in the place of all that is there of these shards, without some tables; how
  /// many rows they have.
  func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>
  ) async throws(SeriesError) -> Int64
  func unstage(_ name: String) async throws(SeriesError)

  /// Lets go of these shards. Views that hold them go on.
  func clear(_ range: ShardRange) async throws(SeriesError)
  /// Which segments and shards of groups hold something.
  func held() -> [StoredShardPlace]

  /// Throws unless the files of a restore have come and were proven, and the group holds no rows.
  func checkRestore(_ restore: GroupRestore) async throws(SeriesError)
  /// Shows its rows, all at once; it may have been done before.
  func showRestore(_ restore: GroupRestore) async throws(SeriesError)
}
