internal import Bytes
internal import HTTP
internal import Observability
internal import Runtime
internal import Values

/// One request and its answer, as a handler sees them. It belongs to its connection and is used again
/// for the next request: nothing of it may be kept after the handler has returned.
///
/// The request is read where it lies: heads are looked at in the connection's input window, bodies are
/// lent in pieces. The answer is appended to the connection's output and sent with the next read, so
/// that pipelined answers go out together.
public final class HTTPExchange {
  let worker: HTTPWorker
  // Held by whoever serves it, from `attach` to `detach`; touched in between only.
  private(set) unowned(unsafe) var connection: Connection

  // The request
  var parser: RequestParser
  var match = RouteMatch()
  /// Where the head's bytes are: in the input window, or in `headCopy` when a body follows it.
  var headBase: UnsafeRawPointer
  var headCopy = ByteWriter(capacity: 0)
  var headIsCopied = false
  var body = RequestBody()
  var requestID = RequestIDSource.Digits(repeating: 0x30)
  /// A valid `x-request-id` of the client.
  var givenRequestID: Extent?
  var hasRequestID = false
  /// Made when it is first asked for.
  var traceContext: TraceContext?
  var group = 0
  /// When the turn of the loop began in which the head was whole.
  var start = MonotonicTime(nanoseconds: 0)

  // The answer
  var phase = ResponsePhase.none
  var status = Status.ok
  /// Where the answer begins in the output, unless some of it was sent.
  var responseStart = 0
  var isPartlySent = false
  var keepsAlive = true
  var bytesOut: Int64 = 0
  /// What Allow says: the path has routes for these methods only.
  var allowed: MethodSet?
  /// The connection was handed over: WebSocket.
  var isUpgraded = false

  init(_ worker: HTTPWorker, _ connection: Connection) {
    self.connection = connection
    self.worker = worker
    self.parser = RequestParser(limits: worker.plan.limits)
    // Replaced before it is read.
    self.headBase = UnsafeRawPointer(bitPattern: 16).unsafelyUnwrapped
  }

  func attach(_ connection: Connection) {
    self.connection = connection
    self.isUpgraded = false
    self.prepare()
  }

  func detach() {
    self.headCopy.removeAll(keepingCapacityUpTo: 4096)
  }

  /// Gets ready for the next request.
  func prepare() {
    self.parser.reset()
    self.headIsCopied = false
    self.hasRequestID = false
    self.traceContext = nil
    self.allowed = nil
    self.keepsAlive = true
    self.bytesOut = 0
    self.phase = .none
    self.isPartlySent = false
  }

  var loop: EventLoop { self.worker.loop }
  var options: HTTPServerOptions { _read { yield self.worker.options } }
}

/// What of the answer has been written.
enum ResponsePhase: Equatable {
  /// Nothing.
  case none
  /// The status line; fields may follow.
  case fields
  /// Content is due: this many bytes.
  case content(Int64)
  case chunked
  /// Content until the connection ends: for HTTP/1.0.
  case untilClose
  case done
}
