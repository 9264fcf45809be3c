private import CSystem
package import Configuration
private import Glibc
package import Hosting
private import Observability
private import Runtime
private import Synchronization

/// `laked` as a process: reads its command line, waits for signals on the main thread while the loops
/// work, and ends with an exit code.
///
/// SIGTERM, SIGINT and SIGQUIT end it gracefully, a second one at once. SIGHUP reads the configuration
/// again and opens the log file anew.
package enum DaemonProcess {
  package static func main(_ arguments: [String], services: [ServiceDescriptor]) -> Int32 {
    do {
      let environment = ConfigurationSources.processEnvironment()
      let command = try DaemonCommand.parse(
        arguments, environment: environment, services: services)
      return try self.run(command, arguments, services)
    } catch let error as DaemonCommand.UsageError {
      self.complain("\(error.message)" + error.tries.map { "\n  try   \($0)" }.joined())
      return 2
    } catch let error as ConfigurationError {
      for problem in error.problems { self.complain("\(problem)") }
      return 2
    } catch {
      self.complain("\(error)")
      return 1
    }
  }

  private static func run(
    _ command: DaemonCommand, _ arguments: [String], _ services: [ServiceDescriptor]
  ) throws -> Int32 {
    switch command {
    case .showHelp: print(DaemonCommand.helpText(services), terminator: "")
    case .showVersion: print("laked \(DaemonCommand.version)")
    case .sampleConfiguration:
      print(DaemonCommand.schema(services).sampleFile(), terminator: "")
    case .showConfiguration(let configuration):
      for shown in configuration.shown() {
        print("\(shown.path) = \(shown.value ?? "-")  (\(shown.origin))")
      }
    case .checkFile(let path):
      let file = try ConfigurationFiles.configuration(at: path)
      let problems = DaemonCommand.schema(services).check(file)
      for problem in problems { print(problem) }
      guard problems.isEmpty else { return 8 }
      print("\(path): no problem found")
    case .run(let roles, let isStandalone, let configuration):
      return try self.serve(
        DaemonPlan(
          roles: roles, isStandalone: isStandalone, configuration: configuration,
          services: services, arguments: arguments))
    }
    return 0
  }

  private static func complain(_ text: String) {
    let bytes = Array("laked: \(text)\n".utf8)
    _ = write(2, bytes, bytes.count)
  }

  private static func serve(_ plan: DaemonPlan) throws -> Int32 {
    csystem_signals_block()
    _ = csystem_raise_file_limit()
    umask(0o077)
    let logs = LogSystem(LogSystem.Options(plan.configuration))
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let chosen = plan.configuration[DaemonKeys.loops]
    let group = try EventLoopGroup(loops: chosen == 0 ? processors : chosen)
    let daemon = Daemon(plan, group: group, logs: logs)
    let result = Atomic<Int32>(-1)
    group.loops[0].spawn {
      let code = await daemon.serve()
      result.store(code, ordering: .releasing)
      csystem_signal_raise(SIGUSR2)
    }
    while true {
      let signal = csystem_signal_wait()
      let code = result.load(ordering: .acquiring)
      if code >= 0 {
        group.stop()
        logs.stop()
        return code
      }
      switch signal {
      case SIGTERM, SIGINT, SIGQUIT:
        // Who asks twice does not want to wait.
        guard daemon.stop.request() else { _exit(128 + signal) }
      case SIGHUP: group.loops[0].spawn { await daemon.reload() }
      default: break
      }
    }
  }
}

/// What a daemon is to do, decided before anything is opened.
package struct DaemonPlan: Sendable {
  package var roles: [String]
  package var isStandalone: Bool
  package var configuration: Configuration
  package var services: [ServiceDescriptor]
  /// For reading the configuration again.
  package var arguments: [String]

  /// The descriptors of the roles, those that others stand on first.
  var descriptors: [ServiceDescriptor] {
    var left = self.services.filter { self.roles.contains($0.name) }
    var ordered: [ServiceDescriptor] = []
    while !left.isEmpty {
      let names = Set(left.map(\.name))
      guard let index = left.firstIndex(where: { names.isDisjoint(with: $0.after) }) else {
        preconditionFailure("BUG: services wait for each other: \(names.sorted())")
      }
      ordered.append(left.remove(at: index))
    }
    return ordered
  }
}

extension LogSystem.Options {
  init(_ configuration: Configuration) {
    self.init()
    self.level = LogLevel(configuration[DaemonKeys.logLevel].rawValue) ?? .info
    self.format = configuration[DaemonKeys.logForm] == .json ? .json : .text
    if let path = configuration[DaemonKeys.logFile] { self.output = .file(path) }
  }
}
