import Admin
import Runtime
import Values

/// What a check found.
struct Finding: Sendable {
  var state: CheckState
  var found: String
  /// A command that helps.
  var advice: String?
  var isSafe = false

  static func ok(_ found: String) -> Finding { Finding(state: .ok, found: found) }
  static func skipped(_ why: String) -> Finding { Finding(state: .skipped, found: why) }

  static func warn(_ found: String, try advice: String? = nil, safe: Bool = false) -> Finding {
    Finding(state: .warn, found: found, advice: advice, isSafe: safe)
  }

  static func fail(_ found: String, try advice: String? = nil, safe: Bool = false) -> Finding {
    Finding(state: .fail, found: found, advice: advice, isSafe: safe)
  }
}

/// A named question about this node or the cluster.
struct DoctorCheck: Sendable {
  /// `disk.space`: the area stands before the dot.
  var name: String
  var look: @Sendable (DoctorView) async throws -> Finding
  /// Does what the advice of a safe finding says; the words for what was done.
  var fix: (@Sendable (DoctorView) async throws -> String)?

  init(
    _ name: String, fix: (@Sendable (DoctorView) async throws -> String)? = nil,
    look: @escaping @Sendable (DoctorView) async throws -> Finding
  ) {
    self.name = name
    self.look = look
    self.fix = fix
  }

  var area: String { String(self.name.prefix { $0 != "." }) }
}

/// What checks look at.
struct DoctorView: Sendable {
  var view: ClusterView
  var daemon: Daemon

  var core: DaemonCore { self.view.core }
  var clock: any ClockReading { self.daemon.group.loops[0] }
}

/// The two clocks, for checks.
protocol ClockReading: Sendable {
  var now: MonotonicTime { get }
  var wallNow: WallTime { get }
}
