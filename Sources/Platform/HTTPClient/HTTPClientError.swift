/// Why a request has no answer.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String
  public var hint: String?
  /// Whether the server may have acted on the request: false only when it cannot have.
  public var mayHaveArrived: Bool

  public init(_ code: Code, _ message: String, hint: String? = nil, mayHaveArrived: Bool = false) {
    self.code = code
    self.message = message
    self.hint = hint
    self.mayHaveArrived = mayHaveArrived
  }

  public var description: String { "\(self.code.rawValue): \(self.message)" }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let badURL = Code(rawValue: "http_client.bad_url")
    public static let nameUnknown = Code(rawValue: "http_client.name_unknown")
    public static let cannotConnect = Code(rawValue: "http_client.cannot_connect")
    public static let timedOut = Code(rawValue: "http_client.timed_out")
    public static let tls = Code(rawValue: "http_client.tls")
    public static let disconnected = Code(rawValue: "http_client.disconnected")
    public static let badAnswer = Code(rawValue: "http_client.bad_answer")
    public static let answerTooLarge = Code(rawValue: "http_client.answer_too_large")
    public static let tooManyRedirects = Code(rawValue: "http_client.too_many_redirects")
    public static let contentFailed = Code(rawValue: "http_client.content_failed")
    public static let cancelled = Code(rawValue: "http_client.cancelled")
    public static let overloaded = Code(rawValue: "http_client.overloaded")
    public static let stopped = Code(rawValue: "http_client.stopped")
    public static let other = Code(rawValue: "http_client.other")
  }
}
