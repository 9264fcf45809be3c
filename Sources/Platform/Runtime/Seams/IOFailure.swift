private import Glibc

/// An operation on a file, a socket or a ring that the kernel (or a simulated one) refused.
public struct IOFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The errno, positive.
  public var code: Int32
  /// The call that failed, as in its manual page.
  public var operation: StaticString
  /// What it was done to: a path, an address.
  public var subject: String?

  public init(code: Int32, operation: StaticString, subject: String? = nil) {
    self.code = code
    self.operation = operation
    self.subject = subject
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.code == right.code && left.subject == right.subject
      && left.operation.description == right.operation.description
  }

  public var description: String {
    let reason = String(cString: strerror(self.code))
    guard let subject = self.subject else { return "\(self.operation): \(reason)" }
    return "\(self.operation) \(subject): \(reason)"
  }

  public var isNotFound: Bool { self.code == ENOENT }
  public var isOutOfSpace: Bool { self.code == ENOSPC || self.code == EDQUOT }
  /// The peer went away, or the connection was closed under the operation.
  public var isDisconnect: Bool {
    [ECONNRESET, EPIPE, ECONNABORTED, ENOTCONN, ESHUTDOWN].contains(self.code)
  }
  public var isTimeout: Bool { self.code == ETIMEDOUT }
  public var isCancelled: Bool { self.code == ECANCELED }

  public static func timedOut(_ operation: StaticString, _ subject: String? = nil) -> Self {
    Self(code: ETIMEDOUT, operation: operation, subject: subject)
  }
  public static func cancelled(_ operation: StaticString, _ subject: String? = nil) -> Self {
    Self(code: ECANCELED, operation: operation, subject: subject)
  }
  /// The connection ended where more bytes were promised.
  public static func disconnected(_ operation: StaticString, _ subject: String? = nil) -> Self {
    Self(code: ECONNRESET, operation: operation, subject: subject)
  }
}
