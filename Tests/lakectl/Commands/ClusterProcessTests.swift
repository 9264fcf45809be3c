import Admin
import Glibc
import JSON
import LakectlCommands
import Synchronization
import TestSupport
import Testing
import Values

/// The program as a process, against a daemon that speaks real HTTP.
@Suite("The program and a daemon", .serialized)
struct ClusterProcessTests {
  struct Home {
    let directory = TemporaryDirectory("lakectl")

    init(_ endpoint: String) throws {
      mkdir(self.directory.file("lakectl"), 0o700)
      try Files.write("t0ken\n", to: self.directory.file("token"))
      try Files.write(
        """
        [context local]
        endpoint = \(endpoint)
        token-file = ../token
        """ + "\n", to: self.directory.file("lakectl/config"))
      chmod(self.directory.file("lakectl/config"), 0o600)
    }

    func start(_ arguments: [String]) throws -> Program {
      try Program(
        arguments,
        environment: [
          "LAKE_CONFIG_DIR": self.directory.file("lakectl"), "LAKE_CONTEXT": "", "LAKE_OUTPUT": "",
          "XDG_CACHE_HOME": self.directory.file("cache"),
          "PATH": ProcessTests.folder + ":" + (getenv("PATH").map { String(cString: $0) } ?? ""),
        ])
    }

    func lakectl(_ arguments: String...) async throws
      -> (status: Int32, output: String, errors: String)
    {
      let program = try self.start([ProcessTests.folder + "/lakectl"] + arguments)
      return (try await program.wait(), program.output, program.errors)
    }
  }

  /// Answers as the sample cluster does.
  static let sample: @Sendable (FakeDaemon.Request) -> FakeDaemon.Reply = { request in
    guard let value = SampleCluster.script.answers["\(request.method) \(request.path)"] else {
      return .answer(404, #"{"code":"test.not_found","exit":3,"message":"it is not there"}"#)
    }
    return .json(value.text())
  }

  @Test("a command asks over one connection with the token of the context, and shows the answer")
  func works() async throws {
    try await FakeDaemon.run(Self.sample) { daemon in
      let home = try Home(daemon.endpoint)
      let nodes = try await home.lakectl("node", "list", "-o", "name")
      #expect((nodes.status, nodes.output, nodes.errors) == (0, "n1\nn2\n", ""))
      #expect(daemon.requests.first?.token == "Bearer t0ken")
      let drain = try await home.lakectl("node", "drain", "n2", "--yes")
      #expect(drain.status == 0)
      #expect(
        daemon.lines.suffix(2) == [
          "POST /admin/v1/nodes/n2/drain?dry_run=true", "POST /admin/v1/nodes/n2/drain",
        ])
      let gone = try await home.lakectl("node", "show", "n9")
      #expect(gone.status == 3)
      let test = try await home.lakectl("context", "test", "-o", "tsv", "--columns", "step,state")
      #expect(
        test.output == "step\tstate\nname\tok\nconnect\tok\ntls\tok\nlogin\tok\nversion\tok\n")
      #expect(test.status == 0)
    }
  }

  @Test("without a daemon every exit is 6, with what to do", arguments: ["", "json"])
  func noDaemon(format: String) async throws {
    let home = try Home("http://127.0.0.1:1")
    let flags = format.isEmpty ? [] : ["-o", format]
    for words in [["status"], ["job", "list"], ["user", "delete", "ann", "--yes"], ["whoami"]] {
      let program = try home.start([ProcessTests.folder + "/lakectl"] + words + flags)
      #expect(try await program.wait() == 6, "\(words)")
      #expect(program.errors.contains("laked standalone --data DIR"), "\(program.errors)")
      #expect(program.output.isEmpty)
    }
    let test = try await home.lakectl("context", "test", "-o", "csv", "--columns", "step,state")
    #expect(test.status == 8)
    #expect(test.output.contains("name,ok\r\nconnect,fail\r\ntls,skipped"))
  }

  @Test("a change without an answer says how to find out, with the same id")
  func unknownOutcome() async throws {
    try await FakeDaemon.run({ _ in .silence(.seconds(2)) }) { daemon in
      let home = try Home(daemon.endpoint)
      let result = try await home.lakectl(
        "user", "create", "ann", "--timeout", "300ms", "-o", "json")
      #expect(result.status == 6)
      let error = try JSONValue(parsing: result.errors)
      #expect(error["code"] == "client.outcome_unknown")
      #expect(error["changed"] == .null)
      let id = try #require(daemon.requests.first?.id)
      #expect(
        error["try"]?[0]?.string
          == "lakectl user create ann --timeout 300ms -o json --request-id \(id)")
      #expect(error["request_id"]?.string == id)
    }
  }

  @Test("Ctrl-C ends the waiting, not the job, and says so")
  func interrupt() async throws {
    let running = AdminItem(SampleCluster.job("01J9FZ7K2M", .running)).text()
    try await FakeDaemon.run({ request in
      request.target.hasSuffix("wait_ms=0") || request.number == 1
        ? .json(running) : .silence(.seconds(2))
    }) { daemon in
      let home = try Home(daemon.endpoint)
      for (number, status) in [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)] {
        let before = daemon.requests.count
        let program = try home.start([
          ProcessTests.folder + "/lakectl", "job", "wait", "01J9FZ7K2M",
        ])
        #expect(await eventually { daemon.requests.count > before })
        program.signal(number)
        #expect(try await program.wait() == status)
        #expect(program.errors.contains("job 01J9FZ7K2M goes on"), "\(program.errors)")
        #expect(program.errors.contains("lakectl job wait 01J9FZ7K2M"))
      }
      #expect(daemon.lines.allSatisfy { $0.hasPrefix("GET /admin/v1/jobs/01J9FZ7K2M") })
    }
  }

  @Test("Ctrl-C between a change and its answer says that its end is not known")
  func interruptedChange() async throws {
    try await FakeDaemon.run({ _ in .silence(.seconds(1)) }) { daemon in
      let home = try Home(daemon.endpoint)
      let program = try home.start([
        ProcessTests.folder + "/lakectl", "user", "enable", "ann", "-o", "json",
      ])
      #expect(await eventually { daemon.requests.count == 1 })
      program.signal(SIGINT)
      #expect(try await program.wait() == 130)
      let error = try JSONValue(parsing: program.errors)
      #expect(error["code"] == "client.interrupted")
      #expect(error["changed"] == .null)
      #expect(error["request_id"]?.string == daemon.requests[0].id)
    }
  }

  @Test("waiting outlasts a daemon that goes away and comes back")
  func restart() async throws {
    let running = AdminItem(SampleCluster.job("01J9FZ7K2M", .running)).text()
    let done = AdminItem(SampleCluster.job("01J9FZ7K2M", .succeeded)).text()
    let gone =
      #"{"code":"cluster.starting","exit":6,"message":"the daemon starts","retryable":true}"#
    try await FakeDaemon.run({ request in
      switch request.number {
      case 1: .json(running)
      case 2...7: .answer(503, gone)
      default: .json(done)
      }
    }) { daemon in
      let home = try Home(daemon.endpoint)
      let result = try await home.lakectl("job", "wait", "01J9FZ7K2M", "-o", "name")
      #expect(result.status == 0, "\(result)")
      #expect(result.output == "01J9FZ7K2M\n")
      #expect(result.errors.contains("the daemon starts; still trying"))
    }
  }

  @Test("following logs outlasts a lost connection, goes on at its place, and tells of gaps")
  func follow() async throws {
    func line(_ text: String) -> LogLineRecord {
      var line = LogLineRecord()
      line.node = "n1"
      line.service = "admin"
      line.level = "info"
      line.message = text
      return line
    }
    let first = AdminList([line("one")], next: "c1").text()
    let second = AdminList(
      [line("two"), line("noise")], next: "c2", warnings: [AdminWarning("logs.gap", "3 are gone")]
    ).text()
    try await FakeDaemon.run({ request in
      if request.number == 1 { return .json(first) }
      if (2...8).contains(request.number) { return .hangUp }
      if request.target.contains("after=c1") { return .json(second) }
      return .silence(.seconds(1))
    }) { daemon in
      let home = try Home(daemon.endpoint)
      let program = try home.start([
        ProcessTests.folder + "/lakectl", "logs", "--follow", "--grep", "one|two", "-o", "jsonl",
        "--columns", "message",
      ])
      let expected = "{\"message\":\"one\"}\n{\"message\":\"two\"}\n"
      #expect(await eventually { program.output == expected }, "\(program.output)")
      #expect(
        await eventually { daemon.requests.contains { $0.target.contains("after=c2") } })
      #expect(program.errors.contains(#""code":"logs.gap""#))
      #expect(
        daemon.requests.dropFirst().allSatisfy { $0.target.contains("wait_ms=20000") })
      program.signal(SIGINT)
      _ = try await program.wait()
      #expect(program.output == expected)
    }
  }

  // MARK: Completion

  private static func complete(_ home: Home, _ line: String) async throws -> String {
    let script = """
      source "\(repositoryRoot)/completions/lakectl.bash"
      COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}
      _lakectl
      echo "${COMPREPLY[*]}"
      """
    let program = try home.start(["bash", "-c", script, "bash", line])
    _ = try await program.wait()
    #expect(program.errors == "")
    return program.output
  }

  @Test("a real bash completes ids of jobs and names of nodes, asking once in ten seconds")
  func bash() async throws {
    try await FakeDaemon.run(Self.sample) { daemon in
      let home = try Home(daemon.endpoint)
      let jobs = try await Self.complete(home, "lakectl job show ")
      #expect(jobs == "last 01J9DONE00 01J9FAILED 01J9FZ7K2M\n")
      #expect(try await Self.complete(home, "lakectl job cancel 01J9FZ") == "01J9FZ7K2M\n")
      #expect(daemon.lines == ["GET /admin/v1/jobs?limit=1000"])
      #expect(try await Self.complete(home, "lakectl node show ") == "n1 n2\n")
      #expect(
        try await Self.complete(home, "lakectl role assign curator --to ")
          == "ann root group/analysts role/curator role/reader\n")
      #expect(
        try await Self.complete(home, "lakectl wait service/") == "service/admin service/facts\n")
      #expect(daemon.requests.allSatisfy { $0.token == "Bearer t0ken" })
      let folder = home.directory.file("cache/lakectl")
      for name in try await Files.names(in: folder) {
        var status = stat()
        #expect(lstat("\(folder)/\(name)", &status) == 0 && status.st_mode & 0o777 == 0o600)
      }
    }
  }

  @Test("a daemon that says nothing costs one key press a moment, and the next nothing")
  func silence() async throws {
    try await FakeDaemon.run({ _ in .silence(.seconds(5)) }) { daemon in
      let home = try Home(daemon.endpoint)
      let clock = ContinuousClock()
      let start = clock.now
      #expect(try await Self.complete(home, "lakectl node show ") == "\n")
      // 300 ms of waiting, and room for a slow machine.
      #expect(clock.now - start < .seconds(3))
      #expect(daemon.requests.count == 1)
      #expect(try await Self.complete(home, "lakectl node show ") == "\n")
      #expect(try await Self.complete(home, "lakectl job show ") == "last\n")
      #expect(daemon.requests.count == 1)
    }
  }
}
