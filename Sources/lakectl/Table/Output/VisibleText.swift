extension String {
  /// The text with control, escape, format and bidirectional characters written out: `\x1b`, `\u202e`.
  /// What comes from the cluster is shown so; a name cannot move the cursor.
  package var visible: String {
    guard self.unicodeScalars.contains(where: Self.isHidden) else { return self }
    var text = ""
    for scalar in self.unicodeScalars {
      guard Self.isHidden(scalar) else {
        text.unicodeScalars.append(scalar)
        continue
      }
      switch scalar.value {
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case ..<0x100: text += "\\x" + Self.hexadecimal(scalar.value, digits: 2)
      case ..<0x1_0000: text += "\\u" + Self.hexadecimal(scalar.value, digits: 4)
      default: text += "\\U" + Self.hexadecimal(scalar.value, digits: 6)
      }
    }
    return text
  }

  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x20, scalar.value < 0x7F { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate:
      return true
    default: return false
    }
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: Swift.max(0, digits - text.utf8.count)) + text
  }

  package var quoted: String { "\"\(self)\"" }

  /// At most 60 characters, for messages.
  package var shortened: String {
    self.unicodeScalars.count <= 60 ? self : String(self.unicodeScalars.prefix(60)) + "..."
  }
}
