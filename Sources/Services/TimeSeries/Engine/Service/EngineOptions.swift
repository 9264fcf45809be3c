public import Journal

/// Sizes, times and limits of an engine.
public struct EngineOptions: Sendable {
  /// Memory of one shard and segment that makes it a part.
  public var flushBytes = 32 << 20
  /// Age of the oldest row in memory that makes it a part, when there are `flushBytesMin`, and when there are
  /// fewer. The journal keeps them meanwhile: a part of a few rows costs five syncs and a merge.
  public var flushInterval: Duration = .seconds(5)
  public var flushBytesMin = 1 << 20
  public var flushIntervalMax: Duration = .seconds(60)
  /// Rows in memory of all shards; above it the largest are flushed, above twice of it writes wait.
  public var memoryBytesMax = 256 << 20
  /// How long a write waits for memory before it is refused as overloaded.
  public var writeWait: Duration = .seconds(10)
  /// How often the engine looks for work.
  public var tick: Duration = .milliseconds(100)
  /// How often it looks for expired segments and at the disk.
  public var upkeepInterval: Duration = .seconds(10)
  /// How long files of parts stay open that nobody reads.
  public var idleInterval: Duration = .seconds(60)
  /// Decoded pages of indexes and of entries of series.
  public var pageCacheBytes = 32 << 20
  public var mergeInputsMin = 4
  public var mergeInputsMax = 8
  public var mergeGainMin = 4.0
  /// How long a shard is left alone after a merge that failed.
  public var mergeRetry: Duration = .seconds(10)
  public var partBytesMax: Int64 = 2 << 30
  public var partsMax = 32
  /// Level of zstd in large merged parts, 1 in small ones; 0 leaves numbers as they are packed.
  public var mergeLevel = 3
  /// Bytes of rows a second that merges may read; 0: no limit.
  public var mergeBytesPerSecond = 0
  /// Percent of the disk above which writes are refused, and below which they are taken again.
  public var diskHighPercent = 95
  public var diskLowPercent = 85
  public var journal = JournalOptions {
    $0.recordBytesMax = 64 << 20
    $0.queueBytesMax = 256 << 20
  }

  public init() {}
  public init(_ change: (inout EngineOptions) -> Void) { change(&self) }

  var policy: MergePolicy {
    MergePolicy(
      inputsMax: self.mergeInputsMax, inputsMin: self.mergeInputsMin, gainMin: self.mergeGainMin,
      partBytesMax: self.partBytesMax, partsMax: self.partsMax)
  }
}
