import CSystem
import Glibc
import HTTP
import HTTPServing
import Observability
import Runtime
import Values

/// The server that `bench/http/run` measures: limits and metrics on, access log off.
///
/// ```
/// bench-http PORT LOOPS [CERTIFICATE KEY]
/// ```
func fail(_ message: String) -> Never {
  print("bench-http: \(message)")
  exit(2)
}

func routes(_ group: EventLoopGroup) throws -> HTTPRoutes {
  var routes = HTTPRoutes()
  try routes.on(.get, "/loops", group: "loops") { exchange in
    let each = group.loops.map { loop in
      let counts = loop.statistics
      return "turns \(counts.turns) jobs \(counts.jobs) calls \(counts.systemCalls)\n"
    }
    exchange.respond(.ok, "text/plain", text: each.joined())
  }
  // What a service would have beside the routes that are measured.
  for name in ["namespaces", "tables", "views", "functions"] {
    for method in [Method.get, .post, .delete] {
      try routes.on(method, "/v1/{prefix}/\(name)/{name}", group: name) { exchange in
        exchange.respond(.ok, "text/plain", text: exchange.parameter("name"))
      }
    }
  }
  try routes.on(.get, "/small", group: "small") { exchange in
    exchange.respond(
      .ok, "text/plain",
      """
      0123456789012345678901234567890123456789012345678\
      01234567890123456789012345678901234567890123456789\n
      """)
  }
  try routes.on(.put, "/sink/{name}", group: "sink") { exchange in
    _ = try await exchange.discardBody(limit: 1 << 20)
    exchange.respond(.noContent)
  }
  return routes
}

@main
struct Bench {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 || arguments.count == 5, let port = UInt16(arguments[1]),
      let loops = Int(arguments[2]), loops > 0
    else { fail("usage: bench-http PORT LOOPS [CERTIFICATE KEY]") }
    signal(SIGPIPE, SIG_IGN)
    let group = try EventLoopGroup(loops: loops)
    let server = HTTPServer(try routes(group), loops: group.loops, metrics: MetricRegistry())
    try await group.run {
      let listener = try await server.start(group, at: .ip("127.0.0.1", port: port)) { options in
        guard arguments.count == 5 else { return }
        do {
          options.tls = try TLSContext(.server(certificate: arguments[3], key: arguments[4]))
        } catch {
          fail("\(error)")
        }
      }
      print("ready \(listener.address) \(group.backend.rawValue)")
      fflush(nil)
      try await group.loops[0].sleep(until: .distantFuture)
    }
  }
}
