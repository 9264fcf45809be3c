/// Whether and how text is coloured: the terminal's own 16 colours on its default background, always
/// beside a word that says the same.
package struct Style: Sendable, Equatable {
  package var hasColor: Bool

  package init(hasColor: Bool) { self.hasColor = hasColor }

  package static let plain = Style(hasColor: false)

  /// - Parameters:
  ///   - isTerminal: of the stream the text goes to.
  package static func decide(
    _ choice: ColorChoice, isTerminal: Bool, environment: [String: String]
  ) -> Style {
    switch choice {
    case .always: return Style(hasColor: true)
    case .never: return .plain
    case .auto: break
    }
    if !(environment["NO_COLOR"] ?? "").isEmpty { return .plain }
    if let force = environment["FORCE_COLOR"], !force.isEmpty, force != "0" {
      return Style(hasColor: true)
    }
    return Style(hasColor: isTerminal && (environment["TERM"] ?? "dumb") != "dumb")
  }

  private func wrap(_ text: String, _ code: StaticString) -> String {
    self.hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  package func title(_ text: String) -> String { self.wrap(text, "1") }
  package func dim(_ text: String) -> String { self.wrap(text, "2") }
  package func good(_ text: String) -> String { self.wrap(text, "32") }
  package func warn(_ text: String) -> String { self.wrap(text, "33") }
  package func bad(_ text: String) -> String { self.wrap(text, "31") }

  /// A hint for states.
  package func state(_ word: String, padded: String) -> String {
    switch word {
    case "ok", "active", "up", "streaming", "succeeded", "ready", "enabled": self.good(padded)
    case "behind", "degraded", "moving", "draining", "starting", "paused", "running", "warn":
      self.warn(padded)
    case "failed", "down", "unreachable", "leaderless", "offline", "stopped", "fail":
      self.bad(padded)
    default: padded
    }
  }
}
