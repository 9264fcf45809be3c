private import JSON

/// How results are written; everything it depends on is in here.
package struct Rendering: Sendable {
  package var format: OutputFormat
  package var selection: RowSelection
  package var cells: CellText
  /// Of the terminal; nil when standard output is none or `--no-trunc` is given.
  package var width: Int?
  package var hasHeaders: Bool
  package var style: Style
  package var mark: String
  /// Of the rows before, when they come in parts.
  package var widthsBefore: [String: Int] = [:]
  /// Rows were left out before.
  package var isTruncated = false

  package struct Rendered: Sendable {
    package var text: String
    /// For standard error.
    package var notes: [String] = []
    package var widths: [String: Int] = [:]
  }

  package func render(_ outcome: Outcome, output declared: Output) -> Rendered {
    let output = outcome.output ?? declared
    var rendered = self.first(outcome, output)
    guard self.format.isForPeople else { return rendered }
    for section in outcome.sections where !section.rows.isEmpty {
      var rendering = self
      rendering.selection = self.selection.onlyColumns
      rendering.selection.columns = nil
      let part = rendering.table(section.rows, isTruncated: false, output: section.output)
      if !rendered.text.isEmpty { rendered.text += "\n" }
      rendered.text += self.style.title(section.title) + "\n" + part.text
    }
    return rendered
  }

  private func first(_ outcome: Outcome, _ output: Output) -> Rendered {
    if case .document(let text) = outcome.body { return Rendered(text: text) }
    if case .page(let text) = outcome.body { return Rendered(text: text) }
    let isList = output.isList
    let (rows, isCut) =
      isList ? self.selection.apply(to: outcome.rows) : (outcome.rows, false)
    let isTruncated = isCut || self.isTruncated
    let all = self.selection.columns ?? output.columns
    switch self.format {
    case .schema:
      return Rendered(text: OutputSchema.schema(of: output).text(layout: .pretty) + "\n")
    case .json:
      return Rendered(
        text: Envelope.document(
          outcome, rows: rows, isTruncated: isTruncated, output: output, columns: all))
    case .jsonl: return Rendered(text: rows.map { Envelope.line($0, columns: all) }.joined())
    case .csv:
      return Rendered(text: DelimitedText.csv(rows, columns: all, hasHeaders: self.hasHeaders))
    case .tsv:
      return Rendered(text: DelimitedText.tsv(rows, columns: all, hasHeaders: self.hasHeaders))
    case .name:
      // A break of line in a name would be a second name.
      let names = rows.map { DelimitedText.tsvField($0[output.nameKey ?? ""].rawText) + "\n" }
      return Rendered(text: names.joined())
    case .table, .wide:
      guard isList || outcome.isChange else { return self.sheet(rows, columns: all) }
      var next: String?
      if case .rows(_, let token) = outcome.body { next = token }
      return self.table(
        rows, isTruncated: isTruncated && next == nil, next: next, output: output)
    }
  }

  private func table(
    _ rows: [Row], isTruncated: Bool, next: String? = nil, output: Output
  ) -> Rendered {
    guard !rows.isEmpty else {
      return Rendered(text: "", notes: ["no \(output.plural) match"])
    }
    let normal = output.columns.filter { self.format == .wide || !$0.isWide }
    var table = TableText(
      columns: self.selection.columns ?? normal, cells: self.cells,
      width: self.format == .wide ? nil : self.width, style: self.style, mark: self.mark)
    table.hasHeaders = self.hasHeaders
    table.widthsBefore = self.widthsBefore
    let rendered = table.render(rows)
    var notes: [String] = []
    if rendered.hiddenColumns > 0 {
      let word = rendered.hiddenColumns == 1 ? "column" : "columns"
      notes.append("\(rendered.hiddenColumns) \(word) hidden; widen, or -o wide")
    }
    if rendered.hasStale { notes.append("? the value is too old to trust") }
    if isTruncated { notes.append("there are more rows; --limit stopped here") }
    if let next { notes.append("there are more rows; go on with --page-token \(next.shellQuoted)") }
    return Rendered(text: rendered.text, notes: notes, widths: rendered.widths)
  }

  /// One thing, a key a line.
  private func sheet(_ rows: [Row], columns: [Column]) -> Rendered {
    guard let row = rows.first else { return Rendered(text: "") }
    let titles = columns.map { TextWidth.of($0.title) }.max() ?? 0
    var text = ""
    for column in columns {
      let value = self.cells.text(row[column.key], of: column)
      let title = TextWidth.padded(column.title, to: titles, right: false)
      text += self.style.title(title) + "  " + value + "\n"
    }
    return Rendered(text: text)
  }
}

extension Outcome {
  var isChange: Bool {
    if case .change = self.body { true } else { false }
  }
}

extension Output {
  /// The things of a list in words: `ConfigKeyList` is "config keys".
  package var plural: String {
    let stem = self.kind.hasSuffix("List") ? self.kind.dropLast(4) : self.kind[...]
    var words = ""
    for letter in stem {
      if letter.isUppercase, !words.isEmpty { words += " " }
      words += letter.lowercased()
    }
    if words.hasSuffix("y"), !words.hasSuffix("ey") { return words.dropLast() + "ies" }
    return words + "s"
  }
}
