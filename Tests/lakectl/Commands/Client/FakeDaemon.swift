import Bytes
import HTTP
import HTTPServing
import Observability
import Runtime
import Synchronization
import TestSupport
import Values

/// A daemon that speaks real HTTP and answers as the test says.
final class FakeDaemon: Sendable {
  struct Request: Sendable {
    var method: String
    /// With its query.
    var target: String
    var body: String
    var id: String
    var token: String?
    var etag: String?
    var agent: String
    /// Of all requests, from 1.
    var number: Int

    var path: String { String(self.target.prefix { $0 != "?" }) }
    var line: String { "\(self.method) \(self.target)" }
  }

  enum Reply: Sendable {
    case answer(UInt16, String)
    /// Ends the connection in the middle of an answer.
    case hangUp
    /// Says nothing for so long.
    case silence(Duration)

    static func json(_ text: String) -> Reply { .answer(200, text) }
  }

  private let seen = Mutex<[Request]>([])
  let endpoint: String

  var requests: [Request] { self.seen.withLock { $0 } }
  var lines: [String] { self.requests.map(\.line) }

  private init(endpoint: String) { self.endpoint = endpoint }

  static func run(
    tls: TLSContext? = nil, host: String = "127.0.0.1",
    _ reply: @escaping @Sendable (Request) -> Reply,
    _ body: @escaping @Sendable (FakeDaemon) async throws -> Void
  ) async throws {
    try await withLoops { group in
      let holder = Mutex<FakeDaemon?>(nil)
      var routes = HTTPRoutes()
      routes.fallback = { exchange in
        guard let daemon = holder.withLock({ $0 }) else { return exchange.respond(.notFound) }
        try await daemon.serve(exchange, reply)
      }
      let server = HTTPServer(
        routes, HTTPServerOptions { $0.sendsRequestID = true }, loops: group.loops,
        metrics: MetricRegistry())
      let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0)) { $0.tls = tls }
      guard case .ip(_, let port) = listener.address else { return }
      let daemon = FakeDaemon(endpoint: "\(tls == nil ? "http" : "https")://\(host):\(port)")
      holder.withLock { $0 = daemon }
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(daemon))
      } catch { result = .failure(error) }
      await listener.drain(until: group.loops[0].now + .milliseconds(50))
      try result.get()
    }
  }

  private func serve(
    _ exchange: HTTPExchange, _ reply: @Sendable (Request) -> Reply
  ) async throws {
    let query = exchange.query.lossyText
    var request = Request(
      method: "\(exchange.method.text)",
      target: exchange.path.lossyText + (query.isEmpty ? "" : "?" + query), body: "",
      id: exchange.field(named: "x-request-id")?.lossyText ?? "",
      token: exchange.field(named: "authorization")?.lossyText,
      etag: exchange.field(named: "if-match")?.lossyText,
      agent: exchange.field(named: "user-agent")?.lossyText ?? "", number: 0)
    request.body = String(decoding: try await exchange.collectBody(limit: 1 << 20), as: UTF8.self)
    request.number = self.seen.withLock { seen in
      request.number = seen.count + 1
      seen.append(request)
      return seen.count
    }
    switch reply(request) {
    case .answer(let status, let text):
      exchange.respond(Status(status), "application/json", text: text)
    case .hangUp:
      exchange.begin(.ok)
      exchange.startContent(length: 1000)
      try await exchange.write(text: "{")
      try await exchange.flush()
      throw Ended()
    case .silence(let duration):
      try await EventLoop.current?.sleep(for: duration)
      exchange.respond(Status(200), "application/json", text: "{}")
    }
  }

  private struct Ended: Error {}
}
