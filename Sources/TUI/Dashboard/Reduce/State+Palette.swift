import CommandTable
import Screen
import Values

/// `:`, the words of the command line.
extension State {
  /// Words of the palette that are no commands of the table.
  static let extraWords: [(word: String, summary: String)] = [
    ("screen", "go to a screen"), ("about", "the dashboard itself"),
    ("theme", "colours on or off"), ("dump", "write the picture to a file"),
    ("quit", "leave"),
  ]

  @discardableResult
  mutating func openPalette(_ text: String) -> [DashboardEffect] {
    var palette = Palette()
    palette.text = text
    let effects = self.suggest(&palette)
    self.input = .palette(palette)
    return effects
  }

  var history: [String] { self.paletteHistory[self.context.name] ?? [] }

  mutating func typePalette(_ key: Key, _ palette: Palette) -> [DashboardEffect] {
    var palette = palette
    var effects: [DashboardEffect] = []
    switch key {
    case .escape:
      self.input = nil
      return []
    case .enter:
      self.input = nil
      return self.enter(palette.text)
    case .tab:
      let chosen = palette.selected ?? (palette.candidates.isEmpty ? nil : 0)
      if let chosen, palette.candidates.indices.contains(chosen) {
        Self.take(palette.candidates[chosen].text, into: &palette)
        effects = self.suggest(&palette)
      }
    case .up where palette.candidates.isEmpty || palette.text.isEmpty || palette.historyIndex > 0:
      self.walkHistory(&palette, by: 1)
    case .down where palette.historyIndex > 0: self.walkHistory(&palette, by: -1)
    case .up: palette.selected = max(0, (palette.selected ?? 0) - 1)
    case .down:
      guard !palette.candidates.isEmpty else { break }
      palette.selected = min(palette.candidates.count - 1, (palette.selected ?? -1) + 1)
    default:
      if key == .control("u") {
        palette.text = ""
      } else if key == .backspace, palette.text.isEmpty {
        self.input = nil
        return []
      } else {
        Self.edit(&palette.text, key, countMax: Palette.textCountMax)
      }
      palette.historyIndex = 0
      effects = self.suggest(&palette)
    }
    self.input = .palette(palette)
    return effects
  }

  private func walkHistory(_ palette: inout Palette, by step: Int) {
    let history = self.history
    if palette.historyIndex == 0 { palette.typed = palette.text }
    palette.historyIndex = min(max(0, palette.historyIndex + step), history.count)
    palette.text =
      palette.historyIndex == 0 ? palette.typed : history[history.count - palette.historyIndex]
    palette.selected = nil
  }

  /// The words typed so far; the last is the one being typed.
  private static func words(_ text: String) -> [String] {
    // An open quote makes no words yet.
    var words = ExampleLine.words("lakectl " + text) ?? text.split(separator: " ").map(String.init)
    if text.isEmpty || text.hasSuffix(" ") { words.append("") }
    return words
  }

  /// Puts a candidate in the place of the word being typed.
  private static func take(_ candidate: String, into palette: inout Palette) {
    var text = palette.text
    while let last = text.last, last != " " { text.removeLast() }
    text += candidate.shellQuoted
    if !candidate.hasSuffix("=") { text += " " }
    palette.text = String(text.prefix(Palette.textCountMax))
    palette.selected = nil
  }

  private mutating func suggest(_ palette: inout Palette) -> [DashboardEffect] {
    palette.selected = nil
    palette.id = nil
    palette.candidates = []
    let words = Self.words(palette.text)
    let typed = words.last ?? ""
    if words.count == 1 {
      palette.candidates = Self.extraWords.filter { $0.word.hasPrefix(typed) }
        .map { Completion.Candidate(text: $0.word, summary: $0.summary) }
    } else if words.count == 2, words[0] == "screen" {
      palette.candidates = self.screens.filter { $0.name.hasPrefix(typed) }
        .map { Completion.Candidate(text: $0.name, summary: $0.title) }
      return []
    }
    switch Completion(root: self.table).answer(to: words) {
    case .candidates(let found): palette.candidates = found + palette.candidates
    case .files: break
    case .resources(let kind, let flagPrefix):
      let id = self.nextID()
      palette.id = id
      return [
        .complete(id, kind: kind, prefix: String(typed.dropFirst(flagPrefix.count)))
      ]
    }
    return []
  }

  mutating func completed(_ id: Int, _ names: [String]) {
    guard case .palette(var palette) = self.input, palette.id == id else { return }
    palette.candidates += names.prefix(Completion.candidateCountMax)
      .map { Completion.Candidate(text: $0, summary: "") }
    self.input = .palette(palette)
  }

  // MARK: Running

  mutating func enter(_ text: String) -> [DashboardEffect] {
    let line = text.split(separator: " ").joined(separator: " ")
    guard !line.isEmpty else { return [] }
    var history = self.history.filter { $0 != line }
    history.append(line)
    self.paletteHistory[self.context.name] = Array(history.suffix(Palette.historyCountMax))
    var words = ExampleLine.words("lakectl " + line) ?? []
    guard !words.isEmpty else {
      self.tell("the quotes of the line do not match", .warn)
      return []
    }
    if words[0] == "lakectl", words.count > 1 { words.removeFirst() }
    if let effects = self.extra(words) { return effects }
    return self.run(words, line)
  }

  /// What the words of the palette itself do; nil when they are a command.
  private mutating func extra(_ words: [String]) -> [DashboardEffect]? {
    switch (words.first, words.count) {
    case ("quit", 1): return [.quit]
    case ("theme", 1): return [.toggleColor]
    case ("about", 1):
      self.overlay = .text(TextOverlay(title: "about", lines: self.about))
      return []
    case ("dump", 2): return [.dump(path: words[1])]
    case ("dump", _):
      self.tell("dump FILE writes the picture to a file", .warn)
      return []
    case ("screen", _):
      guard words.count == 2, let index = self.screens.firstIndex(where: { $0.name == words[1] })
      else {
        self.tell("the screens are \(self.screens.map(\.name).joined(separator: ", "))", .warn)
        return []
      }
      self.go(to: index)
      return []
    default: return nil
    }
  }

  private mutating func run(_ words: [String], _ line: String) -> [DashboardEffect] {
    let parsed: CommandLine
    do {
      parsed = try CommandLineParser(root: self.table).parse(words)
    } catch {
      self.tell(error)
      return []
    }
    guard case .run(let call) = parsed.request else {
      return self.show(words, line)
    }
    if call.effect == .reads {
      guard parsed.path.last != "top" else {
        self.tell("this is top")
        return []
      }
      guard !parsed.values[GlobalFlags.watch] else {
        self.tell("a command that goes on has no place here; it runs in the shell", .warn)
        return []
      }
      return self.show(words, line)
    }
    if let reason = self.reasonAgainstActions {
      self.tell(reason, .warn)
      return []
    }
    return self.openDialog(parsed.command.summary, lines: [words])
  }

  private mutating func show(_ words: [String], _ line: String) -> [DashboardEffect] {
    let id = self.nextID()
    self.overlay = .text(TextOverlay(title: "lakectl \(line)", lines: ["..."], id: id))
    return [.run(id, words)]
  }

  mutating func printed(_ id: Int, _ result: CommandResult) {
    guard case .text(var overlay) = self.overlay, overlay.id == id else { return }
    var lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix(TextOverlay.lineCountMax).map { String($0).visible }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if result.exit != .ok { lines.append("exit \(result.exit.rawValue): \(result.exit.name)") }
    overlay.lines = lines.isEmpty ? ["nothing was printed"] : lines
    self.overlay = .text(overlay)
  }

  private var about: [String] {
    var lines = ["lakectl \(Release.version)"]
    func add(_ label: String, _ text: String?) {
      lines.append(TextWidth.padded(label, to: 14, right: false) + (text ?? "not known yet"))
    }
    add(
      "fetch", self.statistics.fetchMilliseconds.map { Humanised.duration(nanoseconds: $0 * 1e6) })
    add("draw", self.statistics.drawMicroseconds.map { Humanised.duration(nanoseconds: $0 * 1e3) })
    add(
      "age of data",
      self.fetching.succeededAt.map {
        Humanised.duration(nanoseconds: Double((self.now - $0).nanosecondsClamped))
      })
    add("memory", self.statistics.memoryBytes.map(Humanised.bytes))
    add("rows kept", "\(self.resources.values.reduce(0) { $0 + $1.rows.count })")
    add("lists kept", "\(self.resources.count)")
    return lines
  }
}
