internal import SeriesColumns

/// Rows of chunks made into what a part would hold of them.
enum MemoryRows {
  private struct Place {
    var series: UInt64
    var time: Int64
    var version: Int64
    /// In the order of arrival.
    var row: UInt32
  }

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
  struct Gathered {
    var wanted: [ColumnSchema]
    var ids: [UInt64] = []
    var times: [Int64] = []
    var versions: [Int64] = []
    var columns: [Column]
    private let series: Set<UInt64>?

    init(columns wanted: [ColumnSchema], _ series: [UInt64]?) {
      self.wanted = wanted
      self.series = series.map { Set($0) }
      self.columns = wanted.map { Column($0.type) }
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
          self.columns[index].appendNulls(count)
          continue
        }
        let source = chunk.columns[place]
        self.columns[index].append(contentsOf: rows.map { source.gathering($0) } ?? source)
      }
    }
  }

  private static func sorted(_ gathered: Gathered, _ kind: TableKind) -> RowBlock {
    var places: [Place] = []
    places.reserveCapacity(gathered.ids.count)
    for row in 0..<gathered.ids.count {
      places.append(
        Place(
          series: gathered.ids[row], time: gathered.times[row], version: gathered.versions[row],
          row: UInt32(row)))
    }
    if kind == .document {
      places.sort {
        ($0.series, $1.version, $1.row) < ($1.series, $0.version, $0.row)
      }
    } else {
      places.sort { Self.isBefore($0, $1) }
    }
    if kind.isKeyed { self.resolve(&places, kind) }
    let rows = places.map(\.row)
    var runs: [SeriesRun] = []
    var start = 0
    for index in places.indices
    where index + 1 == places.count || places[index + 1].series != places[index].series {
      runs.append(SeriesRun(seriesID: places[index].series, rows: start..<(index + 1)))
      start = index + 1
    }
    return RowBlock(
      runs: runs, timestamps: places.map(\.time), versions: places.map(\.version),
      columns: gathered.columns.map { $0.gathering(rows) })
  }

  @inline(__always) private static func isBefore(_ left: Place, _ right: Place) -> Bool {
    if left.series != right.series { return left.series < right.series }
    if left.time != right.time { return left.time < right.time }
    if left.version != right.version { return left.version > right.version }
    // Later arrivals first: the first of a key is the one that stays.
    return left.row > right.row
  }

  private static func resolve(_ places: inout [Place], _ kind: TableKind) {
    var kept = 0
    for index in places.indices {
      if kept > 0, places[kept - 1].series == places[index].series,
        kind == .document || places[kept - 1].time == places[index].time
      {
        continue
      }
      places[kept] = places[index]
      kept += 1
    }
    places.removeLast(places.count - kept)
  }

  /// The entries of series that are new in these chunks, by id.
  static func series(_ chunks: [MemoryChunk], columns wanted: [ColumnSchema]) -> RowBlock {
    var ids: [UInt64] = []
    var columns = wanted.map { Column($0.type) }
    for chunk in chunks where chunk.state.phase == .durable && !chunk.series.ids.isEmpty {
      ids.append(contentsOf: chunk.series.ids)
      for (index, column) in wanted.enumerated() {
        let place = chunk.schema.seriesColumns.firstIndex {
          $0.name == column.name && $0.type == column.type
        }
        if let place {
          columns[index].append(contentsOf: chunk.series.columns[place])
        } else {
          columns[index].appendNulls(chunk.series.ids.count)
        }
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
      columns: columns.map { $0.gathering(rows) })
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
