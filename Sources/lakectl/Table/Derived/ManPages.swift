/// The manual in mdoc: lakectl.1, a page for each group, and pages about what all share. One sentence a
/// source line. Sections in the order of mdoc(7).
package struct ManPages: Sendable {
  package let root: Command

  package init(root: Command) { self.root = root }

  package struct File: Sendable {
    package var name: String
    /// The source but for its date, which is the day its text last changed.
    package var body: String

    package func source(date: String) -> String {
      ".\\\" Generated from the command table by make docs; do not edit.\n.Dd \(date)\n" + self.body
    }
  }

  package static let names = ["lakectl-config.5", "lakectl-output.7", "lakectl-errors.7"]

  package var files: [File] {
    [self.front] + self.root.children.map(self.group) + [
      self.configuration, self.output, self.errors,
    ]
  }

  private func seeAlso(except name: String) -> [(String, Int)] {
    let groups = self.root.children.map { ("lakectl-\($0.name)", 1) }
    let all =
      [("lakectl", 1)] + groups.sorted { $0.0 < $1.0 }
      + [("lakectl-config", 5), ("lakectl-errors", 7), ("lakectl-output", 7)]
    return all.filter { $0.0 != name }
  }

  private var front: File {
    var page = MdocPage(title: "LAKECTL", section: 1)
    page.name("lakectl", self.root.summary)
    page.section("SYNOPSIS")
    page.macro(".Nm", [])
    page.raw(".Ar noun")
    page.raw(".Op Ar noun")
    page.raw(".Ar verb")
    page.raw(".Op Ar arg ...")
    page.raw(".Op Ar flags")
    page.section("DESCRIPTION")
    page.text(self.root.detail)
    page.text("Flags may stand anywhere; a lone -- ends them.")
    page.text("These flags are shared by all commands, or by all of a kind:")
    page.list(
      width: 11,
      GlobalFlags.all.map { (MdocPage.flag($0.parameter), [HelpPage.describe($0.parameter)]) })
    page.section("COMMANDS")
    page.list(
      width: 14,
      self.root.children.map { command in
        ("Cm \(MdocPage.escaped(command.name))", [MdocPage.sentence(command.summary)])
      })
    page.environment()
    page.files()
    page.section("EXIT STATUS")
    page.list(
      width: 4,
      ExitCode.all.map { ("No \($0.rawValue)", [MdocPage.sentence("\($0.name): \($0.summary)")]) })
    page.section("EXAMPLES")
    page.examples(HelpPage.beginnings.map { Example(text: "", line: $0.line) })
    page.seeAlso(self.seeAlso(except: "lakectl"))
    return File(name: "lakectl.1", body: page.source)
  }

  private func group(_ group: Command) -> File {
    let name = "lakectl-\(group.name)"
    var page = MdocPage(title: name.uppercased(), section: 1)
    page.name(name, group.summary)
    let calls = Command(name: "", summary: "", children: [group]).calls
    page.section("SYNOPSIS")
    for entry in calls { page.synopsis(entry.path, entry.call) }
    page.section("DESCRIPTION")
    page.text(group.detail.isEmpty ? MdocPage.sentence(group.summary) : group.detail)
    page.section("COMMANDS")
    for entry in calls { page.command(entry.path, entry.command, entry.call) }
    page.environment()
    page.files()
    page.section("EXIT STATUS")
    let exits = calls.flatMap { entry in
      entry.call.exits.sorted { $0.key < $1.key }.map { (entry.path, $0.key, $0.value) }
    }
    if !exits.isEmpty {
      page.list(
        width: 4,
        exits.map { path, code, text in
          ("No \(code.rawValue)", [MdocPage.sentence("\(path.joined(separator: " ")): \(text)")])
        })
    }
    page.text("All exit codes are in lakectl-errors(7).")
    page.section("EXAMPLES")
    page.examples(calls.flatMap(\.call.examples))
    page.seeAlso(self.seeAlso(except: name))
    return File(name: "\(name).1", body: page.source)
  }

  private var configuration: File {
    var page = MdocPage(title: "LAKECTL-CONFIG", section: 5)
    page.name("lakectl-config", "the file of contexts")
    page.section("DESCRIPTION")
    page.text("A line is a comment after #, a section in brackets, or KEY = VALUE.")
    page.text("A value goes to the end of its line or stands in double quotes.")
    page.text("Sections are [defaults] and [context NAME].")
    page.text("Commands that change the file keep its comments and its order.")
    page.text(Prose.precedence)
    page.section("COMMANDS")
    page.text("The keys are:")
    page.list(
      width: 17,
      SettingKey.all.map { key in
        let place =
          switch key.place {
          case .top: "Before the first section."
          case .context: "In a context."
          case .contextOrDefaults: "In a context or in [defaults]."
          }
        return ("Cm \(MdocPage.escaped(key.name))", [MdocPage.sentence(key.summary), place])
      })
    page.environment()
    page.files()
    page.section("EXAMPLES")
    page.literal([
      "current = prod", "", "[context prod]", "endpoint = https://lake.example:7300",
      "token-file = /home/ada/.secrets/lake", "protected = true", "", "[defaults]",
      "output = table",
    ])
    page.seeAlso([("lakectl", 1), ("lakectl-config", 1), ("lakectl-context", 1)])
    return File(name: "lakectl-config.5", body: page.source)
  }

  private var output: File {
    var page = MdocPage(title: "LAKECTL-OUTPUT", section: 7)
    page.name("lakectl-output", "formats, filters and names")
    page.section("DESCRIPTION")
    for topic in [HelpTopic.output, .filters, .names] {
      for (title, paragraphs) in Prose.sections(of: topic) {
        page.raw(".Ss \(MdocPage.escaped(title.prefix(1).uppercased() + title.dropFirst()))")
        for paragraph in paragraphs { page.text(paragraph) }
      }
    }
    page.seeAlso([("lakectl", 1), ("lakectl-errors", 7)])
    return File(name: "lakectl-output.7", body: page.source)
  }

  private var errors: File {
    var page = MdocPage(title: "LAKECTL-ERRORS", section: 7)
    page.name("lakectl-errors", "error codes and exit codes")
    page.section("DESCRIPTION")
    page.text(
      "An error says what happened, why, and what to type next, with a code that does not change.")
    page.text("With -o json or jsonl it is one line of JSON on standard error.")
    page.text("Servers have codes of their own, with the area of the service before the point.")
    page.list(
      width: 26,
      ErrorCode.all.map { code in
        (
          "Er \(MdocPage.escaped(code.rawValue))",
          [MdocPage.sentence(code.summary), "Exit code \(code.exit.rawValue)."]
        )
      })
    page.section("EXIT STATUS")
    page.list(
      width: 4,
      ExitCode.all.map { ("No \($0.rawValue)", [MdocPage.sentence("\($0.name): \($0.summary)")]) })
    page.seeAlso([("lakectl", 1), ("lakectl-output", 7)])
    return File(name: "lakectl-errors.7", body: page.source)
  }
}
