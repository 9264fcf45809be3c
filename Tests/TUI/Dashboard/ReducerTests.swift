import CommandTable
import Dashboard
import DashboardTesting
import JSON
import Screen
import Testing
import Values

@Suite("Keys and answers")
struct ReducerTests {
  static func started(
    _ cluster: SampleCluster = .calm, size: Size = Size(width: 80, height: 24),
    seconds: Double = 4, isReplay: Bool = false
  ) async -> DashboardRun {
    let run = DashboardRun(cluster.recording, size: size, isReplay: isReplay)
    await run.run(for: seconds)
    return run
  }

  @Test("a number goes to its screen from anywhere, and does the same twice")
  func screens() async {
    let run = await Self.started()
    for (key, name) in [
      ("7", "nodes"), ("7", "nodes"), ("8<Enter>", "jobs"), ("8", "jobs"), ("9", "logs"),
      ("0", "alerts"), ("I", "identity"), ("M", "metrics"), ("E", "events"), ("C", "settings"),
      ("1", "overview"),
    ] {
      await run.press(key)
      #expect(run.state.screenName == name)
    }
    #expect(run.state.isOnScreen)
  }

  @Test("Enter goes deeper, Esc comes back and never leaves")
  func depth() async {
    let run = await Self.started()
    await run.press("7jjj<Enter>")
    #expect(run.contains("Nodes > n4"))
    await run.press("<Tab><Tab><Enter>")
    #expect(run.contains("Nodes > n4 > objects/n4"))
    await run.press("<Esc><Esc><Esc><Esc>")
    #expect(run.state.isOnScreen && run.state.screenName == "nodes")
    #expect(!run.effects.contains { if case .quit = $0 { true } else { false } })
  }

  @Test("from the overview a node opens on its own screen")
  func elsewhere() async {
    let run = await Self.started()
    await run.press("<Tab>jj<Enter>")
    #expect(run.state.screenName == "nodes")
    await run.press("<Enter>")
    #expect(run.contains("Nodes > n3"))
  }

  @Test("the selection follows the row, not the line")
  func identity() async {
    let run = await Self.started()
    await run.press("7jjj")
    await run.press("scpu<Esc>")
    await run.press("s")
    await run.press("jjj<Enter>")
    await run.run(for: 10)
    await run.press("<Enter>")
    #expect(run.contains("Nodes > n4"))
  }

  @Test("a filter works as it is typed; Enter keeps it and Esc drops it")
  func filter() async {
    let run = await Self.started()
    await run.press("8/failed")
    #expect(run.contains("2 of 12 shown"))
    await run.press("<Esc>")
    #expect(run.contains("12 of 12 shown"))
    await run.press("/!failed state~^[rq] done_ratio>10%<Enter>")
    #expect(run.contains("3 of 12 shown"))
    await run.press("<Esc>")
    #expect(run.contains("12 of 12 shown"))
  }

  @Test("a filter that cannot be read says why and keeps the rows")
  func badFilter() async {
    let run = await Self.started()
    await run.press("8/done_ratio>lots")
    #expect(run.contains("is not a number"))
  }

  @Test("rates are differences over the true time; the first sample has none")
  func rates() async {
    let run = await Self.started(seconds: 0)
    #expect(run.contains("..."))
    await run.run(for: 4)
    #expect(!run.contains("..."))
    #expect(run.contains("k/s"))
  }

  @Test("a counter that went back is a restart")
  func restart() {
    var rates = CounterRates()
    let second = Duration.seconds(1)
    var now = MonotonicTime(nanoseconds: 1)
    let key = History.key("a", "n")
    rates.update([key: 10], at: now)
    #expect(rates["a", "n"] == nil && rates.isPending("a", "n"))
    now = now + second * 4
    rates.update([key: 30], at: now)
    #expect(rates["a", "n"] == 5)
    now = now + second
    rates.update([key: 3], at: now)
    #expect(rates["a", "n"] == nil && rates.isPending("a", "n"))
    now = now + second
    rates.update([key: 4], at: now)
    #expect(rates["a", "n"] == 1)
  }

  @Test("t goes through the windows; those longer than memory are read from the server")
  func windows() async {
    let wall = WallTime(nanoseconds: 1_767_225_600_000_000_000)
    var recording = Recording(context: ContextFacts(name: "prod"), startedAt: wall)
    for moment in 0..<10 as Range<Int64> {
      let value = JSONValue.number(.integer(moment * 10))
      let series: JSONValue = ["labels": ["op": "get", "node": "n1"], "value": value]
      let family: JSONValue = [
        "name": "lake_x_total", "type": "counter", "help": "h", "series": .array([series]),
      ]
      recording.entries.append(
        .init(
          milliseconds: moment * 2000, path: "/admin/v1/metric-families",
          reply: .success(.array([family]))))
    }
    let past = "2025-12-31T23:30:00Z"
    let item: JSONValue = [
      "at": .string(past), "node": "n1", "metric": "lake_x_total", "labels": "op=get,node=n1",
      "rate_per_s": 777,
    ]
    recording.entries.append(
      .init(
        milliseconds: 0, path: "/admin/v1/metric-history",
        reply: .success(["items": .array([item])])))
    let run = DashboardRun(recording)
    await run.run(for: 4)
    await run.press("M")
    await run.run(for: 4)
    await run.press("<Enter>")
    await run.run(for: 4)
    await run.press("<Enter>")
    await run.run(for: 4)
    #expect(run.contains("PER SECOND, 2 MIN"), "\(run.text)")
    for words in ["15 MIN", "1 H", "6 H", "24 H", "2 MIN", "15 MIN", "1 H"] {
      await run.press("t")
      #expect(run.contains("charts show the last \(words.lowercased())"))
    }
    await run.run(for: 4)
    #expect(run.contains("PER SECOND, 1 H  max 777"), "\(run.text)")
  }

  @Test("rows with times are means of the parts of a window, and last as long as a part does")
  func times() {
    let end = WallTime(nanoseconds: 3600_000_000_000)
    var rows = RowSet(keys: ["at", "value"])
    for (at, value) in [
      ("1970-01-01T00:00:00Z", 1), ("1970-01-01T00:20:00Z", 2), ("1970-01-01T00:21:00Z", 4),
      ("1970-01-01T02:00:00Z", 9), ("soon", 9),
    ] as [(String, Int64)] {
      rows.append([.text(at), .integer(value)], nameKeys: ["at"])
    }
    let hour = Duration.seconds(3600)
    #expect(rows.values("value", window: hour, until: end, count: 4) == [nil, 3, nil, nil])
    #expect(rows.values("other", window: hour, until: end, count: 2) == [nil, nil])
    let fine = rows.values("value", window: hour, until: end, count: 240)
    #expect(fine[79] == 2 && fine[80] == 2 && fine[83] == 4 && fine[90] == nil)
  }

  @Test("paused, the picture stands still and keys go on; resuming shows what came")
  func paused() async {
    let run = await Self.started()
    await run.press("7p")
    let before = run.picture().text(line: 5)
    await run.run(for: 10)
    #expect(run.picture().text(line: 5) == before)
    #expect(run.contains("paused"))
    await run.press("jj<Enter>")
    #expect(run.contains("Nodes > n3"))
    await run.press("<Esc>p")
    #expect(run.picture().text(line: 5) != before)
  }

  @Test("without answers it is offline: old data stays, actions are off, tries are further apart")
  func offline() async {
    var recording = SampleCluster.calm.recording
    let down = CommandError(
      ErrorCode(serverCode: "client.unreachable", exit: .unavailable), "cannot connect")
    for index in recording.entries.indices where recording.entries[index].milliseconds >= 10_000 {
      recording.entries[index].reply = .failure(down)
    }
    recording.entries += ["jobs", "alerts", "users"].map {
      .init(milliseconds: 10_000, path: "/admin/v1/\($0)", reply: .failure(down))
    }
    recording.entries.sort { $0.milliseconds < $1.milliseconds }
    let run = DashboardRun(recording)
    await run.run(for: 8)
    await run.press("8")
    await run.run(for: 14)
    let header = run.picture().text(line: 0)
    #expect(header.contains("offline") && header.contains("next try"))
    #expect(run.contains("01J9FZ7K2M"))
    #expect(run.picture()[5, 3].meaning != .plain)
    await run.press("a")
    #expect(run.contains("actions are off while offline"))
    await run.press("@")
    #expect(run.contains("Context"))
  }

  @Test("a node that goes is seen in the header and in its row")
  func nodeDown() async {
    let run = await Self.started(.nodeDown, seconds: 20)
    #expect(run.picture().text(line: 0).contains("5/6 nodes up"))
    await run.press("7")
    #expect(run.contains("!n4    DOWN"))
    await run.press("1")
    await run.run(for: 30)
    #expect(run.picture().text(line: 0).contains("6/6 nodes up"))
  }

  @Test("marks stand still, and actions are for them")
  func marks() async {
    let run = await Self.started()
    await run.press("I  a")
    #expect(run.contains("Actions: 2 rows"))
    await run.press("jj<Enter>")
    #expect(run.contains("rows") && run.contains("and 1 more like it"))
    await run.press("2<Tab><Enter>")
    #expect(run.contains("done: 2 rows"))
  }

  @Test("what is easy to take back needs one Enter")
  func write() async {
    let run = await Self.started(.nodeDown)
    await run.press("Ia<Enter><Enter>")
    #expect(run.contains("done: user disable ada; undo: lakectl user undo ada"))
  }

  @Test("what is hard to undo begins on Cancel")
  func hard() async {
    let run = await Self.started(.nodeDown)
    // The first job of that cluster that can be cancelled.
    await run.press("8/state=running<Enter>a<Enter><Enter>")
    #expect(run.contains("cancelled; nothing was changed"))
    await run.press("a<Enter><Tab><Enter>")
    #expect(run.contains("done: job cancel"))
  }

  @Test("what destroys asks for the name, and a protected context asks more of everything")
  func destroy() async {
    let run = await Self.started(.calm)
    await run.press("Ia<Enter>")
    #expect(run.contains("[ Cancel ]") && run.contains("(protected)"))
    await run.press("<Esc>aj<Enter><Tab><Enter>")
    #expect(run.contains("type ada to go on"))
    await run.press("adx<Backspace>a<Enter>")
    #expect(run.contains("done: user delete ada"))
  }

  @Test("an action that wants more words begins the line of commands with the row")
  func beginning() async {
    let run = await Self.started()
    await run.press("2")
    for _ in 0..<12 where !run.contains("OWNER") { await run.press("<Tab>") }
    #expect(run.contains("sales.eu"))
    await run.press("/sales.eu<Enter>a")
    #expect(run.contains("Make a namespace in it"))
    await run.press("<Enter>")
    #expect(run.contains(":catalog namespace create sales.eu."))
    await run.press("west<Enter>")
    #expect(run.contains("Create namespace sales.eu.west"))
  }

  @Test("an error of an action stays with what to try")
  func refused() async {
    let run = await Self.started(.nodeDown)
    await run.press("Ijja<Enter><Enter>")
    #expect(run.contains("she is the last administrator"))
  }

  @Test("the palette completes, runs what reads, and asks for the rest")
  func palette() async {
    let run = await Self.started(.nodeDown)
    await run.press(":us<Tab>dis<Tab>bo<Tab>")
    #expect(run.contains(":user disable bob"))
    await run.press("<Enter>")
    #expect(run.contains("Disable user bob"))
    await run.press("<Esc>:job list<Enter>")
    #expect(run.contains("JOB") && run.contains("01J9FZ7K2M") && run.contains("lakectl job list"))
    await run.press("<Esc>:screen lo<Tab><Enter>")
    #expect(run.state.screenName == "logs")
    await run.press(":<Up><Up><Enter>")
    #expect(run.contains("lakectl job list"))
    await run.press("<Esc>:nonsense<Enter>")
    #expect(run.contains("has no command"))
  }

  @Test("= is the command line of the view")
  func commandLine() async {
    let run = await Self.started()
    await run.press("8/state=failed<Enter>")
    await run.press("s<Up><Up><Up><Up><Enter>=")
    #expect(run.contains("lakectl job list --sort job_id --filter state=failed"))
    await run.press("9ff=")
    #expect(run.contains("lakectl logs --level info"))
  }

  @Test("l and e show the log lines and the events of a row")
  func following() async {
    let run = await Self.started()
    await run.press("7jl")
    #expect(run.state.screenName == "logs" && run.contains("/node=n2"))
    await run.press("I<Down>e")
    #expect(run.state.screenName == "events" && run.contains("/bob"))
  }

  @Test("a tail grows and follows its end until the person goes up")
  func tail() async {
    let run = await Self.started()
    await run.press("9")
    await run.run(for: 4)
    #expect(run.contains("48 of 48 shown"))
    await run.press("<PgUp><PgUp>")
    let line = run.picture().text(line: 8)
    await run.run(for: 4)
    #expect(run.picture().text(line: 8) == line)
    await run.press("G")
    await run.run(for: 4)
    #expect(run.contains("56 of 56 shown"))
    #expect(run.picture().text(line: 21).contains("request 55"))
  }

  @Test("v steps through a recording")
  func stepping() async {
    let run = await Self.started(isReplay: true)
    await run.press("v")
    #expect(run.contains("recording at 6 s of 60 s"))
    await run.press("v")
    #expect(run.contains("recording at 8 s of 60 s"))
  }

  @Test("every key of the screens and the table is there once")
  func clashes() {
    var keys: [Key] = KeyTable.all.flatMap(\.keys)
    keys += StandardScreens.all.map { .character($0.key) }
    for screen in StandardScreens.all {
      for pane in screen.level.panes {
        let own = pane.choices.map { Key.character($0.key) }
        #expect(Set(own + keys).count == own.count + keys.count, "\(screen.name)")
      }
    }
    #expect(Set(StandardScreens.all.map(\.name)).count == StandardScreens.all.count)
  }

  @Test("a refresh is three requests at most, and one at a time")
  func requests() async {
    let run = await Self.started(seconds: 0)
    var asked = 0
    var state = run.state
    for step in 0..<200 {
      let effects = state.reduce(
        .tick(MonotonicTime(nanoseconds: UInt64(step) * 1_000_000_000), SampleCluster.startedAt))
      for case .fetch(let query) in effects {
        #expect(query.parts.count <= 3)
        asked += 1
      }
    }
    #expect(asked <= 1, "an answer that hangs holds the next one up")
  }

  @Test("a key that does nothing here says so")
  func idle() async {
    let run = await Self.started()
    await run.press("Z")
    #expect(run.contains("Z does nothing here"))
    await run.press("7<Enter>s")
    #expect(run.contains("this pane is no list"))
  }
}
