internal import Runtime
public import SeriesColumns
internal import Synchronization
internal import Values

/// What operators and tests ask for.
extension SeriesEngine {
  /// Makes parts of everything that is in memory.
  public func flush() async throws(SeriesError) {
    for shard in self.allShards() {
      try await self.flush(shard)
    }
    try await self.trimJournal()
  }

  /// Merges the parts of a group until each shard has as few as their sizes allow.
  public func merge(group: String) async throws(SeriesError) {
    for shard in self.allShards(group) {
      while try await self.merge(shard, isForced: true) {}
    }
  }

  /// Drops the segments whose end is older than their group's ttl. Views that hold them go on.
  ///
  /// - Returns: how many were dropped.
  @discardableResult
  public func retain(now: Int64) async throws(SeriesError) -> Int {
    let start = self.clock.now
    do throws(SeriesError) {
      let dropped = try await self.dropExpired(now)
      let took = self.clock.now - start
      self.state.withLock { state in
        state.statistics.retentions += 1
        state.statistics.retentionNanoseconds += took.nanosecondsClamped
      }
      return dropped
    } catch {
      self.state.withLock { $0.statistics.retentionFailures += 1 }
      throw error
    }
  }

  private func dropExpired(_ now: Int64) async throws(SeriesError) -> Int {
    await self.layout.enter()
    defer { self.layout.leave() }
    let expired = self.state.withLock { state -> [Segment] in
      var expired: [Segment] = []
      for (name, group) in state.groups {
        guard let options = group.options else { continue }
        let expiry = options.expiry(now)
        expired += group.segments.filter { $0.times.upperBound <= expiry }
        state.groups[name]?.segments.removeAll { $0.times.upperBound <= expiry }
      }
      return expired
    }
    for segment in expired { try await self.drop(segment) }
    return expired.count
  }

  /// The same with the clock that the engine goes by.
  public func retain() async throws(SeriesError) -> Int {
    try await self.retain(now: self.steadyNow)
  }

  private func drop(_ segment: Segment) async throws(SeriesError) {
    await self.release(segment)
    do {
      try await RemovedFolder.remove(segment.directory, on: self.disk)
    } catch {
      throw SeriesError.io("remove a segment", error)
    }
    self.state.withLock { $0.statistics.segmentsDropped += 1 }
  }

  /// Forgets the rows that a segment has in memory.
  private func release(_ segment: Segment) async {
    for shard in segment.allShards() {
      self.memoryBytes.subtract(await shard.drop(), ordering: .relaxed)
    }
  }

  /// Removes a group with everything that was written of it so far.
  public func dropGroup(_ name: String) async throws(SeriesError) {
    await self.layout.enter()
    defer { self.layout.leave() }
    let sequence = self.order.withLock { $0.sequence }
    // Before the rows go: replayed records of the group must not bring them back.
    var drops = self.state.withLock { $0.drops }
    drops[name] = sequence
    let noted = drops
    var isNoted = true
    do {
      try await DropList.write(noted, self.directory, on: self.disk)
    } catch {
      // On a full disk the rows go first: what they free is enough for the note.
      guard error.code == .diskFull else { throw error }
      isNoted = false
    }
    let segments = self.state.withLock { state -> [Segment] in
      state.drops = noted
      return state.groups.removeValue(forKey: name)?.segments ?? []
    }
    for segment in segments { await self.release(segment) }
    try await self.clearRestores(name)
    do {
      try await RemovedFolder.remove(self.groupDirectory(name), on: self.disk)
    } catch {
      throw SeriesError.io("remove a group", error)
    }
    if !isNoted { try await DropList.write(noted, self.directory, on: self.disk) }
  }

  /// Makes a folder of hard links to all parts, with manifests: a copy of everything that was durable when
  /// it began, that an engine can be opened in.
  ///
  /// - Returns: the path of the folder.
  public func snapshot(_ name: String, groups: [String]? = nil) async throws(SeriesError) -> String
  {
    try await self.flush()
    let root = self.directory + "/snapshots/" + FolderName.encode(name)
    do {
      try await self.disk.createDirectories(self.directory + "/snapshots")
      try await self.disk.createDirectory(root)
    } catch {
      guard error.isAlreadyThere else { throw SeriesError.io("create a snapshot", error) }
      throw SeriesError(.alreadyThere, "there is a snapshot \(name) already", file: root)
    }
    let wanted = groups ?? self.state.withLock { $0.groups.keys.sorted() }
    for group in wanted {
      for segment in self.allSegments(group) {
        for shard in segment.allShards() {
          let folder =
            Self.groupsDirectory(root) + "/" + FolderName.encode(group) + "/"
            + Segment.name(segment.times) + "/shard-\(shard.number)"
          try await shard.link(into: folder)
        }
      }
    }
    return root
  }

  /// Reads every page of every part of a group, or of all, and answers what is damaged.
  public func scrub(group: String? = nil) async throws(SeriesError) -> [SeriesError] {
    var found: [SeriesError] = []
    for shard in self.allShards(group) {
      for handle in shard.state.withLock({ $0.parts }) {
        do throws(SeriesError) {
          try await handle.part().scrub()
        } catch {
          guard error.code == .damaged else { throw error }
          found.append(error)
        }
      }
    }
    let count = found.count
    self.state.withLock { $0.statistics.damagedParts = count }
    return found
  }
}

extension Shard {
  /// Links all parts into a new folder and writes their manifest there.
  func link(into folder: String) async throws(SeriesError) {
    await self.gate.enter()
    defer { self.gate.leave() }
    let (parts, next, through) = self.state.withLock { ($0.parts, $0.nextNumber, $0.through) }
    guard !parts.isEmpty else { return }
    do {
      try await self.disk.createDirectories(folder)
      for handle in parts {
        try await self.disk.hardLink(handle.path, to: folder + "/" + handle.record.fileName)
      }
      try await self.disk.syncDirectory(folder)
    } catch {
      throw SeriesError.io("link the parts of a snapshot", error)
    }
    let copy = Shard.make(folder, number: self.number, on: self.disk)
    try await copy.writeManifest(parts, nextNumber: next, through: through)
  }
}

extension Part {
  /// Proves every page and attachment.
  func scrub() async throws(SeriesError) {
    for section in self.sections.values {
      let cursor = PartCursor.make(
        self, section, RowSelection(columns: section.columns))
      while try await cursor.next() != nil {}
      try await self.scrubAttachments(section)
    }
  }
}
