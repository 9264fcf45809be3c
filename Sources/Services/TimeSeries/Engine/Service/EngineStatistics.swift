/// What an engine has done since it was opened.
public struct EngineStatistics: Sendable, Hashable {
  public var rowsWritten = 0
  public var rowsExpired = 0
  public var rowsReplayed = 0
  public var writes = 0
  public var writesRefused = 0
  public var flushes = 0
  public var flushFailures = 0
  public var merges = 0
  public var mergeFailures = 0
  public var mergedBytesRead: Int64 = 0
  public var mergedBytesWritten: Int64 = 0
  public var segmentsDropped = 0
  /// Looks for segments whose time is over.
  public var retentions = 0
  public var retentionFailures = 0
  public var retentionNanoseconds: Int64 = 0
  public var damagedParts = 0
  /// Commits of the journal, each with a sync; the bytes they wrote; how long the latest and the longest took.
  public var journalCommits = 0
  public var journalBytes = 0
  public var journalNanoseconds: UInt64 = 0
  public var journalNanosecondsMax: UInt64 = 0
  /// Pages of indexes and of entries that were there already, and that had to be read.
  public var cacheHits = 0
  public var cacheMisses = 0
  /// Now.
  public var memoryBytes = 0
  public var memoryRows = 0
  public var cacheBytes = 0
  public var isDiskFull = false

  public init() {}
}

/// One part of a shard, for people.
public struct PartInventory: Sendable, Hashable {
  public var file: String
  public var bytes: Int64
  public var rows: Int64
  public var series: Int64
  public var times: ClosedRange<Int64>?
}

/// What was done for a shard since the engine was opened.
public struct ShardWork: Sendable, Hashable {
  public var batches = 0
  public var rows = 0
  public var flushes = 0
  public var flushFailures = 0
  public var flushNanoseconds: Int64 = 0
  public var merges = 0
  public var mergeFailures = 0
  public var mergedParts = 0
  public var mergeNanoseconds: Int64 = 0

  public init() {}
}

public struct ShardInventory: Sendable, Hashable {
  public var shard: UInt32
  public var memoryRows: Int
  public var memoryBytes: Int
  /// Parts that merges would still save.
  public var backlog: Int
  public var parts: [PartInventory]
  public var work = ShardWork()
}

public struct SegmentInventory: Sendable, Hashable {
  public var group: String
  public var times: Range<Int64>
  public var shards: [ShardInventory]
}
