internal import Crypto
internal import Runtime
public import SeriesColumns
internal import Synchronization

/// Shards that go to another engine, and shards that come from one. What is on its way lies in `moves`, which is
/// cleared at the start.
extension SeriesEngine {
  static func movesDirectory(_ directory: String) -> String { directory + "/moves" }

  private func movesDirectory(_ name: String) -> String {
    Self.movesDirectory(self.directory) + "/" + FolderName.encode(name)
  }

  static func clearMoves(_ directory: String, on disk: any Disk) async throws(SeriesError) {
    do {
      try await RemovedFolder.clear(self.movesDirectory(directory), on: disk)
    } catch {
      guard error.isNotFound else { throw SeriesError.io("clear what was moved", error) }
    }
  }

  private func shards(
    _ group: String, _ times: ClosedRange<Int64>, _ numbers: Set<UInt32>
  ) -> [(segment: Segment, shard: Shard)] {
    self.allSegments(group).filter { $0.times.overlaps(times) }.flatMap { segment in
      segment.allShards().filter { numbers.contains($0.number) }.map { (segment, $0) }
    }
  }

  /// Makes parts of what these shards have in memory and links all parts under a name.
  ///
  /// - Returns: the files, with manifests, as paths below the group.
  public func linkShards(
    _ name: String, group: String, times: ClosedRange<Int64>, shards: Set<UInt32>
  ) async throws(SeriesError) -> [SnapshotInventory.File] {
    let root = self.movesDirectory(name)
    do {
      try await self.disk.createDirectories(Self.movesDirectory(self.directory))
      try await self.disk.createDirectory(root)
    } catch {
      throw SeriesError.io("link shards", error)
    }
    for (segment, shard) in self.shards(group, times, shards) {
      try await self.flush(shard)
      try await shard.link(
        into: root + "/" + Segment.name(segment.times) + "/shard-\(shard.number)")
    }
    var files: [SnapshotInventory.File] = []
    do {
      try await self.gather(root, "", into: &files)
    } catch {
      throw SeriesError.io("list linked shards", error)
    }
    return files.sorted { $0.path < $1.path }
  }

  /// Bytes of a linked file; fewer at its end.
  public func read(
    _ path: String, ofLink name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try await self.read(path, below: self.movesDirectory(name), from: offset, count: count)
  }

  /// Removes what was linked or staged under a name.
  public func removeMove(_ name: String) async throws(SeriesError) {
    do {
      try await RemovedFolder.clear(self.movesDirectory(name), on: self.disk)
    } catch {
      guard error.isNotFound else { throw SeriesError.io("remove what was moved", error) }
    }
  }

  // MARK: Coming

  public func stage(
    _ bytes: [UInt8], at offset: Int64, of path: String, as name: String
  ) async throws(SeriesError) {
    try await self.write(
      bytes, at: offset, to: path, below: self.movesDirectory(name), syncs: false)
  }

  /// CRC-32C of the first bytes of a staged file; nil when there are fewer. A part is durable then; manifests are
  /// written anew.
  public func checksum(
    of path: String, as name: String, byteCount: Int64
  ) async throws(SeriesError) -> UInt32? {
    if path.hasSuffix(PartRecord.suffix) { try await self.sync(path, name) }
    let chunk = 4 << 20
    var checksum = CRC32C()
    var offset: Int64 = 0
    while offset < byteCount {
      let bytes: [UInt8]
      do throws(SeriesError) {
        bytes = try await self.read(
          path, below: self.movesDirectory(name), from: offset,
          count: Int(min(Int64(chunk), byteCount - offset)))
      } catch {
        if (error.cause as? IOFailure)?.isNotFound ?? false { return nil }
        throw error
      }
      guard !bytes.isEmpty else { return nil }
      checksum.update(bytes.span.bytes)
      offset += Int64(bytes.count)
    }
    return checksum.value
  }

  private func sync(_ path: String, _ name: String) async throws(SeriesError) {
    do {
      try await self.disk.open(self.movesDirectory(name) + "/" + path, .creating).sync()
    } catch {
      throw SeriesError.io("make a file that came durable", error)
    }
  }

  /// Puts staged shards in the place of what is there of these shards. Only files that are named come with
  /// them. A crash on the way leaves some of them: it is done again then.
  ///
  /// - Parameter tables: those that do not come: nobody knows them any more.
  /// - Returns: how many rows they have.
  public func show(
    _ files: Set<String>, as name: String, group: String, times: ClosedRange<Int64>,
    shards: Set<UInt32>, without tables: Set<String> = []
  ) async throws(SeriesError) -> Int64 {
    await self.layout.enter()
    defer { self.layout.leave() }
    let root = self.movesDirectory(name)
    try await self.prune(root, keeping: files)
    let segments = try await self.staged(root, group)
    try await self.prove(segments)
    try self.checkPlaces(segments, group)
    if !tables.isEmpty {
      for shard in segments.flatMap({ $0.allShards() }) {
        try await shard.removeTables(tables, level: self.options.mergeLevel)
      }
    }
    try await self.clearInside(group, times, shards)
    // Later than every record of these shards in the journal, so that none of them is replayed.
    let through = self.order.withLock { $0.sequence }
    var rows: Int64 = 0
    for segment in segments {
      let target = self.segment(group, segment.times)
      for shard in segment.allShards() {
        let (parts, next) = shard.state.withLock { ($0.parts, $0.nextNumber) }
        rows += parts.reduce(0) { $0 + $1.record.rows }
        try await shard.writeManifest(parts, nextNumber: next, through: through)
        try await self.place(shard, in: target)
      }
      try await self.sync(target.directory)
    }
    try await self.sync(self.groupDirectory(group))
    try await self.sync(Self.groupsDirectory(self.directory))
    return rows
  }

  private func staged(
    _ root: String, _ group: String
  ) async throws(SeriesError) -> [Segment] {
    do throws(SeriesError) {
      return try await Self.findSegments(group, root, on: self.disk).segments
    } catch {
      // Nothing came: the shards are empty.
      guard (error.cause as? IOFailure)?.isNotFound ?? false else { throw error }
      return []
    }
  }

  /// Removes what an earlier, broken copy has left.
  func prune(_ root: String, keeping files: Set<String>) async throws(SeriesError) {
    var found: [SnapshotInventory.File] = []
    do {
      try await self.gather(root, "", into: &found)
      for file in found where !files.contains(file.path) {
        try await self.disk.removeFile(root + "/" + file.path)
      }
    } catch {
      guard error.isNotFound else { throw SeriesError.io("list what has come", error) }
    }
    guard files.isSubset(of: found.map(\.path)) else {
      throw SeriesError(.unavailable, "not all files of the shards have come: they come again")
    }
  }

  /// Opens every part.
  func prove(_ segments: [Segment]) async throws(SeriesError) {
    for shard in segments.flatMap({ $0.allShards() }) {
      for handle in shard.state.withLock({ $0.parts }) { _ = try await handle.part() }
    }
  }

  /// Segments never overlap.
  private func checkPlaces(_ segments: [Segment], _ group: String) throws(SeriesError) {
    let there = self.allSegments(group).map(\.times)
    for segment in segments {
      guard !there.contains(where: { $0 != segment.times && $0.overlaps(segment.times) }) else {
        throw SeriesError(
          .alreadyThere,
          "a segment of group \(group) that comes overlaps one that is here and is not the same")
      }
    }
  }

  private func segment(_ group: String, _ times: Range<Int64>) -> Segment {
    self.state.withLock { state in
      if let there = state.groups[group]?.segments.first(where: { $0.times == times }) {
        return there
      }
      let segment = Segment(
        group: group, times: times, in: self.groupDirectory(group), on: self.disk)
      state.groups[group, default: GroupState()].add(segment)
      return segment
    }
  }

  private func sync(_ directory: String) async throws(SeriesError) {
    do {
      try await self.disk.syncDirectory(directory)
    } catch {
      // Of a group of which nothing came.
      guard !error.isNotFound else { return }
      throw SeriesError.io("show shards", error)
    }
  }

  private func place(_ shard: Shard, in segment: Segment) async throws(SeriesError) {
    let target = segment.directory + "/shard-\(shard.number)"
    do {
      try await self.disk.createDirectories(segment.directory)
      // Its manifest was written last, with the folder.
      try await self.disk.rename(shard.directory, to: target)
    } catch {
      throw SeriesError.io("show a shard", error)
    }
    segment.put(try await Shard.open(target, number: shard.number, on: self.disk))
  }

  // MARK: Going

  /// Lets go of these shards with all that they hold. Views that hold them go on.
  public func clear(
    group: String, times: ClosedRange<Int64>, shards: Set<UInt32>
  ) async throws(SeriesError) {
    await self.layout.enter()
    defer { self.layout.leave() }
    try await self.clearInside(group, times, shards)
  }

  private func clearInside(
    _ group: String, _ times: ClosedRange<Int64>, _ numbers: Set<UInt32>
  ) async throws(SeriesError) {
    for (segment, shard) in self.shards(group, times, numbers) {
      segment.take(shard.number)
      self.memoryBytes.subtract(await shard.drop(), ordering: .relaxed)
      do {
        try await RemovedFolder.remove(shard.directory, on: self.disk)
      } catch {
        throw SeriesError.io("remove a shard", error)
      }
    }
  }
}
