package import Values

/// A bucket's tree. Never reused.
package struct RootID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  package var description: String { "root \(self.rawValue)" }
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What every call to a namespace carries besides its arguments: the head of the Link message.
package struct NamespaceCall: Sendable {
  package var root: RootID
  /// The term of the owner that the caller believes in; 0: whoever owns it. A stale one is refused with
  /// the present.
  package var epoch: UInt64
  package var trace: UInt64
  /// A mutation with a token is applied once and answers the same again, for a minute.
  package var token: RequestToken?
  package var deadline: MonotonicTime

  package init(
    root: RootID, epoch: UInt64 = 0, trace: UInt64 = 0, token: RequestToken? = nil,
    deadline: MonotonicTime = .distantFuture
  ) {
    self.root = root
    self.epoch = epoch
    self.trace = trace
    self.token = token
    self.deadline = deadline
  }
}

/// 16 random bytes that name one mutation.
package struct RequestToken: Hashable, Sendable {
  package var high: UInt64
  package var low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}
