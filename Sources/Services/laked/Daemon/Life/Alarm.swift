import Admin
import Values

/// One thing that was measured against a rule.
struct AlertReading: Hashable, Sendable {
  var alert: String
  var resource: String
  var value: Double
  var warning: Double?
  var critical: Double?
  var warningAfter = Duration.zero
  var criticalAfter = Duration.zero
  /// Low values are bad.
  var isFloor = false
  var message: String
  var look: String?

  func isOver(_ limit: Double?) -> Bool {
    guard let limit else { return false }
    return self.isFloor ? self.value <= limit : self.value >= limit
  }
}

/// What fires. An alert begins when its reading was over the limit for as long as its rule says, and
/// clears when it was below for two readings.
struct Alarm: Sendable {
  struct Watched: Sendable {
    var overWarningSince: MonotonicTime?
    var overCriticalSince: MonotonicTime?
    var firing: AlertRecord?
    var below = 0
  }

  private var watched: [String: Watched] = [:]

  /// Alerts by severity, then by name.
  var firing: [AlertRecord] {
    self.watched.values.compactMap(\.firing).sorted {
      ($0.level == .critical ? 0 : 1, $0.alert, $0.resource)
        < ($1.level == .critical ? 0 : 1, $1.alert, $1.resource)
    }
  }

  /// Takes a whole round of readings; what is no longer read has cleared.
  mutating func take(_ readings: [AlertReading], at now: MonotonicTime, wall: Timestamp) {
    var seen: Set<String> = []
    for reading in readings {
      let id = "\(reading.alert)/\(reading.resource)"
      seen.insert(id)
      self.watched[id, default: Watched()].take(reading, at: now, wall: wall)
    }
    for id in self.watched.keys where !seen.contains(id) { self.watched[id] = nil }
  }
}

extension Alarm.Watched {
  mutating func take(_ reading: AlertReading, at now: MonotonicTime, wall: Timestamp) {
    let isWarning = reading.isOver(reading.warning)
    let isCritical = reading.isOver(reading.critical)
    self.overWarningSince = isWarning || isCritical ? self.overWarningSince ?? now : nil
    self.overCriticalSince = isCritical ? self.overCriticalSince ?? now : nil
    var level: AlertLevel?
    if isWarning, let since = self.overWarningSince, now - since >= reading.warningAfter {
      level = .warning
    }
    if isCritical, let since = self.overCriticalSince, now - since >= reading.criticalAfter {
      level = .critical
    }
    guard let level else {
      guard self.firing != nil else { return }
      self.below += isWarning || isCritical ? 0 : 1
      if self.below >= 2 { self.firing = nil }
      return
    }
    self.below = 0
    var record = self.firing ?? AlertRecord()
    record.alert = reading.alert
    record.level = level
    record.resource = reading.resource
    record.message = reading.message
    record.value = reading.value
    record.limit = level == .critical ? reading.critical : reading.warning ?? reading.critical
    record.sinceAt = record.sinceAt ?? wall
    record.look = reading.look
    self.firing = record
  }
}
