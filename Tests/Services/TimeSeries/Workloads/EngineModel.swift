package import SeriesColumns
package import Simulation

/// A row as the tests write it.
package struct TestRow: Hashable, Comparable {
  package var series: UInt64
  package var time: Int64
  package var version: Int64
  package var number: Int64?
  package var value: UInt64?
  package var text: String?
  package var list: [String]?

  package init(
    series: UInt64, time: Int64, version: Int64, number: Int64?, value: UInt64?, text: String?,
    list: [String]?
  ) {
    self.series = series
    self.time = time
    self.version = version
    self.number = number
    self.value = value
    self.text = text
    self.list = list
  }

  package static func < (left: TestRow, right: TestRow) -> Bool {
    let (first, second) = (
      (left.series, left.time, right.version), (right.series, right.time, left.version)
    )
    guard first == second else { return first < second }
    return left.values.lexicographicallyPrecedes(right.values)
  }

  private var values: [String] {
    [
      "\(self.number ?? 1)", "\(self.value ?? 1)", self.text ?? "-",
      self.list?.joined(separator: ",") ?? "-",
    ]
  }
}

/// The tables of the tests: one of each kind, all with the same columns.
package enum TestTables {
  package static let group = "metrics/one"
  package static let day: Int64 = 86_400_000_000_000
  package static let start: Int64 = 1_767_225_600_000_000_000
  package static let columns = [
    ColumnSchema("t/number", .integer, index: .inverted(.keyword)),
    ColumnSchema("#value", .float),
    ColumnSchema("t/text", .string, index: .inverted(.simple)),
    ColumnSchema("t/list", .strings, index: .skipping),
  ]
  package static let seriesColumns = [ColumnSchema("t/name", .string, index: .inverted(.keyword))]
  package static let options = GroupOptions(shardCount: 2, segmentSeconds: 86_400, ttlSeconds: 0)

  package static let schemas: [TableSchema] = TableKind.allCases.map { kind in
    TableSchema(
      name: "table-\(kind)", kind: kind, columns: TestTables.columns,
      seriesColumns: kind == .trace ? [] : TestTables.seriesColumns,
      orders: kind == .trace
        ? [OrderSchema(name: "by-number", prefix: ["t/text"], key: "t/number")] : [])
  }

  package static func schema(_ kind: TableKind) -> TableSchema {
    self.schemas[Int(kind.rawValue) - 1]
  }

  package static func batch(
    _ kind: TableKind, shard: UInt32, _ rows: [TestRow], name: (UInt64) -> String = { "s\($0)" }
  ) -> RowBatch {
    let schema = self.schema(kind)
    var batch = RowBatch(group: self.group, schema: schema, shard: shard)
    for row in rows {
      batch.seriesIDs.append(row.series)
      batch.timestamps.append(row.time)
      batch.versions.append(row.version)
      if let number = row.number {
        batch.columns[0].append(integer: number)
      } else {
        batch.columns[0].appendNull()
      }
      if let value = row.value {
        batch.columns[1].append(float: Double(bitPattern: value))
      } else {
        batch.columns[1].appendNull()
      }
      if let text = row.text {
        batch.columns[2].append(text: text)
      } else {
        batch.columns[2].appendNull()
      }
      if let list = row.list {
        batch.columns[3].append(strings: list)
      } else {
        batch.columns[3].appendNull()
      }
    }
    guard !schema.seriesColumns.isEmpty else { return batch }
    for id in Set(rows.map(\.series)).sorted() {
      batch.series.ids.append(id)
      batch.series.columns[0].append(text: name(id))
    }
    return batch
  }

  package static func rows(_ block: RowBlock) -> [TestRow] {
    let ids = block.seriesIDs()
    return (0..<block.count).map { row in
      let columns = block.columns
      return TestRow(
        series: ids[row], time: block.timestamps[row], version: block.versions[row],
        number: columns[0].isNull(row) ? nil : columns[0].integer(row),
        value: columns[1].isNull(row) ? nil : columns[1].float(row).bitPattern,
        text: columns[2].isNull(row) ? nil : columns[2].string(row),
        list: columns[3].isNull(row) ? nil : columns[3].stringList(row))
    }
  }

  package static func randomRow(
    _ generator: inout SeededGenerator, series: UInt64, time: Int64, version: Int64
  ) -> TestRow {
    let special: [Double] = [.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, 0.1, 7]
    let value =
      generator.chance(0.2)
      ? special[Int.random(in: 0..<special.count, using: &generator)]
      : Double(Int.random(in: 0...1000, using: &generator)) / 10
    let numbers: [Int64] = [.min, .max, 0, -1, 17, 18]
    return TestRow(
      series: series, time: time, version: version,
      number: generator.chance(0.1)
        ? nil : numbers[Int.random(in: 0..<numbers.count, using: &generator)],
      value: generator.chance(0.1) ? nil : value.bitPattern,
      text: generator.chance(0.1)
        ? nil : "word\(Int.random(in: 0...9, using: &generator)) and more",
      list: generator.chance(0.3)
        ? nil : (0..<Int.random(in: 0...3, using: &generator)).map { "e\($0)" })
  }
}

/// What an engine must hold, in the plainest way.
struct EngineModel {
  struct Key: Hashable {
    var shard: UInt32
    var segment: Int64
    var series: UInt64
    var time: Int64
  }

  /// Keyed tables: the row that counts.
  var keyed: [TableKind: [Key: TestRow]] = [:]
  /// The others: all rows.
  var plain: [TableKind: [UInt32: [TestRow]]] = [:]
  /// Names of series by shard and segment, as the first write gave them.
  var names: [Key: String] = [:]

  mutating func write(
    _ kind: TableKind, shard: UInt32, _ rows: [TestRow], name: (UInt64) -> String
  ) {
    for row in rows {
      let segment = TestTables.options.segment(of: row.time).lowerBound
      if kind != .trace {
        let id = Key(
          shard: shard, segment: segment, series: row.series, time: Int64(kind.rawValue))
        if self.names[id] == nil { self.names[id] = name(row.series) }
      }
      guard kind.isKeyed else {
        self.plain[kind, default: [:]][shard, default: []].append(row)
        continue
      }
      let key = Key(
        shard: shard, segment: segment, series: row.series,
        time: kind == .document ? 0 : row.time)
      if let old = self.keyed[kind]?[key], old.version > row.version { continue }
      self.keyed[kind, default: [:]][key] = row
    }
  }

  func rows(_ kind: TableKind, shard: UInt32, _ times: ClosedRange<Int64>) -> [TestRow] {
    let rows =
      kind.isKeyed
      ? (self.keyed[kind] ?? [:]).filter { $0.key.shard == shard }.map(\.value)
      : self.plain[kind]?[shard] ?? []
    return rows.filter { times.contains($0.time) }.sorted()
  }
}
