/// The page of `--help`: one line on what it is for, an example, usage, arguments, flags, special exit
/// codes. 80 columns.
package struct HelpPage: Sendable {
  package let root: Command
  package let path: [String]

  package init(root: Command, path: [String]) {
    self.root = root
    self.path = path
  }

  package static let width = 80

  package func text(style: Style = .plain) -> String {
    guard let command = self.root.descendant(at: self.path) else { return "" }
    if self.path.isEmpty { return self.front(command, style) }
    var page = Page(style: style)
    let name = (["lakectl"] + self.path).joined(separator: " ")
    page.line("\(name): \(command.summary)")
    if let call = command.call { self.add(call, to: &page) }
    if !command.children.isEmpty {
      page.section("commands", command.children.map { ($0.name, Self.remark(on: $0)) })
    }
    if !command.hasCall {
      page.blank()
      page.line("\(name) COMMAND --help shows the page of a command.")
    }
    return page.text
  }

  private static func remark(on command: Command) -> String {
    switch command.call?.effect {
    case .hardToUndo: command.summary + " (asks)"
    case .destroys: command.summary + " (asks for the name)"
    default: command.summary
    }
  }

  private func add(_ call: Call, to page: inout Page) {
    if let example = call.examples.first {
      page.section("example", [])
      page.line("  # \(example.text)")
      page.line("  \(example.line)")
    }
    page.section("usage", [])
    for line in call.usage(path: self.path).wrapped(to: Self.width - 4, indent: 4) {
      page.line("  " + line)
    }
    if !call.arguments.isEmpty {
      page.section("arguments", call.arguments.map { ($0.label, Self.describe($0)) })
    }
    if !call.ownOptions.isEmpty {
      page.section("flags", call.ownOptions.map { ($0.label, Self.describe($0)) })
    }
    let shared = GlobalFlags.all.filter {
      $0.applies(call) && GlobalFlags.shownOnPages.contains($0.parameter.name)
    }
    page.section("also", shared.map { ($0.parameter.label, Self.describe($0.parameter)) })
    page.line("  global flags: lakectl help flags")
    if call.effectMax != .reads {
      page.section("effect", [])
      page.line("  \(call.effect.letter): \(call.effect.words)")
      for (flag, effect) in call.raises {
        page.line("  \(effect.letter) with --\(flag.name): \(effect.words)")
      }
    }
    if !call.exits.isEmpty {
      let exits = call.exits.sorted { $0.key < $1.key }
      page.section("exit codes", exits.map { ("\($0.key.rawValue)", $0.value) })
    }
    if !call.detail.isEmpty {
      page.blank()
      for paragraph in call.detail.split(separator: "\n") {
        page.lines(String(paragraph).wrapped(to: Self.width))
      }
    }
    for example in call.examples.dropFirst() {
      page.blank()
      page.line("  # \(example.text)")
      page.line("  \(example.line)")
    }
  }

  static func describe(_ parameter: Parameter) -> String {
    var text = parameter.summary
    if case .words(let words) = parameter.source, !parameter.placeholder.contains("|") {
      text += ": \(words.joined(separator: " "))"
    }
    if let fallback = parameter.defaultText { text += " (default \(fallback))" }
    return text
  }

  private func front(_ root: Command, _ style: Style) -> String {
    var page = Page(style: style)
    page.line("lakectl: \(root.summary)")
    page.section("usage", [])
    page.line("  lakectl NOUN [NOUN] VERB [ARG...] [--flags]")
    for heading in Command.Heading.allCases {
      let groups = root.children.filter { $0.heading == heading }
      guard !groups.isEmpty else { continue }
      page.section(heading.rawValue, groups.map { ($0.name, $0.summary) })
    }
    page.section("to begin with", [])
    for example in root.call?.examples ?? Self.beginnings { page.line("  \(example.line)") }
    page.blank()
    page.line("lakectl COMMAND --help shows a command; lakectl help flags the global flags.")
    return page.text
  }

  static let beginnings = [
    Example(text: "", line: "lakectl context add local --endpoint http://127.0.0.1:7300"),
    Example(text: "", line: "lakectl status"),
    Example(text: "", line: "lakectl help commands"),
  ]
}

/// Lines with titles and two columns.
struct Page {
  let style: Style
  private(set) var text = ""

  init(style: Style) { self.style = style }

  mutating func line(_ line: String) { self.text += line + "\n" }
  mutating func lines(_ lines: [String]) { for line in lines { self.line(line) } }
  mutating func blank() { self.line("") }

  mutating func section(_ title: String, _ rows: [(String, String)]) {
    self.blank()
    self.line(self.style.title(title))
    self.rows(rows)
  }

  /// Long labels stand on a line of their own.
  mutating func rows(_ rows: [(String, String)]) {
    let width = min(28, rows.map { TextWidth.of($0.0) }.max() ?? 0)
    for (label, words) in rows {
      let lines = words.wrapped(to: HelpPage.width - width - 4)
      var first = "  " + TextWidth.padded(label, to: width, right: false)
      var rest = lines[...]
      if TextWidth.of(label) <= width { first += "  " + (rest.popFirst() ?? "") }
      while first.last == " " { first.removeLast() }
      self.line(first)
      for line in rest { self.line(String(repeating: " ", count: width + 4) + line) }
    }
  }
}
