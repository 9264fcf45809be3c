import CommandTable
import Glibc
import LakectlCommands
import LakectlTesting
import TestSupport
import Testing

/// What each command prints, kept in files: its table, its JSON, and an error of it.
///
/// `make golden` writes them again; the diff is reviewed.
@Suite("Every command")
struct GoldenTests {
  static let config = """
    # clusters
    current = prod
    previous = dev

    [context dev]
    endpoint = http://127.0.0.1:7300

    [context prod]
    endpoint = https://lake.example:7300
    token-file = /secrets/lake
    protected = true
    """ + "\n"

  static let broken = """
    colour = red
    [context a]
    output = yaml
    token = s3cret
    """ + "\n"

  struct Step: Sendable {
    var line: String
    var config = GoldenTests.config
    var mode: UInt32 = 0o600
    var input = ""
    /// Who asks may do what is asked about.
    var isAllowed = false

    func run() -> CommandRun {
      var run = CommandRun(
        root: Lakectl.root, config: self.config.isEmpty ? nil : self.config, mode: self.mode)
      run.input = self.input
      run.client =
        self.isAllowed
        ? ScriptedCluster(SampleCluster.allowing).provider : ScriptedCluster.provider
      return run
    }
  }

  /// By command: how it is run.
  static let steps: [(command: String, steps: [Step])] = localSteps + ClusterSteps.all

  static let localSteps: [(command: String, steps: [Step])] = [
    (
      "version",
      ["version", "version -o json", "version -o yaml"].map { Step(line: $0) }
        + ["version --server", "version --server -c down"].map {
          Step(line: $0, config: ClusterSteps.config)
        }
    ),
    ("man", ["man completion", "man errors -o json", "man eror"].map { Step(line: $0) }),
    (
      "context test",
      [
        "context test", "context test -o json", "context test down", "context test nowhere",
      ].map { Step(line: $0, config: ClusterSteps.config) }
    ),
    (
      "completion",
      ["completion fish", "completion bash -o json", "completion powershell"].map { Step(line: $0) }
    ),
    (
      "help",
      [
        "help", "help context", "help context add", "help flags", "help output", "help filters",
        "help names", "help errors", "help exit-codes", "help environment", "help commands",
        "help commands -o json", "help nonsense", "help context lst",
      ].map { Step(line: $0) }
    ),
    (
      "context list",
      [
        "context list", "context list -o wide", "context list -o json", "context list -o name",
        "context list --filter protected=true -o jsonl", "context list --sort nothing",
      ].map { Step(line: $0) } + [Step(line: "context list", config: "")]
    ),
    (
      "context show",
      ["context show", "context show dev -o json", "context show prd"].map { Step(line: $0) }
        + [Step(line: "context show -o json", config: "")]
    ),
    (
      "context use",
      [
        "context use dev", "context use prod", "context use - -o json", "context use nowhere",
      ].map { Step(line: $0) } + [Step(line: "context use -", config: "[context a]\n")]
    ),
    (
      "context add",
      [
        "context add new --endpoint http://10.0.0.1:7300",
        "context add new --endpoint http://10.0.0.1:7300 --protected true -o json",
        "context add dev --endpoint http://127.0.0.1:7300 --if-not-exists",
        "context add dev --endpoint http://other:1 --if-not-exists", "context add new",
        "context add new --endpoint http://h:1 --dry-run",
      ].map { Step(line: $0) }
        + [Step(line: "context add first --endpoint http://127.0.0.1:7300", config: "")]
    ),
    (
      "context set",
      [
        "context set dev --protected true", "context set prod --endpoint http://new:1 -o json",
        "context set prod --protected true", "context set dev",
        "context set nowhere --protected true",
      ].map { Step(line: $0) }
    ),
    (
      "context rename",
      [
        "context rename prod live", "context rename dev laptop -o json", "context rename dev prod",
        "context rename dev dev",
      ].map { Step(line: $0) }
    ),
    (
      "context remove",
      [
        "context remove prod --yes", "context remove dev --yes -o json", "context remove prod",
        "context remove prod -o json", "context remove gone --if-exists --yes",
        "context remove gone --yes", "context remove prod --confirm dev", "context remove dev -n",
      ].map { Step(line: $0) }
    ),
    (
      "config list",
      ["config list", "config list --filter source~context -o json", "config list --limit x"]
        .map { Step(line: $0) } + [
          Step(line: "config list --filter key=token", config: "[context a]\ntoken = s3cret\n")
        ]
    ),
    (
      "config show",
      ["config show endpoint", "config show endpoint -o json", "config show endpiont"]
        .map { Step(line: $0) }
    ),
    (
      "config explain",
      [
        "config explain output", "config explain endpoint -o json", "config explain output -o csv",
        "config explain colour",
      ].map { Step(line: $0) }
    ),
    (
      "config set",
      [
        "config set utc true", "config set output json -o json", "config set endpoint http://h:1",
        "config set utc maybe", "config set current nowhere", "config set utc true --dry-run",
      ].map { Step(line: $0) }
    ),
    (
      "config unset",
      ["config unset previous", "config unset utc -o json", "config unset endpoint"]
        .map { Step(line: $0) }
    ),
    (
      "config path", ["config path", "config path -o json", "config path x"].map { Step(line: $0) }
    ),
    (
      "config check",
      [Step(line: "config check"), Step(line: "config check -o json")]
        + [
          Step(line: "config check", config: broken, mode: 0o644),
          Step(line: "config check -o json", config: broken, mode: 0o644),
          Step(line: "config check", config: "[open"), Step(line: "config check x"),
        ]
    ),
  ]

  static func transcript(_ step: Step) async -> (text: String, result: CommandRun.Result) {
    let run = step.run()
    let result = await run.run(step.line)
    var text = "$ lakectl \(step.line)\n\(Self.shortened(result.output))"
    if !result.errors.isEmpty { text += "--- standard error\n\(result.errors)" }
    text += "--- exit \(result.exit.rawValue)\n"
    if run.files.saveCount > 0 { text += "--- file\n\(run.files.text ?? "")" }
    return (text + "\n", result)
  }

  /// The table of all commands is tested by its schema; here its beginning shows how it looks.
  private static func shortened(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 700 else { return text }
    return lines.prefix(300).joined(separator: "\n") + "\n(and \(lines.count - 300) lines more)\n"
  }

  @Test("prints what is stored", arguments: steps.map(\.command))
  func stored(command: String) async throws {
    let steps = try #require(Self.steps.first { $0.command == command }).steps
    var text = ""
    for step in steps { text += await Self.transcript(step).text }
    let name = command.split(separator: " ").joined(separator: "-")
    let path = "\(repositoryRoot)/Tests/lakectl/Commands/golden/\(name).txt"
    if getenv("LAKE_GOLDEN").map({ String(cString: $0) }) == "write" {
      try Files.write(text, to: path)
    } else {
      #expect(text == Files.read(path), "\(path) is not what is printed now; make golden")
    }
  }

  @Test("has its table, JSON and an error in the files")
  func complete() async {
    // The dashboard has its own pictures, under Tests/TUI; what is downloaded comes from S3, in the
    // tests of the object store.
    let commands = Lakectl.root.calls.map { $0.path.joined(separator: " ") }.filter {
      $0 != "top" && $0 != "object get"
    }
    #expect(commands.sorted() == Self.steps.map(\.command).sorted())
    for (command, steps) in Self.steps {
      var hasPlain = false
      var hasJSON = false
      var hasError = false
      for step in steps {
        let exit = await Self.transcript(step).result.exit
        if exit.rawValue != 0 { hasError = true }
        if exit == .ok, step.line.contains("-o json") { hasJSON = true }
        if exit == .ok, !step.line.contains("-o ") { hasPlain = true }
      }
      #expect(hasPlain && hasJSON && hasError, "\(command)")
    }
  }
}

enum Files {
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }

  static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    #expect(fclose(file) == 0)
  }

  static func names(in folder: String) async throws -> [String] {
    try await runProgram(["ls", folder]).split(separator: "\n").map(String.init)
  }
}
