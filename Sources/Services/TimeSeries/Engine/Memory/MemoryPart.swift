internal import SeriesColumns

/// What one call left of one table: rows as they came, and the entries of series that were new.
struct MemoryChunk: Sendable {
  var sequence: UInt64
  var state: WriteState
  var schema: TableSchema
  var seriesIDs: [UInt64]
  var timestamps: [Int64]
  var versions: [Int64]
  var columns: [Column]
  var series: SeriesRows

  init(_ batch: RowBatch, new series: SeriesRows, sequence: UInt64, state: WriteState) {
    self.sequence = sequence
    self.state = state
    self.schema = batch.schema
    self.seriesIDs = batch.seriesIDs
    self.timestamps = batch.timestamps
    self.versions = batch.versions
    self.columns = batch.columns
    self.series = series
  }
}

/// Rows of a shard and segment that are in the journal and not yet in a part. A value: a view copies it,
/// which copies nothing but references.
struct MemoryPart: Sendable {
  private(set) var tables: [String: [MemoryChunk]] = [:]
  private(set) var byteCount = 0
  private(set) var rowCount = 0
  private(set) var firstSequence: UInt64 = 0
  private(set) var lastSequence: UInt64 = 0
  private(set) var leastTime = Int64.max
  private(set) var greatestTime = Int64.min
  /// When its first rows came, in nanoseconds of the engine's clock.
  private(set) var since: UInt64 = 0

  var isEmpty: Bool { self.tables.isEmpty }

  mutating func insert(_ chunk: MemoryChunk, byteCount: Int, now: UInt64) {
    if self.isEmpty {
      self.firstSequence = chunk.sequence
      self.since = now
    }
    self.lastSequence = chunk.sequence
    self.byteCount += byteCount
    self.rowCount += chunk.timestamps.count
    for time in chunk.timestamps {
      self.leastTime = min(self.leastTime, time)
      self.greatestTime = max(self.greatestTime, time)
    }
    self.tables[chunk.schema.name, default: []].append(chunk)
  }

  /// Whether a call that left rows here still waits for the journal.
  var isSettled: Bool {
    self.tables.values.allSatisfy { $0.allSatisfy { $0.state.phase != .pending } }
  }
}
