/// What a cell of the screen means. Only a terminal maps meanings to colours, bold, reverse and
/// underline; the text says the same without them.
package enum Meaning: UInt8, CaseIterable, Sendable {
  case plain, title, dim, accent, good, warn, bad, selected

  /// How stored pictures write it.
  package var letter: Unicode.Scalar {
    switch self {
    case .plain: "."
    case .title: "T"
    case .dim: "d"
    case .accent: "a"
    case .good: "g"
    case .warn: "w"
    case .bad: "b"
    case .selected: "S"
    }
  }
}
