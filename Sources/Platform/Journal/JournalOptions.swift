/// Sizes and limits of a journal.
public struct JournalOptions: Sendable {
  /// Size of a new segment file: a multiple of 4096, at most 1 GiB.
  public var segmentBytes = 64 << 20
  /// The largest record; at most `recordBytesLimit`.
  public var recordBytesMax = 16 << 20
  /// The largest block; a longer record spans several. At most `BlockHeader.byteCountMax`.
  public var blockBytesMax = 1 << 20
  /// How much one write and one sync carry.
  public var batchBytesMax = 4 << 20
  /// How long the first record of a batch waits for company. Zero: what gathers during one commit
  /// makes up the next.
  public var batchDelay: Duration = .zero
  /// Records and bytes that may wait; the next one is refused as `overloaded`.
  public var queueRecordsMax = 65_536
  public var queueBytesMax = 64 << 20
  /// Trimmed segments that are kept for reuse, at least one; further ones are removed.
  public var sparesMax = 2
  /// Writes zeros to a new segment before its use, so that no commit has to convert extents. (A
  /// recycled one is always overwritten.)
  public var zeroesSegments = true
  /// Writes past the page cache, where the file system can: measured 2 to 4 times as many commits a
  /// second as buffered writes with the same syncs.
  public var isDirect = true
  /// Seals new segments; nil leaves them readable.
  public var sealing: JournalSealing?
  /// The owner's epoch. Nil goes on with the greatest one seen.
  public var epoch: UInt64?

  public static let recordBytesLimit = 64 << 20

  public init() {}
  public init(_ change: (inout JournalOptions) -> Void) { change(&self) }

  func check() {
    precondition(
      self.segmentBytes % journalPageBytes == 0, "segmentBytes \(self.segmentBytes)")
    precondition(
      self.segmentBytes >= 3 * journalPageBytes && self.segmentBytes <= 1 << 30,
      "segmentBytes \(self.segmentBytes)")
    precondition(
      self.recordBytesMax > 0 && self.recordBytesMax <= Self.recordBytesLimit,
      "recordBytesMax \(self.recordBytesMax)")
    precondition(
      self.blockBytesMax % journalPageBytes == 0 && self.blockBytesMax >= journalPageBytes
        && self.blockBytesMax <= BlockHeader.blockBytesLimit,
      "blockBytesMax \(self.blockBytesMax)")
    precondition(
      self.batchBytesMax % journalPageBytes == 0 && self.batchBytesMax >= self.blockBytesMax,
      "batchBytesMax \(self.batchBytesMax)")
    precondition(self.queueBytesMax >= self.recordBytesMax, "queueBytesMax \(self.queueBytesMax)")
    precondition(self.queueRecordsMax > 0, "queueRecordsMax \(self.queueRecordsMax)")
    precondition(self.sparesMax > 0, "sparesMax \(self.sparesMax)")
  }
}

/// What every block begins and ends on: no durable page is ever written again with other bytes.
let journalPageBytes = 4096
/// What a device writes as a whole or not at all.
let journalSectorBytes = 512
