import CSystem
package import CommandTable
import Glibc
import Values

extension Surroundings {
  /// This process.
  package static func process() -> Surroundings {
    let environment = Self.variables()
    var terminal = TerminalFacts()
    terminal.isInput = isatty(STDIN_FILENO) == 1
    terminal.isOutput = isatty(STDOUT_FILENO) == 1
    terminal.isError = isatty(STDERR_FILENO) == 1
    var columns: Int32 = 0
    var lines: Int32 = 0
    if terminal.isOutput { _ = csystem_terminal_size(STDOUT_FILENO, &columns, &lines) }
    terminal.columns =
      columns > 0 ? Int(columns) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
    terminal.lines = lines > 0 ? Int(lines) : environment["LINES"].flatMap { Int($0) } ?? 24
    return Surroundings(
      environment: environment, terminal: terminal, console: StandardConsole(), clock: .process,
      files: StandardContextFiles(), client: .http(.process),
      completers: ClusterCompleters.all(environment, .process))
  }

  private static func variables() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
      entry += 1
    }
    return variables
  }
}

extension CommandClock {
  package static let process = CommandClock(
    now: { WallTime(nanoseconds: csystem_wall_ns()) },
    monotonic: { MonotonicTime(nanoseconds: csystem_monotonic_ns()) },
    localOffset: { seconds in
      var moment = time_t(seconds)
      var parts = tm()
      return localtime_r(&moment, &parts) == nil ? 0 : Int(parts.tm_gmtoff)
    },
    sleep: { duration in
      do {
        try await Task.sleep(for: duration)
        return true
      } catch {
        return false
      }
    })
}
