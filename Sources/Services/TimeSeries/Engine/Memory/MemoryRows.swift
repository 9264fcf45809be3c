internal import SeriesColumns

/// Rows of chunks made into what a part would hold of them.
enum MemoryRows {
  /// All columns that any of the chunks has, in the order of the newest schema.
  static func columns(
    _ chunks: [MemoryChunk], _ list: (TableSchema) -> [ColumnSchema]
  ) -> [ColumnSchema] {
    var columns: [ColumnSchema] = []
    var last: TableSchema?
    for chunk in chunks.reversed() where chunk.schema !== last {
      last = chunk.schema
      for column in list(chunk.schema)
      where !columns.contains(where: { $0.name == column.name && $0.type == column.type }) {
        columns.append(column)
      }
    }
    return columns
  }

  /// The wanted rows of durable chunks, sorted, with the duplicates of keyed tables resolved.
  static func sorted(
    _ chunks: [MemoryChunk], _ kind: TableKind, _ selection: RowSelection
  ) -> RowBlock {
    var gathered = Gathered(columns: selection.columns, selection.series)
    for chunk in chunks where chunk.state.phase == .durable {
      gathered.append(chunk, selection)
    }
    return self.sorted(gathered, kind)
  }

  /// Rows in the order of their arrival.
  private struct Gathered {
    let wanted: [ColumnSchema]
    var ids: [UInt64] = []
    var times: [Int64] = []
    var versions: [Int64] = []
    /// Of each wanted column those of the chunks.
    private var pieces: [[Column]]
    private let series: Set<UInt64>?

    init(columns wanted: [ColumnSchema], _ series: [UInt64]?) {
      self.wanted = wanted
      self.series = series.map { Set($0) }
      self.pieces = wanted.map { _ in [] }
    }

    func column(_ index: Int) -> Column {
      Column(joining: self.pieces[index], self.wanted[index].type)
    }

    mutating func append(_ chunk: MemoryChunk, _ selection: RowSelection) {
      let rows = selection.rows(unsorted: chunk.seriesIDs, chunk.timestamps, self.series)
      if let rows, rows.isEmpty { return }
      let count = rows?.count ?? chunk.timestamps.count
      guard count > 0 else { return }
      if let rows {
        self.ids.append(contentsOf: rows.lazy.map { chunk.seriesIDs[Int($0)] })
        self.times.append(contentsOf: rows.lazy.map { chunk.timestamps[Int($0)] })
        self.versions.append(contentsOf: rows.lazy.map { chunk.versions[Int($0)] })
      } else {
        self.ids.append(contentsOf: chunk.seriesIDs)
        self.times.append(contentsOf: chunk.timestamps)
        self.versions.append(contentsOf: chunk.versions)
      }
      for (index, column) in self.wanted.enumerated() {
        let place = chunk.schema.columns.firstIndex {
          $0.name == column.name && $0.type == column.type
        }
        guard let place else {
          self.pieces[index].append(Column(column.type, nulls: count))
          continue
        }
        let source = chunk.columns[place]
        self.pieces[index].append(rows.map { source.gathering($0) } ?? source)
      }
    }
  }

  private static func sorted(_ gathered: Gathered, _ kind: TableKind) -> RowBlock {
    var deal = SeriesDeal(gathered.ids)
    let (times, versions) = (gathered.times, gathered.versions)
    // Later arrivals first: the first of a key is the one that stays.
    deal.sort { left, right in
      let (left, right) = (Int(left), Int(right))
      if kind != .document, times[left] != times[right] { return times[left] < times[right] }
      if versions[left] != versions[right] { return versions[left] > versions[right] }
      return left > right
    }
    if kind == .document {
      deal.dropRepeats { _, _ in true }
    } else if kind.isKeyed {
      deal.dropRepeats { times[Int($0)] == times[Int($1)] }
    }
    return RowBlock(
      runs: deal.runs, timestamps: deal.rows.map { times[Int($0)] },
      versions: deal.rows.map { versions[Int($0)] },
      columns: gathered.wanted.indices.map { gathered.column($0).gathering(deal.rows) })
  }

  /// The entries of series that are new in these chunks, by id.
  static func series(_ chunks: [MemoryChunk], columns wanted: [ColumnSchema]) -> RowBlock {
    var ids: [UInt64] = []
    var pieces: [[Column]] = wanted.map { _ in [] }
    for chunk in chunks where chunk.state.phase == .durable && !chunk.series.ids.isEmpty {
      ids.append(contentsOf: chunk.series.ids)
      for (index, column) in wanted.enumerated() {
        let place = chunk.schema.seriesColumns.firstIndex {
          $0.name == column.name && $0.type == column.type
        }
        pieces[index].append(
          place.map { chunk.series.columns[$0] }
            ?? Column(column.type, nulls: chunk.series.ids.count))
      }
    }
    var rows = (0..<UInt32(ids.count)).sorted {
      (ids[Int($0)], $0) < (ids[Int($1)], $1)
    }
    // Of two calls that both brought an entry the earlier one counts.
    var last: UInt64?
    rows.removeAll { row in
      defer { last = ids[Int(row)] }
      return ids[Int(row)] == last
    }
    let sorted = rows.map { ids[Int($0)] }
    return RowBlock(
      runs: RowBlock.runs(of: sorted), timestamps: [], versions: [],
      columns: zip(wanted, pieces).map { column, pieces in
        Column(joining: pieces, column.type).gathering(rows)
      })
  }
}

extension RowSelection {
  /// The wanted ones of rows in any order; nil when all are. `wanted` is `series` as a set.
  func rows(
    unsorted ids: [UInt64], _ times: [Int64], _ wanted: Set<UInt64>?
  ) -> [UInt32]? {
    if wanted == nil, self.times == nil { return nil }
    let range = self.times ?? .min ... .max
    var rows: [UInt32] = []
    if let wanted, wanted.count == 1, let only = wanted.first {
      // A graph of one series over millions of rows in memory: no hash for each.
      for row in 0..<ids.count where ids[row] == only && range.contains(times[row]) {
        rows.append(UInt32(row))
      }
    } else {
      for row in 0..<ids.count
      where range.contains(times[row]) && wanted?.contains(ids[row]) ?? true {
        rows.append(UInt32(row))
      }
    }
    return rows.count == ids.count ? nil : rows
  }
}
