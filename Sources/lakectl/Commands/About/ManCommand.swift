import CommandTable

/// `lakectl man`
enum ManCommand {
  static let words = ListArgument<String>("words", "a group or a page, such as errors")

  static let command = Command(
    name: "man", summary: "show a page of the manual", heading: .look,
    call: Call(
      parameters: [words.parameter], effect: .reads, output: .document, needs: .nothing,
      exits: [.notFound: "there is no such page"],
      examples: [
        Example(text: "The first page", line: "lakectl man"),
        Example(text: "A group with all its commands", line: "lakectl man node"),
        Example(text: "The codes of errors", line: "lakectl man errors"),
      ],
      detail: "Through man(1) when it is installed and there is a terminal, else as plain text.",
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let words = call[self.words]
    let name = (["lakectl"] + words.prefix(1)).joined(separator: "-")
    let files = ManPages(root: call.root).files
    guard let file = files.first(where: { $0.name.prefix { $0 != "." } == name }) else {
      let names = files.compactMap { file -> String? in
        let stem = file.name.prefix { $0 != "." }
        return stem == "lakectl" ? nil : String(stem.dropFirst("lakectl-".count))
      }
      let near = Nearest.names(to: words.first ?? "", in: names)
      throw CommandError(
        .notThere, "there is no page \((words.first ?? "").visible.quoted)",
        why: "the pages are \(names.joined(separator: ", "))",
        try: near.map { "lakectl man \($0)" })
    }
    let source = file.source(date: Release.manDate)
    if call.terminal.isOutput, call.terminal.isInput, !call.values[GlobalFlags.noPager],
      call.surroundings.console.page(source, through: ["man", "-l", "-"])
    {
      return Outcome(.document(""))
    }
    return Outcome(.page(ManText.text(source)))
  }
}
