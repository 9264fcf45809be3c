import CommandTable
import Dashboard
import DashboardTesting
import Glibc
import Screen
import Synchronization
import TerminalIO
import Values

// lake-top-replay RECORDING [--ascii] [--no-color] [--read-only] [--screen NAME] [--live] [--crash
// HOW]
//
// The dashboard on the real terminal over a recording: a file, or `calm`, `node-down`, `hostile`,
// or `large` with twenty thousand jobs. With --crash the process fails in a chosen way when the
// screen of identities is asked for; `overflow` on the thread that draws, the others on another
// one.

/// Breaks the process the way a program breaks.
struct CrashingClient: AdminClient {
  let inner: any AdminClient
  let how: String?

  func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    if let how, request.path == "/admin/v1/users" { Self.crash(how) }
    return try await self.inner.send(request, until: deadline)
  }

  private static func crash(_ how: String) {
    switch how {
    case "trap": preconditionFailure("asked to break")
    case "abort": abort()
    case "overflow": self.isDeep.store(true, ordering: .relaxed)
    default: raise(Int32(how) ?? SIGSEGV)
    }
  }

  /// The thread that draws is to run out of stack.
  static let isDeep = Atomic(false)

  static func deeper(_ depth: Int) -> Int {
    var room = (depth, depth, depth, depth)
    return withUnsafeMutablePointer(to: &room) { $0.pointee.0 + self.deeper($0.pointee.1 + 1) }
  }
}

@main
enum LakeTopReplay {
  static func main() async {
    let words = Array(Swift.CommandLine.arguments.dropFirst())
    func value(_ flag: String) -> String? {
      words.firstIndex(of: flag).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    guard let name = words.first else {
      self.complain("usage: lake-top-replay RECORDING [--ascii] [--screen NAME]\n")
      exit(2)
    }
    do throws(CommandError) {
      let recording = try self.recording(name)
      var variables: [String: String] = [:]
      for name in ["LC_ALL", "LC_CTYPE", "LANG", "TERM", "NO_COLOR"] {
        if let value = getenv(name) { variables[name] = String(cString: value) }
      }
      var surroundings = ClusterTable.surroundings
      surroundings.environment = variables
      var options = TopOptions()
      options.context = recording.context
      options.contextNames = ["prod", "dev"]
      options.isASCII = words.contains("--ascii") || !surroundings.isUTF8
      options.isReadOnly = words.contains("--read-only")
      options.hasColor =
        !words.contains("--no-color")
        && Style.decide(.auto, isTerminal: true, environment: variables).hasColor
      options.screen = value("--screen")
      let client = ReplayClient(recording, now: TopClock.process.now)
      let source = AdminSource(
        client: CrashingClient(inner: client, how: value("--crash")), context: recording.context,
        desk: CommandDesk(root: ClusterTable.root, surroundings: surroundings),
        now: TopClock.process.now,
        connect: { name async throws(CommandError) -> (any AdminClient, ContextFacts) in
          (client, ContextFacts(name: name))
        })
      var step: (@Sendable () -> String)?
      if !words.contains("--live") { step = { client.step() } }
      let program = TopProgram(
        options, source: source, table: ClusterTable.root,
        clock: TopClock(
          now: TopClock.process.now,
          wall: {
            // Only the thread that draws asks for the time of day.
            if CrashingClient.isDeep.load(ordering: .relaxed) { _ = CrashingClient.deeper(1) }
            return client.wall
          }),
        step: step)
      let code = try await program.run()
      print("left with \(code.rawValue)")
      exit(code.rawValue)
    } catch {
      self.complain(error.text(style: .plain))
      exit(error.exit.rawValue)
    }
  }

  private static func complain(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  private static func recording(_ name: String) throws(CommandError) -> Recording {
    if let cluster = SampleCluster(rawValue: name) { return cluster.recording }
    if name == "large" { return LargeCluster.recording(jobCount: 20_000) }
    return try RecordingFile.read(name)
  }
}
