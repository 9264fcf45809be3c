import CommandTable
import JSON
import LakectlTesting
import Testing
import Values

@Suite("Running")
struct RunnerTests {
  @Test("the sample keeps the rules of tables")
  func rules() {
    #expect(TableRules.problems(in: SampleTable.root, resourceKinds: ["context"]) == [])
  }

  @Test("each rule finds its breach")
  func breaches() {
    func problems(_ change: (inout Command) -> Void) -> String {
      var root = SampleTable.root
      change(&root)
      return TableRules.problems(in: root, resourceKinds: ["context"]).joined(separator: "\n")
    }
    func call(_ change: @escaping (inout Call) -> Void) -> String {
      problems { root in
        guard var call = root.children[0].children[0].call else { return }
        change(&call)
        root.children[0].children[0].call = call
      }
    }
    #expect(problems { $0.children[0].children[0].summary = "The shards" }.contains("verb"))
    #expect(
      problems { $0.children[0].children[0].summary = "list \(String(repeating: "x", count: 60))" }
        .contains("60"))
    #expect(call { $0.examples = [] }.contains("no example"))
    #expect(
      call { $0.examples = [Example(text: "", line: "lakectl shard list --nope")] }.contains(
        "--nope"))
    #expect(call { $0.output.columns.append(Column(key: "shard")) }.contains("one key"))
    #expect(call { $0.output.columns.append(Column(key: "size", .integer)) }.contains("no unit"))
    #expect(call { $0.output.columns.append(Column(key: "moment", .time)) }.contains("_at"))
    #expect(call { $0.output.columns.append(Column(key: "Bad")) }.contains("snake_case"))
    #expect(call { $0.parameters.append(Flag("output", "x").parameter) }.contains("one name"))
    #expect(
      call { $0.parameters.append(Flag("sort", "x").parameter) }.contains("some commands only"))
    #expect(
      call { $0.parameters.append(Option<String>("password", "x").parameter) }.contains("secret"))
    #expect(
      call { $0.parameters.append(Option<String>("zone", short: "z", "x").parameter) }.contains(
        "-z"))
    #expect(call { $0.effect = .destroys }.contains("no plan"))
    #expect(
      call {
        $0.parameters.append(Option<String>("zone", source: .resources("zone"), "x").parameter)
      }
      .contains("kind zone"))
    #expect(
      call { $0.parameters.append(Option<Int>("n", default: "x", "x").parameter) }.contains(
        "default"))
  }

  @Test("variables are spelled as their flags")
  func variables() {
    for entry in GlobalFlags.all {
      guard let variable = entry.parameter.variable else { continue }
      #expect(
        variable == "LAKE_"
          + entry.parameter.name.uppercased().split(separator: "-").joined(separator: "_"))
    }
    #expect(Set(EnvironmentVariables.all.map(\.name)).count == EnvironmentVariables.all.count)
    for key in SettingKey.all {
      guard let flag = key.flag else { continue }
      let parameter = GlobalFlags.all.first { $0.parameter.name == flag }?.parameter
      #expect(parameter != nil, "\(flag)")
      #expect(parameter?.variable == nil || parameter?.variable == key.variable)
      #expect(parameter?.defaultText == key.fallback || parameter?.takesValue == false)
    }
  }

  @Test("a cluster that is not there is exit 6 with what to do", arguments: ["", " -o json"])
  func noCluster(format: String) async {
    let result = await CommandRun(root: SampleTable.root).run("status" + format)
    #expect(result.exit == .unavailable)
    #expect(result.errors.contains("lakectl context add"))
    #expect(result.output.isEmpty)
  }

  struct Fake: AdminClient {
    func send(
      _ request: AdminRequest, until deadline: MonotonicTime
    ) async throws(CommandError) -> [UInt8] {
      #expect(deadline == MonotonicTime(nanoseconds: 6_000_000_000))
      return Array(request.path.utf8)
    }
  }

  @Test("a handler reaches the cluster through the client handed in, within --timeout")
  func client() async {
    var run = CommandRun(root: SampleTable.root)
    run.client = ClientProvider { _, _ throws(CommandError) in Fake() }
    let result = await run.run("status --timeout 5s -o json")
    #expect(result.output.contains("/admin/v1/status"))
    #expect(result.output.contains("\"error_ratio\": null"))
  }

  @Test("the schema is printed without running anything")
  func schema() async throws {
    let result = await CommandRun(root: SampleTable.root).run("status -o schema")
    #expect(result.exit == .ok)
    #expect(try JSONValue(parsing: result.output)["title"] == "Status")
  }

  @Test("errors are JSON when the output is, also when the line is not understood")
  func usageJSON() async throws {
    for line in ["shard lst -o json", "shard lst --output=jsonl", "--nope -o json"] {
      let result = await CommandRun(root: SampleTable.root).run(line)
      #expect(result.exit == .usage)
      #expect(try JSONValue(parsing: result.errors)["type"] == "error")
    }
    var run = CommandRun(root: SampleTable.root)
    run.environment["LAKE_OUTPUT"] = "json"
    #expect(try JSONValue(parsing: await run.run("shard lst").errors)["type"] == "error")
    let inFile = CommandRun(root: SampleTable.root, config: "[defaults]\noutput = jsonl\n")
    #expect(try JSONValue(parsing: await inFile.run("shard lst").errors)["type"] == "error")
  }

  @Test("a usage error adds the usage line and the way to help, nothing longer")
  func usage() async {
    let result = await CommandRun(root: SampleTable.root).run("shard move orders/7")
    #expect(
      result.errors
        == """
        lakectl: --to NODE is missing
          why   where the shard goes
          use   lakectl shard move SHARD --to NAME [--rate SIZE] [--label TEXT]...
                lakectl shard move --help
          code  usage.missing_value

        """.replacingOnce("--to NODE", with: "--to NAME"))
  }

  @Test("a watch without a terminal prints what changed; json is refused")
  func watch() async {
    var run = CommandRun(root: SampleTable.root)
    run.repeats = 2
    let rows = await run.run("shard list --watch -o jsonl --columns shard")
    #expect(rows.output == "{\"shard\":\"orders/6\"}\n{\"shard\":\"orders/7\"}\n")
    let refused = await run.run("shard list --watch -o json")
    #expect(refused.exit == .usage)
    #expect(refused.errors.contains("jsonl"))
    run.terminal.isOutput = true
    let painted = await run.run("shard list --watch")
    #expect(painted.output.split(separator: "\u{1B}[2J").count == 4)
  }

  @Test(
    "rows that come in parts are written as they come",
    arguments: [
      ("-o name", "e00\ne01\ne10\ne11\ne20\ne21\n"), ("-o name --limit 3", "e00\ne01\ne10\n"),
      ("-o name --filter event~0$ --limit 2", "e00\ne10\n"),
      ("-o tsv --limit 1", "event\tsize_bytes\ne00\t0\n"),
      ("--limit 3", "EVENT  SIZE\ne00     0 B\ne01     0 B\ne10    1 KiB\n"),
      ("--filter event=x", ""), ("-o jsonl --limit 1 --columns event", "{\"event\":\"e00\"}\n"),
    ])
  func streamed(flags: String, expected: String) async {
    let result = await CommandRun(root: SampleTable.root).run("shard events \(flags)")
    #expect(result.output == expected)
    #expect(result.exit == .ok)
  }

  @Test("rows that come in parts are one document under json, unless there is no end")
  func streamedDocument() async throws {
    let run = CommandRun(root: SampleTable.root)
    let whole = try JSONValue(parsing: await run.run("shard events -o json").output)
    guard case .array(let items)? = whole["items"] else { return #expect(Bool(false)) }
    #expect(items.count == 6)
    #expect(whole["truncated"] == false)
    let cut = try JSONValue(parsing: await run.run("shard events -o json --limit 2").output)
    #expect(cut["truncated"] == true)
    #expect(await run.run("shard events --follow -o json").exit == .usage)
    #expect(await run.run("shard events --filter event=x").errors == "no events match\n")
  }

  @Test("a job says how to follow it")
  func followed() async {
    let run = CommandRun(root: SampleTable.root, config: "[context a]\n")
    let line = "shard move orders/7 --to n5 --yes"
    #expect(await run.run(line).errors == "follow: lakectl job wait 01J9FZ7K2M\n")
    #expect(await run.run(line + " --wait").errors == "")
    #expect(await run.run(line + " -q").errors == "")
  }

  @Test("a reader that goes away ends the command quietly")
  func closedOutput() async {
    var run = CommandRun(root: SampleTable.root)
    run.writesUntilClosed = 0
    let result = await run.run("shard list")
    #expect((result.exit, result.errors) == (.ok, ""))
    run.repeats = 1000
    #expect(await run.run("shard list -w -o jsonl").exit == .ok)
  }

  @Test(
    "completion knows words, flags, values and names",
    arguments: [
      (["sh"], ["shard"]), (["shard", ""], ["list", "move", "delete", "set", "events"]),
      (["shard", "l"], ["list"]), (["shard", "move", "--t"], ["--to", "--timeout"]),
      (["shard", "list", "-o", "js"], ["json", "jsonl"]),
      (["shard", "list", "--output=js"], ["--output=json", "--output=jsonl"]),
      (["shard", "list", "--context", ""], ["dev", "prod"]),
      (["shard", "list", "--context=p"], ["--context=prod"]),
      (["shard", "ls", "--qu"], ["--quiet"]),
      (["shard", "list", "-q", "--qu"], ["--quiet"]), (["shard", "list", "--quiet", "--qu"], []),
      (["nope", ""], []), (["--", "sh"], []), (["shard", "list", "--output=x"], []),
      (["-c", "p"], ["prod"]), (["--context=p"], ["--context=prod"]),
    ] as [([String], [String])])
  func completion(words: [String], expected: [String]) async {
    let config = "[context dev]\n[context prod]\n[context \"\u{7}bad\"]\n"
    let result = await CommandRun(root: SampleTable.root, config: config).run(
      ["__complete"] + words)
    let candidates = result.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
    #expect(candidates.map(String.init) == expected)
    #expect((result.exit, result.errors) == (.ok, ""))
  }

  @Test("completers see the context and endpoint that were typed")
  func completers() async {
    let console = MemoryConsole()
    let run = CommandRun(root: SampleTable.root, config: "[context a]\n[context b]\n")
    let surroundings = Surroundings(
      environment: [:], terminal: TerminalFacts(), console: console,
      clock: CommandClock(
        now: { CommandRun.now }, monotonic: { MonotonicTime(nanoseconds: 0) }), files: run.files,
      completers: [
        "context": { settings, prefix in
          ["p-\(settings.contextName ?? "")-\(settings.text("endpoint") ?? "")", "other"]
        }
      ])
    let words = [
      "__complete", "-c", "b", "--endpoint=http://h:1", "shard", "list", "--context", "p",
    ]
    _ = await Runner(root: SampleTable.root, surroundings: surroundings).run(words)
    #expect(console.output == "p-b-http://h:1\t\n")
  }

  @Test("completion is silent about broken files and hostile words")
  func silentCompletion() async {
    for words in [
      [], ["--context"], ["shard", "list", "--context", ""], ["\u{1B}", "=", "-", "--"],
    ] {
      let result = await CommandRun(root: SampleTable.root, config: "broken").run(
        ["__complete"] + words)
      #expect(result.errors == "")
      #expect(result.exit == .ok)
    }
  }

  @Test("long pages go through the pager on a terminal only")
  func pager() async {
    var run = CommandRun(root: SampleTable.root)
    #expect(await run.run("shard move --help").pagers.isEmpty)
    run.terminal.isInput = true
    run.terminal.isOutput = true
    run.terminal.lines = 10
    #expect(await run.run("shard move --help").pagers == [["less", "-FIRX"]])
    #expect(await run.run("shard move --help --no-pager").pagers.isEmpty)
  }
}

extension String {
  func replacingOnce(_ word: String, with other: String) -> String {
    self.split(separator: word, maxSplits: 1, omittingEmptySubsequences: false).joined(
      separator: other)
  }
}

extension JSONValue {
  subscript(name: String) -> JSONValue? {
    if case .object(let object) = self { object[name] } else { nil }
  }
}
