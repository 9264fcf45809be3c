private import Protobuf

/// Why a call failed, on either side of it.
public struct LinkError: Error, Sendable, Equatable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var hint: String?
  /// When trying again makes sense, if the server said so.
  public var retryAfter: Duration?
  /// What the service adds, by the code.
  public var detail: [UInt8]
  /// The term that the answering side believes in; it goes over the wire in the header.
  public var epoch: UInt64

  public init(
    _ code: Code, _ message: String, hint: String? = nil, retryAfter: Duration? = nil,
    detail: [UInt8] = [], epoch: UInt64 = 0
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.retryAfter = retryAfter
    self.detail = detail
    self.epoch = epoch
  }

  public var description: String { "\(self.code): \(self.message)" }

  /// The numbers that go over the wire. 1 to 99 are of Link and of the storage nodes; services add their
  /// own from 1000. New ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A bug or an I/O error on the other side.
    public static let `internal` = Code(rawValue: 1)
    public static let notFound = Code(rawValue: 2)
    /// A stored checksum is wrong.
    public static let corrupted = Code(rawValue: 3)
    /// A queue is full: back off, then retry.
    public static let slowDown = Code(rawValue: 4)
    /// The node drains: go to another or reconnect.
    public static let shuttingDown = Code(rawValue: 5)
    public static let fenceStale = Code(rawValue: 6)
    public static let wrongDevice = Code(rawValue: 7)
    public static let versionSkipped = Code(rawValue: 8)
    public static let noSpace = Code(rawValue: 9)
    /// The caller believes in a term that is over; the reply's epoch is the present one.
    public static let staleEpoch = Code(rawValue: 10)
    public static let deadlineExceeded = Code(rawValue: 11)
    public static let cancelled = Code(rawValue: 12)
    public static let unknownCommand = Code(rawValue: 13)
    /// The body is not what the command takes, or too large.
    public static let badRequest = Code(rawValue: 14)
    /// The handshake failed: another cluster, another secret, no common version.
    public static let refused = Code(rawValue: 15)
    /// A frame that breaks the protocol; the connection is closed.
    public static let malformed = Code(rawValue: 16)
    /// No connection, or it broke before the answer came: whether the call was done is not known.
    public static let unreachable = Code(rawValue: 17)
    /// The circuit breaker is open: not tried.
    public static let circuitOpen = Code(rawValue: 18)

    private static let names: [UInt32: String] = [
      1: "internal", 2: "not_found", 3: "corrupted", 4: "slow_down", 5: "shutting_down",
      6: "fence_stale", 7: "wrong_device", 8: "version_skipped", 9: "no_space", 10: "stale_epoch",
      11: "deadline_exceeded", 12: "cancelled", 13: "unknown_command", 14: "bad_request",
      15: "refused", 16: "malformed", 17: "unreachable", 18: "circuit_open",
    ]

    /// The stable identifier: `link.slow_down`; `link.1001` for a service's own.
    public var description: String { "link." + (Self.names[self.rawValue] ?? "\(self.rawValue)") }
  }
}

extension LinkError {
  /// The error as the body of a reply; long texts are cut.
  public var failure: Failure {
    Failure {
      $0.code = self.code.rawValue
      $0.message = String(self.message.prefix(1024))
      $0.hint = String((self.hint ?? "").prefix(1024))
      if let retryAfter = self.retryAfter {
        let (seconds, attoseconds) = retryAfter.components
        $0.retryAfterMs = UInt32(
          clamping: Int64(clamping: seconds.magnitude) * 1000 + attoseconds / 1_000_000_000_000_000)
      }
      $0.detail = self.detail
    }
  }

  /// What the other side said.
  public init(_ failure: Failure, epoch: UInt64 = 0) {
    self.init(
      Code(rawValue: failure.code), failure.message,
      hint: failure.hint.isEmpty ? nil : failure.hint,
      retryAfter: failure.retryAfterMs == 0 ? nil : .milliseconds(Int64(failure.retryAfterMs)),
      detail: failure.detail, epoch: epoch)
  }
}
