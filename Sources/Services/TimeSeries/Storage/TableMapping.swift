package import SeriesColumns
package import SeriesModel
package import SeriesSchema
package import SeriesWire

// How objects of a schema are kept as tables of the engine. A table has the object's name. A column is
// known by its name and type, so that a tag of another type or family reads as null in old rows, and
// shows its old values when it comes back:
//
//   tag         FAMILY/TAG            (of a trace: /TAG)
//   field       #FIELD
//   span bytes  #span                 (of a trace)
//
//   stream      entity tags once per series; all other tags per row. Version: the element's id
//   measure     entity tags, and other tags that a rule indexes, once per series; fields and other tags per row
//   index mode  entity tags once per series; all other tags per row, of which a series has one
//   trace       all tags and the span per row; a series is a trace

/// A subject's table, and where its tags and fields stand in it.
package final class TableMapping: Sendable {
  package enum Place: Sendable, Hashable {
    /// Once per series: a number of `schema.seriesColumns`.
    case series(Int)
    /// Per row: a number of `schema.columns`.
    case row(Int)
  }

  package static let spanColumn = "#span"

  package let subject: Subject
  package let schema: TableSchema
  /// One for each tag of the subject.
  package let tags: [Place]
  /// One for each field: a number of `schema.columns`.
  package let fields: [Int]
  /// Of a trace.
  package let span: Int

  package init(_ subject: Subject) {
    self.subject = subject
    var seriesColumns: [ColumnSchema] = []
    var columns: [ColumnSchema] = []
    var tags: [Place] = []
    let isMeasure = subject.key.kind == .measure && !subject.isIndexMode
    for tag in subject.tags {
      let column = Self.column(tag)
      if tag.isEntity || (isMeasure && tag.isIndexed) {
        tags.append(.series(seriesColumns.count))
        seriesColumns.append(column)
      } else {
        tags.append(.row(columns.count))
        columns.append(column)
      }
    }
    var fields: [Int] = []
    for field in subject.fields {
      fields.append(columns.count)
      columns.append(ColumnSchema("#\(field.name)", ColumnType(field.type)))
    }
    self.span = subject.key.kind == .trace ? columns.count : -1
    if subject.key.kind == .trace { columns.append(ColumnSchema(Self.spanColumn, .binary)) }
    self.tags = tags
    self.fields = fields
    self.schema = TableSchema(
      name: subject.name, kind: Self.kind(of: subject), columns: columns,
      seriesColumns: seriesColumns, orders: Self.orders(of: subject))
  }

  private static func kind(of subject: Subject) -> TableKind {
    switch subject.key.kind {
    case .stream: .stream
    case .trace: .trace
    default: subject.isIndexMode ? .document : .measure
    }
  }

  package static func column(_ tag: Subject.Tag) -> ColumnSchema {
    ColumnSchema("\(tag.family)/\(tag.name)", ColumnType(tag.type), index: self.index(of: tag))
  }

  private static func index(of tag: Subject.Tag) -> ColumnIndex {
    guard tag.type != .binary else { return .none }
    if let rule = tag.inverted { return .inverted(Analyzer(named: rule.analyzer) ?? .keyword) }
    if tag.isEntity { return .inverted(.keyword) }
    return tag.rules.contains { $0.type == .skipping } ? .skipping : .none
  }

  /// The orders that rules of a trace keep: the last tag is the key.
  private static func orders(of subject: Subject) -> [OrderSchema] {
    guard subject.key.kind == .trace else { return [] }
    var orders: [OrderSchema] = []
    for (name, rule) in subject.rules.sorted(by: { $0.key < $1.key }) where rule.type == .tree {
      let tags = rule.tags.compactMap { name in subject.tag(name).map { subject.tags[$0] } }
      guard tags.count == rule.tags.count, let key = tags.last,
        key.type == .int || key.type == .timestamp
      else { continue }
      orders.append(
        OrderSchema(
          name: name, prefix: tags.dropLast().map { self.column($0).name },
          key: self.column(key).name))
    }
    return orders
  }

  /// The column of a tag.
  package func column(ofTag tag: Int) -> ColumnSchema {
    switch self.tags[tag] {
    case .series(let index): self.schema.seriesColumns[index]
    case .row(let index): self.schema.columns[index]
    }
  }
}

extension Analyzer {
  /// By the name that rules use.
  package init?(named name: String) {
    switch name {
    case "", "keyword": self = .keyword
    case "standard": self = .standard
    case "simple": self = .simple
    case "url": self = .url
    default: return nil
    }
  }
}

extension ColumnType {
  package init(_ type: SeriesType) {
    switch type {
    case .string: self = .string
    case .int: self = .integer
    case .float: self = .float
    case .binary: self = .binary
    case .strings: self = .strings
    case .ints: self = .integers
    case .timestamp: self = .timestamp
    }
  }
}

extension Column {
  /// Appends a value; null when it is of another type. False then.
  @discardableResult
  package mutating func append(_ value: SeriesValue) -> Bool {
    switch (self.type, value) {
    case (_, .null):
      self.appendNull()
      return true
    case (.integer, .int(let number)), (.timestamp, .timestamp(let number)):
      self.append(integer: number)
    case (.float, .float(let number)): self.append(float: number)
    case (.string, .string(let text)): self.append(text: text)
    case (.binary, .binary(let bytes)): self.append(bytes: bytes)
    case (.strings, .strings(let texts)): self.append(strings: texts)
    case (.integers, .ints(let numbers)): self.append(integers: numbers)
    default:
      self.appendNull()
      return false
    }
    return true
  }

  package func value(_ row: Int) -> SeriesValue {
    if self.isNull(row) { return .null }
    switch self.type {
    case .integer: return .int(self.integers[row])
    case .timestamp: return .timestamp(self.integers[row])
    case .float: return .float(self.floats[row])
    case .string: return .string(self.string(row))
    case .binary: return .binary(self.byteArray(row))
    case .strings: return .strings(self.stringList(row))
    case .integers: return .ints(self.integerList(row))
    }
  }
}

extension GroupOptions {
  /// Nil for a group that keeps no rows.
  package init?(_ group: CommonWire.Group, gridOffsetSeconds: Int64 = 0) {
    guard let options = group.resourceOpts, options.shardNum > 0,
      let segment = options.segmentInterval?.seconds
    else { return nil }
    // Data of a group with tiers is removed when it has passed through all of them.
    let ttl = options.stages.reduce(options.ttl?.seconds ?? 0) { $0 + ($1.ttl?.seconds ?? 0) }
    self.init(
      shardCount: options.shardNum, segmentSeconds: segment, ttlSeconds: ttl,
      gridOffsetSeconds: gridOffsetSeconds)
  }
}
