public import HTTP
public import Observability

/// What a server allows its clients, and how long it waits for them.
public struct HTTPServerOptions: Sendable {
  /// In metrics: `server="s3"`.
  public var name = "http"
  /// Of every request; a route may have a smaller limit for its body.
  public var limits = MessageLimits()
  /// From the first byte of a head to its last: 408.
  public var headerTimeout = Duration.seconds(15)
  /// Between two requests; the connection is then closed without a word.
  public var idleTimeout = Duration.seconds(120)
  /// A body must not stand still this long while we wait for it: 408.
  public var bodyStallTimeout = Duration.seconds(30)
  /// After `bodyGrace` of waiting a body must have come at this rate, in bytes a second: 408.
  public var bodyRateMin: Int64 = 1024
  public var bodyGrace = Duration.seconds(30)
  /// The client must take at least something of what it is sent in this time.
  public var writeTimeout = Duration.seconds(30)
  /// An unread body up to this size is read and forgotten after the answer, so that the connection can
  /// be used again; a longer one costs the connection.
  public var drainBytes = 64 << 10
  /// Requests that may be under way at once, over all loops: above, the answer is 503.
  public var inFlightMax = 8192
  /// Unknown values of Expect are answered 417, or taken as if they were not there.
  public var ignoresUnknownExpectations = false
  /// The Server field; nil: none.
  public var serverField: String? = "lakeworks"
  /// Whether answers carry `x-request-id`.
  public var sendsRequestID = true
  /// Which requests that bring no trace context begin a sampled trace.
  public var traceSampler = TraceSampler.none
  /// Called for one request in `accessLogEvery` after its answer; on the loop, so it must not block.
  public var accessLog: (@Sendable (AccessRecord) -> Void)?
  public var accessLogEvery = 1
  /// Told of every error that was answered 500, and of answers that could not be finished.
  public var failureLog: (@Sendable (FailureRecord) -> Void)?
  /// Writes the answer for an error; see `HTTPExchange.respond(to:)` for the default.
  public var errorAnswer: (@Sendable (HTTPExchange, HTTPError) -> Void)?

  public init() {}
  public init(_ change: (inout HTTPServerOptions) -> Void) { change(&self) }
}

/// One request and its answer, for the access log.
public struct AccessRecord: Sendable {
  public var method: Method
  /// As it came, with the query.
  public var target: String
  public var status: UInt16
  public var requestID: String
  public var peer: String
  /// Content, not heads.
  public var bytesIn: Int64
  public var bytesOut: Int64
  public var nanoseconds: UInt64
  public var userAgent: String?
  /// When the request brought one, or its handler asked for it.
  public var trace: TraceContext?
}

/// An error that the client was not told about.
public struct FailureRecord: Sendable {
  public var requestID: String
  public var method: Method
  public var target: String
  public var trace: TraceContext?
  public var error: any Error
}
