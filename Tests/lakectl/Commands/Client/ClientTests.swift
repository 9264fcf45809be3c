import Admin
import CommandTable
import Glibc
import HTTP
import JSON
import LakectlCommands
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

@Suite("The client of the admin API", .serialized)
struct ClientTests {
  static func settings(_ text: String) throws -> Settings {
    let file = Configuration.File(
      path: "/config", text: try ContextFileText(parsing: "[context a]\n" + text), mode: 0o600)
    return try Settings(
      ParsedValues(), environment: [:],
      configuration: Configuration(user: file, system: .init(path: "")))
  }

  /// What `-v` has written.
  final class Traced: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { self.lines.withLock { $0 } }
    func trace(_ level: Int) -> ClientTrace {
      ClientTrace(level: level) { line in self.lines.withLock { $0.append(line) } }
    }
  }

  static func client(
    _ daemon: FakeDaemon, _ text: String = "", trace: ClientTrace = .off
  ) throws -> HTTPAdminClient {
    var options = HTTPAdminClient.Options()
    options.backoff = .milliseconds(2)
    return HTTPAdminClient(
      try self.settings(text), endpoint: daemon.endpoint, clock: .process, trace: trace,
      options: options)
  }

  static func soon(_ limit: Duration = .seconds(20)) -> MonotonicTime {
    CommandClock.process.monotonic() + limit
  }

  static func failure(
    _ client: HTTPAdminClient, _ request: AdminRequest, within limit: Duration = .seconds(20)
  ) async -> CommandError? {
    do throws(CommandError) {
      _ = try await client.send(request, until: self.soon(limit))
      return nil
    } catch {
      return error
    }
  }

  @Test("a request says who asks, what for, and under which id")
  func request() async throws {
    try await FakeDaemon.run({ _ in .json(#"{"items":[]}"#) }) { daemon in
      let client = try Self.client(daemon, "token = abc\n")
      defer { client.stop() }
      var request = AdminRequest(
        method: "PUT", path: "/admin/v1/users/a%2Fb", query: [("who", "ä&b=c d")],
        body: Array(#"{"a":1}"#.utf8), requestID: "ID-1", isDryRun: true, isWrite: true)
      request.ifMatch = "7"
      let answer = try await client.send(request, until: Self.soon())
      #expect(String(decoding: answer, as: UTF8.self) == #"{"items":[]}"#)
      let seen = try #require(daemon.requests.first)
      #expect(seen.line == "PUT /admin/v1/users/a%2Fb?who=%C3%A4%26b%3Dc%20d&dry_run=true")
      #expect(seen.body == #"{"a":1}"#)
      #expect((seen.id, seen.token, seen.etag) == ("ID-1", "Bearer abc", "7"))
      #expect(seen.agent == "lakectl/\(Release.version)")
      _ = try await client.send(AdminRequest(path: "/admin/v1/nodes"), until: Self.soon())
      #expect(daemon.requests[1].id.utf8.count == 26)
    }
  }

  @Test("a request keeps its id over tries, when the daemon cannot answer or hangs up")
  func retries() async throws {
    let reply: @Sendable (FakeDaemon.Request) -> FakeDaemon.Reply = { request in
      switch request.number {
      case 1:
        .answer(
          503, #"{"code":"cluster.no_leader","exit":6,"message":"no leader","retryable":true}"#)
      case 2: .hangUp
      case 3: .answer(502, "<html>")
      default: .json("{}")
      }
    }
    try await FakeDaemon.run(reply) { daemon in
      let traced = Traced()
      let client = try Self.client(daemon, trace: traced.trace(1))
      defer { client.stop() }
      _ = try await client.send(
        AdminRequest(method: "POST", path: "/admin/v1/users", isWrite: true), until: Self.soon())
      #expect(daemon.requests.count == 4)
      #expect(Set(daemon.requests.map(\.id)).count == 1)
      #expect(traced.all.count { $0.hasPrefix("try ") } == 3)
    }
  }

  @Test("five tries are all; a change that may have arrived is told so")
  func givesUp() async throws {
    try await FakeDaemon.run({ _ in .hangUp }) { daemon in
      let client = try Self.client(daemon)
      defer { client.stop() }
      let read = await Self.failure(client, AdminRequest(path: "/admin/v1/nodes"))
      #expect(read?.code == .unreachable)
      #expect(read?.changed == false)
      #expect(daemon.requests.count == 5)
      let write = await Self.failure(
        client, AdminRequest(method: "POST", path: "/x", requestID: "W1", isWrite: true))
      #expect(write?.code == .outcomeUnknown)
      #expect(write?.exit == .unavailable)
      #expect(write?.changed == nil)
      #expect(write?.requestID == "W1")
      let plan = await Self.failure(
        client, AdminRequest(method: "POST", path: "/x", isDryRun: true, isWrite: true))
      #expect(plan?.changed == false)
    }
  }

  @Test("silence ends with the time there is")
  func timesOut() async throws {
    try await FakeDaemon.run({ _ in .silence(.seconds(3)) }) { daemon in
      let client = try Self.client(daemon)
      defer { client.stop() }
      let start = CommandClock.process.monotonic()
      let read = await Self.failure(
        client, AdminRequest(path: "/x"), within: .milliseconds(200))
      #expect(read?.code == .timedOut)
      #expect(CommandClock.process.monotonic() - start < .seconds(2))
      let write = await Self.failure(
        client, AdminRequest(method: "POST", path: "/x", isWrite: true),
        within: .milliseconds(200))
      #expect(write?.code == .outcomeUnknown)
      #expect(daemon.requests.count == 2)
    }
  }

  @Test("an error of the daemon comes through as it is", arguments: AdminError.Kind.allCases)
  func errors(_ kind: AdminError.Kind) async throws {
    let error = AdminError(
      kind, "area.reason", "it is not so", why: "for a reason", try: ["lakectl status"],
      isRetryable: false)
    var json = JSONWriterText()
    let text = json.text(error)
    try await FakeDaemon.run({ _ in .answer(kind.status, text) }) { daemon in
      let client = try Self.client(daemon)
      defer { client.stop() }
      let found = await Self.failure(client, AdminRequest(path: "/x"))
      #expect(found?.code.rawValue == "area.reason")
      #expect(found?.exit.rawValue == kind.exit)
      #expect(found?.message == "it is not so")
      #expect(found?.why == "for a reason")
      #expect(found?.tries == ["lakectl status"])
      #expect(found?.requestID == "R-9")
      #expect(daemon.requests.count == (kind == .unavailable ? 5 : 1))
    }
  }

  @Test(
    "what is not the admin API is told by its status",
    arguments: [
      (401, "client.not_authenticated"), (403, "client.not_authenticated"),
      (404, "client.bad_answer"), (429, "client.over_limit"), (500, "client.bad_answer"),
      (504, "client.unreachable"),
    ] as [(UInt16, String)])
  func foreign(status: UInt16, code: String) async throws {
    try await FakeDaemon.run({ _ in .answer(status, "<html>no</html>") }) { daemon in
      let client = try Self.client(daemon)
      defer { client.stop() }
      let found = await Self.failure(client, AdminRequest(path: "/x"))
      #expect(found?.code.rawValue == code)
      #expect(found?.requestID != nil)
    }
  }

  @Test("bodies are traced without their secrets")
  func masked() async throws {
    let answer = #"{"item":{"key_id":"K","secret":"s3cret"},"token_id":"T"}"#
    try await FakeDaemon.run({ _ in .json(answer) }) { daemon in
      let traced = Traced()
      let client = try Self.client(daemon, "token = t0ken\n", trace: traced.trace(2))
      defer { client.stop() }
      var request = AdminRequest(method: "POST", path: "/x", isWrite: true)
      request.body = Array(#"{"user":"ann","password":"hunter22"}"#.utf8)
      _ = try await client.send(request, until: Self.soon())
      let text = traced.all.joined(separator: "\n")
      #expect(text.contains(#""user":"ann""#) && text.contains(#""token_id":"T""#))
      for secret in ["s3cret", "hunter22", "t0ken"] { #expect(!text.contains(secret)) }
    }
  }

  @Test("a token comes from a file, or from a command that prints it")
  func tokens() async throws {
    let directory = TemporaryDirectory("tokens")
    try Files.write("from-a-file\n", to: directory.file("token"))
    try await FakeDaemon.run({ _ in .json("{}") }) { daemon in
      for (text, expected) in [
        ("token-file = \(directory.file("token"))", "Bearer from-a-file"),
        ("token-command = printf 'from-a-%s' command", "Bearer from-a-command"),
      ] {
        let client = try Self.client(daemon, text + "\n")
        defer { client.stop() }
        _ = try await client.send(AdminRequest(path: "/x"), until: Self.soon())
        #expect(daemon.requests.last?.token == expected)
      }
    }
  }

  @Test(
    "a token that cannot be had is told, and nothing is sent",
    arguments: [
      ("token-file = /nowhere/token", "cannot read the token file /nowhere/token"),
      ("token-file = /dev/null", "there is no token in /dev/null"),
      ("token-command = exit 3", "the token command failed"),
      ("token-command = \"printf 'a\\\\nb'\"", "what is in the token command is no token"),
      ("token-command = exec sleep 60\ntimeout = 200ms", "the token command did not end"),
    ])
  func badTokens(text: String, message: String) async throws {
    try await FakeDaemon.run({ _ in .json("{}") }) { daemon in
      let client = try Self.client(daemon, text + "\n")
      let found = await Self.failure(client, AdminRequest(path: "/x"))
      #expect(found?.code == .credentialFailed)
      #expect(found?.exit == .denied)
      #expect(found?.message == message)
      #expect(daemon.requests.isEmpty)
    }
  }

  @Test("TLS is checked against the authorities of the context")
  func tls() async throws {
    let certificates = try await Certificates.make()
    let context = try TLSContext(
      .server(
        certificate: certificates.certificate("server"), key: certificates.key("server")))
    try await FakeDaemon.run(tls: context, host: "localhost", { _ in .json("{}") }) { daemon in
      let trusting = try Self.client(daemon, "ca-file = \(certificates.authority)\n")
      defer { trusting.stop() }
      _ = try await trusting.send(AdminRequest(path: "/x"), until: Self.soon())
      let doubting = try Self.client(daemon)
      defer { doubting.stop() }
      let found = await Self.failure(doubting, AdminRequest(path: "/x"))
      #expect(found?.code == .tlsFailed)
    }
  }

  @Test("no thread is started before the first request")
  func lazy() async throws {
    let before = try Self.threadCount()
    let client = HTTPAdminClient(
      try Self.settings(""), endpoint: "http://127.0.0.1:1", clock: .process)
    #expect(try Self.threadCount() <= before)
    client.stop()
  }

  static func threadCount() throws -> Int {
    let text = try #require(Files.read("/proc/self/status"))
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Threads:") })
    return Int(line.split(separator: "\t").last ?? "") ?? 0
  }
}

/// An error as a server writes it.
struct JSONWriterText {
  mutating func text(_ error: AdminError) -> String {
    struct Body: JSONEncodable {
      let error: AdminError
      func encode(to json: inout JSONWriter) { self.error.encode(to: &json, requestID: "R-9") }
    }
    return Body(error: error).text()
  }
}
