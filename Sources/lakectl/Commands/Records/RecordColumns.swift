import Admin
import CommandTable
import JSON
import Values

/// The columns of a record of the admin API: keys, kinds and words come from the record, so that a member
/// added there is shown here.
struct RecordColumns: Sendable {
  let kind: String
  let columns: [Column]

  /// - Parameters:
  ///   - shown: what a table shows, in this order; the rest of the record is wide.
  ///   - hidden: members that are no column.
  init<Record: AdminRecord>(
    _ record: Record.Type, _ shown: [String], hidden: Set<String> = [],
    titles: [String: String] = [:], unitElsewhere: Set<String> = []
  ) {
    self.kind = Record.kind
    guard case .record(let schema) = Record.schema else {
      preconditionFailure("\(Record.kind) is no record")
    }
    let fields = Dictionary(uniqueKeysWithValues: schema.fields.map { ($0.name, $0) })
    var columns: [Column] = []
    for name in shown {
      guard let field = fields[name] else { preconditionFailure("\(Record.kind) has no \(name)") }
      columns.append(Self.column(field, isWide: false, titles[name], unitElsewhere))
    }
    for field in schema.fields where !shown.contains(field.name) && !hidden.contains(field.name) {
      columns.append(Self.column(field, isWide: true, titles[field.name], unitElsewhere))
    }
    self.columns = columns
  }

  private static func column(
    _ field: AdminRecordSchema.Field, isWide: Bool, _ title: String?, _ unitElsewhere: Set<String>
  ) -> Column {
    let (declared, isNullable) = Self.kind(of: field.schema)
    var kind = declared
    let hasUnit = Column.Unit(ofKey: field.name) != .none
    // A number without a unit counts nothing: it is a name.
    if kind == .integer, !hasUnit, !unitElsewhere.contains(field.name) { kind = .text }
    var isState = false
    if case .word = kind { isState = true }
    var column = Column(
      key: field.name, title: title, kind, isWide: isWide, priority: isState ? 2 : 0,
      isNullable: isNullable, field.summary)
    column.hasUnitElsewhere = unitElsewhere.contains(field.name)
    return column
  }

  private static func kind(of schema: AdminSchema) -> (Column.Kind, isNullable: Bool) {
    switch schema {
    case .string(format: "date-time"): (.time, false)
    case .string: (.text, false)
    case .integer: (.integer, false)
    case .number: (.real, false)
    case .boolean: (.flag, false)
    case .words(let words): (.word(words), false)
    case .list(let element):
      if case .record = element { (.document, false) } else { (.list, false) }
    case .nullable(let inner): (self.kind(of: inner).0, true)
    case .map, .record, .anything: (.document, true)
    }
  }

  /// The row of what a server sent. Words that are not known here are shown as they come.
  func row(_ value: JSONValue) -> Row {
    var row = Row()
    for column in self.columns {
      if let member = value[column.key] { row[column.key] = Self.cell(member, column.kind) }
    }
    return row
  }

  private static func cell(_ value: JSONValue, _ kind: Column.Kind) -> Cell {
    if value.isNull { return .null }
    switch kind {
    case .text, .word: return .text(value.string ?? value.text())
    case .integer: return value.int64.map { .integer($0) } ?? .null
    case .real: return value.double.map { .real($0) } ?? .null
    case .flag: return value.boolean.map { .flag($0) } ?? .null
    case .time:
      return value.string.flatMap { try? Timestamp(parsing: $0) }.map { .time($0) } ?? .null
    case .list: return .list((value.array ?? []).map { $0.string ?? $0.text() })
    case .document: return .document(value)
    }
  }

  /// Outputs that look into the record when they are asked: the table is made whole at every start.
  static func list<Record: AdminRecord>(
    of record: Record.Type, _ columns: @escaping @autoclosure @Sendable () -> RecordColumns
  ) -> Output { .list(Record.kind, columns().columns) }

  static func one<Record: AdminRecord>(
    of record: Record.Type, _ columns: @escaping @autoclosure @Sendable () -> RecordColumns
  ) -> Output { .record(Record.kind, columns().columns) }

  static func change<Record: AdminRecord>(
    of record: Record.Type, _ columns: @escaping @autoclosure @Sendable () -> RecordColumns
  ) -> Output { .change(Record.kind, columns().columns) }

  var list: Output { .list(self.kind, self.columns) }
  var record: Output { .record(self.kind, self.columns) }
}
