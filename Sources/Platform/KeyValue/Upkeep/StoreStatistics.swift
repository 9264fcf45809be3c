private import CRocksDB

/// What a store holds and has done. Counters start when it is opened.
public struct StoreStatistics: Sendable {
  public var commits = CommitStatistics()

  // Memory and disk, over all families
  public var estimatedKeys = 0
  public var tableBytes = 0
  public var writeBufferBytes = 0
  public var tableReaderBytes = 0
  public var cacheUsedBytes = 0
  public var cachePinnedBytes = 0
  public var level0Files = 0
  public var pendingCompactionBytes = 0
  public var snapshots = 0
  public var isWriteStopped = false
  /// The rate that writes are held to; 0 when they are not slowed down.
  public var delayedWriteBytesPerSecond = 0

  // What the library has told
  public var flushes = 0
  public var compactions = 0
  public var compactionReadBytes = 0
  public var compactionWrittenBytes = 0
  public var stalls = 0
  public var backgroundErrors = 0
  public var recoveries = 0

  /// Nil unless the store was opened with `collectsStatistics`.
  public var ticks: Ticks?

  public struct Ticks: Sendable {
    public var cacheHits: Int
    public var cacheMisses: Int
    public var bufferHits: Int
    public var bufferMisses: Int
    public var filterUseful: Int
    public var keysRead: Int
    public var keysWritten: Int
    public var bytesRead: Int
    public var bytesWritten: Int
    public var logSyncs: Int
    public var logBytes: Int
    public var stallMicroseconds: Int
    public var seeks: Int
    public var nexts: Int
  }
}

extension Store {
  /// Takes the library's locks for a moment; meant for every few seconds.
  public func statistics() throws(StoreError) -> StoreStatistics {
    try self.native.use { () throws(StoreError) in
      let families = self.familyNames.compactMap { try? self.family($0) }
      func sum(_ property: String) -> Int {
        families.reduce(0) {
          $0 + Int(clamping: crocks_number(self.native.pointer, $1.pointer, property))
        }
      }
      func one(_ property: String) -> Int {
        guard let family = families.first else { return 0 }
        return Int(clamping: crocks_number(self.native.pointer, family.pointer, property))
      }
      var events = crocks_events()
      crocks_events_read(self.native.pointer, &events)
      return StoreStatistics(
        commits: self.commits.statistics,
        estimatedKeys: sum("rocksdb.estimate-num-keys"),
        tableBytes: sum("rocksdb.live-sst-files-size"),
        writeBufferBytes: sum("rocksdb.cur-size-all-mem-tables"),
        tableReaderBytes: sum("rocksdb.estimate-table-readers-mem"),
        cacheUsedBytes: one("rocksdb.block-cache-usage"),
        cachePinnedBytes: one("rocksdb.block-cache-pinned-usage"),
        level0Files: sum("rocksdb.num-files-at-level0"),
        pendingCompactionBytes: sum("rocksdb.estimate-pending-compaction-bytes"),
        snapshots: one("rocksdb.num-snapshots"),
        isWriteStopped: one("rocksdb.is-write-stopped") != 0,
        delayedWriteBytesPerSecond: one("rocksdb.actual-delayed-write-rate"),
        flushes: Int(clamping: events.flushes),
        compactions: Int(clamping: events.compactions),
        compactionReadBytes: Int(clamping: events.compaction_read_bytes),
        compactionWrittenBytes: Int(clamping: events.compaction_written_bytes),
        stalls: Int(clamping: events.stalls),
        backgroundErrors: Int(clamping: events.background_errors),
        recoveries: Int(clamping: events.recoveries),
        ticks: self.options.collectsStatistics ? self.ticks() : nil)
    }
  }

  /// The last warnings and errors that the library logged, newest last.
  public func messages() throws(StoreError) -> [String] {
    try self.native.use { () throws(StoreError) in
      guard let text = crocks_messages(self.native.pointer) else { return [] }
      defer { crocks_free(text) }
      return String(cString: text).split(separator: "\n").map(String.init)
    }
  }

  private func ticks() -> StoreStatistics.Ticks {
    var ticks = [UInt64](repeating: 0, count: Int(CROCKS_TICK_COUNT.rawValue))
    crocks_ticks_read(self.native.pointer, &ticks)
    func tick(_ name: crocks_tick) -> Int { Int(clamping: ticks[Int(name.rawValue)]) }
    return StoreStatistics.Ticks(
      cacheHits: tick(CROCKS_TICK_CACHE_HIT), cacheMisses: tick(CROCKS_TICK_CACHE_MISS),
      bufferHits: tick(CROCKS_TICK_MEMTABLE_HIT), bufferMisses: tick(CROCKS_TICK_MEMTABLE_MISS),
      filterUseful: tick(CROCKS_TICK_BLOOM_USEFUL), keysRead: tick(CROCKS_TICK_KEYS_READ),
      keysWritten: tick(CROCKS_TICK_KEYS_WRITTEN), bytesRead: tick(CROCKS_TICK_BYTES_READ),
      bytesWritten: tick(CROCKS_TICK_BYTES_WRITTEN), logSyncs: tick(CROCKS_TICK_LOG_SYNCS),
      logBytes: tick(CROCKS_TICK_LOG_BYTES),
      stallMicroseconds: tick(CROCKS_TICK_STALL_MICROSECONDS), seeks: tick(CROCKS_TICK_SEEKS),
      nexts: tick(CROCKS_TICK_NEXTS))
  }
}
