/// What a dangerous command would do: names, counts, bytes, who is affected, how long, and how to take
/// it back.
package struct Plan: Sendable {
  /// One line: `remove context prod`.
  package var action: String
  /// The full name that `--confirm` must equal.
  package var name: String
  package var facts: [(label: String, text: String)]
  /// The line that takes it back; nil when nothing does.
  package var undo: String?
  package var matchCount: Int
  /// Names came from a wildcard or `--all`.
  package var isWildcard: Bool

  package init(
    action: String, name: String, facts: [(label: String, text: String)] = [], undo: String? = nil,
    matchCount: Int = 1, isWildcard: Bool = false
  ) {
    self.action = action
    self.name = name
    self.facts = facts
    self.undo = undo
    self.matchCount = matchCount
    self.isWildcard = isWildcard
  }

  package func text(context: String?, isProtected: Bool) -> String {
    var title = self.action.visible
    if let context { title += " on context \(context.visible)" }
    if isProtected { title += " (protected)" }
    let lines = self.facts + [("undo", self.undo ?? "cannot be undone")]
    let width = lines.map { TextWidth.of($0.label) }.max() ?? 0
    return title + "\n"
      + lines.map {
        "  " + TextWidth.padded($0.label, to: width, right: false) + "  " + $0.text.visible + "\n"
      }.joined()
  }
}
