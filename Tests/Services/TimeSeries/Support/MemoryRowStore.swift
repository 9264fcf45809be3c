import Runtime
package import SeriesColumns
package import SeriesStorage

/// Keeps rows in arrays, in segments of a fixed length: the rules of the engine in the fewest words.
package final class MemoryRowStore: RowStore, Sendable {
  struct Row: Sendable {
    var series: UInt64
    var timestamp: Int64
    var version: Int64
    /// By column's name and type.
    var cells: [ColumnSchema: Column]
  }

  struct Table: Sendable {
    var schema: TableSchema
    var rows: [Row] = []
    var series: [UInt64: [ColumnSchema: Column]] = [:]
  }

  struct Key: Hashable, Sendable {
    var group: String
    var segment: Int64
    var shard: UInt32
  }

  let segmentNanoseconds: Int64
  private let state = Guarded<[Key: [String: Table]]>([:])

  package init(segmentSeconds: Int64 = 3600) {
    self.segmentNanoseconds = segmentSeconds * 1_000_000_000
  }

  /// A column's name and type, whatever its index.
  static func identity(_ column: ColumnSchema) -> ColumnSchema {
    ColumnSchema(column.name, column.type)
  }

  private static func cell(_ column: Column, _ row: Int) -> Column {
    var cell = Column(column.type)
    cell.append(row..<(row + 1), of: column)
    return cell
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    for batch in batches {
      if let problem = batch.problem { throw SeriesError(.malformed, problem) }
    }
    return self.state.withLock { state in
      var outcome = WriteOutcome()
      // What the first call that brought a series into a segment gave stays.
      var fresh: Set<String> = []
      for batch in batches {
        for row in 0..<batch.count { self.add(batch, row, &state, &fresh) }
        outcome.rows += batch.count
      }
      return outcome
    }
  }

  private func add(
    _ batch: RowBatch, _ row: Int, _ state: inout [Key: [String: Table]],
    _ fresh: inout Set<String>
  ) {
    let time = batch.timestamps[row]
    let rest = time % self.segmentNanoseconds
    let segment = time - (rest < 0 ? rest + self.segmentNanoseconds : rest)
    let key = Key(group: batch.group, segment: segment, shard: batch.shard)
    var table = state[key]?[batch.schema.name] ?? Table(schema: batch.schema)
    table.schema = batch.schema
    var cells: [ColumnSchema: Column] = [:]
    for (column, values) in zip(batch.schema.columns, batch.columns) {
      cells[Self.identity(column)] = Self.cell(values, row)
    }
    let series = batch.seriesIDs[row]
    table.rows.append(
      Row(series: series, timestamp: time, version: batch.versions[row], cells: cells))
    let name = "\(key) \(batch.schema.name) \(series)"
    // Entries that came with their rows count where these lie.
    let entry =
      batch.series.ids == batch.seriesIDs ? row : batch.series.ids.lastIndex(of: series)
    if table.series[series] == nil || fresh.contains(name), let entry {
      fresh.insert(name)
      var values: [ColumnSchema: Column] = [:]
      for (column, all) in zip(batch.schema.seriesColumns, batch.series.columns) {
        values[Self.identity(column)] = Self.cell(all, entry)
      }
      table.series[series] = values
    }
    state[key, default: [:]][batch.schema.name] = table
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    let tables = self.state.withLock { $0.filter { $0.key.group == group } }
    let starts = Set(tables.keys.map(\.segment)).sorted()
    return starts.compactMap { start in
      let range = start..<(start + self.segmentNanoseconds)
      guard range.overlaps(times) else { return nil }
      let shards = tables.filter { $0.key.segment == start }
        .sorted { $0.key.shard < $1.key.shard }
        .map { MemoryShard(shard: $0.key.shard, tables: $0.value) }
      return StoredSegment(times: range, shards: shards)
    }
  }
}

struct MemoryShard: StoredShard {
  let shard: UInt32
  let tables: [String: MemoryRowStore.Table]

  func series(
    table: String, terms: [IndexTerms], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows {
    var rows = SeriesRows(columns: columns.map { Column($0.type) })
    guard let table = self.tables[table] else { return rows }
    for (series, values) in table.series.sorted(by: { $0.key < $1.key })
    where terms.allSatisfy({ self.holds($0, values, columns) }) {
      rows.ids.append(series)
      for (index, column) in columns.enumerated() {
        rows.columns[index].append(values[MemoryRowStore.identity(column)])
      }
    }
    return rows
  }

  /// Whether a row has one of the terms; a column without an index lets all pass.
  private func holds(
    _ terms: IndexTerms, _ cells: [ColumnSchema: Column], _ columns: [ColumnSchema]
  ) -> Bool {
    guard let column = columns.first(where: { $0.name == terms.column }) else { return true }
    var analyzer = Analyzer.keyword
    switch column.index {
    case .none: return true
    case .inverted(let named): analyzer = named
    case .skipping: break
    }
    guard let cell = cells[MemoryRowStore.identity(column)] else { return false }
    let found = IndexTerm.of(cell, row: 0, analyzer)
    return terms.values.contains { found.contains($0) }
  }

  func scan(_ request: ScanRequest) -> any RowCursor {
    guard let table = self.tables[request.table] else { return MemoryRows(blocks: []) }
    var rows = table.rows.enumerated().map { ($0.offset, $0.element) }
    rows.sort { left, right in
      let (a, b) = (left.1, right.1)
      if a.series != b.series { return a.series < b.series }
      if table.schema.kind != .document, a.timestamp != b.timestamp {
        return a.timestamp < b.timestamp
      }
      return a.version != b.version ? a.version > b.version : left.0 > right.0
    }
    var kept: [MemoryRowStore.Row] = []
    for (_, row) in rows {
      if let last = kept.last, last.series == row.series {
        if table.schema.kind == .document { continue }
        if table.schema.kind == .measure, last.timestamp == row.timestamp { continue }
      }
      kept.append(row)
    }
    kept = kept.filter { row in
      request.times.contains(row.timestamp)
        && (request.series.map { $0.contains(row.series) } ?? true)
        && (table.schema.kind.isKeyed
          || request.terms.allSatisfy { self.holds($0, row.cells, table.schema.columns) })
    }
    // Small blocks, so that series and queries run across their edges.
    let blocks = stride(from: 0, to: kept.count, by: 7).map { start in
      self.block(kept[start..<min(kept.count, start + 7)], request.columns)
    }
    return MemoryRows(blocks: blocks)
  }

  private func block(
    _ rows: ArraySlice<MemoryRowStore.Row>, _ columns: [ColumnSchema]
  ) -> RowBlock {
    var block = RowBlock(columns: columns.map { Column($0.type) })
    block.runs = RowBlock.runs(of: rows.map(\.series))
    block.timestamps = rows.map(\.timestamp)
    block.versions = rows.map(\.version)
    for row in rows {
      for (index, column) in columns.enumerated() {
        block.columns[index].append(row.cells[MemoryRowStore.identity(column)])
      }
    }
    return block
  }

  func ordered(_ request: OrderedRequest) -> any OrderCursor {
    guard let table = self.tables[request.table],
      let order = table.schema.orders.first(where: { $0.name == request.order })
    else { return MemoryOrder(entries: []) }
    var entries: [OrderedEntry] = []
    for row in table.rows where request.times.contains(row.timestamp) {
      func cell(_ name: String) -> Column? {
        row.cells.first { $0.key.name == name && !$0.value.isNull(0) }?.value
      }
      guard let key = cell(order.key)?.integer(0), request.keys.contains(key) else { continue }
      let prefix = order.prefix.flatMap { name -> [UInt8] in
        guard let column = table.schema.columns.first(where: { $0.name == name }) else { return [] }
        return orderPrefix([cell(name) ?? Column(column.type, nulls: 1)], row: 0)
      }
      guard request.prefixes.map({ $0.contains(prefix) }) ?? true else { continue }
      entries.append(
        OrderedEntry(key: key, seriesID: row.series, timestamp: row.timestamp, prefix: prefix))
    }
    entries.sort { request.descending ? $0.key > $1.key : $0.key < $1.key }
    return MemoryOrder(entries: entries)
  }
}

extension Column {
  /// A row of a cell that is there, else null.
  fileprivate mutating func append(_ cell: Column?) {
    if let cell { self.append(0..<1, of: cell) } else { self.appendNull() }
  }
}

struct MemoryRows: RowCursor {
  var blocks: [RowBlock]

  mutating func next() async throws(SeriesError) -> RowBlock? {
    self.blocks.isEmpty ? nil : self.blocks.removeFirst()
  }
}

struct MemoryOrder: OrderCursor {
  var entries: [OrderedEntry]

  mutating func next() async throws(SeriesError) -> OrderedEntry? {
    self.entries.isEmpty ? nil : self.entries.removeFirst()
  }
}
