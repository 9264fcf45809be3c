package import Values

/// The date of a page, as mdoc writes it.
package enum ManDate {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  package static func text(_ day: CivilDate) -> String {
    "\(self.months[day.month - 1]) \(day.day), \(day.year)"
  }

  /// The date that a page has.
  package static func of(_ source: String) -> String? {
    source.split(separator: "\n").first { $0.hasPrefix(".Dd ") }.map { String($0.dropFirst(4)) }
  }
}
