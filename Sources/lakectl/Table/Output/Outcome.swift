/// What a command answers.
package struct Outcome: Sendable {
  package enum Body: Sendable {
    case rows([Row], next: String?)
    /// The rows went to the row sink while the command ran.
    case streamed
    case record(Row)
    case change(Bool, Row, job: String?)
    /// A document printed unchanged.
    case document(String)
    /// The same for people who read: long, may go through the pager.
    case page(String)
  }

  package var body: Body
  package var warnings: [Warning]
  /// Lines on standard error for people: the undo line, footnotes.
  package var notes: [String]
  /// What a dry run found, a line each.
  package var planned: [String] = []
  /// Further tables for people, below the first.
  package var sections: [Section] = []
  /// What is answered instead of what the command declares: a job that was waited for.
  package var output: Output?
  /// A check that answered no, or a command that was partly done, ends otherwise.
  package var exit: ExitCode

  package struct Section: Sendable {
    package var title: String
    package var output: Output
    package var rows: [Row]

    package init(_ title: String, _ output: Output, _ rows: [Row]) {
      self.title = title
      self.output = output
      self.rows = rows
    }
  }

  package init(
    _ body: Body, warnings: [Warning] = [], notes: [String] = [], exit: ExitCode = .ok
  ) {
    self.body = body
    self.warnings = warnings
    self.notes = notes
    self.exit = exit
  }

  package static func list(_ rows: [Row], next: String? = nil) -> Outcome {
    Outcome(.rows(rows, next: next))
  }

  package static func record(_ row: Row) -> Outcome { Outcome(.record(row)) }

  /// - Parameter undo: the line that takes the change back.
  package static func change(
    _ changed: Bool, _ row: Row, job: String? = nil, undo: String? = nil
  ) -> Outcome {
    var row = row
    row["changed"] = .flag(changed)
    let notes = changed ? undo.map { ["undo: \($0)"] } ?? [] : []
    return Outcome(.change(changed, row, job: job), notes: notes)
  }

  /// The rows of any shape but a document.
  package var rows: [Row] {
    switch self.body {
    case .rows(let rows, _): rows
    case .record(let row), .change(_, let row, _): [row]
    case .streamed, .document, .page: []
    }
  }
}
