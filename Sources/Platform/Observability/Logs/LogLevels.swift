public import Values

/// The level of every component, with overrides that end by themselves. No clock, no lock: a value that
/// the log system guards.
struct LogLevels {
  struct Override {
    var level: LogLevel
    /// Nil: until it is taken back.
    var until: MonotonicTime?
  }

  private(set) var base: LogLevel
  private var components: [String: LogComponent] = [:]
  private var overrides: [String: Override] = [:]

  init(base: LogLevel) { self.base = base }

  mutating func component(_ name: String, system: LogSystem) -> LogComponent {
    if let component = self.components[name] { return component }
    let component = LogComponent(name: name, level: self.level(of: name), system: system)
    self.components[name] = component
    return component
  }

  /// The override of the name itself, or of the nearest name above it: `object` covers
  /// `object.namespace`.
  private func override(of name: String) -> Override? {
    var name = Substring(name)
    while true {
      if let override = self.overrides[String(name)] { return override }
      guard let dot = name.lastIndex(of: ".") else { return nil }
      name = name[..<dot]
    }
  }

  func level(of name: String) -> LogLevel { self.override(of: name)?.level ?? self.base }

  mutating func set(_ level: LogLevel, for name: String?, until: MonotonicTime?) {
    if let name {
      self.overrides[name] = Override(level: level, until: until)
    } else {
      self.base = level
    }
    self.apply()
  }

  mutating func clear(_ name: String) {
    self.overrides[name] = nil
    self.apply()
  }

  /// Ends the overrides whose time is over; the moment at which the next one ends.
  mutating func expire(now: MonotonicTime) -> MonotonicTime? {
    let ended = self.overrides.filter { $0.value.until.map { $0 <= now } ?? false }
    if !ended.isEmpty {
      for name in ended.keys { self.overrides[name] = nil }
      self.apply()
    }
    return self.overrides.values.compactMap(\.until).min()
  }

  private func apply() {
    for (name, component) in self.components { component.level = self.level(of: name) }
  }

  var states: [LogComponentState] {
    self.components.keys.sorted().map { name in
      let override = self.override(of: name)
      return LogComponentState(
        component: name, level: self.level(of: name), until: override?.until)
    }
  }
}

/// The level of a component, for the admin API.
public struct LogComponentState: Sendable, Hashable {
  public var component: String
  public var level: LogLevel
  /// When it goes back by itself; nil for never.
  public var until: MonotonicTime?
}
