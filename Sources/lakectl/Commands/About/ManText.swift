import CommandTable

/// The manual as plain text, from the mdoc source of our own pages: the macros that those use, and no
/// others.
enum ManText {
  static let width = 78

  static func text(_ source: String) -> String {
    var page = Sheet()
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      page.take(line)
    }
    page.flush()
    return page.text
  }

  private struct Sheet {
    var text = ""
    private var words: [String] = []
    private var indent = 5
    private var isLiteral = false
    private var depth = 0

    mutating func take(_ line: Substring) {
      if isLiteral, line != ".Ed" {
        self.text += String(repeating: " ", count: self.indent + 4) + Self.plain(line) + "\n"
        return
      }
      guard line.hasPrefix("."), !line.hasPrefix(".\\\"") else {
        if !line.hasPrefix(".\\\"") { self.words.append(Self.plain(line)) }
        return
      }
      let parts = line.dropFirst().split(separator: " ").map(String.init)
      let rest = Array(parts.dropFirst())
      switch parts.first ?? "" {
      case "Sh": self.title(rest, indent: 0)
      case "Ss": self.title(rest, indent: 2)
      case "Nm": self.begin(Self.inline(rest))
      case "Nd": self.words.append("- " + Self.inline(rest))
      case "It":
        self.flush()
        self.text += String(repeating: " ", count: self.indent - 4) + Self.inline(rest) + "\n"
      case "Bl":
        self.flush()
        self.indent += 4
        self.depth += 1
      case "El":
        self.flush()
        self.indent -= 4
        self.depth -= 1
      case "Bd":
        self.flush()
        self.isLiteral = true
      case "Ed": self.isLiteral = false
      case "Pp":
        self.flush()
        self.text += "\n"
      case "Dl":
        self.flush()
        self.text += String(repeating: " ", count: self.indent + 4) + Self.inline(rest) + "\n"
      case "Xr":
        self.words.append(
          rest.count > 1 ? "\(rest[0])(\(rest[1]))\(rest.count > 2 ? "," : "")" : "")
      case "Dd", "Dt", "Os": break
      case "Op": self.words.append("[" + Self.inline(rest) + "]")
      default: self.words.append(Self.inline(parts))
      }
    }

    /// A name at the beginning of a line of a synopsis.
    private mutating func begin(_ name: String) {
      self.flush()
      self.words.append(name.isEmpty ? "lakectl" : name)
    }

    private mutating func title(_ words: [String], indent: Int) {
      self.flush()
      self.text += "\n" + String(repeating: " ", count: indent) + Self.inline(words) + "\n"
    }

    mutating func flush() {
      let paragraph = self.words.filter { !$0.isEmpty }.joined(separator: " ")
      self.words = []
      guard !paragraph.isEmpty else { return }
      for line in paragraph.wrapped(to: ManText.width - self.indent) {
        self.text += String(repeating: " ", count: self.indent) + line + "\n"
      }
    }

    /// Words of a line with the macros in it taken out.
    private static func inline(_ words: [String]) -> String {
      var text = ""
      var glues = false
      for word in words {
        if word == "Fl" {
          if !text.isEmpty, !glues { text += " " }
          text += "-"
          glues = true
          continue
        }
        if ["Ar", "Cm", "Ev", "Pa", "Er", "No", "Nm", "Op"].contains(word) { continue }
        if word == "," {
          text += ","
          continue
        }
        if !text.isEmpty, !glues { text += " " }
        text += self.plain(word[...])
        glues = false
      }
      return text
    }

    private static func plain(_ text: Substring) -> String {
      var plain = ""
      var rest = text
      while let at = rest.firstIndex(of: "\\") {
        plain += rest[..<at]
        rest = rest[rest.index(after: at)...]
        switch rest.first {
        case "-": plain += "-"
        case "e": plain += "\\"
        case "(":
          let names = ["dq": "\"", "ti": "~", "ha": "^"]
          plain += names[String(rest.dropFirst().prefix(2))] ?? ""
          rest = rest.dropFirst(2)
        default: break
        }
        rest = rest.dropFirst()
      }
      return plain + rest
    }
  }
}
