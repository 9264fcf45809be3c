/// The characters pictures are drawn with.
package struct Glyphs: Sendable, Equatable {
  /// Nothing else than ASCII may reach the terminal.
  package var isASCII: Bool
  /// Eight steps of a sparkline, above the blank that is zero.
  package var steps: [Unicode.Scalar]
  package var full: Unicode.Scalar
  package var empty: Unicode.Scalar
  package var horizontal: Unicode.Scalar
  package var vertical: Unicode.Scalar
  package var topLeft: Unicode.Scalar
  package var topRight: Unicode.Scalar
  package var bottomLeft: Unicode.Scalar
  package var bottomRight: Unicode.Scalar
  /// Where text was cut.
  package var cut: String
  /// A number that needs a second sample.
  package var pending: String

  package static let ascii = Glyphs(
    isASCII: true, steps: [".", ":", "-", "=", "+", "*", "%", "#"], full: "#", empty: "-",
    horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+", cut: "~", pending: "...")

  package static let utf8 = Glyphs(
    isASCII: false, steps: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], full: "█", empty: "░",
    horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└",
    bottomRight: "┘", cut: "…", pending: "…")

  /// The step of `value` on a scale from zero to `maximum`: blank for zero, a step for everything
  /// above it.
  package func step(_ value: Double, of maximum: Double) -> Unicode.Scalar {
    guard value > 0, maximum > 0 else { return " " }
    let part = min(1, value / maximum)
    return self.steps[min(7, max(0, Int((part * 8).rounded(.up)) - 1))]
  }
}
