internal import Runtime

/// What recovery found: where the next block goes and what it follows.
struct RecoveredJournal {
  var journalID: JournalID
  /// The segment that is written next; nil when there is none yet.
  var open: OpenSegment?
  /// The greatest number of a segment that was ever begun; 0 in a new journal.
  var lastSegment: UInt64 = 0
  var firstSegment: UInt64 = 1
  var nextSequence: UInt64 = 1
  /// Checksum of the latest block, or of the segment header when it has none.
  var previous: UInt64 = 0
  var epoch: UInt64 = 0
  /// The last record was never finished: the next block says so.
  var hasPartial = false
  /// Files without meaning, and whether they are known to hold zeros only.
  var spares: [SpareFile] = []
  /// Trimmed and unused segment files that become spares.
  var leftovers: [LeftoverFile] = []

  struct OpenSegment {
    var header: SegmentHeader
    var file: any DiskFile
    /// Where the next block goes.
    var offset: Int
    /// Where the last batch begins, the only bytes whose sync may not have ended.
    var lastBatchOffset: Int
    /// Pages behind `offset` that are not zeros.
    var dirtyPages: [Int] = []
  }

  struct LeftoverFile {
    var name: String
    var isBlank: Bool
  }
}

/// A file kept for later.
struct SpareFile: Sendable {
  var name: String
  /// It holds nothing but durable zeros.
  var isBlank: Bool
}
