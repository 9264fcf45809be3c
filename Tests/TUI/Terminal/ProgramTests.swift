import CommandTable
import Dashboard
import DashboardTesting
import Screen

import Glibc
import Synchronization
import TerminalIO
import TestSupport
import Testing
import Values

/// A terminal that is an array: keys are handed in, pictures are kept.
final class ArrayTerminal: Terminal {
  private struct State: Sendable {
    var events: [TerminalEvent] = []
    var pictures: [Grid] = []
    var isWoken = false
    var isClosed = false
    var suspensions = 0
  }

  private let state = Mutex(State())
  let size = Size(width: 80, height: 24)

  func draw(_ grid: Grid) { self.state.withLock { $0.pictures.append(grid) } }
  func begin() {}
  func forget() {}
  func wake() { self.state.withLock { $0.isWoken = true } }
  func suspend() { self.state.withLock { $0.suspensions += 1 } }
  func copy(_ text: String) {}
  func close() { self.state.withLock { $0.isClosed = true } }

  func wait(milliseconds: Int) -> [TerminalEvent] {
    let clock = TopClock.process
    let end = clock.now() + .milliseconds(milliseconds)
    while clock.now() < end {
      let events = self.state.withLock { state -> [TerminalEvent]? in
        guard state.isWoken || !state.events.isEmpty else { return nil }
        state.isWoken = false
        defer { state.events = [] }
        return state.events.isEmpty ? [.woken] : state.events
      }
      if let events { return events }
      _ = poll(nil, 0, 1)
    }
    return [.woken]
  }

  func press(_ text: String) {
    self.state.withLock { $0.events += DashboardRun.keys(text).map { .key($0) } }
  }

  func send(_ event: TerminalEvent) { self.state.withLock { $0.events.append(event) } }
  var last: String { self.state.withLock { $0.pictures.last?.text ?? "" } }
  var isClosed: Bool { self.state.withLock { $0.isClosed } }
  var suspensions: Int { self.state.withLock { $0.suspensions } }
}

/// Never answers until it is told to stop.
struct HangingClient: AdminClient {
  func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    try? await Task.sleep(for: .seconds(3600))
    throw CommandError(.timedOut, "told to stop")
  }
}

@Suite("The program", .serialized)
struct ProgramTests {
  static func program(
    _ client: any AdminClient, once: Bool = false, clock: TopClock = .process
  ) -> TopProgram {
    var options = TopOptions()
    options.isASCII = true
    options.isOnce = once
    options.context = ContextFacts(name: "prod")
    let source = AdminSource(
      client: client, context: options.context,
      desk: CommandDesk(root: ClusterTable.root, surroundings: ClusterTable.surroundings),
      now: TopClock.process.now,
      connect: { name async throws(CommandError) -> (any AdminClient, ContextFacts) in
        (client, ContextFacts(name: name))
      })
    return TopProgram(options, source: source, table: ClusterTable.root, clock: clock)
  }

  static var client: ReplayClient {
    ReplayClient(SampleCluster.calm.recording, now: TopClock.process.now)
  }

  @Test("keys reach the screen, quitting gives the terminal back")
  func session() async {
    let terminal = ArrayTerminal()
    async let code = Self.program(Self.client).run(on: terminal)
    #expect(await eventually(within: .seconds(60)) { terminal.last.contains("6/6 nodes up") })
    terminal.press("8")
    #expect(await eventually(within: .seconds(60)) { terminal.last.contains("12 of 12 shown") })
    terminal.press("<Ctrl-Z>")
    #expect(await eventually(within: .seconds(60)) { terminal.suspensions == 1 })
    terminal.press("q")
    #expect(await code == 0)
    #expect(terminal.isClosed)
  }

  @Test("while the cluster does not answer, keys do, and leaving does not wait")
  func hanging() async {
    let terminal = ArrayTerminal()
    async let code = Self.program(HangingClient()).run(on: terminal)
    #expect(await eventually(within: .seconds(60)) { terminal.last.contains("SERVICE") })
    for (key, title) in [("7", "UPTIME"), ("I", "LAST LOGIN"), ("M", "METRIC")] {
      terminal.press(key)
      #expect(await eventually(within: .seconds(60)) { terminal.last.contains(title) })
    }
    let clock = ContinuousClock()
    let start = clock.now
    terminal.press("q")
    #expect(await code == 0)
    // A minute is for machines under load; the client would wait an hour.
    #expect(clock.now - start < .seconds(60))
  }

  @Test("a signal is the exit code")
  func signal() async {
    let terminal = ArrayTerminal()
    async let code = Self.program(Self.client).run(on: terminal)
    #expect(await eventually(within: .seconds(60)) { !terminal.last.isEmpty })
    terminal.send(.ended(143))
    #expect(await code == 143)
    #expect(terminal.isClosed)
  }

  @Test("one picture has everything of its screen")
  func once() async {
    var program = Self.program(Self.client, once: true)
    let overview = await program.once()
    for text in ["6/6 nodes up", "catalog", "n4", "replication lag", "01J9FZ7K2M"] {
      #expect(overview.contains(text), "\(text) is not in\n\(overview)")
    }
    #expect(overview.split(separator: "\n", omittingEmptySubsequences: false).count == 25)
    program.options.screen = "jobs"
    program.options.size = Size(width: 40, height: 10)
    #expect(await program.once().contains(">01J9FZ7K2M  running"))
  }

  @Test("what is recorded is what is played")
  func recording() async throws {
    // Time stands still, so that both pictures are of one moment.
    let clock = TopClock(
      now: { MonotonicTime(nanoseconds: 1_000_000_000) }, wall: { SampleCluster.startedAt })
    let head = Recording(
      context: ContextFacts(name: "prod"), startedAt: SampleCluster.startedAt
    ).head
    let lines = Mutex([head])
    let client = RecordingClient(
      ReplayClient(SampleCluster.calm.recording, now: clock.now), startedAt: clock.now(),
      now: clock.now, write: { line in lines.withLock { $0.append(line) } })
    let shown = await Self.program(client, once: true, clock: clock).once()
    let recording = try Recording(parsing: lines.withLock { $0.joined() })
    let played = await Self.program(
      ReplayClient(recording, now: clock.now), once: true, clock: clock
    ).once()
    #expect(shown == played)
    #expect(played.contains("6/6 nodes up"))
  }
}
