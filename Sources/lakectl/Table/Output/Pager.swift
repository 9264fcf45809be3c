/// Whether a result goes through a pager.
package enum Pager {
  /// The program and its arguments; nil when the text is printed directly.
  ///
  /// Only on a terminal, only text for people, only when it is longer than the screen.
  package static func command(
    for text: String, format: OutputFormat, isOutputTerminal: Bool, isInputTerminal: Bool,
    lines: Int, isSwitchedOff: Bool, setting: String?, environment: [String: String]
  ) -> [String]? {
    guard isOutputTerminal, isInputTerminal, !isSwitchedOff, format.isForPeople,
      (environment["TERM"] ?? "dumb") != "dumb",
      text.utf8.count(where: { $0 == 0x0A }) >= max(1, lines)
    else { return nil }
    let choice =
      environment["LAKE_PAGER"] ?? setting
      ?? environment["PAGER"].flatMap { $0.isEmpty ? nil : $0 } ?? "less -FIRX"
    let words = choice.split(separator: " ").map(String.init)
    guard !words.isEmpty, words != ["none"], words != ["cat"] else { return nil }
    return words
  }
}
