import CommandTable

/// What lies over the screen, one at a time.
enum Overlay: Sendable {
  case help(scroll: Int)
  case text(TextOverlay)
  case menu(Menu)
  case dialog(ActionDialog)
}

/// Lines to read: a raw record, what a command printed.
struct TextOverlay: Sendable {
  var title: String
  var lines: [String]
  var scroll = 0
  /// The answer of this query goes here.
  var id: Int?

  static let lineCountMax = 10_000
}

/// Something to choose from.
struct Menu: Sendable {
  enum Purpose: Sendable {
    case sort, columns, actions, contexts
  }

  struct Item: Sendable {
    var text: String
    var detail: String
    /// Switched on, for columns.
    var isOn: Bool?
    /// What is chosen: a key, a name or the number of an action.
    var value: String
  }

  var purpose: Purpose
  var title: String
  var items: [Item]
  var selected = 0
}

/// An action on its way: planned, shown, confirmed, done.
struct ActionDialog: Sendable {
  enum Phase: Sendable {
    case planning
    case ready(ActionPlan)
    case refused(CommandError)
    case performing
  }

  enum Focus: Sendable { case cancel, go }

  var id: Int
  var title: String
  /// The command lines, a word each.
  var lines: [[String]]
  /// The same for a shell.
  var shellLines: [String]
  var phase: Phase = .planning
  var focus: Focus = .cancel
  var typed = ""

  static let typedCountMax = 200

  /// X wants the name.
  var wantsName: String? {
    guard case .ready(let plan) = self.phase, plan.effect == .destroys else { return nil }
    return plan.plan.name
  }

  var canGo: Bool {
    guard case .ready = self.phase else { return false }
    return self.wantsName.map { $0 == self.typed } ?? true
  }
}

/// A line being typed.
enum Input: Sendable {
  /// What the filter was before, for Esc.
  case filter(text: String, before: ListFilter?)
  case palette(Palette)
}

struct Palette: Sendable {
  var text = ""
  var candidates: [Completion.Candidate] = []
  /// Effects of commands among the candidates, for the hint at the right.
  var selected: Int?
  /// Back in the history: 0 is what is being typed.
  var historyIndex = 0
  var typed = ""
  /// Names are asked of the cluster under this number.
  var id: Int?

  static let textCountMax = 500
  static let historyCountMax = 50
}
