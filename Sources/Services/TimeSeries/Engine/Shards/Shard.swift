private import Crypto
internal import Runtime
internal import SeriesColumns
internal import Synchronization

/// The rows of one shard in one segment: what is in memory, and parts.
///
/// `state` is locked for short stretches; whoever changes which parts there are goes through `gate`.
final class Shard: Sendable {
  struct State {
    var memory = MemoryPart()
    /// Being written to a part.
    var frozen: MemoryPart?
    var parts: [PartHandle] = []
    var nextNumber: UInt64 = 1
    /// All batches up to here are in parts.
    var through: UInt64 = 0
    /// Series that have an entry (`seriesKey`); nil until the parts were looked through.
    var known: Set<UInt64>?
    /// Series whose entry came with a write that may still fail.
    var uncertain: [UInt64: WriteState] = [:]
    var isDropped = false
    /// When rows came last, by the engine's clock.
    var lastWrite: UInt64 = 0
    /// Until then nothing is merged, as the last merge failed.
    var nextMerge: UInt64 = 0
    var work = ShardWork()

    /// How long no rows came; nothing while some wait for a flush, which makes another part.
    func quietFor(_ now: UInt64) -> Duration {
      guard self.memory.isEmpty, self.frozen == nil, now > self.lastWrite else { return .zero }
      return .nanoseconds(Int64(clamping: now - self.lastWrite))
    }
  }

  let directory: String
  let number: UInt32
  let disk: any Disk
  let state: Mutex<State>
  let gate = Turnstile()
  /// Lets one merge at a time through.
  let merging = Turnstile()

  init(_ directory: String, number: UInt32, on disk: any Disk) {
    self.directory = directory
    self.number = number
    self.disk = disk
    self.state = Mutex(State())
  }

  /// Where objects are made that only an async function holds: optimized code of Swift 6.3.1 may put them on
  /// its frame, and then free what it never allocated.
  @inline(never) static func make(
    _ directory: String, number: UInt32, on disk: any Disk
  ) -> Shard {
    Shard(directory, number: number, on: disk)
  }

  /// Reads the manifest and removes what it does not name.
  static func open(
    _ directory: String, number: UInt32, on disk: any Disk
  ) async throws(SeriesError) -> Shard {
    let shard = Shard.make(directory, number: number, on: disk)
    let entries: [DirectoryEntry]
    do {
      entries = try await disk.list(directory)
    } catch {
      throw SeriesError.io("list a shard", error)
    }
    let path = directory + "/" + ShardManifest.fileName
    var manifest = ShardManifest()
    if entries.contains(where: { $0.name == ShardManifest.fileName }) {
      manifest = try await self.manifest(path, on: disk)
    }
    let named = Set(manifest.parts.map(\.fileName))
    for entry in entries
    where !named.contains(entry.name) && entry.name != ShardManifest.fileName {
      guard entry.name.hasSuffix(PartRecord.suffix) || entry.name.hasSuffix(".new") else {
        continue
      }
      // An orphan that stays is found again at the next start.
      try? await disk.removeFile(directory + "/" + entry.name)
    }
    let handles = manifest.parts.map { PartHandle($0, in: directory, on: disk) }
    shard.state.withLock { state in
      state.parts = handles
      state.nextNumber = manifest.nextNumber
      state.through = manifest.through
    }
    return shard
  }

  private static func manifest(
    _ path: String, on disk: any Disk
  ) async throws(SeriesError) -> ShardManifest {
    let bytes: [UInt8]
    do {
      bytes = try await disk.readAll(path, limit: ShardManifest.byteCountMax)
    } catch {
      throw SeriesError.io("read a manifest", error)
    }
    do {
      return try ShardManifest(bytes)
    } catch {
      throw SeriesError.damaged(path, error.message)
    }
  }

  /// Looks the parts through for series that have an entry, before the first write.
  func learnSeries() async throws(SeriesError) {
    let parts = self.state.withLock { $0.known == nil ? $0.parts : nil }
    guard let parts else { return }
    await self.gate.enter()
    defer { self.gate.leave() }
    var known: Set<UInt64> = []
    for handle in parts {
      let part = try await handle.part()
      for section in part.sections.values where section.key.isSeries {
        let salt = Self.salt(section.key.table)
        let cursor = PartCursor.make(part, section, RowSelection(columns: []))
        while let block = try await cursor.next() {
          for run in block.runs {
            known.insert(Self.seriesKey(run.seriesID, salt))
          }
        }
      }
    }
    self.state.withLock { state in
      // A merge may have gone by; it brings no new series. A flush cannot: nothing was written yet.
      if state.known == nil { state.known = known }
    }
  }

  /// Takes rows of one call. - Precondition: the series were learnt; calls come in the order of their
  /// sequence numbers.
  func insert(_ batch: RowBatch, sequence: UInt64, state write: WriteState, now: UInt64) -> Bool {
    self.state.withLock { state in
      guard !state.isDropped else { return false }
      guard sequence > state.through else { return true }
      state.lastWrite = now
      state.work.batches += 1
      state.work.rows += batch.count
      let new = Self.newSeries(batch.series, Self.salt(batch.schema.name), &state, write)
      let chunk = MemoryChunk(batch, new: new, sequence: sequence, state: write)
      state.memory.insert(chunk, byteCount: batch.byteCount, now: now)
      return true
    }
  }

  /// Series of different tables are apart, also where their ids are not.
  static func salt(_ table: String) -> UInt64 { XXH3.hash64(of: Array(table.utf8).span.bytes) }

  static func seriesKey(_ series: UInt64, _ salt: UInt64) -> UInt64 { series ^ salt }

  private static func newSeries(
    _ series: SeriesRows, _ salt: UInt64, _ state: inout State, _ write: WriteState
  ) -> SeriesRows {
    var rows: [UInt64: UInt32] = [:]
    for (row, series) in series.ids.enumerated() {
      let id = Self.seriesKey(series, salt)
      if state.known?.contains(id) ?? false { continue }
      if let earlier = state.uncertain[id], earlier !== write {
        switch earlier.phase {
        case .durable:
          state.known?.insert(id)
          state.uncertain[id] = nil
          continue
        case .void: break
        // Should the earlier one fail, this entry is the first; should it not, it is left out later.
        case .pending: break
        }
      }
      state.uncertain[id] = write
      rows[id] = UInt32(row)
    }
    guard !rows.isEmpty else { return SeriesRows(columns: series.columns.map { Column($0.type) }) }
    let order = rows.values.sorted()
    return SeriesRows(
      ids: order.map { series.ids[Int($0)] }, columns: series.columns.map { $0.gathering(order) })
  }

  /// Lets files go that nobody has read since the last time, and the known series when nothing was written for
  /// `interval`.
  func closeIdle(_ now: UInt64, after interval: Duration) {
    let parts = self.state.withLock { state -> [PartHandle] in
      let isIdle = state.quietFor(now) >= interval
      if isIdle, state.uncertain.isEmpty { state.known = nil }
      return state.parts
    }
    for part in parts { part.closeIdle() }
  }

  /// Forgets the rows in memory and takes no more: the segment goes. A flush under way ends first. Answers
  /// the bytes of memory that are free now.
  func drop() async -> Int {
    await self.gate.enter()
    defer { self.gate.leave() }
    return self.state.withLock { state in
      state.isDropped = true
      let bytes = state.memory.byteCount + (state.frozen?.byteCount ?? 0)
      state.memory = MemoryPart()
      state.frozen = nil
      return bytes
    }
  }

  /// Writes the manifest of what `state` holds. Called inside of the gate.
  func writeManifest(_ parts: [PartHandle], nextNumber: UInt64, through: UInt64)
    async throws(SeriesError)
  {
    var manifest = ShardManifest()
    manifest.nextNumber = nextNumber
    manifest.through = through
    manifest.parts = parts.map(\.record)
    let bytes = manifest.bytes()
    do {
      try await self.disk.replace(self.directory + "/" + ShardManifest.fileName, with: bytes)
    } catch {
      throw SeriesError.io("write a manifest", error)
    }
  }
}
