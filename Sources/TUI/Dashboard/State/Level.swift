import CommandTable
import Screen

/// Panes that are seen together, and the thing they belong to.
package struct Level: Sendable {
  /// The row that was opened.
  struct Subject: Sendable {
    var name: String
    var request: ResourceRequest
    var pane: PaneDefinition
    /// As it was last seen.
    var row: Row
    /// No longer in the list it came from.
    var isGone = false
  }

  let definition: LevelDefinition
  var subject: Subject?
  var panes: [PaneState]
  var focus = 0

  init(_ definition: LevelDefinition, subject: Subject?) {
    precondition(!definition.panes.isEmpty, "a level has at least one pane")
    self.definition = definition
    self.subject = subject
    self.panes = definition.panes.map { PaneState($0, subject: subject) }
    // Keys move in lists; what opens on a record scrolls it.
    self.focus = 0
  }

  /// The panes that are drawn, and need data.
  var visible: [Int] {
    self.definition.layout == .tabs ? [self.focus] : Array(self.panes.indices)
  }
}

/// What the person has done to a pane.
package struct PaneState: Sendable {
  let definition: PaneDefinition
  let subject: Level.Subject?

  var selectedName: String?
  /// Where the selected row is in the listing.
  var selectedIndex = 0
  /// The first line of a record or text that is seen.
  var scroll = 0
  /// The first row of a list that is seen.
  var top = 0
  var filter: ListFilter?
  var sort: ListOrder.Sort?
  /// By key: shown or not, where the person chose.
  var chosenColumns: [String: Bool] = [:]
  var showsAllColumns = false
  var columnOffset = 0
  var marks: Set<String> = []
  /// The rows as they were when they were last listed: nothing moves while some are marked.
  var frozen: Frozen?

  struct Frozen: Sendable {
    var order: [Int32]
    var names: [String]
  }
  var choices: [String: String] = [:]
  /// Of a log: the selection stays on the newest line.
  var followsEnd: Bool
  var listing = Listing()

  init(_ definition: PaneDefinition, subject: Level.Subject?) {
    self.definition = definition
    self.subject = subject
    self.sort = definition.sort
    self.followsEnd = definition.isLog
    if definition.isLog, definition.sort == nil {
      self.sort = ListOrder.Sort(key: "at", isDescending: false)
    }
  }

  /// What is asked of the source; nil when the pane shows the row that was opened.
  var request: ResourceRequest? {
    guard !self.definition.path.isEmpty else { return nil }
    func value(_ key: String) -> String { self.subject?.row[key].rawText ?? "" }
    var shape = self.definition.shape
    if case .metricSeries(let template) = shape {
      shape = .metricSeries(Template.fill(template, value))
    }
    let chosen = self.definition.choices.compactMap { choice in
      self.choices[choice.name].map { ResourceRequest.Item(choice.name, $0) }
    }
    return ResourceRequest(
      Template.fill(self.definition.path, value, escape: Template.pathSegment),
      query: self.definition.query.map { .init($0.name, Template.fill($0.value, value)) } + chosen,
      shape: shape, nameKeys: self.definition.nameKeys, isTail: self.definition.isLog,
      tailKey: self.definition.tailKey)
  }

  /// The columns that are asked for, before the width of the screen has its say.
  var columns: [ScreenColumn] {
    let all = self.definition.columns.filter { column in
      if self.showsAllColumns { return true }
      return self.chosenColumns[column.key] ?? !column.column.isWide
    }
    guard self.columnOffset > 0, all.count > 1 else { return all }
    return [all[0]] + all.dropFirst(1 + min(self.columnOffset, all.count - 2))
  }
}

/// The rows of a pane that are shown, in their order; made again when something of it has changed.
struct Listing: Sendable {
  struct Key: Hashable, Sendable {
    var request: ResourceRequest?
    var version = -1
    var filter: String?
    var sort: ListOrder.Sort?
  }

  var key = Key()
  var order: [Int32] = []
  /// All rows in their order, and what they were sorted for.
  var sorted: [Int32] = []
  var sortedKey: Key?

  func row(at index: Int) -> Int? {
    self.order.indices.contains(index) ? Int(self.order[index]) : nil
  }
}
