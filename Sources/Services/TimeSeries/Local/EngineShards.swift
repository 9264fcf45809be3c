package import SeriesColumns
package import SeriesEngine
package import SeriesStorage

/// Shards of the engine of this process that go to other nodes, and that come from them.
package struct EngineShards: ShardStore {
  private let engine: SeriesEngine
  private let archives: TableArchive?

  package init(_ engine: SeriesEngine, archives: TableArchive? = nil) {
    self.engine = engine
    self.archives = archives
  }

  package func link(
    _ range: ShardRange, as name: String
  ) async throws(SeriesError) -> [ShardFile] {
    let files = try await self.engine.linkShards(
      name, group: range.group, times: range.times, shards: range.shards)
    return files.map { ShardFile(path: $0.path, bytes: $0.bytes) }
  }

  package func read(
    _ path: String, ofLink name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try await self.engine.read(path, ofLink: name, from: offset, count: count)
  }

  package func unlink(_ name: String) async throws(SeriesError) {
    try await self.engine.removeMove(name)
  }

  package func stage(
    _ bytes: [UInt8], at offset: Int64, of path: String, as name: String
  ) async throws(SeriesError) {
    try await self.engine.stage(bytes, at: offset, of: path, as: name)
  }

  package func checksum(
    of path: String, as name: String, byteCount: Int64
  ) async throws(SeriesError) -> UInt32? {
    try await self.engine.checksum(of: path, as: name, byteCount: byteCount)
  }

  package func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>
  ) async throws(SeriesError) -> Int64 {
    let rows = try await self.engine.show(
      Set(files), as: name, group: range.group, times: range.times, shards: range.shards,
      without: tables)
    try? await self.engine.removeMove(name)
    return rows
  }

  package func archive(
    _ table: String, _ range: ShardRange
  ) async throws(SeriesError) -> Int64 {
    guard let archives = self.archives else {
      throw SeriesError(.unavailable, "this node has no place for an archive")
    }
    return try await archives.write(table, range, of: self.engine)
  }

  package func unstage(_ name: String) async throws(SeriesError) {
    try await self.engine.removeMove(name)
  }

  package func clear(_ range: ShardRange) async throws(SeriesError) {
    try await self.engine.clear(group: range.group, times: range.times, shards: range.shards)
  }

  package func held() -> [StoredShardPlace] {
    self.engine.inventory().flatMap { segment in
      segment.shards.filter { !$0.parts.isEmpty || $0.memoryRows > 0 }.map {
        StoredShardPlace(group: segment.group, segment: segment.times, shard: $0.shard)
      }
    }
  }

  package func checkRestore(_ restore: GroupRestore) async throws(SeriesError) {
    try await self.engine.checkRestore(group: restore.group, as: restore.name)
  }

  package func showRestore(_ restore: GroupRestore) async throws(SeriesError) {
    try await self.engine.showRestore(group: restore.group, as: restore.name)
  }
}
