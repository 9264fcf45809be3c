/// Why rows could not be written or read.
public struct SeriesError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var hint: String?
  /// The file it is about.
  public var file: String?
  public var cause: (any Error)?

  public init(
    _ code: Code, _ message: String, hint: String? = nil, file: String? = nil,
    cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.file = file
    self.cause = cause
  }

  public var description: String {
    "\(self.code.rawValue): \(self.message)" + (self.hint.map { " (\($0))" } ?? "")
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Bytes on disk are not what was written: what they hold is not answered.
    public static let damaged = Code(rawValue: "series.damaged")
    /// No space, or the high watermark is reached. Writes succeed again once there is space.
    public static let diskFull = Code(rawValue: "series.disk_full")
    /// The operating system refused an operation.
    public static let io = Code(rawValue: "series.io")
    /// Too much waits in memory or in the journal: slow down.
    public static let overloaded = Code(rawValue: "series.overloaded")
    /// A group that was not applied.
    public static let unknownGroup = Code(rawValue: "series.unknown_group")
    /// No node that has the rows answers.
    public static let unavailable = Code(rawValue: "series.unavailable")
    /// A node does not have these shards any more, or just now takes nothing for them: who knows where they
    /// are asks again.
    public static let moved = Code(rawValue: "series.moved")
    public static let closed = Code(rawValue: "series.closed")
    /// The journal failed: what was acknowledged is safe, nothing more is taken until it is reopened.
    public static let failed = Code(rawValue: "series.failed")
    public static let tooLarge = Code(rawValue: "series.too_large")
    /// A batch that does not fit its schema: a mistake of the caller.
    public static let malformed = Code(rawValue: "series.malformed")
    /// A snapshot of that name is there already.
    public static let alreadyThere = Code(rawValue: "series.already_there")
  }
}
