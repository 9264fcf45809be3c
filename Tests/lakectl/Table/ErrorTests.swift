import Bytes
import CommandTable
import JSON
import LakectlTesting
import Testing

@Suite("Errors")
struct ErrorTests {
  static let sample: CommandError = {
    var error = CommandError(
      ErrorCode(serverCode: "placement.disk_full", exit: .overLimit),
      "cannot move shard orders/7 to n4: the disk would be over its limit",
      why: "88.9 GiB more would bring n4 to 97% of 512 GiB; the limit is 85%",
      try: [
        "lakectl shard rebalance --table orders --dry-run",
        "lakectl node list --sort disk_used_ratio",
      ], requestID: "01J9G2M8QX")
    error.context = "prod"
    error.details["node"] = "n4"
    return error
  }()

  @Test("for people: what, why, try, code")
  func text() {
    #expect(
      Self.sample.text(style: .plain) == """
        lakectl: cannot move shard orders/7 to n4: the disk would be over its limit
          why   88.9 GiB more would bring n4 to 97% of 512 GiB; the limit is 85%
          try   lakectl shard rebalance --table orders --dry-run
                lakectl node list --sort disk_used_ratio
          code  placement.disk_full   request 01J9G2M8QX   context prod

        """)
  }

  @Test("for programs: one line that reads back as the same error")
  func json() throws {
    let line = Self.sample.text()
    #expect(!line.contains("\n"))
    #expect(line.hasPrefix(#"{"type":"error","code":"placement.disk_full","exit":11,"#))
    var read = try CommandError(parsing: Array(line.utf8).rawBytes)
    read.context = Self.sample.context
    #expect(read.code.rawValue == Self.sample.code.rawValue)
    #expect(read.exit == .overLimit)
    #expect(read.tries == Self.sample.tries)
    #expect(read.changed == false)
    #expect(read.details == Self.sample.details)
  }

  @Test("an exit code that we do not know is a failure, and a missing code no error")
  func foreign() throws {
    let error = try CommandError(
      parsing: Array(#"{"code":"a.b","message":"m","exit":99,"changed":null}"#.utf8).rawBytes)
    #expect(error.exit == .failed)
    #expect(error.changed == nil)
    #expect(throws: JSONError.self) {
      try CommandError(parsing: Array(#"{"message":"m"}"#.utf8).rawBytes)
    }
  }

  @Test("codes are area.reason, unique, with a summary")
  func codes() {
    #expect(Set(ErrorCode.all.map(\.rawValue)).count == ErrorCode.all.count)
    for code in ErrorCode.all {
      #expect(code.rawValue.split(separator: ".").count == 2)
      #expect(code.rawValue.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 == 0x5F || $0 == 0x2E })
      #expect(!code.summary.isEmpty && !code.summary.hasSuffix("."))
      #expect(code.exit != .ok)
    }
  }

  @Test("an error of every code is told to people and read back by programs")
  func everyCode() throws {
    for code in ErrorCode.all {
      let error = CommandError(code, "it ended", why: "a test ended it")
      #expect(error.text(style: .plain).hasSuffix("  code  \(code.rawValue)\n"))
      let read = try CommandError(parsing: Array(error.text().utf8).rawBytes)
      #expect(read == error)
    }
  }

  @Test(
    "exit codes are those of the contract",
    arguments: zip(
      ExitCode.all.map(\.rawValue), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 70, 130, 143] as [Int32])
  )
  func exits(code: Int32, expected: Int32) { #expect(code == expected) }

  @Test(
    "an error of every exit code ends the command with it",
    arguments: ExitCode.all.filter { $0 != .ok })
  func everyExit(code: ExitCode) async {
    var run = CommandRun(root: SampleTable.root, config: "[context a]\nendpoint = http://h:1\n")
    run.client = ClientProvider { _, _ throws(CommandError) in
      throw CommandError(ErrorCode(serverCode: "test.reason", exit: code), "it ended")
    }
    let result = await run.run("status -o json")
    #expect(result.exit == code)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("\"exit\":\(code.rawValue),"))
    #expect(result.errors.contains("\"context\":\"a\""))
  }

  @Test("why is told, or that it is not known")
  func unknownWhy() {
    let text = CommandError(ErrorCode(serverCode: "x.y", exit: .failed), "it stopped")
      .text(style: .plain)
    #expect(text.contains("why   not known"))
  }

  @Test("several errors of a kind are one")
  func grouped() {
    let one = CommandError(.contextNotFound, "no a", try: ["x"])
    let two = CommandError(.contextNotFound, "no b", try: ["x"])
    #expect(CommandError.grouped([one], of: 1, what: "contexts") == one)
    let all = CommandError.grouped([one, two], of: 2, what: "contexts")
    #expect(all.message == "2 of 2 contexts failed: no a")
    #expect(all.code == .contextNotFound && all.tries == ["x"] && all.changed == false)
    let part = CommandError.grouped([one, two], of: 3, what: "contexts")
    #expect(part.exit == .partlyDone && part.changed == true)
  }

  @Test("names in errors cannot move the cursor")
  func hostile() {
    let error = CommandError(.contextNotFound, "no \u{1B}[2J", why: "\u{202E}", try: ["\u{7}"])
    #expect(!error.text(style: .plain).contains("\u{1B}"))
    #expect(!error.text().contains("\u{1B}"))
  }
}
