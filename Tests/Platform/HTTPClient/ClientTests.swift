import HTTP
@testable import HTTPClient
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

@Suite("HTTP client", .serialized)
struct ClientTests {
  @Test("an answer comes with status, fields and content, over one connection")
  func fetches() async throws {
    try await withCounterpart { client, other in
      for _ in 0..<10 {
        let answer = try await client.fetch(
          HTTPClientRequest(.get, "\(other.base)/hello"), limit: 100)
        #expect(answer.status == .ok)
        #expect(answer.text == "hello")
        #expect(answer.field("Content-Length") == "5")
        #expect(answer.fields.filter { $0.name == "X-Twice" }.map(\.value) == ["1", "2"])
      }
      let head = try await client.fetch(HTTPClientRequest(.head, "\(other.base)/hello"), limit: 100)
      #expect(head.content == [])
      #expect(head.field("content-length") == "5")
      let missing = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/none"), limit: 1000)
      #expect(missing.status == .notFound)
      #expect(other.listener.acceptedCount == 1)
    }
  }

  @Test("content goes out with its length, in pieces with a length, or in chunks")
  func uploads() async throws {
    try await withCounterpart { client, other in
      let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      @Sendable func pieces() -> @Sendable () async throws -> [UInt8]? {
        let at = Mutex(0)
        return {
          at.withLock { at in
            guard at < bytes.count else { return nil }
            defer { at += 77_777 }
            return Array(bytes[at..<min(at + 77_777, bytes.count)])
          }
        }
      }
      let contents: [HTTPClientRequest.Content] = [
        .bytes(bytes), .stream(length: Int64(bytes.count), next: pieces()),
        .stream(length: nil, next: pieces()), .bytes([]), .none,
      ]
      for (index, content) in contents.enumerated() {
        for expects in [false, true] where index == 0 || !expects {
          let answer = try await client.fetch(
            HTTPClientRequest(.put, "\(other.base)/echo") {
              $0.content = content
              $0.expectsContinue = expects
            }, limit: 16 << 20)
          #expect(answer.status == .ok)
          #expect(answer.content == (index < 3 ? bytes : []))
        }
      }
      #expect(
        other.seen.all.map { $0.split(separator: " ")[0] }
          == ["1000000", "1000000", "1000000", "chunked", "0", "0"])
      #expect(other.seen.all.allSatisfy { $0.hasSuffix("lakeworks") })
    }
  }

  @Test("content whose source fails ends the request")
  func failingSource() async throws {
    struct SourceFailure: Error {}
    try await withCounterpart { client, other in
      let request = HTTPClientRequest(.put, "\(other.base)/echo") {
        $0.content = .stream(length: 1000) { throw SourceFailure() }
      }
      let error = await failure { try await client.fetch(request, limit: 100) }
      #expect(error?.code == .contentFailed)
    }
  }

  @Test("an answer that comes before the content is whole is returned")
  func earlyAnswer() async throws {
    try await withCounterpart { client, other in
      let request = HTTPClientRequest(.put, "\(other.base)/early") {
        $0.content = .stream(length: nil) {
          try? await EventLoop.current?.sleep(for: .milliseconds(1))
          return [UInt8](repeating: 1, count: 10_000)
        }
      }
      let answer = try await client.fetch(request, limit: 100)
      #expect(answer.status == .forbidden)
      #expect(answer.text == "no")
    }
  }

  @Test("requests to one host share few connections")
  func connectionLimit() async throws {
    try await withCounterpart(client: { $0.connectionsPerHostMax = 4 }) { client, other in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<60 {
          group.addTask {
            let answer = try await client.fetch(
              HTTPClientRequest(.get, "\(other.base)/wait/5"), limit: 100)
            #expect(answer.text == "waited")
          }
        }
        try await group.waitForAll()
      }
      #expect(other.listener.acceptedCount <= 4)
    }
  }

  @Test("an answer that is not read makes its server wait, and is whole when it is read")
  func backPressure() async throws {
    try await withCounterpart { client, other in
      let count = 40 << 20
      let total = try await client.send(HTTPClientRequest(.get, "\(other.base)/large/\(count)")) {
        stream in
        try await EventLoop.current?.sleep(for: .milliseconds(300))
        // What sockets and buffers hold, and no more.
        #expect(other.seen.count("sent") < 400)
        var total = 0
        while let piece = try await stream.next() { total += piece.count }
        return total
      }
      #expect(total == count)
    }
  }

  @Test("an answer that is left unread ends at its server")
  func abandoned() async throws {
    try await withCounterpart { client, other in
      let first = try await client.send(HTTPClientRequest(.get, "\(other.base)/large/100000000")) {
        try await $0.next()?.first
      }
      #expect(first == 7)
      #expect(await eventually { other.seen.count("large ended") == 1 })
    }
  }

  @Test("an answer over the limit is an error, by its length or by its bytes")
  func sizeLimit() async throws {
    try await withCounterpart { client, other in
      let error = await failure {
        try await client.fetch(
          HTTPClientRequest(.get, "\(other.base)/large/1000000"), limit: 999_999)
      }
      #expect(error?.code == .answerTooLarge)
      let exact = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/large/1000000"), limit: 1_000_000)
      #expect(exact.content.count == 1_000_000)
    }
  }

  @Test("time is up when the request says so")
  func timesOut() async throws {
    try await withCounterpart { client, other in
      let start = other.group.loops[0].now
      let error = await failure {
        try await client.fetch(
          HTTPClientRequest(.get, "\(other.base)/wait/1000") { $0.timeout = .milliseconds(200) },
          limit: 100)
      }
      #expect(error?.code == .timedOut)
      #expect(error?.mayHaveArrived == true)
      #expect(other.group.loops[0].now - start < .seconds(2))
    }
  }

  @Test("a cancelled task ends its request at once")
  func cancels() async throws {
    try await withCounterpart { client, other in
      let start = other.group.loops[0].now
      let error = await withTaskGroup(of: HTTPClientError?.self) { group in
        group.addTask {
          await failure {
            try await client.fetch(HTTPClientRequest(.get, "\(other.base)/wait/1000"), limit: 100)
          }
        }
        try? await EventLoop.current?.sleep(for: .milliseconds(50))
        group.cancelAll()
        return await group.next() ?? nil
      }
      #expect(error?.code == .cancelled)
      #expect(other.group.loops[0].now - start < .seconds(1))
    }
  }

  @Test("429 and 503 are tried again, and returned when they stay", arguments: [429, 503])
  func saysLater(status: Int) async throws {
    try await withCounterpart { client, other in
      let answer = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/status/\(status)/2"), limit: 100)
      #expect(answer.text == "now")
      #expect(other.seen.all.count == 3)
      let refused = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/status/\(status)/99"), limit: 100)
      #expect(refused.status.code == UInt16(status))
      #expect(other.seen.all.count == 3 + 4)
      let once = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/status/\(status)/999") { $0.retries = .never },
        limit: 100)
      #expect(once.status.code == UInt16(status))
      #expect(other.seen.all.count == 3 + 4 + 1)
    }
  }

  @Test("a connection that breaks before the answer is tried again when that does no harm")
  func breaks() async throws {
    try await withCounterpart { client, other in
      let answer = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/breaks/2"), limit: 100)
      #expect(answer.text == "whole")
      #expect(other.seen.count("breaks") == 3)
      let post = HTTPClientRequest(.post, "\(other.base)/breaks/99") { $0.content = .bytes([1]) }
      let error = await failure { try await client.fetch(post, limit: 100) }
      #expect(error?.code == .disconnected)
      #expect(error?.mayHaveArrived == true)
      #expect(other.seen.count("breaks") == 4)
      let cut = await failure {
        try await client.fetch(
          HTTPClientRequest(.get, "\(other.base)/breaks-midway"), limit: 10_000)
      }
      #expect(cut?.code == .disconnected)
    }
  }

  @Test("waits before repetitions are random and bounded")
  func backoff() async throws {
    let policy = RetryPolicy {
      $0.backoff = .milliseconds(100)
      $0.backoffMax = .milliseconds(350)
    }
    for (attempt, most) in [(2, 100), (3, 200), (4, 350), (5, 350), (60, 350)] {
      var seen: Set<Duration> = []
      for random in (0..<50).map({ UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }) {
        let delay = policy.delay(before: attempt, random: random)
        #expect(delay >= .zero && delay < .milliseconds(most))
        seen.insert(delay)
      }
      #expect(seen.count > 10)
    }
  }

  @Test("redirects are answers, or followed when that is asked for, so many times")
  func redirects() async throws {
    try await withCounterpart { client, other in
      let answer = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/redirect/1"), limit: 100)
      #expect(answer.status == .found)
      #expect(answer.field("location") == "/hello")
    }
    try await withCounterpart(client: { $0.redirectsMax = 3 }) { client, other in
      let answer = try await client.fetch(
        HTTPClientRequest(.get, "\(other.base)/redirect/3"), limit: 100)
      #expect(answer.text == "hello")
      #expect(answer.field("location") == nil)
      let error = await failure {
        try await client.fetch(HTTPClientRequest(.get, "\(other.base)/redirect/4"), limit: 100)
      }
      #expect(error?.code == .tooManyRedirects)
    }
  }

  @Test("nobody there, no such name and no URL are told apart, without secrets in the message")
  func cannotConnect() async throws {
    try await withCounterpart(client: { $0.retries = .never }) { client, _ in
      let cases: [(String, HTTPClientError.Code)] = [
        ("http://user:secret@127.0.0.1:1/a?token=secret", .cannotConnect),
        ("http://nowhere.invalid/", .nameUnknown), ("http://", .badURL),
        ("file:///etc/passwd", .badURL), ("127.0.0.1:1", .cannotConnect),
      ]
      for (url, code) in cases {
        let error = await failure {
          try await client.fetch(HTTPClientRequest(.get, url), limit: 10)
        }
        #expect(error?.code == code, "\(url) \(error?.description ?? "")")
        #expect(error?.mayHaveArrived == false)
        #expect(error?.message.contains("secret") == false)
      }
    }
  }

  @Test("a Unix socket is spoken to")
  func unixSocket() async throws {
    let folder = TemporaryDirectory("client")
    let path = folder.file("socket")
    try await withCounterpart(address: .unix(path)) { client, _ in
      let answer = try await client.fetch(
        HTTPClientRequest(.get, "http://localhost/hello") { $0.unixSocket = path }, limit: 100)
      #expect(answer.text == "hello")
    }
  }

  @Test("TLS is verified, with our authority or not at all, and shows our certificate when asked")
  func tls() async throws {
    let certificates = try await Certificates.make()
    let mutual = try TLSContext(
      .server(
        certificate: certificates.certificate("server"), key: certificates.key("server"),
        clientAuthorities: certificates.authority))
    @Sendable func ask(_ change: @escaping @Sendable (inout HTTPClientOptions.TLS) -> Void)
      async throws
      -> Result<String, HTTPClientError>
    {
      let result = Mutex<Result<String, HTTPClientError>?>(nil)
      try await withCounterpart(
        tls: mutual,
        client: {
          change(&$0.tls)
          $0.retries = .never
        }
      ) { client, other in
        let url = other.base.replacing("http:", with: "https:") + "/hello"
        do throws(HTTPClientError) {
          let answer = try await client.fetch(HTTPClientRequest(.get, url), limit: 100)
          result.withLock { $0 = .success(answer.text) }
        } catch {
          result.withLock { $0 = .failure(error) }
        }
      }
      return try #require(result.withLock { $0 })
    }
    let both = try await ask {
      $0.authoritiesPath = certificates.authority
      $0.certificatePath = certificates.certificate("client")
      $0.keyPath = certificates.key("client")
    }
    #expect(try both.get() == "hello")
    let stranger = try await ask {
      $0.certificatePath = certificates.certificate("client")
      $0.keyPath = certificates.key("client")
    }
    #expect(throws: HTTPClientError.self) { try stranger.get() }
    if case .failure(let error) = stranger { #expect(error.code == .tls) }
    let unknown = try await ask { $0.authoritiesPath = certificates.authority }
    #expect(throws: HTTPClientError.self) { try unknown.get() }
    let careless = try await ask {
      $0.verifiesPeer = false
      $0.certificatePath = certificates.certificate("client")
      $0.keyPath = certificates.key("client")
    }
    #expect(try careless.get() == "hello")
  }

  @Test("too many requests are refused, and a stopped client refuses all")
  func overload() async throws {
    try await withCounterpart(client: { $0.requestsMax = 3 }) { client, other in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask {
            _ = try await client.fetch(
              HTTPClientRequest(.get, "\(other.base)/wait/300"), limit: 100)
          }
        }
        try await EventLoop.current?.sleep(for: .milliseconds(100))
        let error = await failure {
          try await client.fetch(HTTPClientRequest(.get, "\(other.base)/hello"), limit: 100)
        }
        #expect(error?.code == .overloaded)
        try await group.waitForAll()
      }
    }
    let stopped = HTTPClient()
    stopped.stop()
    let error = await failure {
      try await stopped.fetch(HTTPClientRequest(.get, "http://127.0.0.1:1/"), limit: 1)
    }
    #expect(error?.code == .stopped)
  }

  @Test("stopping fails what is under way")
  func stops() async throws {
    let client = HTTPClient()
    try await withCounterpart { _, other in
      async let failed = failure {
        try await client.fetch(HTTPClientRequest(.get, "\(other.base)/wait/1000"), limit: 1)
      }
      try await EventLoop.current?.sleep(for: .milliseconds(50))
      client.stop()
      #expect(await failed?.code == .stopped)
    }
  }

  @Test("Python's http.server is read")
  func python() async throws {
    let folder = TemporaryDirectory("site")
    try await runProgram(["sh", "-c", "head -c 300000 /dev/urandom > \(folder.file("blob"))"])
    let program = try Program([
      "\(pythonPath)", "-u", "-c",
      """
      import functools, http.server
      handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="\(folder.path)")
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
      print(server.server_port)
      server.serve_forever()
      """,
    ])
    #expect(await eventually { program.output.hasSuffix("\n") })
    let port = program.output.split(separator: "\n").first ?? ""
    let client = HTTPClient()
    defer { client.stop() }
    try await withLoops { _ in
      let answer = try await client.fetch(
        HTTPClientRequest(.get, "http://127.0.0.1:\(port)/blob"), limit: 1 << 20)
      #expect(answer.status == .ok)
      #expect(answer.content.count == 300_000)
      let missing = try await client.fetch(
        HTTPClientRequest(.get, "http://127.0.0.1:\(port)/none"), limit: 1 << 20)
      #expect(missing.status == .notFound)
    }
    program.signal(15)
  }
}

/// What a request fails with, or nil.
func failure(_ body: () async throws -> HTTPClientAnswer) async -> HTTPClientError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? HTTPClientError
  }
}
