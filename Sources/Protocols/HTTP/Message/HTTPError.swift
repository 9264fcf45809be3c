/// Why a message is refused: the status that answers it, a stable code, and words for people.
///
/// The parsers throw it, and a handler may throw one of its own to answer with a status. `message` goes
/// to the client: it tells about the client's bytes only.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
  public var status: Status
  public var code: Code
  public var message: String
  public var hint: String?

  public init(_ status: Status, _ code: Code, _ message: String, hint: String? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.hint = hint
  }

  public var description: String { "\(self.status.code) \(self.code.rawValue): \(self.message)" }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let badRequestLine = Code(rawValue: "http.bad_request_line")
    public static let badStatusLine = Code(rawValue: "http.bad_status_line")
    public static let badTarget = Code(rawValue: "http.bad_target")
    public static let badField = Code(rawValue: "http.bad_field")
    public static let badHost = Code(rawValue: "http.bad_host")
    public static let badFraming = Code(rawValue: "http.bad_framing")
    public static let badChunk = Code(rawValue: "http.bad_chunk")
    public static let badParameter = Code(rawValue: "http.bad_parameter")
    public static let badHandshake = Code(rawValue: "http.bad_handshake")
    public static let truncated = Code(rawValue: "http.truncated")
    public static let timeout = Code(rawValue: "http.timeout")
    public static let lengthRequired = Code(rawValue: "http.length_required")
    public static let bodyTooLarge = Code(rawValue: "http.body_too_large")
    public static let targetTooLong = Code(rawValue: "http.target_too_long")
    public static let expectationUnknown = Code(rawValue: "http.expectation_unknown")
    public static let headerTooLarge = Code(rawValue: "http.header_too_large")
    public static let methodUnknown = Code(rawValue: "http.method_unknown")
    public static let codingUnknown = Code(rawValue: "http.coding_unknown")
    public static let versionUnknown = Code(rawValue: "http.version_unknown")
    public static let notFound = Code(rawValue: "http.not_found")
    public static let methodNotAllowed = Code(rawValue: "http.method_not_allowed")
    public static let overloaded = Code(rawValue: "http.overloaded")
    public static let upgradeRequired = Code(rawValue: "http.upgrade_required")
    public static let failure = Code(rawValue: "http.internal_failure")
  }
}
