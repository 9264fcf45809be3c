/// Why PostgreSQL did not do what it was asked.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  /// Five characters, of a statement that failed; else empty.
  public var state = ""
  public var detail = ""
  /// The name of the constraint that was in the way; else empty.
  public var constraint = ""
  /// Which statement of the batch it was.
  public var statement = 0

  public enum Code: Sendable {
    /// Nothing was changed; the same may succeed later.
    case unavailable
    /// Too much waits; nothing was changed.
    case overloaded
    /// A batch was made, or it was not: nobody can tell now.
    case unknownOutcome
    /// A statement failed, and with it the batch: nothing was changed.
    case failed
  }

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String {
    self.state.isEmpty ? self.message : "\(self.message) (SQLSTATE \(self.state))"
  }
}
