import CommandTable
import JSON
import Values

/// The answer of a query as a table with the columns that it has.
enum SeriesResult {
  static let steps: [Column] = [
    Column(key: "step", isNullable: false), Column(key: "took_ms", .real),
    Column(key: "details", .text),
  ]

  static func outcome(
    _ answer: Answer, _ call: Invocation, isExplained: Bool, isDrawn: Bool = false
  ) throws(CommandError) -> Outcome {
    if isExplained, call.format == .json {
      return Outcome(
        .document(answer.item.text(layout: .pretty) + "\n"), warnings: answer.warnings)
    }
    let columns = (answer.item["columns"]?.array ?? []).map { column in
      Column(
        key: column["name"]?.string ?? "", title: column["name"]?.string?.uppercased(),
        Self.kind(column["type"]?.string ?? ""))
    }
    let rows = (answer.item["rows"]?.array ?? []).map { line in
      var row = Row()
      for (at, column) in columns.enumerated() {
        row[column.key] = line[at].map { Self.cell($0, column.kind) } ?? .null
      }
      return row
    }
    if isDrawn, call.format.isForPeople {
      let graph = try SeriesGraph(rows, columns)
      let width = call.surroundings.terminal.isOutput ? call.surroundings.terminal.columns : 80
      return Outcome(.document(graph.text(width: width)), warnings: answer.warnings)
    }
    var outcome = Outcome(.rows(rows, next: nil), warnings: answer.warnings)
    outcome.output = .list("SeriesRow", columns)
    if isExplained {
      outcome.sections = [
        Outcome.Section("What it did", .list("SeriesStep", Self.steps), Self.spans(answer))
      ]
    }
    return outcome
  }

  private static func kind(_ type: String) -> Column.Kind {
    switch type {
    case "time": .time
    case "integer": .integer
    case "real": .real
    case "list": .list
    default: .text
    }
  }

  private static func cell(_ value: JSONValue, _ kind: Column.Kind) -> Cell {
    if value.isNull { return .null }
    switch kind {
    case .time:
      return value.string.flatMap { try? Timestamp(parsing: $0) }.map { .time($0) } ?? .null
    case .integer: return value.int64.map { .integer($0) } ?? .text(value.text())
    case .real: return value.double.map { .real($0) } ?? .null
    case .list: return .list((value.array ?? []).map { $0.string ?? $0.text() })
    default: return .text(value.string ?? value.text())
    }
  }

  private static func spans(_ answer: Answer) -> [Row] {
    (answer.item["spans"]?.array ?? []).map { span in
      let indent = String(repeating: "  ", count: Int(clamping: span["depth"]?.int64 ?? 0))
      let tags = (span["tags"]?.object?.members ?? []).map { tag in
        "\(tag.name)=\(tag.value.string ?? "")"
      }
      return [
        "step": .text(indent + (span["message"]?.string ?? "")),
        "took_ms": span["took_ms"]?.double.map { .real($0) } ?? .null,
        "details": .text(tags.joined(separator: " ")),
      ]
    }
  }
}
