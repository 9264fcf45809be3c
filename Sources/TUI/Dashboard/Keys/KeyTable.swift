package import Screen

/// What a key does. Global keys mean the same on every screen.
package enum KeyCommand: Hashable, Sendable {
  case open, back, nextPane, previousPane
  case up, down, pageUp, pageDown, first, last
  case filter, sort, reverseSort, chooseColumns, allColumns, scrollLeft, scrollRight
  case mark, unmark
  case pause, refresh, faster, slower, window, lookBack
  case raw, logs, events, actions, commandLine
  case palette, contexts, copy, help, quit, interrupt, redraw, suspend
}

/// One line of the table the hint line, the help page, the manual and the test against clashes are
/// made from.
package struct KeyBinding: Sendable {
  package enum Group: String, CaseIterable, Sendable {
    case moving = "Moving", looking = "Looking", time = "Time", acting = "This row"
    case everything = "Everything else"
  }

  /// Where the key applies; elsewhere it says why not.
  package enum Need: Sendable {
    case always
    /// A pane with rows in it.
    case list
    /// A row that is selected.
    case row
  }

  package var keys: [Key]
  package var command: KeyCommand
  package var words: String
  package var group: Group
  package var need: Need
  /// In the hint line; higher comes first, nil is not there.
  package var hint: (priority: Int, text: String)?

  package init(
    _ keys: [Key], _ command: KeyCommand, _ words: String, _ group: Group, _ need: Need = .always,
    hint: (Int, String)? = nil
  ) {
    self.keys = keys
    self.command = command
    self.words = words
    self.group = group
    self.need = need
    self.hint = hint.map { (priority: $0.0, text: $0.1) }
  }
}

package enum KeyTable {
  private static func key(_ scalar: Unicode.Scalar) -> Key { .character(scalar) }

  package static let all: [KeyBinding] = [
    KeyBinding([.down, key("j")], .down, "down", .moving, .list),
    KeyBinding([.up, key("k")], .up, "up", .moving, .list),
    KeyBinding([key("g"), .home], .first, "first", .moving, .list),
    KeyBinding([key("G"), .end], .last, "last", .moving, .list),
    KeyBinding([.pageUp], .pageUp, "page up", .moving, .list),
    KeyBinding([.pageDown], .pageDown, "page down", .moving, .list),
    KeyBinding([.enter], .open, "open", .moving, .row, hint: (20, "open")),
    KeyBinding([.escape], .back, "back, or clear the filter", .moving, hint: (19, "back")),
    KeyBinding([.tab], .nextPane, "next pane", .moving, hint: (12, "pane")),
    KeyBinding([.backTab], .previousPane, "previous pane", .moving),
    KeyBinding([key("/")], .filter, "filter", .looking, .list, hint: (18, "filter")),
    KeyBinding([key("s")], .sort, "sort by", .looking, .list),
    KeyBinding([key("S")], .reverseSort, "reverse the sort", .looking, .list),
    KeyBinding([key("c")], .chooseColumns, "choose columns", .looking, .list),
    KeyBinding([key("w")], .allColumns, "all columns", .looking, .list),
    KeyBinding([key("<"), .left], .scrollLeft, "columns to the left", .looking, .list),
    KeyBinding([key(">"), .right], .scrollRight, "columns to the right", .looking, .list),
    KeyBinding([key("t")], .window, "time window", .time, hint: (11, "window")),
    KeyBinding([key("p")], .pause, "pause", .time, hint: (13, "pause")),
    KeyBinding([key("r")], .refresh, "refresh now", .time),
    KeyBinding([key("+")], .faster, "faster", .time),
    KeyBinding([key("-")], .slower, "slower", .time),
    KeyBinding([key("v")], .lookBack, "step through a recording", .time),
    KeyBinding([key(" ")], .mark, "mark", .acting, .row),
    KeyBinding([key("u")], .unmark, "clear marks", .acting, .list),
    KeyBinding([key("a")], .actions, "actions", .acting, .row, hint: (15, "actions")),
    KeyBinding([key("d")], .raw, "raw record", .acting, .row),
    KeyBinding([key("l")], .logs, "its log lines", .acting, .row),
    KeyBinding([key("e")], .events, "its events", .acting, .row),
    KeyBinding([key("y")], .copy, "copy the name", .acting, .row),
    KeyBinding([key(":")], .palette, "command", .everything, hint: (17, "command")),
    KeyBinding(
      [key("=")], .commandLine, "this view as a command line", .everything, hint: (10, "as command")
    ),
    KeyBinding([key("@")], .contexts, "change context", .everything),
    KeyBinding([key("?")], .help, "this page", .everything, hint: (16, "help")),
    KeyBinding([key("q")], .quit, "close, quit", .everything, hint: (9, "quit")),
    KeyBinding([.control("c")], .interrupt, "quit", .everything),
    KeyBinding([.control("l")], .redraw, "draw again", .everything),
    KeyBinding([.control("z")], .suspend, "suspend", .everything),
  ]

  private static let byKey: [Key: KeyBinding] = {
    var table: [Key: KeyBinding] = [:]
    for binding in all {
      for key in binding.keys { table[key] = binding }
    }
    return table
  }()

  package static func binding(of key: Key) -> KeyBinding? { self.byKey[key] }

  /// The keys as paragraphs, for the manual page.
  package static var prose: String {
    KeyBinding.Group.allCases.map { group in
      let keys = self.all.filter { $0.group == group }.map { binding in
        "\(binding.keys.map(\.words).joined(separator: " or ")): \(binding.words)"
      }
      return "\(group.rawValue). " + keys.joined(separator: "; ") + "."
    }.joined(separator: "\n\n")
  }
}
