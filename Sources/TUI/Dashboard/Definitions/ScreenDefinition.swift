/// A screen as data: a service adds its screen by adding one of these to `StandardScreens.all`.
package struct ScreenDefinition: Sendable {
  /// The key that goes there.
  package var key: Unicode.Scalar
  /// The word of `--screen` and of the palette.
  package var name: String
  package var title: String
  package var level: LevelDefinition

  package init(key: Unicode.Scalar, name: String, title: String, level: LevelDefinition) {
    self.key = key
    self.name = name
    self.title = title
    self.level = level
  }
}

/// Panes that are seen together: those of a screen, or those of a thing that was opened.
package struct LevelDefinition: Sendable {
  package enum Layout: Sendable {
    /// One below the other.
    case stacked
    /// One at a time.
    case tabs
  }

  package var layout: Layout
  package var panes: [PaneDefinition]

  package init(_ layout: Layout = .stacked, _ panes: [PaneDefinition]) {
    self.layout = layout
    self.panes = panes
  }
}

/// A list, a record or charts, and what can be done with them.
///
/// Texts with `{key}` in them are templates: the value of that key of the row that was opened or
/// selected takes its place.
package struct PaneDefinition: Sendable {
  package enum Kind: Sendable {
    case list
    /// The row that was opened, a key a line.
    case record
    /// Numbers of the row that was opened, over the time window.
    case charts([Chart])
    /// Numbers of the pane's own rows, from the oldest to the newest of them.
    case trend([Chart])
    /// Lines by time, newest last; the list follows its end.
    case log
  }

  package struct Chart: Sendable {
    package var key: String
    package var title: String
    /// A cell of the row that is drawn as a line.
    package var limitKey: String?

    package init(_ key: String, title: String, limitKey: String? = nil) {
      self.key = key
      self.title = title
      self.limitKey = limitKey
    }
  }

  /// A filter that the server applies, with a key of its own.
  package struct Choice: Sendable {
    package var key: Unicode.Scalar
    /// The parameter of the request.
    package var name: String
    package enum Words: Sendable {
      case fixed([String])
      /// Those found in this column.
      case found(key: String)
    }
    package var words: Words

    package init(key: Unicode.Scalar, name: String, words: Words) {
      self.key = key
      self.name = name
      self.words = words
    }
  }

  package enum Opening: Sendable {
    case nothing
    /// A level of its own, for the row.
    case level(LevelDefinition)
    /// Another screen, with the row of that name selected.
    case screen(String)
    /// All keys of the row.
    case record
  }

  package var name: String
  package var title: String
  package var kind: Kind
  package var path: String
  package var query: [ResourceRequest.Item]
  package var shape: ResourceRequest.Shape
  package var columns: [ScreenColumn]
  package var nameKeys: [String]
  package var opens: Opening
  package var actions: [ActionDefinition]
  package var sort: ListOrder.Sort?
  package var precedence: ListOrder.Precedence?
  /// Rows whose cell is one of the words want no attention, whatever else they say.
  package var calm: ListOrder.Precedence?
  /// Of a log whose answers have no `next`: the key that counts its lines.
  package var tailKey: String?
  package var choices: [Choice]
  /// The command that shows the same.
  package var command: String?
  /// What `l` filters the log screen by.
  package var logFilter: String?
  /// A wide screen shows the selected row beside the list.
  package var hasDetails: Bool
  /// Panes of lower weight give their lines first.
  package var weight: Int

  package init(
    _ name: String, title: String, kind: Kind = .list, path: String = "",
    query: [ResourceRequest.Item] = [], shape: ResourceRequest.Shape = .rows,
    columns: [ScreenColumn] = [], nameKeys: [String] = [], opens: Opening = .record,
    actions: [ActionDefinition] = [], sort: ListOrder.Sort? = nil,
    precedence: ListOrder.Precedence? = nil, calm: ListOrder.Precedence? = nil,
    tailKey: String? = nil,
    choices: [Choice] = [], command: String? = nil,
    logFilter: String? = nil, hasDetails: Bool = false, weight: Int = 1
  ) {
    self.name = name
    self.title = title
    self.kind = kind
    self.path = path
    self.query = query
    self.shape = shape
    self.columns = columns
    self.nameKeys = nameKeys
    self.opens = opens
    self.actions = actions
    self.sort = sort
    self.precedence = precedence
    self.calm = calm
    self.tailKey = tailKey
    self.choices = choices
    self.command = command
    self.logFilter = logFilter
    self.hasDetails = hasDetails
    self.weight = weight
  }

  package var isList: Bool {
    switch self.kind {
    case .list, .log: true
    case .record, .charts, .trend: false
    }
  }

  package var isLog: Bool {
    if case .log = self.kind { true } else { false }
  }
}
