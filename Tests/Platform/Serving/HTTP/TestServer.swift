import Bytes
import HTTP
import HTTPServing
import Observability
import Runtime
import Synchronization
import TestSupport
import Values

/// A server with routes for every way of answering, and what it needs to be looked at.
struct TestServer: Sendable {
  let group: EventLoopGroup
  let server: HTTPServer
  let listener: Listener
  let registry: MetricRegistry
  let notes: Notes

  /// What handlers and logs have told.
  final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { self.lines.withLock { $0.append(line) } }
    var all: [String] { self.lines.withLock { $0 } }
  }

  func connect() async throws -> RawClient {
    let deadline = EventLoop.current.unsafelyUnwrapped.now + .seconds(5)
    return RawClient(
      try await self.group.network.connect(to: self.listener.address, deadline: deadline))
  }

  /// The port as text, for programs that are run beside.
  var port: String {
    if case .ip(_, let port) = self.listener.address { return "\(port)" }
    return ""
  }

}

/// Runs `body` on a loop with a server at a free port.
func withServer(
  loops: Int = 1, backend: BackendChoice = .automatic, tls: TLSContext? = nil,
  connectionsMax: Int = 20_000,
  _ change: @escaping @Sendable (inout HTTPServerOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (TestServer) async throws -> Void
) async throws {
  try await withLoops(loops, backend: backend) { group in
    let notes = TestServer.Notes()
    var options = HTTPServerOptions()
    options.failureLog = { notes.add("failure \($0.target): \($0.error)") }
    change(&options)
    let registry = MetricRegistry()
    let server = HTTPServer(
      try testRoutes(notes), options, loops: group.loops, metrics: registry)
    let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0)) {
      $0.tls = tls
      $0.connectionsMax = connectionsMax
    }
    let test = TestServer(
      group: group, server: server, listener: listener, registry: registry, notes: notes)
    let result: Result<Void, any Error>
    do { result = .success(try await body(test)) } catch { result = .failure(error) }
    await listener.drain(until: group.loops[0].now + .milliseconds(200))
    try result.get()
  }
}

struct Unexpected: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// A client that sends exactly what it is told to.
struct RawClient {
  let connection: Connection

  init(_ connection: Connection) {
    self.connection = connection
    connection.inputLimit = 8 << 20
    connection.deadline = EventLoop.current.unsafelyUnwrapped.now + .seconds(60)
  }

  func send(_ text: String) async throws {
    self.connection.output.append(text)
    try await self.connection.flush()
  }

  func send(bytes: [UInt8]) async throws {
    self.connection.output.append(bytes)
    try await self.connection.flush()
  }

  func close() { self.connection.close() }

  struct Response: Equatable {
    var status: UInt16
    var fields: [String: String]
    var body: [UInt8]
    var text: String { String(decoding: self.body, as: UTF8.self) }
  }

  /// The next response, read to its end. Throws when the connection ends before.
  func response(to method: Method = .get) async throws -> Response {
    var parser = ResponseParser(limits: MessageLimits { $0.bodyBytes = 1 << 30 })
    parser.reset(answering: method)
    while true {
      if let count = try self.connection.withInput({ try parser.parse($0) }) {
        var fields: [String: String] = [:]
        self.connection.withInput { window in
          for index in 0..<parser.head.fields.count {
            let field = parser.head.fields[index]
            let name = field.nameExtent.bytes(in: window).lossyText.lowercased()
            fields[name] = field.value.bytes(in: window).lossyText
          }
        }
        self.connection.consume(count)
        let body = try await self.body(parser.head.framing)
        return Response(status: parser.head.status.code, fields: fields, body: body)
      }
      try await self.more()
    }
  }

  private func body(_ framing: ResponseFraming) async throws -> [UInt8] {
    var body: [UInt8] = []
    switch framing {
    case .none: break
    case .length(let length):
      while body.count < length {
        if self.connection.inputCount == 0 { try await self.more() }
        let count = min(Int(length) - body.count, self.connection.inputCount)
        self.connection.withInput { body += $0.extracting(0..<count).array }
        self.connection.consume(count)
      }
    case .chunked:
      var decoder = ChunkedDecoder(limits: MessageLimits { $0.bodyBytes = 1 << 30 })
      while true {
        switch try self.connection.withInput({ try decoder.next($0) }) {
        case .data(let offset, let count):
          self.connection.withInput { body += $0.extracting(offset..<offset + count).array }
          self.connection.consume(offset + count)
        case .needsMore(let consumed):
          self.connection.consume(consumed)
          try await self.more()
        case .end(let consumed):
          self.connection.consume(consumed)
          return body
        }
      }
    case .close: body = try await self.rest()
    }
    return body
  }

  private func more() async throws {
    guard try await self.connection.read() > 0 else {
      throw Unexpected("the server closed the connection")
    }
  }

  /// Everything until the server closes.
  func rest() async throws -> [UInt8] {
    var bytes: [UInt8] = []
    repeat {
      self.connection.withInput { bytes += $0.array }
      self.connection.consume(self.connection.inputCount)
    } while try await self.connection.read() > 0
    return bytes
  }

  /// Whether the server closes without sending anything more.
  func isClosed() async -> Bool {
    do {
      return try await self.rest().isEmpty
    } catch {
      return (error as? IOFailure)?.isDisconnect ?? false
    }
  }

  /// One request on this connection.
  func ask(_ text: String, _ method: Method = .get) async throws -> Response {
    try await self.send(text)
    return try await self.response(to: method)
  }
}

func get(_ path: String, _ fields: String = "") -> String {
  "GET \(path) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n"
}

func put(_ path: String, _ body: String, _ fields: String = "") -> String {
  "PUT \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
}
