package import SeriesColumns
package import SeriesEngine
package import SeriesStorage

/// The engine of this process, for its operator.
package struct EngineUpkeep: SeriesUpkeep {
  private let engine: SeriesEngine
  private let node: String
  private let desk: (any RankingDesk)?

  package init(
    _ engine: SeriesEngine, node: String = "", rankings desk: (any RankingDesk)? = nil
  ) {
    self.engine = engine
    self.node = node
    self.desk = desk
  }

  package func choosing(_ node: String?) throws(SeriesError) -> any SeriesUpkeep {
    guard node == nil || node == self.node else {
      throw SeriesError(
        .malformed, "no node \(node?.prefix(80).debugDescription ?? "") keeps rows here",
        hint: "there is \(self.node)")
    }
    return self
  }

  package func shards(group: String?) async throws(SeriesError) -> [StoredShardReport] {
    let internalRows = await self.engine.rows(ofTables: InternalTable.all, group: group)
    return self.engine.inventory(group: group).flatMap { segment in
      segment.shards.map { shard in
        var report = StoredShardReport(
          group: segment.group, segment: segment.times, shard: shard.shard)
        report.memoryRows = Int64(shard.memoryRows)
        report.memoryBytes = Int64(shard.memoryBytes)
        report.rows = report.memoryRows
        report.parts = Int64(shard.parts.count)
        report.backlog = Int64(shard.backlog)
        for part in shard.parts {
          report.rows += part.rows
          report.series += part.series
          report.bytes += part.bytes
          guard let times = part.times else { continue }
          let known = report.times ?? times
          report.times =
            min(known.lowerBound, times.lowerBound)...max(known.upperBound, times.upperBound)
        }
        let place = StoredShardPlace(
          group: segment.group, segment: segment.times, shard: shard.shard)
        report.rows = max(0, report.rows - (internalRows[place] ?? 0))
        return report
      }
    }
  }

  package func parts(group: String?) async throws(SeriesError) -> [StoredPartReport] {
    try await self.engine.analysis(group: group).map { analysis in
      let name = analysis.part.file.split(separator: "/").last?.split(separator: ".").first
      var report = StoredPartReport(
        group: analysis.group, segment: analysis.segment, shard: analysis.shard,
        name: name.map(String.init) ?? "")
      report.bytes = analysis.part.bytes
      report.rows = analysis.part.rows
      report.series = analysis.part.series
      report.times = analysis.part.times
      report.problem = analysis.problem?.message
      report.tables = analysis.tables.map(Self.table)
      return report
    }
  }

  private static func table(_ table: TableInventory) -> StoredTableReport {
    var report = StoredTableReport(name: table.name, kind: "\(table.kind)")
    report.rows = Int64(table.rows)
    report.entries = Int64(table.entries)
    report.blocks = Int64(table.blocks)
    report.columns = Int64(table.columns)
    report.dataBytes = table.dataBytes
    report.entryBytes = table.entryBytes
    report.indexBytes = table.indexBytes
    return report
  }

  package func flush() async throws(SeriesError) { try await self.engine.flush() }

  package func merge(group: String) async throws(SeriesError) {
    try await self.engine.merge(group: group)
  }

  package func scrub(group: String?) async throws(SeriesError) -> [String] {
    try await self.engine.scrub(group: group).map(\.message)
  }

  package func retain() async throws(SeriesError) -> Int {
    try await self.engine.retain()
  }

  // MARK: Rankings

  package func rankings(group: String?) async throws(SeriesError) -> [StoredRankingReport] {
    guard let desk = self.desk else { return [] }
    return try await desk.rankings(group: group)
  }

  package func rebuildRanking(group: String, name: String) async throws(SeriesError) {
    guard let desk = self.desk else { return }
    try await desk.rebuildRanking(group: group, name: name)
  }

  // MARK: Copies

  package func takeSnapshot(_ name: String, groups: [String]) async throws(SeriesError) {
    _ = try await self.engine.snapshot(name, groups: groups)
  }

  package func beginCopy(
    _ name: String, groups: [String]
  ) async throws(SeriesError) -> [String] {
    _ = try await self.removeSnapshot(name)
    try await self.takeSnapshot(name, groups: groups)
    return []
  }

  package func endCopy(_ name: String) async throws(SeriesError) {
    _ = try await self.removeSnapshot(name)
  }

  package func snapshots() async throws(SeriesError) -> [StoredSnapshot] {
    try await self.engine.snapshots().map { snapshot in
      StoredSnapshot(
        name: snapshot.name,
        files: snapshot.files.map { file in
          var stored = StoredSnapshot.File(path: file.path, group: file.group, bytes: file.bytes)
          stored.segment = file.segment
          stored.shard = file.shard
          return stored
        }, takenAt: snapshot.takenAt)
    }
  }

  package func removeSnapshot(_ name: String) async throws(SeriesError) -> Bool {
    try await self.engine.removeSnapshot(name)
  }

  package func files(
    ofSnapshot name: String
  ) async throws(SeriesError) -> [StoredSnapshot.File] {
    try await self.snapshots().first { $0.name == name }?.files ?? []
  }

  package func read(
    _ file: StoredSnapshot.File, ofSnapshot name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try await self.engine.read(file.path, ofSnapshot: name, from: offset, count: count)
  }

  // MARK: Coming back

  package func openRestore(_ restore: GroupRestore) async throws(SeriesError) -> Bool {
    try await self.engine.openRestore(group: restore.group, as: restore.name)
  }

  package func piecesKept(
    of path: String, _ restore: GroupRestore, pieceBytes: Int
  ) async throws(SeriesError) -> [String] {
    try await self.engine.piecesKept(
      of: path, restoring: restore.group, as: restore.name, pieceBytes: pieceBytes)
  }

  package func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, _ restore: GroupRestore
  ) async throws(SeriesError) {
    try await self.engine.write(
      bytes, at: offset, to: path, restoring: restore.group, as: restore.name)
  }

  package func prepareRestore(
    _ restore: GroupRestore, files: [ShardFile]
  ) async throws(SeriesError) {
    let sizes = Dictionary(files.map { ($0.path, $0.bytes) }, uniquingKeysWith: { max($0, $1) })
    try await self.engine.prepareRestore(group: restore.group, as: restore.name, files: sizes)
  }

  package func closeRestore(_ restore: GroupRestore) async throws(SeriesError) {
    try await self.engine.showRestore(group: restore.group, as: restore.name)
  }

  package func discardRestore(_ restore: GroupRestore) async throws(SeriesError) {
    try await self.engine.clearRestores(restore.group)
  }

  package func restored(group: String) async throws(SeriesError) -> String? {
    try await self.engine.restored(group: group)
  }
}
