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
  private var ended: [(at: MonotonicTime, record: AlertRecord)] = []
  static let endedMax = 200
  static let endedKept = Duration.seconds(3600)

  /// Alerts that have ended lately, the newest first.
  var recent: [AlertRecord] { self.ended.reversed().map(\.record) }

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
      let before = self.watched[id]?.firing
      self.watched[id, default: Watched()].take(reading, at: now, wall: wall)
      if let before, self.watched[id]?.firing == nil { self.end(before, at: now, wall: wall) }
    }
    for (id, watched) in self.watched where !seen.contains(id) {
      self.watched[id] = nil
      if let before = watched.firing { self.end(before, at: now, wall: wall) }
    }
    self.ended.removeAll { now - $0.at > Self.endedKept }
  }

  private mutating func end(_ record: AlertRecord, at now: MonotonicTime, wall: Timestamp) {
    var record = record
    record.state = .ended
    record.endedAt = wall
    self.ended.append((now, record))
    if self.ended.count > Self.endedMax { self.ended.removeFirst() }
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
