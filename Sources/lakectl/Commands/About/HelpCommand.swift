import CommandTable
import JSON

/// `lakectl help`
enum HelpCommand {
  static let words = ListArgument<String>(
    "words", "a command, or a topic", source: .words(HelpTopic.words))

  static let command = Command(
    name: "help", summary: "explain a command or a topic", heading: .look,
    call: Call(
      parameters: [words.parameter], effect: .reads, output: .document, needs: .nothing,
      examples: [
        Example(text: "Explain a command", line: "lakectl help context add"),
        Example(text: "The codes of errors", line: "lakectl help errors"),
        Example(text: "The whole table for other tools", line: "lakectl help commands -o json"),
      ],
      detail: "The topics are \(HelpTopic.words.joined(separator: ", ")).",
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let words = call[self.words]
    let style = Style.decide(
      call.settings.color, isTerminal: call.terminal.isOutput, environment: call.environment)
    if words == ["commands"], call.format.isJSON {
      let document = CommandsDocument.document(root: call.root)
      return Outcome(
        .document(document.text(layout: call.format == .json ? .pretty : .compact) + "\n"))
    }
    if words.count == 1, let topic = HelpTopic(rawValue: words[0]) {
      return Outcome(.page(topic.text(root: call.root, style: style)))
    }
    guard call.root.descendant(at: words) != nil else {
      // The parser knows how to say which word is wrong, and what is near it.
      _ = try CommandLineParser(root: call.root).parse(words + ["--help"])
      throw CommandError(
        .unknownCommand,
        "there is no command or topic \(words.joined(separator: " ").visible.quoted)",
        why: "the topics are \(HelpTopic.words.joined(separator: ", "))",
        try: ["lakectl help commands"])
    }
    return Outcome(.page(HelpPage(root: call.root, path: words).text(style: style)))
  }
}
