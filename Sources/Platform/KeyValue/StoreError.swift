/// Why an operation on a store did not happen.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  /// What was attempted, on what, and why it failed.
  public var message: String
  public var hint: String?

  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Something else holds what is needed; the same call may succeed later.
    public static let busy = Code(rawValue: "kv.busy")
    /// Another process has the store open.
    public static let locked = Code(rawValue: "kv.locked")
    /// Bytes on disk are not what was written, or the key does not fit them.
    public static let corruption = Code(rawValue: "kv.corruption")
    public static let io = Code(rawValue: "kv.io")
    public static let fullDisk = Code(rawValue: "kv.full_disk")
    /// A store, family or backup that is not there. An absent key is no error.
    public static let notFound = Code(rawValue: "kv.not_found")
    /// Compactions lag behind: a write that must not wait was refused.
    public static let stalled = Code(rawValue: "kv.stalled")
    /// Too many requests wait; none of this one was done.
    public static let overloaded = Code(rawValue: "kv.overloaded")
    public static let closed = Code(rawValue: "kv.closed")
    public static let timedOut = Code(rawValue: "kv.timed_out")
    public static let invalid = Code(rawValue: "kv.invalid")
    public static let unsupported = Code(rawValue: "kv.unsupported")
  }

  public var description: String {
    "\(self.message) (\(self.code.rawValue))" + (self.hint.map { "; \($0)" } ?? "")
  }

  static func closed(_ path: String) -> StoreError {
    StoreError(.closed, "the store \(path) is closed")
  }
}
