import Configuration
import Hosting
@testable import LakeDaemon
import Observability
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

/// A service that writes down what is done with it.
private final class Recorded: HostedService {
  struct Broken: Error {}

  let name: String
  let diary: Diary
  let fails: Bool
  let endsEarly: Bool

  init(_ name: String, _ diary: Diary, fails: Bool, endsEarly: Bool) {
    self.name = name
    self.diary = diary
    self.fails = fails
    self.endsEarly = endsEarly
  }

  func start() async throws {
    self.diary.write("start \(self.name)")
    if self.fails { throw Broken() }
  }

  func run() async throws {
    if self.endsEarly { throw Broken() }
  }

  func drain(until deadline: MonotonicTime) async { self.diary.write("drain \(self.name)") }
  func stop() async { self.diary.write("stop \(self.name)") }
}

private final class Diary: Sendable {
  private let lines = Mutex<[String]>([])
  func write(_ line: String) { self.lines.withLock { $0.append(line) } }
  var all: [String] { self.lines.withLock { $0 } }
}

@Suite("Services of a daemon", .serialized)
struct ServiceOrderTests {
  private let diary = Diary()
  private let folder = TemporaryDirectory("daemon")

  /// Runs a daemon with three services, which stand on each other against the order of the list, until
  /// it ends by itself or `body` has returned.
  private func life(
    failing: String? = nil, endingEarly: String? = nil,
    _ body: (Daemon) async throws -> Void = { _ in }
  ) async throws -> Int32 {
    let services = [("roof", ["wall"]), ("wall", ["floor"]), ("floor", [])].map { name, after in
      ServiceDescriptor(name: name, summary: "a \(name)", after: after) { [diary] _ in
        Recorded(name, diary, fails: name == failing, endsEarly: name == endingEarly)
      }
    }
    let arguments = ["standalone", "--data", self.folder.file("data"), "--ports", "auto"]
    let command = try DaemonCommand.parse(arguments, environment: [:], services: services)
    guard case .run(let roles, let isStandalone, let configuration) = command else {
      preconditionFailure("\(command)")
    }
    let logs = LogSystem(
      LogSystem.Options { $0.output = .file(self.folder.file("log")) })
    let group = try EventLoopGroup(loops: 1)
    defer {
      group.stop()
      logs.stop()
    }
    let daemon = Daemon(
      DaemonPlan(
        roles: roles, isStandalone: isStandalone, configuration: configuration, services: services,
        arguments: arguments), group: group, logs: logs)
    let code = Atomic<Int32>(-1)
    group.loops[0].spawn { code.store(await daemon.serve(), ordering: .releasing) }
    _ = await eventually(within: .seconds(20)) {
      daemon.isReady.load(ordering: .acquiring) || code.load(ordering: .acquiring) >= 0
    }
    if failing == nil, endingEarly == nil { try await body(daemon) }
    if failing == nil, endingEarly == nil { daemon.stop.request() }
    #expect(await eventually(within: .seconds(20)) { code.load(ordering: .acquiring) >= 0 })
    return code.load(ordering: .acquiring)
  }

  private static let order = ["floor", "wall", "roof"]

  @Test("they start in the order in which they stand on each other, and end in reverse")
  func order() async throws {
    let code = try await self.life { _ in
      #expect(self.diary.all == Self.order.map { "start \($0)" })
    }
    #expect(code == 0)
    let reversed = Self.order.reversed()
    #expect(
      self.diary.all.dropFirst(3)
        == ArraySlice(reversed.map { "drain \($0)" } + reversed.map { "stop \($0)" }))
  }

  @Test("one that does not start ends the daemon, and stops those that had started")
  func failing() async throws {
    #expect(try await self.life(failing: "wall") == 1)
    let stopped = self.diary.all.filter { $0.hasPrefix("stop") }
    #expect(stopped == ["stop floor"])
    #expect(!self.diary.all.contains("start roof"))
  }

  @Test("one that ends by an error ends the daemon in order")
  func ending() async throws {
    #expect(try await self.life(endingEarly: "wall") == 1)
    #expect(self.diary.all.suffix(3) == ["stop roof", "stop wall", "stop floor"])
  }
}
