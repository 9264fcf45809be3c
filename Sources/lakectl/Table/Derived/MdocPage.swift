/// Writes mdoc source, a line at a time.
struct MdocPage {
  private(set) var source = ""

  init(title: String, section: Int) {
    self.raw(".Dt \(title) \(section)")
    self.raw(".Os")
  }

  mutating func raw(_ line: String) { self.source += line + "\n" }

  mutating func macro(_ macro: String, _ words: [String]) {
    self.raw(([macro] + words.map(Self.escaped)).joined(separator: " "))
  }

  mutating func section(_ title: String) { self.raw(".Sh \(title)") }

  mutating func name(_ name: String, _ summary: String) {
    self.section("NAME")
    self.raw(".Nm \(name)")
    self.raw(".Nd \(Self.escaped(summary))")
  }

  /// Prose, a sentence a line.
  mutating func text(_ text: String) {
    for paragraph in text.split(separator: "\n") {
      for sentence in Self.sentences(String(paragraph)) {
        // A long sentence takes several lines; roff fills them again.
        for line in Self.escaped(sentence).wrapped(to: 78) { self.raw(Self.guarded(line)) }
      }
    }
  }

  mutating func list(width: Int, _ items: [(String, [String])]) {
    self.raw(".Bl -tag -width \(String(repeating: "n", count: width))")
    for (head, body) in items {
      self.raw(".It \(head)")
      for text in body { self.text(Self.sentence(text)) }
    }
    self.raw(".El")
  }

  mutating func literal(_ lines: [String]) {
    self.raw(".Bd -literal -offset indent")
    for line in lines {
      self.raw(Self.guarded(Self.escaped(line)))
    }
    self.raw(".Ed")
  }

  mutating func examples(_ examples: [Example]) {
    for (index, example) in examples.enumerated() {
      if !example.text.isEmpty {
        if index > 0 { self.raw(".Pp") }
        self.text(example.text + ":")
      }
      self.raw(".Dl $ \(Self.escaped(example.line))")
    }
  }

  mutating func synopsis(_ path: [String], _ call: Call) {
    self.raw(".Nm lakectl")
    self.macro(".Cm", path)
    for argument in call.arguments {
      let name = Self.escaped(argument.placeholder.lowercased())
      switch argument.role {
      case .argument(.one): self.raw(".Ar \(name)")
      case .argument(.many): self.raw(".Op Ar \(name) ...")
      default: self.raw(".Op Ar \(name)")
      }
    }
    for option in call.ownOptions {
      self.raw((option.isRequired ? "." : ".Op ") + Self.flag(option))
    }
  }

  mutating func command(_ path: [String], _ command: Command, _ call: Call) {
    self.raw(".Ss \(Self.escaped(path.joined(separator: " ")))")
    self.text(Self.sentence(command.summary))
    if !call.detail.isEmpty { self.text(call.detail) }
    if call.effect != .reads {
      self.text(Self.sentence("Effect \(call.effect.letter) (\(call.effect.words))"))
    }
    for (flag, effect) in call.raises {
      self.text("With --\(flag.name) the effect is \(effect.letter) (\(effect.words)).")
    }
    if call.isJob {
      self.text("It is a job: the command returns at once, or with --wait at its end.")
    }
    let items = call.parameters.map { parameter in
      (
        parameter.isArgument
          ? "Ar \(Self.escaped(parameter.placeholder.lowercased()))" : Self.flag(parameter),
        [HelpPage.describe(parameter)]
      )
    }
    if !items.isEmpty { self.list(width: 11, items) }
    if !call.output.columns.isEmpty {
      if !items.isEmpty { self.raw(".Pp") }
      let columns = call.output.columns.map { $0.key + ($0.isWide ? " (wide)" : "") }
      self.text("Columns: \(columns.joined(separator: ", ")).")
    }
  }

  mutating func environment() {
    self.section("ENVIRONMENT")
    self.list(
      width: 16,
      EnvironmentVariables.all.map { ("Ev \($0.name)", [$0.summary]) })
  }

  mutating func files() {
    self.section("FILES")
    self.list(
      width: 11,
      [
        ("Pa ~/.config/lakectl/config", ["The contexts and settings of the user, mode 0600."]),
        ("Pa /etc/lakectl/config", ["Contexts and settings of the machine."]),
      ])
  }

  mutating func seeAlso(_ pages: [(String, Int)]) {
    self.section("SEE ALSO")
    let sorted = pages.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    for (index, page) in sorted.enumerated() {
      self.raw(".Xr \(page.0) \(page.1)" + (index < sorted.count - 1 ? " ," : ""))
    }
  }

  // MARK: Words

  /// A line that begins with a point or a quote would be a macro.
  private static func guarded(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  static func flag(_ parameter: Parameter) -> String {
    var text = ""
    if let short = parameter.short { text = "Fl \(short) , " }
    text += "Fl \\-\(self.escaped(parameter.name))"
    if parameter.takesValue { text += " Ar \(self.escaped(parameter.placeholder.lowercased()))" }
    return text
  }

  /// Backslashes and dashes as roff wants them.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "\"": escaped += "\\(dq"
      case "~": escaped += "\\(ti"
      case "^": escaped += "\\(ha"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// With a capital and a stop.
  static func sentence(_ text: String) -> String {
    guard let first = text.first else { return "" }
    // A name of a flag or a command keeps its case.
    let isWord = text.prefix { $0 != " " }.allSatisfy { $0.isLetter }
    let start = isWord ? first.uppercased() + text.dropFirst() : text
    return start.hasSuffix(".") || start.hasSuffix(":") || start.hasSuffix("?")
      ? start : start + "."
  }

  static func sentences(_ text: String) -> [String] {
    var found: [String] = []
    var sentence: [Substring] = []
    for word in text.split(separator: " ") {
      sentence.append(word)
      if word.hasSuffix("."), word.count > 2 {
        found.append(sentence.joined(separator: " "))
        sentence = []
      }
    }
    if !sentence.isEmpty { found.append(sentence.joined(separator: " ")) }
    return found
  }
}
