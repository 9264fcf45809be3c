import CommandTable
import Screen

/// `a`: what can be done to the selection. No single key destroys: a menu, then a dialog that shows
/// the plan, with Cancel in focus where there is something to lose.
extension State {
  struct AvailableAction: Sendable {
    var definition: ActionDefinition
    var effect: Effect
    /// The rows it is for.
    var rows: [Row]
  }

  /// The marked rows, or the selected one.
  private var actionRows: [Row] {
    let pane = self.pane
    if !pane.marks.isEmpty, let rows = self.resource(of: pane)?.rows {
      let marked = pane.listing.order.filter { pane.marks.contains(rows.names[Int($0)]) }
      if !marked.isEmpty { return marked.map { rows.row(Int($0)) } }
    }
    return self.selectedRow.map { [$0.row] } ?? []
  }

  /// Those whose command is in the table, for rows that are in the right state.
  var availableActions: [AvailableAction] {
    let own = self.pane.definition.actions
    let definitions = own.isEmpty ? self.selectedRow?.pane.actions ?? [] : own
    let rows = self.actionRows
    return definitions.compactMap { action in
      let path = action.line.split(separator: " ").map(String.init)
        .prefix { !$0.hasPrefix("-") && !$0.hasPrefix("{") }
      var command = self.table
      for word in path {
        guard let child = command.child(named: word) else { break }
        command = child
      }
      guard let call = command.call, command.name != self.table.name else { return nil }
      let suited = rows.filter { row in
        action.stateKey.map { action.states.contains(row[$0].rawText) } ?? true
      }
      guard !suited.isEmpty else { return nil }
      return AvailableAction(definition: action, effect: call.effect, rows: suited)
    }
  }

  mutating func openActions() -> [DashboardEffect] {
    let actions = self.availableActions
    guard !actions.isEmpty else {
      self.tell("there is nothing to do to this row")
      return []
    }
    let count = self.actionRows.count
    let name = count == 1 ? self.selectedRow?.name.visible ?? "" : "\(count) rows"
    self.overlay = .menu(
      Menu(
        purpose: .actions, title: "Actions: \(name)",
        items: actions.enumerated().map { index, action in
          Menu.Item(
            text: action.definition.title, detail: Self.words(of: action.effect),
            value: String(index))
        }))
    return []
  }

  static func words(of effect: Effect) -> String {
    switch effect {
    case .reads: ""
    case .writes: "can be taken back"
    case .hardToUndo: "asks"
    case .destroys: "asks for the name"
    }
  }

  mutating func open(_ action: AvailableAction) -> [DashboardEffect] {
    if let beginning = action.definition.beginning {
      guard action.rows.count == 1, let row = action.rows.first else {
        self.tell("this is for one row", .warn)
        return []
      }
      return self.openPalette(Template.shellLine(beginning) { row[$0].rawText })
    }
    let lines = action.rows.map { row in
      Template.words(action.definition.line) { row[$0].rawText }
    }
    return self.openDialog(action.definition.title, lines: lines)
  }

  /// Rows come from the cluster: a name that is no word of a command line is refused before it is
  /// sent.
  mutating func openDialog(_ title: String, lines: [[String]]) -> [DashboardEffect] {
    guard lines.count <= Self.actionLineCountMax else {
      self.tell("an action is for at most \(Self.actionLineCountMax) rows at once", .warn)
      return []
    }
    let id = self.nextID()
    // A value from a row never begins a flag.
    self.overlay = .dialog(
      ActionDialog(
        id: id, title: title, lines: lines,
        shellLines: lines.map { words in
          (["lakectl"] + words.map(\.visible.shellQuoted)).joined(separator: " ")
        }))
    return [.plan(id, lines)]
  }

  static let actionLineCountMax = 1000

  mutating func planned(_ id: Int, _ result: Result<ActionPlan, CommandError>) {
    guard case .dialog(var dialog) = self.overlay, dialog.id == id else { return }
    switch result {
    case .success(let plan):
      dialog.phase = .ready(plan)
      // What is easy to take back needs one Enter; everything else begins on Cancel.
      dialog.focus = plan.effect <= .writes ? .go : .cancel
    case .failure(let error): dialog.phase = .refused(error)
    }
    self.overlay = .dialog(dialog)
  }

  mutating func press(_ key: Key, on dialog: ActionDialog) -> [DashboardEffect] {
    var dialog = dialog
    switch dialog.phase {
    case .planning, .refused:
      if [.escape, .enter, .character("q")].contains(key) { self.overlay = nil }
      return []
    case .performing:
      if key == .escape {
        self.overlay = nil
        self.tell("the action goes on; its result is in the events")
      }
      return []
    case .ready: break
    }
    switch key {
    case .escape:
      self.overlay = nil
      return []
    case .tab, .backTab, .left, .right: dialog.focus = dialog.focus == .cancel ? .go : .cancel
    case .enter:
      guard dialog.focus == .go else {
        self.overlay = nil
        self.tell("cancelled; nothing was changed")
        return []
      }
      guard dialog.canGo else {
        self.tell("type \(dialog.wantsName?.visible ?? "") to go on", .warn)
        break
      }
      guard !self.isOffline else {
        self.tell("actions are off while offline", .warn)
        break
      }
      dialog.phase = .performing
      self.overlay = .dialog(dialog)
      return [.perform(dialog.id, dialog.lines)]
    default:
      if dialog.wantsName != nil {
        Self.edit(&dialog.typed, key, countMax: ActionDialog.typedCountMax)
      } else if key == .character("q") {
        self.overlay = nil
        return []
      }
    }
    self.overlay = .dialog(dialog)
    return []
  }

  mutating func performed(_ id: Int, _ result: Result<String, CommandError>) {
    if case .dialog(let dialog) = self.overlay, dialog.id == id { self.overlay = nil }
    switch result {
    case .success(let text): self.tell(text, .good)
    case .failure(let error): self.tell(error)
    }
    for stack in self.stacks.indices {
      for level in self.stacks[stack].indices {
        for pane in self.stacks[stack][level].panes.indices {
          self.stacks[stack][level].panes[pane].marks = []
        }
      }
    }
    self.fetching.nextAt = self.now
  }
}
