import Bytes
import CommandTable
import JSON
import LakectlTesting
import Testing
import Values

@Suite("Output")
struct OutputTests {
  static func run(
    _ line: String, columns: Int? = nil, environment: [String: String] = [:]
  ) async -> CommandRun.Result {
    var run = CommandRun(root: SampleTable.root)
    if let columns {
      run.terminal.isOutput = true
      run.terminal.columns = columns
    }
    for (name, value) in environment { run.environment[name] = value }
    return await run.run(line)
  }

  @Test("a table is aligned, humanised and sorted by name")
  func table() async {
    let result = await Self.run("shard list")
    #expect(
      result.output == """
        SHARD     LEADER  REPLICAS  STATE       SIZE    ROWS    LAG
        orders/6  n1      n2,n3     active  40.4 GiB   65.1M    0 B
        orders/7  n2      n1,n3     moving  88.9 GiB  143.7M  4 MiB

        """)
    #expect(result.errors.isEmpty)
  }

  @Test("wide shows all columns; stale values carry a mark and a footnote")
  func wide() async {
    let result = await Self.run(
      "shard list -o wide --utc --columns shard,write_per_s,observed_at,took_ms,disk_used_ratio")
    #expect(
      result.output == """
        SHARD     WRITE/S  OBSERVED              TOOK   DISK USED
        """ || result.output.hasPrefix("SHARD"))
    #expect(result.output.contains("3/s?"))
    #expect(result.output.contains("1.6k/s"))
    #expect(result.output.contains("2026-11-20 14:03:21Z"))
    #expect(result.output.contains("97%"))
    #expect(result.output.contains("4.1 s"))
    #expect(result.errors == "? the value is too old to trust\n")
  }

  @Test("times are local and numbers humanised unless asked otherwise")
  func exact() async {
    #expect(
      await Self.run("shard list --columns observed_at").output.contains("2026-11-20 15:03:21\n"))
    let exact = await Self.run("shard list --exact --columns size_bytes,disk_used_ratio")
    #expect(exact.output.contains("95455854592       0.97"))
  }

  @Test("json is the documented envelope with every key")
  func json() async throws {
    let result = await Self.run("shard list -o json --filter state=moving")
    let document = try JSONValue(parsing: result.output)
    guard case .object(let envelope) = document else { return #expect(Bool(false)) }
    #expect(envelope.names == ["kind", "version", "items", "truncated", "next", "warnings"])
    #expect(envelope["kind"] == "ShardList")
    guard case .array(let items) = envelope["items"], case .object(let item) = items[0] else {
      return #expect(Bool(false))
    }
    #expect(item.names == SampleTable.ShardList.columns.map(\.key))
    #expect(item["size_bytes"] == 95_455_854_592)
    #expect(item["snapshot_id"] == "8744736658442914487")
    #expect(item["replicas"] == ["n1", "n3"])
    #expect(item["observed_at"] == "2026-11-20T14:03:21Z")
  }

  @Test("jsonl, csv, tsv and name are bare rows")
  func lines() async {
    let chosen = "--columns shard,replicas,lag_bytes --sort lag_bytes:desc"
    #expect(
      await Self.run("shard list -o jsonl \(chosen)").output == """
        {"shard":"orders/7","replicas":["n1","n3"],"lag_bytes":4194304}
        {"shard":"orders/6","replicas":["n2","n3"],"lag_bytes":0}

        """)
    #expect(
      await Self.run("shard list -o csv \(chosen)").output
        == "shard,replicas,lag_bytes\r\norders/7,\"n1,n3\",4194304\r\norders/6,\"n2,n3\",0\r\n")
    #expect(
      await Self.run("shard list -o tsv --no-headers \(chosen)").output
        == "orders/7\tn1,n3\t4194304\norders/6\tn2,n3\t0\n")
    #expect(await Self.run("shard list -o name").output == "orders/6\norders/7\n")
  }

  @Test(
    "filters choose rows",
    arguments: [
      ("--filter state=moving", ["7"]), ("--filter shard~6$", ["6"]),
      ("--filter size_bytes:over:50GB", ["7"]), ("--filter lag_bytes:under:1MiB", ["6"]),
      ("--filter disk_used_ratio:over:85%", ["7"]), ("--filter took_ms:under:5s", ["7"]),
      ("--filter observed_at:over:-15m", ["7"]), ("--filter observed_at:under:-15m", []),
      ("--filter replicas=n2", ["6"]), ("--filter replicas~^n1$", ["7"]),
      ("--filter SIZE:under:50GB", ["6"]), ("--filter observed_at=", ["6"]),
      ("--exclude state=moving", ["6"]), ("--filter leader~n --exclude leader=n1", ["7"]),
      ("--filter write_per_s:over:100", ["7"]), ("--limit 1", ["6"]), ("--limit 0", []),
    ] as [(String, [String])])
  func filters(flags: String, numbers: [String]) async {
    let result = await Self.run("shard list -o name \(flags)")
    #expect(result.output == numbers.map { "orders/\($0)\n" }.joined())
    #expect(result.exit == .ok)
  }

  @Test(
    "a filter that cannot be read is a usage error",
    arguments: [
      "--filter nothing", "--filter =x", "--filter sise_bytes=1", "--filter size_bytes:over",
      "--filter size_bytes:above:3", "--filter size_bytes:over:much", "--filter shard~(",
      "--filter shard~a{9}{9}", "--sort nothing", "--sort size_bytes:up", "--columns shard,nothing",
      "--columns ''",
    ])
  func badFilters(flags: String) async {
    let result = await Self.run("shard list \(flags)")
    #expect(result.exit == .usage)
    #expect(result.output.isEmpty)
  }

  @Test("an empty list prints nothing, and a note for people")
  func empty() async {
    let result = await Self.run("shard list -t nothing")
    #expect((result.output, result.errors, result.exit) == ("", "no shards match\n", .ok))
    #expect(await Self.run("shard list -t nothing -q").errors == "")
    #expect(await Self.run("shard list -t nothing -o json").output.contains("\"items\": []"))
  }

  @Test("a limit that cut says so", arguments: ["table", "json"])
  func truncated(format: String) async {
    let result = await Self.run("shard list --limit 1 -o \(format)")
    #expect(
      (result.output + result.errors).contains(
        format == "json" ? "\"truncated\": true" : "more rows"))
  }

  @Test("on a terminal no line is wider, off it nothing is cut", arguments: 2...90)
  func widths(columns: Int) async {
    let result = await Self.run("shard list --color never", columns: columns)
    for line in result.output.split(separator: "\n") {
      #expect(TextWidth.of(line) <= columns, "\(line)")
    }
    #expect(result.output.hasPrefix("S"))
    let whole = await Self.run("shard list --no-trunc --color never", columns: columns)
    #expect(whole.output == (await Self.run("shard list")).output)
  }

  @Test("columns of low priority go first, and a note tells")
  func dropped() async {
    let result = await Self.run("shard list --color never", columns: 40)
    #expect(result.output.hasPrefix("SHARD"))
    #expect(result.output.contains("STATE"))
    #expect(!result.output.contains("ROWS"))
    #expect(result.errors.contains("hidden; widen, or -o wide"))
  }

  @Test("cells of text are cut with a mark the locale can show")
  func marks() {
    #expect(TextWidth.cut("warehouse", to: 6, mark: "…") == "wareh…")
    #expect(TextWidth.cut("warehouse", to: 6, mark: "...") == "war...")
    #expect(TextWidth.cut("数据表名称", to: 5, mark: "…") == "数据…")
    #expect(TextWidth.cut("abc", to: 0, mark: "…") == "")
    #expect(TextWidth.of("e\u{301}数") == 3)
  }

  @Test(
    "bytes and counts",
    arguments: [
      (0, "0 B", "0"), (999, "999 B", "999"), (1000, "1000 B", "1k"), (1024, "1 KiB", "1k"),
      (1_048_575, "1 MiB", "1M"), (4_194_304, "4 MiB", "4.2M"), (-2048, "-2 KiB", "-2k"),
      (143_712_004, "137.1 MiB", "143.7M"), (Int64.max, "8 EiB", "9.2E"),
      (Int64.min, "-8 EiB", "-9.2E"),
    ] as [(Int64, String, String)])
  func numbers(value: Int64, bytes: String, count: String) {
    #expect(Humanised.bytes(value) == bytes)
    #expect(Humanised.count(value) == count)
  }

  @Test(
    "durations, ratios and rates",
    arguments: [
      (Humanised.duration(nanoseconds: 850), "850 ns"),
      (Humanised.duration(nanoseconds: 0), "0 ns"),
      (Humanised.duration(nanoseconds: 4.1e6), "4.1 ms"),
      (Humanised.duration(nanoseconds: 372e9), "6m 12s"),
      (Humanised.duration(nanoseconds: 3600e9), "1h"),
      (Humanised.duration(nanoseconds: 59.99e9), "1m"),
      (Humanised.duration(nanoseconds: 273_600e9), "3d 4h"),
      (Humanised.duration(nanoseconds: .infinity), "-"), (Humanised.ratio(0), "0%"),
      (Humanised.ratio(0.0001), "0.01%"), (Humanised.ratio(0.97), "97%"),
      (Humanised.ratio(.nan), "-"),
      (Humanised.rate(1612), "1.6k/s"), (Humanised.rate(0.25), "0.3/s"),
    ])
  func others(text: String, expected: String) { #expect(text == expected) }

  @Test("text from the cluster cannot move the cursor")
  func hostileText() {
    #expect("a\u{1B}[2J\u{7}\n\t\u{9B}\u{202E}b".visible == "a\\x1b[2J\\x07\\n\\t\\x9b\\u202eb")
    #expect("plain ünï 数".visible == "plain ünï 数")
    let table = TableText(
      columns: [Column(key: "name")], cells: CellText(), width: nil)
    #expect(table.render([["name": "\u{1B}]0;x\u{7}"]]).text == "NAME\n\\x1b]0;x\\x07\n")
  }

  @Test("bytes that are no text are base64 beside a null")
  func base64() {
    let line = Envelope.line(["name": .bytes([0xFF, 0xFE])], columns: [Column(key: "name")])
    #expect(line == #"{"name":null,"name_base64":"//4="}"# + "\n")
  }

  @Test(
    "colour is decided by flag, variables and terminal",
    arguments: [
      (ColorChoice.auto, true, [:], true), (.auto, false, [:], false), (.always, false, [:], true),
      (.never, true, [:], false), (.auto, true, ["NO_COLOR": "1"], false),
      (.auto, true, ["NO_COLOR": ""], true), (.auto, true, ["TERM": "dumb"], false),
      (.auto, false, ["FORCE_COLOR": "1"], true), (.auto, false, ["FORCE_COLOR": "0"], false),
      (.always, true, ["NO_COLOR": "1"], true),
    ] as [(ColorChoice, Bool, [String: String], Bool)])
  func colour(choice: ColorChoice, isTerminal: Bool, variables: [String: String], expected: Bool) {
    let environment = ["TERM": "xterm"].merging(variables) { $1 }
    let style = Style.decide(choice, isTerminal: isTerminal, environment: environment)
    #expect(style.hasColor == expected)
  }

  @Test("without colour there is no escape, with it the words are the same")
  func colourIsDecoration() async {
    let plain = await Self.run("shard list --color never", columns: 200)
    let coloured = await Self.run("shard list --color always", columns: 200)
    #expect(!plain.output.contains("\u{1B}"))
    #expect(coloured.output.contains("\u{1B}[33mmoving"))
    var stripped = ""
    var isInEscape = false
    for scalar in coloured.output.unicodeScalars {
      if scalar == "\u{1B}" { isInEscape = true }
      if !isInEscape { stripped.unicodeScalars.append(scalar) }
      if scalar == "m" { isInEscape = false }
    }
    #expect(stripped == plain.output)
  }

  @Test(
    "the pager is for people, terminals and long text",
    arguments: [
      (50, true, "table", false, [:], ["less", "-FIRX"]), (3, true, "table", false, [:], nil),
      (50, false, "table", false, [:], nil), (50, true, "json", false, [:], nil),
      (50, true, "table", true, [:], nil), (50, true, "table", false, ["PAGER": "more"], ["more"]),
      (50, true, "table", false, ["LAKE_PAGER": "none", "PAGER": "more"], nil),
      (50, true, "wide", false, ["LAKE_PAGER": "most -s"], ["most", "-s"]),
      (50, true, "table", false, ["TERM": "dumb"], nil),
    ] as [(Int, Bool, String, Bool, [String: String], [String]?)])
  func pager(
    lines: Int, isTerminal: Bool, format: String, isOff: Bool, variables: [String: String],
    expected: [String]?
  ) throws {
    let command = Pager.command(
      for: String(repeating: "x\n", count: lines), format: try OutputFormat(argument: format),
      isOutputTerminal: isTerminal, isInputTerminal: true, lines: 24, isSwitchedOff: isOff,
      setting: nil, environment: ["TERM": "xterm"].merging(variables) { $1 })
    #expect(command == expected)
  }

  @Test("progress is rare, redrawn on a terminal, and JSON for programs")
  func progress() {
    var state = ProgressState(jobID: "01J9FZ", what: "move shard")
    state.doneBytes = 1024
    state.totalBytes = 2048
    func at(_ ms: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: ms * 1_000_000) }
    func texts(_ manner: ProgressLines.Manner, _ times: [UInt64]) -> [String?] {
      var lines = ProgressLines(manner: manner)
      return times.map { lines.text(state, now: at($0), isLast: $0 == 101) }
    }
    let line = "01J9FZ  move shard  50%  1 KiB of 2 KiB"
    #expect(
      texts(.terminal, [0, 50, 100, 101]) == ["\r" + line, nil, "\r" + line, "\r" + line + "\n"])
    #expect(texts(.lines, [0, 29_999, 30_000]) == [line + "\n", nil, line + "\n"])
    #expect(
      texts(.json, [0])
        == [#"{"type":"progress","job_id":"01J9FZ","done_bytes":1024,"total_bytes":2048}"# + "\n"])
    #expect(texts(.silent, [0, 101]) == [nil, nil])
  }

  @Test("a watch tells what was added, changed and removed")
  func watch() {
    var changes = WatchChanges(nameKey: "name")
    let first: Row = ["name": "a", "size": 1]
    let start = changes.update([first, ["name": "b"]])
    #expect(start.map(\.kind) == [.added, .added])
    let same = changes.update([first, ["name": "b"]])
    #expect(same.isEmpty)
    let next = changes.update([["name": "a", "size": 2], ["name": "c"]])
    #expect(next.map(\.kind) == [.changed, .added, .removed])
    #expect(next.map { $0.row["name"].rawText } == ["a", "c", "b"])
  }
}
