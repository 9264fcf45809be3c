internal import Runtime

/// Why a journal could not be opened, written or read.
public struct JournalError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var hint: String?
  /// The segment file it is about, and where in it.
  public var file: String?
  public var offset: Int64?
  public var cause: (any Error)?

  init(
    _ code: Code, _ message: String, hint: String? = nil, file: String? = nil,
    offset: Int64? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.file = file
    self.offset = offset
    self.cause = cause
  }

  public var description: String {
    "\(self.code.rawValue): \(self.message)" + (self.hint.map { " (\($0))" } ?? "")
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Bytes that were durable are not what was written: nothing is served, nothing is changed.
    public static let damaged = Code(rawValue: "journal.damaged")
    /// The operating system refused an operation.
    public static let io = Code(rawValue: "journal.io")
    /// A write or a sync failed while running: what it held may or may not be there after reopening.
    public static let poisoned = Code(rawValue: "journal.poisoned")
    /// No space for another segment. Appends succeed again once there is.
    public static let outOfSpace = Code(rawValue: "journal.out_of_space")
    /// The queue is full: slow down.
    public static let overloaded = Code(rawValue: "journal.overloaded")
    public static let recordTooLarge = Code(rawValue: "journal.record_too_large")
    /// The journal is closed, or its writer has ended.
    public static let closed = Code(rawValue: "journal.closed")
    /// A reader is at records that were trimmed.
    public static let trimmed = Code(rawValue: "journal.trimmed")
    /// Somebody with a greater epoch owns the journal.
    public static let fenced = Code(rawValue: "journal.fenced")
    /// The journal was opened with an epoch smaller than one it has seen.
    public static let staleEpoch = Code(rawValue: "journal.stale_epoch")
    /// A segment is sealed with a key that was not given.
    public static let keyMissing = Code(rawValue: "journal.key_missing")
    /// Sealed bytes that the key does not open: another key under the same id, or changed by somebody.
    public static let notAuthentic = Code(rawValue: "journal.not_authentic")
    /// Another process, or this one, has the journal open.
    public static let locked = Code(rawValue: "journal.locked")
    /// Written by a newer version.
    public static let newerFormat = Code(rawValue: "journal.newer_format")
    /// What replays the records refused one.
    public static let replayRefused = Code(rawValue: "journal.replay_refused")
  }

  static func io(_ doing: String, _ failure: IOFailure) -> JournalError {
    if failure.isOutOfSpace {
      return JournalError(
        .outOfSpace, "cannot \(doing): \(failure)",
        hint: "free space on the device or trim the journal; appends then succeed again",
        file: failure.subject, cause: failure)
    }
    return JournalError(.io, "cannot \(doing): \(failure)", file: failure.subject, cause: failure)
  }

  static func poisoned(by failure: IOFailure, file: String) -> JournalError {
    JournalError(
      .poisoned,
      "cannot make records durable: \(failure); whether the last ones survive is unknown",
      hint: "reopen the journal: recovery decides what is there", file: file, cause: failure)
  }

  static let closed = JournalError(.closed, "the journal is closed")
}
