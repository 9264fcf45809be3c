package import SeriesColumns
import SeriesModel
package import SeriesSchema
import SeriesStorage

/// How a table is read for one query: which columns, which rows.
struct TableScan {
  let mapping: TableMapping
  let criteria: CriteriaPlan
  let times: ClosedRange<Int64>
  private let readsVersions: Bool
  private let turn: QueryTurn
  /// Columns to read, and where each tag and field stands in them.
  private(set) var seriesColumns: [ColumnSchema] = []
  private(set) var rowColumns: [ColumnSchema] = []
  private var seriesPlace: [Int: Int] = [:]
  private var rowPlace: [Int: Int] = [:]
  private(set) var fieldPlace: [Int: Int] = [:]
  private(set) var spanPlace = -1
  let hasRowConditions: Bool

  /// - Parameters:
  ///   - tags: those whose values are wanted; those of the criteria come by themselves.
  ///   - readsVersions: whether rows must have their versions; they may have them all the same.
  init(
    _ mapping: TableMapping, _ criteria: CriteriaPlan, times: ClosedRange<Int64>,
    tags: some Sequence<Int>, fields: some Sequence<Int> = [], readsSpans: Bool = false,
    readsVersions: Bool = true, turns: QueryTurns?
  ) {
    self.readsVersions = readsVersions
    self.turn = QueryTurn(turns)
    self.mapping = mapping
    self.criteria = criteria
    self.times = times
    let compared = criteria.tags
    self.hasRowConditions = compared.contains { tag in
      if case .row = mapping.tags[tag] { true } else { false }
    }
    for tag in tags { self.add(tag) }
    for tag in compared { self.add(tag) }
    for field in fields where self.fieldPlace[field] == nil {
      self.fieldPlace[field] = self.rowColumns.count
      self.rowColumns.append(mapping.schema.columns[mapping.fields[field]])
    }
    if readsSpans {
      self.spanPlace = self.rowColumns.count
      self.rowColumns.append(mapping.schema.columns[mapping.span])
    }
  }

  private mutating func add(_ tag: Int) {
    switch self.mapping.tags[tag] {
    case .series(let index):
      guard self.seriesPlace[tag] == nil else { return }
      self.seriesPlace[tag] = self.seriesColumns.count
      self.seriesColumns.append(self.mapping.schema.seriesColumns[index])
    case .row(let index):
      guard self.rowPlace[tag] == nil else { return }
      self.rowPlace[tag] = self.rowColumns.count
      self.rowColumns.append(self.mapping.schema.columns[index])
    }
  }

  /// Where a tag's column stands.
  func place(ofTag tag: Int) -> TableMapping.Place {
    if let place = self.seriesPlace[tag] { return .series(place) }
    guard let place = self.rowPlace[tag] else { preconditionFailure("BUG: tag \(tag) is not read") }
    return .row(place)
  }

  fileprivate func step() async { await self.turn.step() }

  /// Reads a shard, block by block.
  func open(_ shard: any StoredShard) async throws(SeriesFault) -> TableScanCursor {
    var terms: [IndexTerms] = []
    var series: SeriesSelection?
    if !self.seriesColumns.isEmpty {
      terms = self.criteria.terms(self.mapping, perSeries: true)
      series = try await self.series(shard, terms)
    }
    var request = ScanRequest(
      table: self.mapping.schema.name, times: self.times, series: series?.wanted,
      columns: self.rowColumns, readsVersions: self.readsVersions)
    request.terms = self.criteria.terms(self.mapping, perSeries: false)
    return TableScanCursor(
      scan: self, series: series, rows: series?.isEmpty == true ? nil : shard.scan(request))
  }

  private func series(
    _ shard: any StoredShard, _ terms: [IndexTerms]
  ) async throws(SeriesFault) -> SeriesSelection {
    let rows: SeriesRows
    do throws(SeriesError) {
      rows = try await shard.series(
        table: self.mapping.schema.name, terms: terms, columns: self.seriesColumns)
    } catch {
      throw SeriesFault(error)
    }
    let mask = self.criteria.rows(count: rows.ids.count) { condition in
      guard case .series(let place) = self.place(ofTag: condition.tag) else { return nil }
      return condition.mask(rows.columns[place], count: rows.ids.count)
    }
    return SeriesSelection(
      rows, mask, narrows: !self.criteria.isEmpty, mayLack: !terms.isEmpty)
  }
}

/// The series of a shard that a query looks at.
struct SeriesSelection {
  let rows: SeriesRows
  let mask: RowMask
  /// What the scan is told; nil for all.
  let wanted: [UInt64]?
  let isEmpty: Bool
  /// What groups points of the series.
  let groups = SeriesGroups()

  /// - Parameter mayLack: the store may have left out series, which are not wanted then.
  init(_ rows: SeriesRows, _ mask: RowMask, narrows: Bool, mayLack: Bool) {
    self.rows = rows
    self.mask = mask
    let count = mask.trueCount
    self.isEmpty = count == 0
    guard narrows, mayLack || count < rows.ids.count else {
      self.wanted = nil
      return
    }
    var wanted: [UInt64] = []
    wanted.reserveCapacity(count)
    mask.forEach { wanted.append(rows.ids[$0]) }
    self.wanted = wanted
  }
}

/// A block as a query sees it.
struct ScannedBlock {
  let scan: TableScan
  let block: RowBlock
  let series: SeriesSelection?
  /// For each run of the block its row in `series.rows`; -1 when the shard has no entry of the series.
  let entries: [Int]
  /// The rows that pass; nil for all.
  let mask: RowMask?

  func value(ofTag tag: Int, run: Int, row: Int) -> SeriesValue {
    switch self.scan.place(ofTag: tag) {
    case .series(let place):
      guard let series, self.entries[run] >= 0 else { return .null }
      return series.rows.columns[place].value(self.entries[run])
    case .row(let place): return self.block.columns[place].value(row)
    }
  }

  func value(ofField field: Int, row: Int) -> SeriesValue {
    guard let place = self.scan.fieldPlace[field] else { return .null }
    return self.block.columns[place].value(row)
  }

  /// Calls `body` with the run and number of each row that passes.
  @inline(__always)
  func forEachRow<E: Error>(_ body: (Int, Int) throws(E) -> Void) throws(E) {
    for (run, range) in self.block.runs.enumerated() {
      for row in range.rows where self.mask?[row] ?? true { try body(run, row) }
    }
  }
}

/// The blocks of a shard with rows that pass. For one task.
struct TableScanCursor {
  let scan: TableScan
  let series: SeriesSelection?
  var rows: (any RowCursor)?
  private var entry = 0

  init(scan: TableScan, series: SeriesSelection?, rows: (any RowCursor)?) {
    self.scan = scan
    self.series = series
    self.rows = rows
  }

  /// See `RowCursor.narrow`; nil changes nothing.
  mutating func narrow(to times: ClosedRange<Int64>?) {
    if let times { self.rows?.narrow(to: times) }
  }

  mutating func next() async throws(SeriesFault) -> ScannedBlock? {
    while let block = try await self.nextBlock() {
      let entries = self.entries(of: block)
      guard let mask = self.mask(block, entries) else {
        return ScannedBlock(
          scan: self.scan, block: block, series: self.series, entries: entries, mask: nil)
      }
      if mask.isEmpty { continue }
      return ScannedBlock(
        scan: self.scan, block: block, series: self.series, entries: entries, mask: mask)
    }
    return nil
  }

  private mutating func nextBlock() async throws(SeriesFault) -> RowBlock? {
    await self.scan.step()
    guard !Task.isCancelled else {
      throw SeriesFault(.deadlineExceeded, "nobody waits for the answer any more")
    }
    do throws(SeriesError) {
      return try await self.rows?.next()
    } catch {
      throw SeriesFault(error)
    }
  }

  /// Runs and entries are both in the order of series: one walk finds them all.
  private mutating func entries(of block: RowBlock) -> [Int] {
    guard let ids = self.series?.rows.ids else { return [] }
    return block.runs.map { run in
      while self.entry < ids.count, ids[self.entry] < run.seriesID { self.entry += 1 }
      return self.entry < ids.count && ids[self.entry] == run.seriesID ? self.entry : -1
    }
  }

  private func mask(_ block: RowBlock, _ entries: [Int]) -> RowMask? {
    guard self.scan.hasRowConditions else {
      // The series were chosen before; a store may give others beside.
      guard let series = self.series, !self.scan.criteria.isEmpty,
        !entries.allSatisfy({ $0 >= 0 && series.mask[$0] })
      else { return nil }
      return self.mask(block, entries, series.mask)
    }
    return self.scan.criteria.rows(count: block.count) { condition in
      switch self.scan.place(ofTag: condition.tag) {
      case .row(let place): return condition.mask(block.columns[place], count: block.count)
      case .series(let place):
        guard let series = self.series else { return nil }
        let verdicts = condition.mask(series.rows.columns[place], count: series.rows.ids.count)
        return self.mask(block, entries, verdicts)
      }
    }
  }

  private func mask(_ block: RowBlock, _ entries: [Int], _ verdicts: RowMask) -> RowMask {
    var mask = RowMask(count: block.count, all: false)
    for (index, run) in block.runs.enumerated()
    where entries[index] >= 0 && verdicts[entries[index]] {
      mask.set(run.rows)
    }
    return mask
  }
}

extension SeriesFault {
  package init(_ error: SeriesError) {
    let kind: Kind =
      switch error.code {
      case .overloaded, .tooLarge: .resourceExhausted
      case .closed, .failed, .unavailable: .unavailable
      case .moved: .aborted
      default: .internalError
      }
    self.init(kind, error.message)
  }
}
