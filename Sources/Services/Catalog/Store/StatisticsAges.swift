struct ObjectCounts: Hashable, Sendable {
  var tables: Int64 = 0
  var views: Int64 = 0
}

/// How many sizes of a table are kept: each of the last day, one an hour for a month, one a day for ten
/// years, and no more than `countMax`.
enum StatisticsAges {
  static let dayMS: Int64 = 86_400_000
  static let allMS = dayMS
  static let hourlyMS = 31 * dayMS
  static let dailyMS = 3_653 * dayMS
  static let countMax = 10_000

  /// What the points of one span of time are called by; the last of each stays. Nil: too old.
  static func span(of atMS: Int64, atMS now: Int64) -> Int64? {
    let age = now - atMS
    if age <= Self.allMS { return atMS }
    if age <= Self.hourlyMS { return atMS / 3_600_000 * 3_600_000 }
    return age <= Self.dailyMS ? atMS / Self.dayMS * Self.dayMS : nil
  }
}
