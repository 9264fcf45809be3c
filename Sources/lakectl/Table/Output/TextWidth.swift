/// How many cells a text takes on a terminal.
package enum TextWidth {
  package static func of(_ text: some StringProtocol) -> Int {
    var width = 0
    for scalar in text.unicodeScalars { width += self.of(scalar) }
    return width
  }

  package static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: return self.isWide(scalar.value) ? 2 : 1
    }
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
  ]

  private static func isWide(_ value: UInt32) -> Bool {
    value >= 0x1100 && self.wide.contains { $0.contains(value) }
  }

  /// The start of the text that fits `width` cells, with `mark` at its end when something was cut.
  package static func cut(_ text: String, to width: Int, mark: String) -> String {
    guard self.of(text) > width else { return text }
    let room = max(0, width - self.of(mark))
    var kept = ""
    var used = 0
    for scalar in text.unicodeScalars {
      let next = used + self.of(scalar)
      guard next <= room else { break }
      kept.unicodeScalars.append(scalar)
      used = next
    }
    return kept + (self.of(mark) <= width ? mark : "")
  }

  package static func padded(_ text: String, to width: Int, right: Bool) -> String {
    let blanks = String(repeating: " ", count: max(0, width - self.of(text)))
    return right ? blanks + text : text + blanks
  }
}

extension String {
  /// The words of the text in lines of at most `width` cells; later lines begin with `indent` blanks.
  package func wrapped(to width: Int, indent: Int = 0) -> [String] {
    var lines: [String] = []
    var line = ""
    let margin = String(repeating: " ", count: indent)
    for word in self.split(separator: " ") {
      let isFirst = line.isEmpty || line == margin
      if !isFirst, TextWidth.of(line) + 1 + TextWidth.of(word) > width {
        lines.append(line)
        line = margin + word
      } else {
        line += (isFirst ? "" : " ") + word
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}
