internal import Runtime
internal import SeriesColumns
internal import Synchronization
internal import Values

/// From memory to a part.
extension Shard {
  /// Writes what is in memory as a part and answers how many bytes of memory that was; nil when there was
  /// nothing to write. When it returns, the journal is no longer needed for it.
  ///
  /// Fails with the rows still in memory; the next flush writes them.
  func flush(_ clock: any TimeSource, _ isFailed: () -> Bool) async throws(SeriesError) -> Int? {
    await self.gate.enter()
    defer { self.gate.leave() }
    guard let frozen = self.freeze() else { return nil }
    // Calls whose rows are in here wait for the journal; that takes a commit.
    while !frozen.isSettled {
      if isFailed() { throw SeriesError(.failed, "the journal has failed; reopen the engine") }
      do {
        try await clock.sleep(for: .milliseconds(1))
      } catch {
        throw SeriesError(.closed, "the flush was cancelled")
      }
    }
    if isFailed() { throw SeriesError(.failed, "the journal has failed; reopen the engine") }
    try await self.write(frozen)
    return frozen.byteCount
  }

  private func freeze() -> MemoryPart? {
    self.state.withLock { state in
      for (id, write) in state.uncertain {
        switch write.phase {
        case .pending: continue
        case .durable: state.known?.insert(id)
        case .void: break
        }
        state.uncertain[id] = nil
      }
      if state.isDropped { return nil }
      if let frozen = state.frozen { return frozen }
      guard !state.memory.isEmpty else { return nil }
      state.frozen = state.memory
      state.memory = MemoryPart()
      return state.frozen
    }
  }

  private func write(_ frozen: MemoryPart) async throws(SeriesError) {
    let number = self.state.withLock { state in
      defer { state.nextNumber += 1 }
      return state.nextNumber
    }
    do {
      try await self.disk.createDirectories(self.directory)
    } catch {
      throw SeriesError.io("create the folder of a shard", error)
    }
    let path = self.directory + "/" + PartRecord.fileName(number)
    let writer = try await PartWriter.create(path, number: number, on: self.disk, .fast)
    do throws(SeriesError) {
      let handle = try await self.fill(writer, frozen)
      try await self.commit(handle, frozen, number)
    } catch {
      await writer.abandon()
      throw error
    }
  }

  /// The part of these rows; nil when no write of them succeeded.
  private func fill(
    _ writer: PartWriter, _ frozen: MemoryPart
  ) async throws(SeriesError) -> PartHandle? {
    writer.setSequences(frozen.firstSequence, frozen.lastSequence)
    for table in frozen.tables.keys.sorted() {
      guard let chunks = frozen.tables[table], let schema = chunks.last?.schema else { continue }
      let entries = MemoryRows.columns(chunks) { $0.seriesColumns }
      let series = MemoryRows.series(chunks, columns: entries)
      if !series.isEmpty {
        writer.begin(
          PartSection.Key(table: table, isSeries: true), schema.kind, entries, orders: [])
        try await writer.append(series)
        try await writer.end()
      }
      let columns = MemoryRows.columns(chunks) { $0.columns }
      let rows = MemoryRows.sorted(chunks, schema.kind, RowSelection(columns: columns))
      guard !rows.isEmpty else { continue }
      writer.begin(
        PartSection.Key(table: table, isSeries: false), schema.kind, columns,
        orders: schema.orders)
      try await writer.append(rows)
      try await writer.end()
    }
    let (footer, byteCount) = try await writer.finish()
    guard footer.rows > 0 || footer.series > 0 else { return nil }
    do {
      try await self.disk.syncDirectory(self.directory)
    } catch {
      throw SeriesError.io("sync the folder of a shard", error)
    }
    return PartHandle(
      PartRecord(footer, byteCount: byteCount), in: self.directory, on: self.disk)
  }

  private func commit(
    _ handle: PartHandle?, _ frozen: MemoryPart, _ number: UInt64
  ) async throws(SeriesError) {
    let (parts, next) = self.state.withLock { ($0.parts, $0.nextNumber) }
    if let handle {
      try await self.writeManifest(
        parts + [handle], nextNumber: next, through: frozen.lastSequence)
    } else {
      try? await self.disk.removeFile(self.directory + "/" + PartRecord.fileName(number))
    }
    self.state.withLock { state in
      if let handle { state.parts.append(handle) }
      state.through = max(state.through, frozen.lastSequence)
      state.frozen = nil
    }
  }
}
