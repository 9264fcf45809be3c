package import Screen

/// How much a state or a number wants to be looked at.
package enum Attention: Int, Comparable, Sendable {
  case none, good, working, busy, warning, critical

  package static func < (left: Attention, right: Attention) -> Bool {
    left.rawValue < right.rawValue
  }

  /// What a word of a state column says.
  package init(word: String) {
    switch word {
    case "ok", "active", "up", "streaming", "succeeded", "ready", "enabled", "success", "done",
      "allowed":
      self = .good
    case "running", "queued", "waiting": self = .working
    case "moving", "splitting", "draining", "joining", "leaving", "starting", "recovering",
      "cancelling", "backfilling":
      self = .busy
    case "behind", "degraded", "paused", "warn", "warning", "drained", "expired",
      "under-replicated", "pending", "expiring", "firing", "nearly-full", "damaged":
      self = .warning
    case "failed", "down", "unreachable", "leaderless", "offline", "stopped", "fail", "error",
      "critical", "fatal", "denied", "unknown", "lost", "full":
      self = .critical
    default: self = .none
    }
  }

  package init(_ number: Double, _ limits: ScreenColumn.Limits) {
    self = number >= limits.critical ? .critical : number >= limits.warning ? .warning : .none
  }

  /// In the margin: it can be seen without colour.
  package var mark: Unicode.Scalar {
    switch self {
    case .critical: "!"
    case .warning: "~"
    case .busy, .working: ">"
    case .good, .none: " "
    }
  }

  package var meaning: Meaning {
    switch self {
    case .critical: .bad
    case .warning, .busy: .warn
    case .working: .accent
    case .good: .good
    case .none: .plain
    }
  }

  /// States that need attention are in capitals.
  package func written(_ word: String) -> String { self >= .busy ? word.uppercased() : word }
}
