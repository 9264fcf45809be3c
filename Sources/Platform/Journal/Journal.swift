public import Runtime
internal import Synchronization
private import Values

/// A durable, ordered log of records: what is acknowledged survives, what is read is what was written.
///
/// Many tasks append; one writer gathers what waits into one write and one sync (group commit). Records
/// lie in segment files of a folder that belongs to the journal. DESIGN.md has the bytes and the rules
/// of recovery.
///
/// Use: `open` it, keep `run` running in a task of a group, append, `close`. Any task of any loop may
/// append, trim and read.
public final class Journal: Sendable {
  let disk: any Disk
  let directory: String
  let options: JournalOptions
  let clock: any TimeSource
  let journalID: JournalID
  let supply: SegmentSupply
  let writer: SegmentWriter
  /// Keeps other openers out until the writer has ended, or the journal goes.
  private let lock: Mutex<(any DiskFile)?>
  let state: Mutex<SharedState>

  private init(
    disk: any Disk, directory: String, options: JournalOptions, clock: any TimeSource,
    random: any RandomSource, lock: any DiskFile, found: RecoveredJournal, epoch: UInt64
  ) {
    self.disk = disk
    self.directory = directory
    self.options = options
    self.clock = clock
    self.lock = Mutex(lock)
    self.journalID = found.journalID
    self.supply = SegmentSupply(
      disk: disk, directory: directory, options: options, spares: found.spares)
    let salt = BlockSalt(low: random.next() | 1, high: random.next())
    self.writer = SegmentWriter(
      found, options: options, clock: clock, supply: self.supply, salt: salt)
    let end = SharedState.DurableEnd(
      segment: found.lastSegment, offset: found.open?.offset ?? journalPageBytes)
    self.state = Mutex(SharedState(epoch: epoch, firstSegment: found.firstSegment, durable: end))
  }

  /// Opens the journal in `directory`, or creates one, and hands its records to `recovering` in their
  /// order.
  ///
  /// Every record that was ever acknowledged and not trimmed is among them; one whose append was still
  /// under way may be. Records before `from` are proven but not handed over. When it returns, all of
  /// them are durable. Throws `damaged`, naming file and offset, when durable bytes are missing or
  /// changed, `staleEpoch` when a greater epoch owned the journal, `locked`, `keyMissing`, or
  /// `replayRefused` with what `recovering` threw; in all these cases no file was changed.
  public static func open(
    _ directory: String, on disk: any Disk, clock: any TimeSource,
    random: any RandomSource = SystemRandom.shared, options: JournalOptions = JournalOptions(),
    from: JournalPosition = .start, recovering: (borrowing JournalRecordView) throws -> Void
  ) async throws(JournalError) -> Journal {
    options.check()
    let lock = try await self.lock(directory, on: disk)
    let newID = JournalID(low: random.next(), high: random.next())
    let recovery = Recovery(
      disk: disk, directory: directory, options: options, newID: newID, from: from)
    try await recovery.scan(recovering)
    let epoch = options.epoch ?? max(recovery.found.epoch, 1)
    guard epoch >= recovery.found.epoch else {
      throw JournalError(
        .staleEpoch,
        "cannot open \(directory) in epoch \(epoch): epoch \(recovery.found.epoch) has owned it",
        hint: "somebody else owns the journal now")
    }
    try await recovery.repair()
    return Journal(
      disk: disk, directory: directory, options: options, clock: clock, random: random, lock: lock,
      found: recovery.found, epoch: epoch)
  }

  private static func lock(
    _ directory: String, on disk: any Disk
  ) async throws(JournalError) -> any DiskFile {
    do {
      try await disk.createDirectories(directory)
      let file = try await disk.open(directory + "/" + SegmentName.lock, .creating)
      try file.lock()
      return file
    } catch {
      guard error.code == 11 /* EWOULDBLOCK */ else {
        throw .io("open the journal's folder", error)
      }
      throw JournalError(
        .locked, "\(directory) is open already", hint: "another process uses this data directory",
        file: directory + "/" + SegmentName.lock, cause: error)
    }
  }

  /// Lets another opening in. Nothing is written from here any more.
  func unlock() { self.lock.withLock { $0 = nil } }

  /// The epoch that records are appended in.
  public var epoch: UInt64 { self.state.withLock { $0.epoch } }

  /// Every record before this position is durable.
  public var end: JournalPosition {
    self.state.withLock {
      JournalPosition(
        segment: $0.durable.segment, offset: UInt32(truncatingIfNeeded: $0.durable.offset))
    }
  }

  public var statistics: JournalStatistics {
    self.state.withLock { state in
      var statistics = state.statistics
      statistics.firstSegment = state.firstSegment
      statistics.lastSegment = state.durable.segment
      statistics.epoch = state.epoch
      return statistics
    }
  }
}
