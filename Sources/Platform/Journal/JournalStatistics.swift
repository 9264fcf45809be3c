/// What a journal has done since it was opened, and what it holds.
public struct JournalStatistics: Sendable, Hashable {
  public var recordsAppended = 0
  public var recordBytes = 0
  /// Writes with a sync: each made one batch durable.
  public var commits = 0
  public var blocks = 0
  /// Bytes written, with headers and padding.
  public var bytesWritten = 0
  public var recordsRefused = 0
  public var queuedRecords = 0
  public var queuedBytes = 0
  public var firstSegment: UInt64 = 0
  public var lastSegment: UInt64 = 0
  public var epoch: UInt64 = 0
  /// Time of the latest commit, and of the longest.
  public var commitNanoseconds: UInt64 = 0
  public var commitNanosecondsMax: UInt64 = 0
}
