internal import Journal
public import Runtime
public import SeriesColumns
internal import Synchronization
internal import Values

/// Stores rows of time-series tables and gives them back: segments of time, shards, a journal, memory, parts.
///
/// Use: `open` it, keep `run` running in a task of a group, `apply` every group, `write`, `view`, `close`.
/// Any task may write and read. DESIGN.md has the bytes and the rules.
public final class SeriesEngine: Sendable {
  struct State {
    var groups: [String: GroupState] = [:]
    var statistics = EngineStatistics()
    /// Why nothing is written any more.
    var failure: SeriesError?
    var isClosing = false
    var isDiskFull = false
    /// First sequence number of each journal segment, for trims.
    var journalSegments: [UInt64: UInt64] = [:]
    /// Sequence numbers up to which records of dropped groups are not replayed.
    var drops: [String: UInt64] = [:]
    /// Groups whose restored rows are just being shown: none is written meanwhile.
    var restoring: Set<String> = []
  }

  /// What gives writes their order: the number of the latest one.
  struct Order {
    var sequence: UInt64 = 0
  }

  let directory: String
  let disk: any Disk
  let clock: any TimeSource
  let options: EngineOptions
  let journal: Journal
  let state: Mutex<State>
  let order: Mutex<Order>
  let start: MonotonicTime
  let wallStart: WallTime
  /// Makes and drops of segments and groups, one at a time.
  let layout = Turnstile()
  /// Rows in memory of all shards, roughly.
  let memoryBytes = Atomic<Int>(0)
  let cache: PageCache

  private init(
    directory: String, disk: any Disk, clock: any TimeSource, options: EngineOptions,
    journal: Journal, state: consuming State
  ) {
    self.directory = directory
    self.disk = disk
    self.clock = clock
    self.options = options
    self.journal = journal
    self.cache = PageCache(byteCountMax: options.pageCacheBytes)
    self.state = Mutex(state)
    self.order = Mutex(Order())
    self.start = clock.now
    self.wallStart = clock.wallNow
  }

  /// Opens the engine in `directory`, or creates one. When it returns, all that was ever acknowledged is
  /// there, once.
  ///
  /// Throws `damaged` when the journal or a manifest is not what was written. A damaged part does not
  /// keep the engine from opening: it is found when it is read, and what it may hold is then an error.
  public static func open(
    _ directory: String, on disk: any Disk, clock: any TimeSource,
    random: any RandomSource = SystemRandom.shared, options: EngineOptions = EngineOptions()
  ) async throws(SeriesError) -> SeriesEngine {
    let journal: Journal
    do {
      journal = try await Journal.open(
        directory + "/journal", on: disk, clock: clock, random: random, options: options.journal
      ) { _ in }
    } catch {
      throw SeriesError.journal(error)
    }
    try await self.clearMoves(directory, on: disk)
    var state = State()
    state.drops = try await DropList.read(directory, on: disk)
    state.groups = try await self.findGroups(directory, on: disk)
    let engine = SeriesEngine(
      directory: directory, disk: disk, clock: clock, options: options, journal: journal,
      state: state)
    try await engine.replay()
    return engine
  }

  static func groupsDirectory(_ directory: String) -> String { directory + "/groups" }

  func groupDirectory(_ group: String) -> String {
    Self.groupsDirectory(self.directory) + "/" + FolderName.encode(group)
  }

  private static func findGroups(
    _ directory: String, on disk: any Disk
  ) async throws(SeriesError) -> [String: GroupState] {
    let root = self.groupsDirectory(directory)
    var groups: [String: GroupState] = [:]
    do {
      try await disk.createDirectories(root)
      for entry in try await disk.list(root) where entry.isDirectory {
        if entry.name.hasPrefix(RemovedFolder.prefix) {
          try await RemovedFolder.clear(root + "/" + entry.name, on: disk)
          continue
        }
        guard let name = FolderName.decode(entry.name) else { continue }
        groups[name] = GroupState()
      }
    } catch {
      throw SeriesError.io("list the groups", error)
    }
    for name in groups.keys {
      groups[name] = try await self.findSegments(
        name, root + "/" + FolderName.encode(name), on: disk)
    }
    return groups
  }

  static func findSegments(
    _ group: String, _ directory: String, on disk: any Disk
  ) async throws(SeriesError) -> GroupState {
    var found: [Range<Int64>] = []
    do {
      for entry in try await disk.list(directory) where entry.isDirectory {
        if entry.name.hasPrefix(RemovedFolder.prefix) {
          try await RemovedFolder.clear(directory + "/" + entry.name, on: disk)
        } else if let times = Segment.times(of: entry.name) {
          found.append(times)
        }
      }
    } catch {
      throw SeriesError.io("list a group", error)
    }
    var state = GroupState()
    for times in found {
      state.add(
        try await Segment.open(group: group, times: times, in: directory, on: disk))
    }
    return state
  }

  /// Brings what the journal holds and no part does back into memory.
  private func replay() async throws(SeriesError) {
    let reader = self.journal.reader()
    var schemas = SchemaTable()
    let durable = WriteState(.durable)
    var last: UInt64 = 0
    while let record = try await self.nextRecord(reader) {
      let read: (sequence: UInt64, pieces: [WritePiece])
      do throws(ColumnError) {
        read = try WriteRecord.read(record.bytes, &schemas)
      } catch {
        throw SeriesError(
          .damaged, "the journal's record at \(record.position): \(error.message)")
      }
      last = max(last, read.sequence)
      self.noteJournal(record.position, read.sequence)
      for piece in read.pieces {
        try await self.replay(piece, read.sequence, durable)
      }
    }
    let manifests = self.allShards().map { shard in shard.state.withLock { $0.through } }
    let drops = self.state.withLock { $0.drops.values.max() ?? 0 }
    let greatest = max(last, manifests.max() ?? 0, drops)
    self.order.withLock { $0.sequence = greatest }
  }

  private func nextRecord(_ reader: JournalReader) async throws(SeriesError) -> JournalRecord? {
    do {
      return try await reader.next(waits: false)
    } catch {
      throw SeriesError.journal(error)
    }
  }

  private func replay(
    _ piece: WritePiece, _ sequence: UInt64, _ durable: WriteState
  ) async throws(SeriesError) {
    let group = piece.batch.group
    let segment = self.state.withLock { state -> Segment? in
      if let dropped = state.drops[group], sequence <= dropped { return nil }
      let middle = piece.times.lowerBound
      if let segment = state.groups[group]?.segment(of: middle) { return segment }
      let segment = Segment(
        group: group, times: piece.times, in: self.groupDirectory(group), on: self.disk)
      state.groups[group, default: GroupState()].add(segment)
      return segment
    }
    guard let segment else { return }
    let shard = segment.shard(piece.batch.shard)
    guard shard.state.withLock({ sequence > $0.through }) else { return }
    try await shard.learnSeries()
    _ = shard.insert(
      piece.batch, sequence: sequence, state: durable, now: self.clock.now.nanoseconds)
    self.memoryBytes.add(piece.batch.byteCount, ordering: .relaxed)
    self.state.withLock { $0.statistics.rowsReplayed += piece.batch.count }
  }

  func noteJournal(_ position: JournalPosition, _ sequence: UInt64) {
    self.state.withLock { state in
      let first = state.journalSegments[position.segment] ?? .max
      state.journalSegments[position.segment] = min(first, sequence)
    }
  }

  func allSegments(_ group: String? = nil) -> [Segment] {
    self.state.withLock { state in
      if let group { return state.groups[group]?.segments ?? [] }
      return state.groups.keys.sorted().flatMap { state.groups[$0]?.segments ?? [] }
    }
  }

  func allShards(_ group: String? = nil) -> [Shard] {
    self.allSegments(group).flatMap { $0.allShards() }
  }

  /// Makes a group known, or changes how new segments of it are made and how long they stay. At the start
  /// for every group, and at every change.
  public func apply(group: String, _ options: GroupOptions) {
    self.state.withLock { $0.groups[group, default: GroupState()].options = options }
  }

  public var statistics: EngineStatistics {
    let shards = self.allShards()
    var statistics = self.state.withLock { state in
      var statistics = state.statistics
      statistics.isDiskFull = state.isDiskFull
      (statistics.cacheBytes, statistics.cacheHits, statistics.cacheMisses) = self.cache.statistics
      return statistics
    }
    let journal = self.journal.statistics
    statistics.journalCommits = journal.commits
    statistics.journalBytes = journal.bytesWritten
    statistics.journalNanoseconds = journal.commitNanoseconds
    statistics.journalNanosecondsMax = journal.commitNanosecondsMax
    for shard in shards {
      shard.state.withLock { state in
        statistics.memoryRows += state.memory.rowCount + (state.frozen?.rowCount ?? 0)
        statistics.memoryBytes += state.memory.byteCount + (state.frozen?.byteCount ?? 0)
      }
    }
    return statistics
  }

  /// Segments, shards and parts, of one group or of all.
  public func inventory(group: String? = nil) -> [SegmentInventory] {
    self.allSegments(group).map { segment in
      SegmentInventory(
        group: segment.group, times: segment.times,
        shards: segment.allShards().map { self.inventory($0) })
    }
  }

  private func inventory(_ shard: Shard) -> ShardInventory {
    shard.state.withLock { state in
      ShardInventory(
        shard: shard.number, memoryRows: state.memory.rowCount + (state.frozen?.rowCount ?? 0),
        memoryBytes: state.memory.byteCount + (state.frozen?.byteCount ?? 0),
        backlog: self.options.policy.backlog(state.parts.map(\.record.byteCount)),
        parts: state.parts.map { PartInventory($0) }, work: state.work)
    }
  }
}
