/// Why keys cannot be had.
public struct SecurityError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var hint: String?
  public var cause: (any Error)?

  public init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
    self.cause = cause
  }

  public var description: String {
    "\(self.code.rawValue): \(self.message)" + (self.hint.map { " (\($0))" } ?? "")
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// There is no master key where it should be.
    public static let masterKeyMissing = Code(rawValue: "security.master_key_missing")
    /// The master key is too short to be one.
    public static let masterKeyShort = Code(rawValue: "security.master_key_short")
    /// Others than the owner may read the master key's file.
    public static let masterKeyExposed = Code(rawValue: "security.master_key_exposed")
    /// The key ring is sealed under another master key.
    public static let masterKeyWrong = Code(rawValue: "security.master_key_wrong")
    /// The key ring's file is not what was written.
    public static let ringDamaged = Code(rawValue: "security.ring_damaged")
    /// The key ring was written by a later version.
    public static let ringNewer = Code(rawValue: "security.ring_newer")
    public static let keyUnknown = Code(rawValue: "security.key_unknown")
    /// The newest version of a key is in use and cannot be destroyed.
    public static let keyActive = Code(rawValue: "security.key_active")
    /// The ring has as many keys as it may.
    public static let ringFull = Code(rawValue: "security.ring_full")
    /// Another daemon has changed the ring since it was read.
    public static let ringChanged = Code(rawValue: "security.ring_changed")
    /// A file could not be read or written; see `cause`.
    public static let diskFailed = Code(rawValue: "security.disk_failed")
  }
}
