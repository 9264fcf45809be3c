/// Pages about what all commands share, each made from the table it is about.
package enum HelpTopic: String, CaseIterable, Sendable {
  case commands, flags, output, filters, names, errors
  case exitCodes = "exit-codes"
  case environment

  package var summary: String {
    switch self {
    case .commands: "every command in one line; -o json for programs"
    case .flags: "the flags that all commands share"
    case .output: "formats, and what scripts may rely on"
    case .filters: "expressions of --filter and --exclude"
    case .names: "how things are named, and values written"
    case .errors: "the codes of errors"
    case .exitCodes: "how a command ends"
    case .environment: "variables that lakectl reads"
    }
  }

  package func text(root: Command, style: Style) -> String {
    var page = Page(style: style)
    page.line("lakectl help \(self.rawValue): \(self.summary)")
    switch self {
    case .commands:
      page.section("commands", [])
      page.rows(
        root.calls.map { entry in
          (
            "\(entry.call.effect.letter) \(entry.path.joined(separator: " "))",
            entry.command.summary
          )
        })
      page.section(
        "effects", Effect.allCases.map { ($0.letter, $0.words) })
    case .flags:
      page.section(
        "flags",
        GlobalFlags.all.map { ($0.parameter.label, HelpPage.describe($0.parameter)) }
          + [(GlobalFlags.file.parameter.label, GlobalFlags.file.parameter.summary)])
    case .errors:
      page.section("errors of lakectl itself", ErrorCode.all.map { ($0.rawValue, $0.summary) })
      page.blank()
      page.lines(
        "Servers have codes of their own, with the area of the service before the point."
          .wrapped(to: 80))
    case .exitCodes:
      page.section(
        "exit codes", ExitCode.all.map { ("\($0.rawValue)", "\($0.name): \($0.summary)") })
    case .environment:
      page.section("environment", EnvironmentVariables.all.map { ($0.name, $0.summary) })
      page.section("settings of the file of contexts", SettingKey.all.map { ($0.name, $0.summary) })
      page.blank()
      page.lines(Prose.precedence.wrapped(to: 80))
    case .output, .filters, .names:
      for (title, paragraphs) in Prose.sections(of: self) {
        page.section(title, [])
        for paragraph in paragraphs { page.lines(paragraph.wrapped(to: 80)) }
      }
    }
    return page.text
  }
}

extension HelpTopic: WordValue {
  package static let placeholder = "TOPIC"
}
