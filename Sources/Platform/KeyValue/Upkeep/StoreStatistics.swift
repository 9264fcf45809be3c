private import CRocksDB

/// What a store holds and has done. Counters start when it is opened.
public struct StoreStatistics: Sendable {
  public var commits: CommitStatistics

  // Memory and disk, over all families
  public var estimatedKeys: Int
  public var tableBytes: Int
  public var writeBufferBytes: Int
  public var tableReaderBytes: Int
  public var cacheUsedBytes: Int
  public var cachePinnedBytes: Int
  public var level0Files: Int
  public var pendingCompactionBytes: Int
  public var snapshots: Int
  public var isWriteStopped: Bool
  /// The rate that writes are held to; 0 when they are not slowed down.
  public var delayedWriteBytesPerSecond: Int

  // What the library has told
  public var flushes: Int
  public var compactions: Int
  public var compactionReadBytes: Int
  public var compactionWrittenBytes: Int
  public var stalls: Int
  public var backgroundErrors: Int
  public var recoveries: Int

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

  /// Name and value of every number, for a metrics registry. Names are stable.
  public var numbers: [(name: StaticString, value: Int, isCounter: Bool)] {
    [
      ("kv_commit_waiting", self.commits.waiting, false),
      ("kv_commit_groups_total", self.commits.groups, true),
      ("kv_commit_requests_total", self.commits.requests, true),
      ("kv_commit_bytes_total", self.commits.bytes, true),
      ("kv_keys", self.estimatedKeys, false),
      ("kv_table_bytes", self.tableBytes, false),
      ("kv_write_buffer_bytes", self.writeBufferBytes, false),
      ("kv_table_reader_bytes", self.tableReaderBytes, false),
      ("kv_cache_used_bytes", self.cacheUsedBytes, false),
      ("kv_cache_pinned_bytes", self.cachePinnedBytes, false),
      ("kv_level0_files", self.level0Files, false),
      ("kv_pending_compaction_bytes", self.pendingCompactionBytes, false),
      ("kv_snapshots", self.snapshots, false),
      ("kv_write_stopped", self.isWriteStopped ? 1 : 0, false),
      ("kv_delayed_write_bytes_per_second", self.delayedWriteBytesPerSecond, false),
      ("kv_flushes_total", self.flushes, true),
      ("kv_compactions_total", self.compactions, true),
      ("kv_compaction_read_bytes_total", self.compactionReadBytes, true),
      ("kv_compaction_written_bytes_total", self.compactionWrittenBytes, true),
      ("kv_stalls_total", self.stalls, true),
      ("kv_background_errors_total", self.backgroundErrors, true),
      ("kv_recoveries_total", self.recoveries, true),
    ]
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
