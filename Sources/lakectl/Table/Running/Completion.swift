private import Values

/// What `lakectl __complete WORDS...` answers: `candidate<TAB>description` lines from the table and,
/// for names, from the user's files and the cluster. The last word is the one being typed.
///
/// It never prompts and never writes to standard error; without an answer it offers the static words.
package struct Completion: Sendable {
  package struct Candidate: Hashable, Sendable {
    package var text: String
    package var summary: String

    package init(text: String, summary: String) {
      self.text = text
      self.summary = summary
    }
  }

  package enum Answer: Sendable {
    case candidates([Candidate])
    /// The shell knows files best.
    case files
    case resources(kind: String, flagPrefix: String)
  }

  package let root: Command

  package init(root: Command) { self.root = root }

  package static let candidateCountMax = 1000

  package func answer(to words: [String]) -> Answer {
    let typed = words.last ?? ""
    let before = Array(words.dropLast())
    let parser = CommandLineParser(root: self.root)
    let isPlain = !before.contains("--")
    let place = self.place(of: before, parser)
    guard isPlain else { return self.argument(place, typed) }
    if let option = self.waitingOption(before, parser, place) {
      return self.values(option, typed, flagPrefix: "")
    }
    if typed.hasPrefix("--"), let equals = typed.firstIndex(of: "=") {
      let name = typed[..<equals].dropFirst(2)
      guard let option = self.options(place.command).first(where: { $0.name == name }),
        option.takesValue
      else { return .candidates([]) }
      return self.values(
        option, String(typed[typed.index(after: equals)...]), flagPrefix: "--\(name)=")
    }
    if typed.hasPrefix("-") { return .candidates(self.flags(place.command, typed, before)) }
    let children = place.argumentCount == 0 ? place.command.children : []
    let commands = children.filter { $0.name.hasPrefix(typed) }
      .map { Candidate(text: $0.name, summary: $0.summary) }
    if !commands.isEmpty || place.command.call == nil { return .candidates(commands) }
    return self.argument(place, typed)
  }

  private struct Place {
    var command: Command
    var path: [String]
    var argumentCount: Int
  }

  private func place(of words: [String], _ parser: CommandLineParser) -> Place {
    var place = Place(command: self.root, path: [], argumentCount: 0)
    for case .word(let word, let isPlain) in parser.tokens(of: words) {
      if place.argumentCount == 0, isPlain,
        let child = CommandLineParser.child(word, of: place.command, path: place.path)
      {
        place.command = child
        place.path.append(child.name)
      } else {
        place.argumentCount += 1
      }
    }
    return place
  }

  private func options(_ command: Command) -> [Parameter] {
    command.call?.options ?? GlobalFlags.all.map(\.parameter)
  }

  /// The flag whose value is being typed.
  private func waitingOption(
    _ before: [String], _ parser: CommandLineParser, _ place: Place
  ) -> Parameter? {
    guard case .flag(let flag)? = parser.tokens(of: before).last, flag.wantsValue else {
      return nil
    }
    return self.options(place.command).first {
      flag.label == "--\($0.name)" || ($0.short.map { flag.label == "-\($0)" } ?? false)
    }
  }

  private func flags(_ command: Command, _ typed: String, _ before: [String]) -> [Candidate] {
    self.options(command).filter { option in
      guard "--\(option.name)".hasPrefix(typed) || typed == "-" else { return false }
      if case .option(_, repeats: true) = option.role { return true }
      return !before.contains("--\(option.name)")
    }.map { Candidate(text: "--\($0.name)", summary: $0.summary) }
  }

  private func argument(_ place: Place, _ typed: String) -> Answer {
    guard let arguments = place.command.call?.arguments, !arguments.isEmpty else {
      return .candidates([])
    }
    if place.argumentCount < arguments.count {
      return self.values(arguments[place.argumentCount], typed, flagPrefix: "")
    }
    // The loop of a list takes every further word.
    if let last = arguments.last, last.role == .argument(.many) {
      return self.values(last, typed, flagPrefix: "")
    }
    return .candidates([])
  }

  private func values(_ parameter: Parameter, _ typed: String, flagPrefix: String) -> Answer {
    switch parameter.source {
    case .anything: .candidates([])
    case .files: .files
    case .resources(let kind): .resources(kind: kind, flagPrefix: flagPrefix)
    case .words(let words):
      .candidates(
        words.filter { $0.hasPrefix(typed) }.map {
          Candidate(text: flagPrefix + $0, summary: "")
        })
    }
  }

  /// Nothing in a line may be taken for another line, and no candidate can be two.
  static func line(_ candidate: Candidate) -> String {
    candidate.text + "\t" + candidate.summary.visible + "\n"
  }
}

extension Runner {
  /// Answers a shell. Problems are silence.
  func complete(_ words: [String]) async {
    guard words.count <= CommandLine.wordCountMax else { return }
    let text: String
    switch Completion(root: self.root).answer(to: words) {
    case .candidates(let candidates): text = candidates.map(Completion.line).joined()
    case .files: text = ":files\n"
    case .resources(let kind, let flagPrefix):
      let typed = String((words.last ?? "").dropFirst(flagPrefix.count))
      let names = await self.names(of: kind, prefix: typed, before: Array(words.dropLast()))
      text = names.prefix(Completion.candidateCountMax)
        .map { Completion.line(.init(text: flagPrefix + $0, summary: "")) }.joined()
    }
    _ = try? self.console.write(text)
  }

  /// The context and the endpoint that were typed.
  private func whereabouts(in words: [String]) -> ParsedValues {
    var values = ParsedValues()
    let flags = [GlobalFlags.context.parameter, GlobalFlags.endpoint.parameter]
    for case .flag(let flag) in CommandLineParser(root: self.root).tokens(of: words) {
      for parameter in flags {
        let short = parameter.short.map { "-\($0)" }
        guard flag.label == "--\(parameter.name)" || flag.label == short else { continue }
        guard let text = flag.value, let value = try? parameter.check(text) else { continue }
        values.append(value, for: parameter)
      }
    }
    return values
  }

  /// Names that a shell can be given: those with control characters are left out.
  package func names(of kind: String, prefix: String, before: [String]) async -> [String] {
    guard let completer = self.surroundings.completers[kind],
      let configuration = try? self.surroundings.files.load(environment: self.environment),
      let settings = try? Settings(
        self.whereabouts(in: before), environment: self.environment, configuration: configuration,
        isTolerant: true)
    else { return [] }
    return await completer(settings, prefix).filter {
      $0.hasPrefix(prefix) && !$0.unicodeScalars.contains(where: String.isHidden)
    }
  }
}
