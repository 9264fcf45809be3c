import HTTP
import HTTPClient
import HTTPServing
import Observability
import Runtime
import Synchronization
import TestSupport
import Values

/// A server with routes that a client can be tried on.
struct Counterpart: Sendable {
  let group: EventLoopGroup
  let listener: Listener
  let seen: Seen

  /// What the routes have noticed.
  final class Seen: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { self.lines.withLock { $0.append(line) } }
    func count(_ line: String) -> Int { self.lines.withLock { $0.filter { $0 == line }.count } }
    var all: [String] { self.lines.withLock { $0 } }
  }

  var base: String {
    if case .ip(_, let port) = self.listener.address { return "http://127.0.0.1:\(port)" }
    return ""
  }
}

func withCounterpart(
  address: SocketAddress = .ip("127.0.0.1", port: 0), tls: TLSContext? = nil,
  client change: @escaping @Sendable (inout HTTPClientOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (HTTPClient, Counterpart) async throws -> Void
) async throws {
  let client = HTTPClient(
    HTTPClientOptions {
      $0.retries.backoff = .milliseconds(5)
      change(&$0)
    })
  defer { client.stop() }
  try await withLoops { group in
    let seen = Counterpart.Seen()
    let server = HTTPServer(
      try counterpartRoutes(seen), HTTPServerOptions { $0.writeTimeout = .seconds(20) },
      loops: group.loops, metrics: MetricRegistry())
    let listener = try await server.start(group, at: address) { $0.tls = tls }
    let result: Result<Void, any Error>
    do {
      result = .success(
        try await body(client, Counterpart(group: group, listener: listener, seen: seen)))
    } catch { result = .failure(error) }
    await listener.drain(until: group.loops[0].now + .milliseconds(100))
    try result.get()
  }
}

private func counterpartRoutes(_ seen: Counterpart.Seen) throws -> HTTPRoutes {
  var routes = HTTPRoutes()
  try routes.on(.get, "/hello") { exchange in
    exchange.begin(.ok)
    exchange.field(named: "X-Twice", "1")
    exchange.field(named: "X-Twice", "2")
    exchange.end("hello")
  }
  for method in [Method.put, .post] {
    try routes.on(method, "/echo") { exchange in
      seen.add(
        "\(exchange.contentLength.map { "\($0)" } ?? "chunked") \(exchange.fieldText(.userAgent) ?? "")"
      )
      let content = try await exchange.collectBody(limit: 16 << 20)
      exchange.begin(.ok)
      exchange.end(content.span.bytes)
    }
  }
  try routes.on(.get, "/status/{code}/{times}") { exchange in
    let path = exchange.path.byteCount
    seen.add("status \(path)")
    if seen.count("status \(path)") <= Int(exchange.parameter("times")) ?? 0 {
      exchange.begin(Status(UInt16(exchange.parameter("code")) ?? 500))
      exchange.field(.retryAfter, "0" as StaticString)
      exchange.end("later")
    } else {
      exchange.respond(.ok, "text/plain", "now")
    }
  }
  for method in [Method.get, .post] {
    try routes.on(method, "/breaks/{times}") { exchange in
      seen.add("breaks")
      if seen.count("breaks") <= Int(exchange.parameter(0)) ?? 0 {
        throw IOFailure.disconnected("test")
      }
      exchange.respond(.ok, "text/plain", "whole")
    }
  }
  try routes.on(.get, "/breaks-midway") { exchange in
    exchange.begin(.ok)
    exchange.startContent(length: 1000)
    try await exchange.write(text: "part")
    try await exchange.flush()
    throw IOFailure.disconnected("test")
  }
  try routes.on(.get, "/wait/{milliseconds}") { exchange in
    guard let loop = EventLoop.current else { return }
    try await loop.sleep(for: .milliseconds(Int(exchange.parameter(0)) ?? 0))
    exchange.respond(.ok, "text/plain", "waited")
  }
  try routes.on(.get, "/large/{count}") { exchange in
    var left = Int(exchange.parameter(0)) ?? 0
    exchange.begin(.ok)
    exchange.startContent(length: Int64(left))
    let block = [UInt8](repeating: 7, count: 65_536)
    while left > 0 {
      let piece = block.prefix(left)
      do { try await exchange.write(Array(piece)) } catch {
        seen.add("large ended")
        throw error
      }
      left -= piece.count
      seen.add("sent")
    }
  }
  try routes.on(.put, "/early") { exchange in exchange.respond(.forbidden, "text/plain", "no") }
  try routes.on(.get, "/redirect/{count}") { exchange in
    let count = Int(exchange.parameter(0)) ?? 0
    exchange.begin(.found)
    exchange.field(.location, count > 1 ? "/redirect/\(count - 1)" : "/hello")
    exchange.end("elsewhere")
  }
  return routes
}
