/// One key of a command's rows.
package struct Column: Sendable {
  package enum Kind: Sendable, Equatable {
    case text
    /// A state or another lower-case word out of a list that may grow.
    case word([String])
    case integer
    case real
    case flag
    case time
    /// Several texts.
    case list
    /// A JSON value of its own.
    case document
  }

  /// The unit is in the key: `_bytes _ms _ns _s _rows _count _ratio _at _per_s`.
  package enum Unit: Sendable, Equatable {
    case none, bytes, bytesPerSecond, perSecond, milliseconds, nanoseconds, seconds, count, ratio,
      time
  }

  package var key: String
  package var title: String
  package var kind: Kind
  /// In `wide` and the formats for programs, not in `table`.
  package var isWide: Bool
  /// Columns of the lowest priority are dropped first on a narrow terminal. The first column stays.
  package var priority: Int
  package var summary: String
  /// May be unknown.
  package var isNullable: Bool
  /// Of a number whose unit another column says.
  package var hasUnitElsewhere = false

  package init(
    key: String, title: String? = nil, _ kind: Kind? = nil, isWide: Bool = false, priority: Int = 0,
    isNullable: Bool = true, _ summary: String = ""
  ) {
    let unit = Unit(ofKey: key)
    self.key = key
    self.title = title ?? Self.title(ofKey: key)
    self.kind = kind ?? Self.kind(of: unit)
    self.isWide = isWide
    self.priority = priority
    self.isNullable = isNullable
    self.summary = summary
  }

  package var unit: Unit { Unit(ofKey: self.key) }
  package var isNumber: Bool { self.kind == .integer || self.kind == .real }

  private static func kind(of unit: Unit) -> Kind {
    switch unit {
    case .none: .text
    case .bytes, .milliseconds, .nanoseconds, .seconds, .count: .integer
    case .ratio, .perSecond, .bytesPerSecond: .real
    case .time: .time
    }
  }

  /// The key in upper case without its unit.
  package static func title(ofKey key: String) -> String {
    var stem = Substring(key)
    for (suffix, _) in Unit.suffixes + [("_id", .none)] where stem.hasSuffix(suffix) {
      stem = stem.dropLast(suffix.utf8.count)
      break
    }
    return stem.uppercased().split(separator: "_").joined(separator: " ")
  }
}

extension Column.Unit {
  /// Longer endings first.
  static let suffixes: [(String, Column.Unit)] = [
    ("bytes_per_s", .bytesPerSecond), ("_per_s", .perSecond), ("_bytes", .bytes),
    ("_ms", .milliseconds), ("_ns", .nanoseconds), ("_rows", .count), ("_count", .count),
    ("_ratio", .ratio), ("_at", .time), ("_s", .seconds),
  ]

  package init(ofKey key: String) {
    // Of things that only happen, such as a line of a log.
    if key == "at" {
      self = .time
      return
    }
    self = Self.suffixes.first { key.hasSuffix($0.0) }?.1 ?? .none
  }
}
