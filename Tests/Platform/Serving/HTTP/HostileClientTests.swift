import Bytes
import Glibc
import HTTP
@testable import HTTPServing
import Observability
import Runtime
import TestSupport
import Testing
import Values

/// Clients that are slow, broken or mean. Each test also asks for a page meanwhile: others are served.
@Suite("Hostile clients", .serialized)
struct HostileClientTests {
  static let impatient: @Sendable (inout HTTPServerOptions) -> Void = { options in
    options.headerTimeout = .milliseconds(300)
    options.idleTimeout = .milliseconds(600)
    options.bodyStallTimeout = .milliseconds(300)
    options.bodyGrace = .milliseconds(500)
    options.bodyRateMin = 100_000
    options.writeTimeout = .milliseconds(300)
  }

  /// Fails when a polite client has to wait.
  static func expectServed(_ test: TestServer) async throws {
    let client = try await test.connect()
    #expect(try await client.ask(get("/hello")).text == "hello")
    client.close()
  }

  @Test("a head that trickles in is given up with 408", arguments: [BackendChoice.uring, .epoll])
  func slowloris(backend: BackendChoice) async throws {
    try await withServer(backend: backend, Self.impatient) { test in
      var slow: [RawClient] = []
      for _ in 0..<50 { slow.append(try await test.connect()) }
      let text = Array(get("/hello", "X-Slow: \(String(repeating: "a", count: 1000))\r\n").utf8)
      for byte in text.prefix(60) {
        for client in slow { try? await client.send(bytes: [byte]) }
        try await EventLoop.current?.sleep(for: .milliseconds(10))
      }
      try await Self.expectServed(test)
      for client in slow {
        let response = try await client.response()
        #expect(response.status == 408)
        #expect(response.fields["connection"] == "close")
        client.close()
      }
      #expect(await eventually { test.listener.connectionCount == 0 })
    }
  }

  @Test("a quiet connection is closed without a word")
  func idle() async throws {
    try await withServer(Self.impatient) { test in
      let fresh = try await test.connect()
      let used = try await test.connect()
      _ = try await used.ask(get("/hello"))
      #expect(await fresh.isClosed())
      #expect(await used.isClosed())
      fresh.close()
      used.close()
    }
  }

  @Test("a body that stops is given up with 408")
  func stalledBody() async throws {
    try await withServer(Self.impatient) { test in
      for path in ["/echo", "/count", "/direct"] {
        let client = try await test.connect()
        try await client.send("PUT \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\nabc")
        try await Self.expectServed(test)
        let response = try await client.response()
        #expect(response.status == 408, "\(path)")
        #expect(await client.isClosed())
        client.close()
      }
    }
  }

  @Test("a body that crawls is given up although it never stops")
  func crawlingBody() async throws {
    try await withServer(Self.impatient) { test in
      let client = try await test.connect()
      try await client.send("PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
      let start = test.group.loops[0].now
      var isOpen = true
      while isOpen, test.group.loops[0].now < start + .seconds(5) {
        do { try await client.send("0123456789") } catch { isOpen = false }
        try await EventLoop.current?.sleep(for: .milliseconds(20))
        if test.listener.connectionCount == 0 { isOpen = false }
      }
      #expect(test.group.loops[0].now - start < .seconds(4))
      client.close()
    }
  }

  @Test("a slow handler is not held against its client")
  func slowHandler() async throws {
    try await withServer({
      Self.impatient(&$0)
      $0.bodyGrace = .milliseconds(100)
    }) { test in
      let client = try await test.connect()
      let body = String(repeating: "x", count: 500_000)
      #expect(try await client.ask(put("/slow-reader", body)).text == "true")
      client.close()
    }
  }

  @Test("a client that never reads is cut off, and its answer takes no memory meanwhile")
  func neverReads() async throws {
    try await withServer(Self.impatient) { test in
      let before = residentBytes()
      var mean: [RawClient] = []
      for _ in 0..<20 {
        let client = try await test.connect()
        try await client.send(get("/endless"))
        mean.append(client)
      }
      try await Self.expectServed(test)
      #expect(
        await eventually { test.notes.all.filter { $0 == "endless ended" }.count == 20 })
      #expect(residentBytes() - before < 60 << 20)
      #expect(await eventually { test.listener.connectionCount == 0 })
      for client in mean { client.close() }
    }
  }

  @Test("pipelined requests without end, whose answers nobody reads, take no memory")
  func unreadPipeline() async throws {
    try await withServer(Self.impatient) { test in
      let client = try await test.connect()
      client.connection.deadline = test.group.loops[0].now + .seconds(10)
      let flood = String(repeating: get("/hello"), count: 1000)
      let before = residentBytes()
      var sent = 0
      do {
        while sent < 2000 {
          try await client.send(flood)
          sent += 1
        }
      } catch {}
      #expect(sent < 2000, "the server read everything")
      #expect(residentBytes() - before < 60 << 20)
      client.close()
      try await Self.expectServed(test)
    }
  }

  @Test("pipelined requests in great number are all answered to who reads")
  func readPipeline() async throws {
    try await withServer { test in
      let client = try await test.connect()
      let count = 20_000
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [connection = client.connection] in
          for _ in 0..<(count / 100) {
            connection.output.append(String(repeating: get("/hello"), count: 100))
            try await connection.flush()
          }
        }
        for _ in 0..<count {
          guard try await client.response().status == 200 else { throw Unexpected("not 200") }
        }
        try await group.waitForAll()
      }
      client.close()
    }
  }

  @Test("a client that ends its side after the request still gets the answer")
  func halfClose() async throws {
    try await withServer { test in
      for text in [get("/wait/100"), put("/echo", "abc"), get("/hello") + get("/wait/50")] {
        let client = try await test.connect()
        try await client.send(text)
        await client.connection.shutdownOutput()
        let bytes = try await client.rest()
        #expect(String(decoding: bytes.prefix(15), as: UTF8.self) == "HTTP/1.1 200 OK")
        client.close()
      }
      // A head or a body that is cut off gets no answer to take for one.
      for text in ["GET /hel", "GET /hello HTTP/1.1\r\nHost: a\r\n"] {
        let client = try await test.connect()
        try await client.send(text)
        await client.connection.shutdownOutput()
        #expect(await client.isClosed())
        client.close()
      }
      #expect(await eventually { test.listener.connectionCount == 0 })
    }
  }

  @Test("a reset in the middle of a body ends the handler and nothing else")
  func resets() async throws {
    try await withServer { test in
      func isBusy() -> Bool { test.server.metrics.inFlight.value > 0 }
      let upload = "HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc"
      for _ in 0..<5 {
        for text in [
          "PUT /echo \(upload)", "PUT /count \(upload)", "PUT /direct \(upload)",
          get("/endless"),
        ] {
          let client = try ResettingClient(port: test.port, text)
          #expect(await eventually { isBusy() })
          client.reset()
          #expect(await eventually { !isBusy() })
        }
      }
      try await Self.expectServed(test)
      #expect(await eventually { test.listener.connectionCount == 0 })
      #expect(test.notes.all.filter { $0.hasPrefix("failure") } == [])
    }
  }

  @Test("a megabyte of fields is refused before it is read")
  func hugeHeaders() async throws {
    try await withServer { test in
      for field in [
        "X: \(String(repeating: "a", count: 1 << 20))\r\n",
        String(repeating: "X: a\r\n", count: 200_000),
      ] {
        let client = try await test.connect()
        // The server may close before it is all sent.
        try? await client.send("GET /hello HTTP/1.1\r\nHost: a\r\n" + field)
        #expect(try await client.response().status == 431)
        client.close()
      }
      try await Self.expectServed(test)
    }
  }

  @Test("a giant chunk extension is refused")
  func chunkExtensions() async throws {
    try await withServer { test in
      let head = "PUT /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      for body in [
        "1;\(String(repeating: "x", count: 1 << 20))",
        String(repeating: "1;\(String(repeating: "x", count: 200))\r\na\r\n", count: 2000),
      ] {
        let client = try await test.connect()
        try? await client.send(head + body)
        #expect(try await client.response().status == 400)
        client.close()
      }
    }
  }

  @Test(
    "what smuggles a request is answered once and the connection ends",
    arguments: [
      "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
      "GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /hello HTTP/1.1\nHost: a\n\n",
      "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
      "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
      "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n",
      "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    ])
  func smuggling(text: String) async throws {
    try await withServer { test in
      let client = try await test.connect()
      try await client.send(text + get("/item/smuggled"))
      let response = try await client.response()
      #expect(response.status == 400)
      #expect(await client.isClosed())
      client.close()
    }
  }

  @Test("garbage of any kind is refused and the server lives on")
  func garbage() async throws {
    try await withServer { test in
      var random = SystemRandomNumberGenerator()
      let seed = random.next()
      var numbers = SeededNumbers(seed: seed)
      for round in 0..<100 {
        let client = try await test.connect()
        let bytes = (0..<Int.random(in: 1...2000, using: &numbers)).map { _ in
          UInt8.random(in: 0...255, using: &numbers)
        }
        try? await client.send(bytes: bytes)
        await client.connection.shutdownOutput()
        let answer = (try? await client.rest()) ?? []
        let text = String(decoding: answer.prefix(12), as: UTF8.self)
        #expect(
          ["", "HTTP/1.1 400", "HTTP/1.1 501"].contains(text), "seed \(seed), round \(round)")
        client.close()
      }
      try await Self.expectServed(test)
    }
  }
}

/// A plain socket that sends some bytes and is then reset.
struct ResettingClient {
  private let descriptor: Int32

  init(port: String, _ text: String) throws {
    self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard self.descriptor >= 0 else { throw Unexpected("no socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = (UInt16(port) ?? 0).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = self.descriptor
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw Unexpected("cannot connect") }
    _ = text.withCString { Glibc.send(descriptor, $0, strlen($0), 0) }
  }

  func reset() {
    var hard = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      self.descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
    close(self.descriptor)
  }
}

/// What the process holds in memory.
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var size = 0
  var resident = 0
  _ = withUnsafeMutablePointer(to: &size) { size in
    withUnsafeMutablePointer(to: &resident) { resident in
      withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
    }
  }
  return resident * Int(sysconf(Int32(_SC_PAGESIZE)))
}

struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { self.state = seed }
  mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var z = self.state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
