public import JSON

/// Why a request was not done: a small manual page. `lakectl` shows it as it comes, adds what only it
/// knows and ends with `exit`.
public struct AdminError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Decides the status of the answer and the exit code of `lakectl`.
  public enum Kind: String, CaseIterable, Sendable {
    case failed, badRequest, notFound, conflict, unauthenticated, denied, unavailable, checkFailed
    case overLimit, notSupported

    public var status: UInt16 {
      switch self {
      case .failed: 500
      case .badRequest: 400
      case .notFound: 404
      case .conflict: 409
      case .unauthenticated: 401
      case .denied: 403
      case .unavailable: 503
      case .checkFailed: 422
      case .overLimit: 429
      case .notSupported: 501
      }
    }

    public var exit: Int32 {
      switch self {
      case .failed, .notSupported: 1
      case .badRequest: 2
      case .notFound: 3
      case .conflict: 4
      case .unauthenticated, .denied: 5
      case .unavailable: 6
      case .checkFailed: 8
      case .overLimit: 11
      }
    }
  }

  public var kind: Kind
  /// `area.reason`: stable, never reused.
  public var code: String
  /// One line with the names: lower case, no final stop.
  public var message: String
  /// The reason with its numbers.
  public var why: String?
  /// Commands that can be pasted.
  public var tries: [String]
  /// The same request may work later, unchanged.
  public var isRetryable: Bool
  /// Nil when it is not known.
  public var changed: Bool?
  public var details: JSONObject

  public init(
    _ kind: Kind, _ code: String, _ message: String, why: String? = nil, try tries: [String] = [],
    isRetryable: Bool? = nil, changed: Bool? = false, details: JSONObject = JSONObject()
  ) {
    self.kind = kind
    self.code = code
    self.message = message
    self.why = why
    self.tries = tries
    self.isRetryable = isRetryable ?? (kind == .unavailable || kind == .overLimit)
    self.changed = changed
    self.details = details
  }

  public var description: String {
    "\(self.code): \(self.message)" + (self.why.map { " (\($0))" } ?? "")
  }

  public func encode(to json: inout JSONWriter, requestID: String) {
    json.object { json in
      json.member("code", self.code)
      json.member("exit", self.kind.exit)
      json.member("message", self.message)
      json.member("why", self.why)
      json.member("try", self.tries)
      json.member("retryable", self.isRetryable)
      json.member("changed", self.changed)
      json.member("request_id", requestID)
      json.member("details", self.details)
    }
  }
}
