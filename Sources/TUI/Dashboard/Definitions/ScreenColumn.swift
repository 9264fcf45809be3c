package import CommandTable

/// One column of a list on the screen: a column of the command table, and what the dashboard makes
/// of it.
package struct ScreenColumn: Sendable {
  package enum Form: Sendable, Equatable {
    case text
    /// Per second, out of the counter under another key; a value of its own key goes first.
    case rate(of: String)
    /// The last two minutes of another key.
    case sparkline(of: String)
    /// `[####----]` beside the number.
    case bar
  }

  /// Where a number needs attention.
  package struct Limits: Sendable, Equatable {
    package var warning: Double
    package var critical: Double

    package init(warning: Double, critical: Double) {
      self.warning = warning
      self.critical = critical
    }
  }

  package var column: Column
  package var form: Form
  package var limits: Limits?
  /// Its numbers are kept for charts.
  package var isFollowed: Bool
  package var widthMin: Int

  /// - Parameter priority: the higher, the longer it stays on a narrow screen.
  package init(
    _ key: String, title: String? = nil, _ kind: Column.Kind? = nil, priority: Int = 0,
    isWide: Bool = false, form: Form = .text, limits: Limits? = nil, isFollowed: Bool = false,
    widthMin: Int? = nil
  ) {
    self.column = Column(key: key, title: title, kind, isWide: isWide, priority: priority)
    self.form = form
    self.limits = limits
    self.isFollowed = isFollowed
    self.widthMin = widthMin ?? Self.width(of: self.column.unit, form)
  }

  package var key: String { self.column.key }

  /// Numbers change from refresh to refresh; their column should not.
  private static func width(of unit: Column.Unit, _ form: Form) -> Int {
    if case .sparkline = form { return 24 }
    return switch unit {
    case .none, .count: 0
    case .bytes: 9
    case .bytesPerSecond: 11
    case .perSecond: 8
    case .milliseconds, .nanoseconds, .seconds: 7
    case .ratio: 4
    case .time: 8
    }
  }
}
