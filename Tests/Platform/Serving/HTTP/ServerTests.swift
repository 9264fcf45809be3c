import Bytes
import HTTP
import HTTPServing
import Observability
import Runtime
import TestSupport
import Testing
import Values

@Suite("HTTP server", .serialized)
struct ServerTests {
  @Test(
    "a request is answered and the connection is used again",
    arguments: [BackendChoice.uring, .epoll])
  func keepAlive(backend: BackendChoice) async throws {
    try await withServer(backend: backend) { test in
      let client = try await test.connect()
      for _ in 0..<3 {
        let response = try await client.ask(get("/hello"))
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response.fields["content-type"] == "text/plain")
        #expect(response.fields["content-length"] == "5")
        #expect(response.fields["server"] == "lakeworks")
        #expect(response.fields["date"]?.hasSuffix(" GMT") == true)
        #expect(response.fields["connection"] == nil)
      }
      client.close()
      #expect(await eventually { test.listener.connectionCount == 0 })
      #expect(test.listener.acceptedCount == 1)
    }
  }

  @Test("pipelined requests are answered in order, in one piece")
  func pipelining() async throws {
    try await withServer { test in
      let client = try await test.connect()
      let paths = (0..<200).map { "/item/n\($0)" }
      try await client.send(paths.map { get($0) }.joined())
      for index in 0..<200 {
        let response = try await client.response()
        #expect(response.text == "n\(index)")
      }
      client.close()
    }
  }

  @Test("requests that arrive byte by byte are answered")
  func trickled() async throws {
    try await withServer { test in
      let client = try await test.connect()
      for byte in put("/echo", "body").utf8 { try await client.send(bytes: [byte]) }
      #expect(try await client.response().text == "body")
      client.close()
    }
  }

  @Test("HEAD gets the head of GET and nothing else")
  func head() async throws {
    try await withServer { test in
      let client = try await test.connect()
      for (path, length) in [("/hello", "5"), ("/encoded", "16"), ("/counted/50000", "50000")] {
        let text = get(path).replacing("GET", with: "HEAD")
        let response = try await client.ask(text, .head)
        #expect(response.status == 200)
        #expect(response.fields["content-length"] == length)
      }
      let chunked = try await client.ask(
        get("/chunked/100").replacing("GET", with: "HEAD"), .head)
      #expect(chunked.fields["transfer-encoding"] == "chunked")
      // What follows is the next answer, so there was no content.
      #expect(try await client.ask(get("/hello")).text == "hello")
      client.close()
    }
  }

  @Test("parameters, queries and fields reach the handler decoded")
  func inputs() async throws {
    try await withServer { test in
      let client = try await test.connect()
      #expect(try await client.ask(get("/item/a%2Fb%20%C3%A9")).text == "a/b é")
      #expect(try await client.ask(get("/query?x=1&q=a+b%26")).text == "a b&")
      #expect(try await client.ask(get("/query")).text == "none")
      #expect(try await client.ask(get("/query?q=%zz")).status == 400)
      let echoed = try await client.ask(get("/field", "User-Agent: me\r\n"))
      #expect(echoed.fields["x-echo"] == "me")
      #expect(try await client.ask(get("/encoded")).text == "written in place")
      let nothing = try await client.ask(get("/nothing"))
      #expect(nothing.status == 204)
      #expect(nothing.fields["content-length"] == nil)
      client.close()
    }
  }

  @Test("unknown paths and methods are told apart, and the connection goes on")
  func refusals() async throws {
    try await withServer { test in
      let client = try await test.connect()
      let missing = try await client.ask(get("/none"))
      #expect(missing.status == 404)
      #expect(missing.text.contains("\"code\":\"http.not_found\""))
      let wrong = try await client.ask("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(wrong.status == 405)
      #expect(wrong.fields["allow"] == "GET, HEAD, OPTIONS")
      let asked = try await client.ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(asked.status == 204)
      #expect(asked.fields["allow"] == "GET, HEAD, OPTIONS")
      #expect(try await client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status == 204)
      #expect(try await client.ask("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n").status == 501)
      #expect(try await client.ask(get("/hello", "Expect: magic\r\n")).status == 417)
      #expect(try await client.ask(get("/hello")).status == 200)
      client.close()
    }
  }

  @Test("an error of a handler is answered without telling about it")
  func handlerErrors() async throws {
    try await withServer { test in
      let client = try await test.connect()
      for path in ["/fails", "/fails-late"] {
        let response = try await client.ask(get(path, "X-Request-Id: abc-1\r\n"))
        #expect(response.status == 500)
        #expect(response.fields["x-request-id"] == "abc-1")
        #expect(response.fields["etag"] == nil)
        #expect(response.text.contains("\"request_id\":\"abc-1\""))
        #expect(!response.text.contains("Mistake"))
      }
      let refused = try await client.ask(get("/refuses"))
      #expect(refused.status == 409)
      #expect(refused.text.contains("\"code\":\"test.conflict\",\"message\":\"it is taken\""))
      #expect(refused.text.contains("\"try\":[\"wait\"]"))
      #expect(
        test.notes.all == [
          "failure /fails: HandlerMistake()", "failure /fails-late: HandlerMistake()",
        ])
      try await client.send(get("/fails-midway"))
      // The end of the body never comes, so the client cannot take it for whole.
      await #expect(throws: (any Error).self) { try await client.response() }
      client.close()
    }
  }

  @Test("request ids are made where the client gives none that is fit to print")
  func requestIDs() async throws {
    try await withServer { test in
      let client = try await test.connect()
      var seen: Set<String> = []
      for given in [
        "", "X-Request-Id:\r\n", "X-Request-Id: a b\r\n",
        "X-Request-Id: \(String(repeating: "x", count: 129))\r\n",
      ] {
        let id = try await client.ask(get("/hello", given)).fields["x-request-id"] ?? ""
        #expect(id.count == 26, "\(id)")
        #expect(id.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) })
        seen.insert(id)
      }
      #expect(seen.count == 4)
      client.close()
    }
  }

  @Test("HTTP/1.0 is closed after the answer, unless it asks for more")
  func oldVersion() async throws {
    try await withServer { test in
      let one = try await test.connect()
      let closed = try await one.ask("GET /hello HTTP/1.0\r\n\r\n")
      #expect(closed.fields["connection"] == "close")
      #expect(await one.isClosed())
      one.close()
      let two = try await test.connect()
      let kept = try await two.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(kept.fields["connection"] == "keep-alive")
      // No chunks for a client that does not know them.
      let streamed = try await two.ask(
        "GET /chunked/1000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(streamed.fields["transfer-encoding"] == nil)
      #expect(streamed.body == pattern(1000) + Array("end".utf8))
      two.close()
      let three = try await test.connect()
      _ = try await three.ask(get("/hello", "Connection: close\r\n"))
      #expect(await three.isClosed())
      three.close()
    }
  }

  @Test(
    "content goes out whole, with a length or in chunks, however large",
    arguments: [0, 1, 5, 1000, 100_000, 1_500_000])
  func streams(count: Int) async throws {
    try await withServer { test in
      let client = try await test.connect()
      #expect(try await client.ask(get("/counted/\(count)")).body == pattern(count))
      let chunked = try await client.ask(get("/chunked/\(count)"))
      #expect(chunked.body == pattern(count) + Array("end".utf8))
      let events = try await client.ask(get("/events"))
      #expect(events.text == "event 0\nevent 1\nevent 2\n")
      client.close()
    }
  }

  @Test("bodies come in by length or in chunks, lent, collected or straight into memory")
  func bodies() async throws {
    try await withServer { test in
      let client = try await test.connect()
      #expect(try await client.ask(put("/echo", "")).text == "")
      #expect(try await client.ask(put("/echo", "abc")).text == "abc")
      let big = pattern(1_000_000)
      let sum = big.reduce(UInt64(0)) { $0 &+ UInt64($1) }
      for path in ["/echo", "/count", "/direct"] {
        for chunkBytes in [0, 10, 5000, 300_000] {
          let fields =
            chunkBytes == 0 ? "Content-Length: \(big.count)" : "Transfer-Encoding: chunked"
          client.connection.output.append("PUT \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
          if chunkBytes == 0 {
            client.connection.output.append(big)
          } else {
            var at = 0
            while at < big.count {
              let end = min(at + chunkBytes, big.count)
              client.connection.output.append(chunk: Array(big[at..<end]).rawBytes)
              at = end
            }
            client.connection.output.append("0\r\nx-amz-trailer: t\r\n\r\n")
          }
          try await client.connection.flush()
          let response = try await client.response()
          switch path {
          case "/echo": #expect(response.body == big)
          case "/count": #expect(response.text == "\(big.count) \(chunkBytes == 0 ? "-" : "t")")
          default: #expect(response.text == "\(big.count) \(sum)")
          }
        }
      }
      client.close()
    }
  }

  @Test("100 Continue is sent when the handler reads, and not before")
  func expectContinue() async throws {
    try await withServer { test in
      let client = try await test.connect()
      try await client.send(
        "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
      #expect(try await client.response(to: .put).status == 100)
      try await client.send("body")
      #expect(try await client.response(to: .put).text == "body")
      // Refused without a word about going on; the connection ends, because nobody knows what follows.
      try await client.send(
        "PUT /none HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
      let refused = try await client.response(to: .put)
      #expect(refused.status == 404)
      #expect(refused.fields["connection"] == "close")
      #expect(await client.isClosed())
      client.close()
      // A client that does not wait gets no 100 when its body is there already.
      let eager = try await test.connect()
      let answer = try await eager.ask(put("/echo", "body", "Expect: 100-continue\r\n"))
      #expect(answer.status == 100 || answer.text == "body")
      eager.close()
    }
  }

  @Test("an unread body is swallowed when it is small, and costs the connection when it is not")
  func unreadBodies() async throws {
    try await withServer({ $0.drainBytes = 1000 }) { test in
      let client = try await test.connect()
      for body in ["", "small", String(repeating: "x", count: 1000)] {
        #expect(try await client.ask(put("/ignored", body)).text == "unread")
      }
      try await client.send(
        "PUT /ignored HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      )
      #expect(try await client.response().text == "unread")
      // The answer comes although the body never does.
      try await client.send("PUT /ignored HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n")
      #expect(try await client.response().text == "unread")
      try await client.send(String(repeating: "y", count: 900))
      #expect(try await client.ask(get("/hello")).text == "hello")
      let large = try await client.ask(put("/ignored", String(repeating: "z", count: 200_000)))
      #expect(large.text == "unread")
      #expect(large.fields["connection"] == "close")
      #expect(await client.isClosed())
      client.close()
    }
  }

  @Test("limits are answered with their status")
  func limits() async throws {
    try await withServer({ $0.limits.bodyBytes = 10_000 }) { test in
      let long = String(repeating: "a", count: 9000)
      let fields = "A: \(long)\r\nB: \(long)\r\nC: \(long)\r\nD: \(long)\r\n"
      let many = (0..<101).map { "A\($0): b\r\n" }.joined()
      let body = String(repeating: "b", count: 101)
      let chunked = "PUT /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      let cases: [(String, UInt16, closes: Bool)] = [
        (get("/\(long)"), 414, true),
        (get("/hello", fields), 431, true),
        (get("/hello", many), 431, true),
        ("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10001\r\n\r\n", 413, true),
        (put("/small", body), 413, false),
        (chunked + "65\r\n\(body)\r\n0\r\n\r\n", 413, false),
        ("PUT /length HTTP/1.1\r\nHost: a\r\n\r\n", 411, false),
        ("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501, true),
        ("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505, true),
        ("GET /hello HTTP/1.1\r\n\r\n", 400, true),
      ]
      for (text, status, closes) in cases {
        let client = try await test.connect()
        let response = try await client.ask(text)
        #expect(response.status == status, "\(text.prefix(60))")
        #expect((response.fields["connection"] == "close") == closes, "\(text.prefix(60))")
        client.close()
      }
    }
  }

  @Test("requests over the limit are answered 503 at once")
  func overload() async throws {
    try await withServer({ $0.inFlightMax = 2 }) { test in
      var waiting: [RawClient] = []
      for _ in 0..<2 {
        let client = try await test.connect()
        try await client.send(get("/wait/500"))
        waiting.append(client)
      }
      #expect(await eventually { test.notes.all.filter { $0 == "waiting" }.count == 2 })
      let third = try await test.connect()
      let refused = try await third.ask(get("/hello"))
      #expect(refused.status == 503)
      #expect(refused.fields["retry-after"] == "1")
      for client in waiting {
        #expect(try await client.response().text == "waited")
        client.close()
      }
      #expect(try await third.ask(get("/hello")).status == 200)
      third.close()
    }
  }

  @Test("a draining server finishes requests and ends connections")
  func drains() async throws {
    try await withServer { test in
      let idle = try await test.connect()
      _ = try await idle.ask(get("/hello"))
      let busy = try await test.connect()
      try await busy.send(get("/wait/200"))
      #expect(await eventually { test.notes.all.contains("waiting") })
      async let drained: Void = test.listener.drain(
        until: EventLoop.current.unsafelyUnwrapped.now + .seconds(5))
      let answer = try await busy.response()
      #expect(answer.text == "waited")
      #expect(answer.fields["connection"] == "close")
      #expect(await idle.isClosed())
      #expect(await busy.isClosed())
      busy.close()
      idle.close()
      await drained
      #expect(test.listener.connectionCount == 0)
    }
  }

  @Test("requests are counted by group and class, and logged when asked for")
  func counted() async throws {
    let notes = TestServer.Notes()
    try await withServer({ options in
      options.accessLogEvery = 2
      options.accessLog = {
        notes.add(
          "\($0.method.text) \($0.target) \($0.status) \($0.bytesIn) \($0.bytesOut) \($0.requestID)"
        )
      }
    }) { test in
      let client = try await test.connect()
      for _ in 0..<4 { _ = try await client.ask(get("/hello?a", "X-Request-Id: r\r\n")) }
      _ = try await client.ask(put("/echo", "abc"))
      _ = try await client.ask(get("/none"))
      client.close()
      #expect(await eventually { test.listener.connectionCount == 0 })
      let text = prometheus(test.registry)
      #expect(
        text.contains("http_requests_total{server=\"http\",group=\"hello\",status=\"2xx\"} 4"))
      #expect(
        text.contains("http_requests_total{server=\"http\",group=\"other\",status=\"2xx\"} 1"))
      #expect(text.contains("http_requests_total{server=\"http\",group=\"none\",status=\"4xx\"} 1"))
      #expect(text.contains("http_requests_in_flight{server=\"http\"} 0"))
      #expect(text.contains("http_connections{server=\"http\"} 0"))
      #expect(text.contains("http_content_received_bytes_total{server=\"http\"} 3"))
      let lines = notes.all
      #expect(lines.count == 3)
      #expect(lines.first == "GET /hello?a 200 0 5 r")
      #expect(lines.last?.hasPrefix("PUT /echo 200 3 3 ") == true)
    }
  }

  @Test("a trace is taken up from the client and logged, the query is not")
  func logged() async throws {
    let notes = TestServer.Notes()
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    try await withServer({ options in
      options.accessLog = { notes.add("\($0.path) \($0.trace?.traceText ?? "-")") }
      options.failureLog = { notes.add("\($0.path) \($0.trace?.traceText ?? "-")") }
    }) { test in
      let client = try await test.connect()
      _ = try await client.ask(get("/hello?token=secret", "Traceparent: \(parent)\r\n"))
      _ = try await client.ask(get("/fails?token=secret", "Traceparent: \(parent)\r\n"))
      _ = try await client.ask(get("/hello", "Traceparent: 00-1-2-3\r\n"))
      client.close()
    }
    let trace = "0af7651916cd43dd8448eb211c80319c"
    #expect(notes.all == ["/hello \(trace)", "/fails \(trace)", "/fails \(trace)", "/hello -"])
  }

  @Test("middleware wraps routes, the first outermost")
  func middleware() async throws {
    var routes = HTTPRoutes()
    for name in ["a", "b"] {
      routes.use { next in
        { exchange in
          guard exchange.fieldText(.accept) != name else {
            return exchange.respond(.forbidden, "text/plain", text: name)
          }
          try await next(exchange)
        }
      }
    }
    try routes.on(.get, "/x") { $0.respond(.ok, "text/plain", "x") }
    routes.fallback = { $0.respond(.ok, "text/plain", "fallback") }
    let built = routes
    try await withLoops { group in
      let server = HTTPServer(built, loops: group.loops, metrics: MetricRegistry())
      let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
      let client = RawClient(
        try await group.network.connect(
          to: listener.address, deadline: group.loops[0].now + .seconds(5)))
      #expect(try await client.ask(get("/x", "Accept: a\r\n")).text == "a")
      #expect(try await client.ask(get("/x", "Accept: b\r\n")).text == "b")
      #expect(try await client.ask(get("/x")).text == "x")
      #expect(try await client.ask(get("/y")).text == "fallback")
      client.close()
      await listener.drain(until: group.loops[0].now + .milliseconds(200))
    }
  }
}

func prometheus(_ registry: MetricRegistry) -> String {
  var writer = ByteWriter()
  registry.snapshot().appendPrometheusText(to: &writer)
  return writer.bytes.lossyText
}
