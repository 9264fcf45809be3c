import Bytes
import Glibc
import HTTP
import HTTPServing
import Runtime
import TestSupport
import Testing
import Values

/// Other people's clients, and many of them.
@Suite("Clients", .serialized)
struct ConformanceTests {
  static func script(_ name: String) -> String {
    "\(repositoryRoot)/Tests/Platform/Serving/HTTP/client/\(name).py"
  }

  @Test("Python's http.client is served", arguments: [BackendChoice.uring, .epoll])
  func python(backend: BackendChoice) async throws {
    try await withServer(loops: 2, backend: backend) { test in
      let output = try await runProgram([pythonPath, Self.script("conformance"), test.port])
      #expect(output == "ok\n")
    }
  }

  @Test("WebSocket is spoken, and spoken strictly")
  func webSocket() async throws {
    try await withServer { test in
      let output = try await runProgram([pythonPath, Self.script("websocket"), test.port])
      #expect(output == "ok\n")
      #expect(test.notes.all.contains("closed 1000"))
      #expect(await eventually { test.listener.connectionCount == 0 })
    }
  }

  @Test("curl is served: kept connections, uploads with and without Expect, HTTP/1.0")
  func curl() async throws {
    try await withServer { test in
      let folder = TemporaryDirectory("curl")
      let file = folder.file("body")
      let base = "http://127.0.0.1:\(test.port)"
      try await runProgram(["sh", "-c", "head -c 2000000 /dev/urandom > \(file)"])
      let echoed = folder.file("echoed")
      for extra in [
        ["-H", "Expect: 100-continue"], ["-H", "Expect:"],
        ["-H", "Transfer-Encoding: chunked"],
      ] {
        try await runProgram(
          ["curl", "-sS", "-f", "-T", file, "-o", echoed] + extra + ["\(base)/echo"])
        try await runProgram(["cmp", file, echoed])
      }
      let twice = try await runProgram([
        "curl", "-sS", "-f", "\(base)/hello", "\(base)/item/x", "-w", "%{num_connects}\n",
      ])
      #expect(twice == "hello1\nx0\n")
      #expect(try await runProgram(["curl", "-sS", "--http1.0", "\(base)/chunked/0"]) == "end")
      let trailer = try await runProgram(["curl", "-sS", "-i", "--raw", "\(base)/chunked/0"])
      #expect(trailer.hasSuffix("0\r\nx-amz-trailer: t\r\n\r\n"))
    }
  }

  @Test("TLS is served, with 1.3 and with 1.2", arguments: ["--tlsv1.3", "--tls-max 1.2"])
  func tls(version: String) async throws {
    let certificates = try await Certificates.make()
    let context = try TLSContext(
      .server(certificate: certificates.certificate("server"), key: certificates.key("server")))
    try await withServer(tls: context) { test in
      let base = "https://127.0.0.1:\(test.port)"
      let curl =
        ["curl", "-sS", "-f", "--cacert", certificates.authority]
        + version.split(separator: " ").map(String.init)
      #expect(try await runProgram(curl + ["\(base)/hello", "\(base)/hello"]) == "hellohello")
      let large = try await runProgram(
        curl + ["\(base)/counted/3000000", "-o", "/dev/null", "-w", "%{size_download}"])
      #expect(large == "3000000")
    }
  }

  @Test("a load of requests over many connections is answered without an error")
  func load() async throws {
    try await withServer(loops: 2) { test in
      let output = try await runProgram([
        "wrk", "-t1", "-c100", "-d1s", "http://127.0.0.1:\(test.port)/hello",
      ])
      #expect(!output.contains("Socket errors"))
      #expect(!output.contains("Non-2xx"))
      #expect(test.listener.acceptedCount >= 100)
    }
  }

  @Test("5,000 idle connections take little memory, and others are served meanwhile")
  func idleConnections() async throws {
    try await withServer(loops: 2) { test in
      // Pools of the loops are filled first, so that what is measured belongs to the connections.
      let warm = try Program([pythonPath, Self.script("idle"), test.port, "500"])
      #expect(await eventually(within: .seconds(30)) { warm.output == "open\n" })
      warm.signal(15)
      _ = try await warm.wait()
      #expect(await eventually { test.listener.connectionCount == 0 })
      let before = residentBytes()
      let program = try Program([pythonPath, Self.script("idle"), test.port, "5000"])
      #expect(await eventually(within: .seconds(60)) { program.output == "open\n" })
      // The last one asked for nothing: its client has it before the listener does.
      #expect(await eventually { test.listener.connectionCount == 5000 })
      let each = (residentBytes() - before) / 5000
      // Frames are larger in debug builds; bench/http/run shows what a release takes.
      if !isSanitized { #expect(each < 10 << 10, "\(each) bytes a connection") }
      let still = residentBytes()
      for _ in 0..<200 { try await HostileClientTests.expectServed(test) }
      #expect(residentBytes() - still < 4 << 20)
      program.signal(15)
      _ = try await program.wait()
      #expect(await eventually(within: .seconds(30)) { test.listener.connectionCount == 0 })
    }
  }

  @Test("a server under load has its loops and its named pools, and no thread more")
  func threads() async throws {
    try await withServer(loops: 2) { test in
      func ours() -> [String] { threadNames().filter { $0.hasPrefix("lake-") }.sorted() }
      let expected = (0..<8).map { "lake-files-\($0)" } + ["lake-loop-0", "lake-loop-1"]
      // Threads name themselves when they begin.
      #expect(await eventually { ours() == expected })
      let all = threadNames().count
      try await runProgram([
        "wrk", "-t1", "-c50", "-d1s", "http://127.0.0.1:\(test.port)/chunked/1000",
      ])
      #expect(ours() == expected)
      // The test's own runner has threads too; serving adds none.
      #expect(threadNames().count <= all)
    }
  }
}

/// Whether a sanitizer is linked in, whose shadow memory is counted as ours.
let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
