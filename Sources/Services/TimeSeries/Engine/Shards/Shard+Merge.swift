internal import Runtime
internal import SeriesColumns
internal import Synchronization

/// Several parts into one.
extension Shard {
  struct MergeResult: Sendable {
    var inputs: Int
    var bytesRead: Int64
    var bytesWritten: Int64
  }

  /// Merges parts, when the policy finds some. Nil when there is nothing to do. One at a time for a shard:
  /// the caller's business.
  ///
  /// - Parameters:
  ///   - now: the engine's clock: small parts of a shard that rests are merged sooner.
  ///   - pace: called with the bytes of each block read, to keep a rate.
  func merge(
    _ policy: MergePolicy, isForced: Bool = false, level: Int, now: UInt64,
    pace: (Int) async throws(SeriesError) -> Void
  ) async throws(SeriesError) -> MergeResult? {
    let (handles, number) = self.state.withLock { state -> ([PartHandle], UInt64) in
      let sizes = state.parts.map(\.record.byteCount)
      guard !state.isDropped,
        let range = policy.choose(sizes, isForced: isForced, quietFor: state.quietFor(now))
      else { return ([], 0) }
      state.nextNumber += 1
      return (Array(state.parts[range]), state.nextNumber - 1)
    }
    guard let first = handles.first, let last = handles.last else { return nil }
    var parts: [Part] = []
    for handle in handles { parts.append(try await handle.part()) }
    let bytesRead = handles.reduce(0) { $0 + $1.record.byteCount }
    let writer = try await PartWriter.create(
      self.directory + "/" + PartRecord.fileName(number), number: number, on: self.disk,
      .small(level: policy.level(bytesRead, of: level)))
    writer.setSequences(first.record.firstSequence, last.record.lastSequence)
    do throws(SeriesError) {
      try await self.copy(parts, to: writer, pace)
      let (footer, byteCount) = try await writer.finish()
      let merged = PartHandle(
        PartRecord(footer, byteCount: byteCount), in: self.directory, on: self.disk)
      try await self.exchange(handles, for: [merged])
      return MergeResult(
        inputs: handles.count, bytesRead: bytesRead, bytesWritten: byteCount)
    } catch {
      await writer.abandon()
      throw error
    }
  }

  /// Writes the parts that have some of these tables anew, without them. Of a shard that nobody writes to: what is
  /// known of its series is not looked at.
  func removeTables(_ names: Set<String>, level: Int) async throws(SeriesError) {
    for handle in self.state.withLock({ $0.parts }) {
      let part = try await handle.part()
      let tables = Set(part.sections.keys.map(\.table))
      guard !tables.isDisjoint(with: names) else { continue }
      guard !tables.isSubset(of: names) else {
        try await self.exchange([handle], for: [])
        continue
      }
      let number = self.state.withLock { state -> UInt64 in
        defer { state.nextNumber += 1 }
        return state.nextNumber
      }
      let writer = try await PartWriter.create(
        self.directory + "/" + PartRecord.fileName(number), number: number, on: self.disk,
        .small(level: level))
      writer.setSequences(handle.record.firstSequence, handle.record.lastSequence)
      do throws(SeriesError) {
        try await self.copy([part], without: names, to: writer) { (_) throws(SeriesError) in }
        let (footer, byteCount) = try await writer.finish()
        let left = PartHandle(
          PartRecord(footer, byteCount: byteCount), in: self.directory, on: self.disk)
        try await self.exchange([handle], for: [left])
      } catch {
        await writer.abandon()
        throw error
      }
    }
  }

  private func copy(
    _ parts: [Part], without tables: Set<String> = [], to writer: PartWriter,
    _ pace: (Int) async throws(SeriesError) -> Void
  ) async throws(SeriesError) {
    let keys = Set(parts.flatMap(\.sections.keys)).filter { !tables.contains($0.table) }.sorted {
      ($0.table, $0.isSeries ? 0 : 1) < ($1.table, $1.isSeries ? 0 : 1)
    }
    for key in keys {
      let holders = parts.filter { $0.sections[key] != nil }
      let sections = holders.compactMap { $0.sections[key] }
      guard let newest = sections.last else { continue }
      let columns = Self.union(sections)
      let sources: [any RowSource] = zip(holders, sections).map { part, section in
        PartCursor.make(part, section, RowSelection(columns: columns))
      }
      let cursor = MergeCursor.make(sources, newest.kind, isSeries: key.isSeries)
      writer.begin(key, newest.kind, columns, orders: Self.orders(sections))
      while let block = try await cursor.next() {
        try await writer.append(block)
        try await pace(block.byteCount)
      }
      try await writer.end()
    }
  }

  /// All columns, as the newest part that has them.
  private static func union(_ sections: [PartSection]) -> [ColumnSchema] {
    var columns: [ColumnSchema] = []
    for section in sections.reversed() {
      for column in section.columns
      where !columns.contains(where: { $0.name == column.name && $0.type == column.type }) {
        columns.append(column)
      }
    }
    return columns
  }

  private static func orders(_ sections: [PartSection]) -> [OrderSchema] {
    var orders: [OrderSchema] = []
    for section in sections.reversed() {
      for attachment in section.attachments where attachment.kind == .order {
        guard let order = OrderSchema(attachment: attachment),
          !orders.contains(where: { $0.name == order.name })
        else { continue }
        orders.append(order)
      }
    }
    return orders
  }

  private func exchange(
    _ old: [PartHandle], for new: [PartHandle]
  ) async throws(SeriesError) {
    do {
      try await self.disk.syncDirectory(self.directory)
    } catch {
      throw SeriesError.io("sync the folder of a shard", error)
    }
    await self.gate.enter()
    defer { self.gate.leave() }
    let (parts, next, through, isDropped) = self.state.withLock {
      ($0.parts, $0.nextNumber, $0.through, $0.isDropped)
    }
    guard !isDropped, let at = parts.firstIndex(where: { $0 === old.first }) else {
      throw SeriesError(.closed, "\(self.directory) was dropped while it was merged")
    }
    var changed = parts
    changed.replaceSubrange(at..<(at + old.count), with: new)
    try await self.writeManifest(changed, nextNumber: next, through: through)
    let committed = changed
    self.state.withLock { $0.parts = committed }
    for handle in old {
      // Whoever reads it has it open; when this fails it is an orphan, removed at the next start.
      try? await self.disk.removeFile(handle.path)
    }
  }
}

extension OrderSchema {
  /// The definition that an order carries with it.
  init?(attachment: PartAttachment) {
    var reader = DirectoryReader(attachment.directory)
    do throws(ColumnError) {
      let key = try reader.text()
      var prefix: [String] = []
      for _ in 0..<(try reader.count(upTo: 1 << 16)) { prefix.append(try reader.text()) }
      self.init(name: attachment.name, prefix: prefix, key: key)
    } catch {
      return nil
    }
  }
}
