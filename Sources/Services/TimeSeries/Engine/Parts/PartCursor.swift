internal import SeriesColumns

/// What of a section is wanted.
struct RowSelection: Sendable {
  /// Nil: all times, those of series entries too.
  var times: ClosedRange<Int64>?
  /// Ascending; nil: all.
  var series: [UInt64]?
  var columns: [ColumnSchema]
  var readsVersions = true
  /// Blocks that may hold what is wanted; nil: all. Rows within them need not.
  var blocks: [Bool]?
  /// Rows of the section that may be wanted, ascending; nil: all.
  var ordinals: [UInt32]?

  /// Whether a block of these series and times may hold something.
  func mayHold(_ first: UInt64, _ last: UInt64, _ least: Int64, _ greatest: Int64) -> Bool {
    if let times = self.times, least > times.upperBound || greatest < times.lowerBound {
      return false
    }
    guard let series = self.series else { return true }
    let at = series.firstIndex(notBelow: first)
    return at < series.count && series[at] <= last
  }

  /// The runs that are wanted, by their index.
  func indices(of runs: [SeriesRun], among series: [UInt64]) -> [Int] {
    var wanted: [Int] = []
    var at = runs.first.map { series.firstIndex(notBelow: $0.seriesID) } ?? 0
    for (index, run) in runs.enumerated() {
      while at < series.count, series[at] < run.seriesID { at += 1 }
      guard at < series.count else { break }
      if series[at] == run.seriesID { wanted.append(index) }
    }
    return wanted
  }

  /// The times that a block's rows are looked at for; nil when all are wanted, as no row is outside of `span`.
  func times(within span: ClosedRange<Int64>) -> ClosedRange<Int64>? {
    self.holds(span) ? nil : self.times
  }

  private func holds(_ span: ClosedRange<Int64>) -> Bool {
    guard let times = self.times else { return true }
    return times.lowerBound <= span.lowerBound && span.upperBound <= times.upperBound
  }
}

extension Array where Element == UInt64 {
  /// The index of the first element that is not below `value`, in an ascending array.
  func firstIndex(notBelow value: UInt64) -> Int {
    var (low, high) = (0, self.count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Array where Element == Int64 {
  /// The first index of a range from where on `condition` holds; the end when it does nowhere.
  func firstIndex(in range: Range<Int>, where condition: (Int64) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Reads the wanted rows of a section, block by block, in their order. For one task.
final class PartCursor {
  private static let aheadBytesMax = 512 << 10

  private let part: Part
  private let section: PartSection
  private let selection: RowSelection
  /// Where each wanted column stands in the section.
  private let places: [Int?]
  private let decoder = PageDecoder()
  private let window = ReadWindow()
  /// Of entries of series, which the same queries read again and again.
  private let cache: PageCache?
  private var block = 0
  /// The first row of `block`.
  private var firstRow = 0
  /// Blocks read one right after the other.
  private var successive = 0
  private(set) var blocksRead = 0
  private(set) var bytesRead = 0

  init(
    _ part: Part, _ section: PartSection, _ selection: RowSelection, _ cache: PageCache? = nil
  ) {
    precondition(
      cache == nil || (section.key.isSeries && selection.series == nil),
      "only whole pages of entries are kept")
    self.cache = cache
    self.part = part
    self.section = section
    self.selection = selection
    self.places = selection.columns.map { section.index(of: $0) }
  }

  /// See `Shard.make`.
  @inline(never) static func make(
    _ part: Part, _ section: PartSection, _ selection: RowSelection, _ cache: PageCache? = nil
  ) -> PartCursor {
    PartCursor(part, section, selection, cache)
  }

  var blockCount: Int { self.section.blocks.count }

  func next() async throws(SeriesError) -> RowBlock? {
    let blocks = self.section.blocks
    while self.block < blocks.count {
      let block = self.block
      let firstRow = self.firstRow
      self.block += 1
      self.firstRow += Int(blocks.rows[block])
      guard self.selection.blocks?[block] ?? true,
        self.selection.mayHold(
          blocks.firstSeries[block], blocks.lastSeries[block], blocks.leastTimes[block],
          blocks.greatestTimes[block])
      else {
        self.successive = 0
        continue
      }
      if let rows = try await self.read(block, firstRow), !rows.isEmpty { return rows }
    }
    return nil
  }

  /// Reads a block; with the first ones only what is asked for, later some more ahead.
  private func read(_ block: Int, _ firstRow: Int) async throws(SeriesError) -> RowBlock? {
    if let cache = self.cache, let rows = self.kept(block, firstRow, cache) { return rows }
    let byteCount = self.section.blocks.byteCount(block)
    let offset = self.section.blocks.offsets[block]
    let ahead = self.successive == 0 ? 0 : min(Self.aheadBytesMax, byteCount << self.successive)
    self.successive = min(self.successive + 1, 16)
    self.blocksRead += 1
    self.bytesRead += byteCount
    let bytes = try await self.window.bytes(
      of: self.part.file, at: offset, byteCount, ahead: ahead)
    do throws(ColumnError) {
      return try self.decode(block, firstRow, bytes)
    } catch {
      throw SeriesError.damaged(
        self.part.path, "block \(block) of \(self.section.key.table): \(error.message)")
    }
  }

  /// Where each page of a block begins in it, and where the last one ends.
  private func pageStarts(_ block: Int) -> [Int] {
    var starts: [Int] = [0]
    starts.reserveCapacity(self.section.blocks.lengths.count + 1)
    for lengths in self.section.blocks.lengths {
      starts.append(starts[starts.count - 1] + Int(lengths[block]))
    }
    return starts
  }

  private func decode(
    _ block: Int, _ firstRow: Int, _ bytes: UnsafeRawBufferPointer
  ) throws(ColumnError) -> RowBlock? {
    let starts = self.pageStarts(block)
    func page(_ number: Int) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[starts[number]..<starts[number + 1]])
    }
    let runs = try self.decoder.runs(page(0))
    let count = Int(self.section.blocks.rows[block])
    guard runs.last?.rows.upperBound == count else { throw ColumnError("not \(count) rows") }
    let blocks = self.section.blocks
    let span =
      min(blocks.leastTimes[block], blocks.greatestTimes[block])...blocks.greatestTimes[block]
    let wanted = try self.rows(runs, page(1), within: span, firstRow)
    // What is kept is kept whole: the next one asks for other rows.
    let picks = self.cache == nil ? wanted.picks : nil
    if self.cache == nil, let picks, picks.isEmpty { return nil }
    let rows = picks?.count ?? count
    var versions: [Int64] = []
    if self.selection.readsVersions, !page(2).isEmpty {
      versions = try self.decoder.column(page(2), .integer, picking: picks).integers
      guard versions.count == rows else { throw ColumnError("\(versions.count) versions") }
    }
    var columns: [Column] = []
    columns.reserveCapacity(self.places.count)
    for (wanted, place) in zip(self.selection.columns, self.places) {
      guard let place, case let bytes = page(PartBlocks.fixedPages + place), !bytes.isEmpty else {
        columns.append(Column(wanted.type, nulls: rows))
        continue
      }
      let column = try self.decoder.column(bytes, wanted.type, picking: picks)
      guard column.count == rows else { throw ColumnError("\(column.count) rows of a column") }
      columns.append(column)
    }
    guard let cache = self.cache else {
      return RowBlock(
        runs: picks?.runs(of: runs) ?? runs, timestamps: wanted.times, versions: versions,
        columns: columns)
    }
    self.keep(block, runs, columns, cache)
    return self.entries(runs, columns, wanted.picks)
  }

  // MARK: Entries of series

  private func key(_ block: Int, _ start: Int) -> PageCache.Key {
    PageCache.Key(part: self.part.id, offset: self.section.blocks.offsets[block] + Int64(start))
  }

  private func keep(
    _ block: Int, _ runs: [SeriesRun], _ columns: [Column], _ cache: PageCache
  ) {
    let starts = self.pageStarts(block)
    cache.keep(.runs(runs), self.key(block, 0))
    for (place, column) in zip(self.places, columns) {
      guard let place else { continue }
      let page = PartBlocks.fixedPages + place
      guard starts[page] < starts[page + 1] else { continue }
      cache.keep(.column(column), self.key(block, starts[page]))
    }
  }

  /// A block of entries when all its pages are kept; nil when they must be read.
  private func kept(_ block: Int, _ firstRow: Int, _ cache: PageCache) -> RowBlock? {
    guard case .runs(let runs) = cache.page(self.key(block, 0)) else { return nil }
    let starts = self.pageStarts(block)
    var columns: [Column] = []
    for (wanted, place) in zip(self.selection.columns, self.places) {
      guard let place, case let page = PartBlocks.fixedPages + place,
        starts[page] < starts[page + 1]
      else {
        columns.append(Column(wanted.type, nulls: runs.last?.rows.upperBound ?? 0))
        continue
      }
      guard case .column(let column) = cache.page(self.key(block, starts[page])) else {
        return nil
      }
      columns.append(column)
    }
    guard let ordinals = self.selection.ordinals else { return self.entries(runs, columns, nil) }
    var picks = RowPicks()
    let rows = 0..<(runs.last?.rows.upperBound ?? 0)
    Self.forEach(ordinals, of: rows, firstRow, after: 0) { picks.append($0..<($0 + 1)) }
    return self.entries(runs, columns, picks)
  }

  private func entries(
    _ runs: [SeriesRun], _ columns: [Column], _ picks: RowPicks?
  ) -> RowBlock {
    let whole = RowBlock(runs: runs, timestamps: [], versions: [], columns: columns)
    guard let picks else { return whole }
    let rows = picks.rows
    return RowBlock(
      runs: picks.runs(of: runs), timestamps: [], versions: [],
      columns: columns.map { $0.gathering(rows) })
  }

  /// Which rows of a block are wanted, nil for all, and their times.
  private func rows(
    _ runs: [SeriesRun], _ page: UnsafeRawBufferPointer, within span: ClosedRange<Int64>,
    _ firstRow: Int
  ) throws(ColumnError) -> (picks: RowPicks?, times: [Int64]) {
    let count = runs.last?.rows.upperBound ?? 0
    let indices = self.selection.series.map { self.selection.indices(of: runs, among: $0) }
    let range = page.isEmpty ? nil : self.selection.times(within: span)
    var picks = RowPicks()
    var times: [Int64] = []
    if let indices, indices.count < runs.count {
      // Of few series not even the times of the others are made.
      guard !indices.isEmpty else { return (RowPicks(), []) }
      if !page.isEmpty { times = try self.decoder.times(page, runs, of: indices) }
    } else {
      if !page.isEmpty { times = try self.decoder.times(page, runs) }
      if range == nil, self.selection.ordinals == nil { return (nil, times) }
    }
    var kept: [Int64] = []
    var start = 0
    for index in indices ?? Array(runs.indices) {
      let run = runs[index].rows
      var picked = run
      if let range {
        let all = start..<(start + run.count)
        let lower = times.firstIndex(in: all) { $0 >= range.lowerBound }
        let upper = times.firstIndex(in: lower..<all.upperBound) { $0 > range.upperBound }
        picked = (lower - start + run.lowerBound)..<(upper - start + run.lowerBound)
      }
      let base = start - run.lowerBound
      start += run.count
      guard let ordinals = self.selection.ordinals else {
        picks.append(picked)
        if !page.isEmpty {
          kept.append(contentsOf: times[(picked.lowerBound + base)..<(picked.upperBound + base)])
        }
        continue
      }
      Self.forEach(ordinals, of: picked, firstRow, after: picks.end) { row in
        picks.append(row..<(row + 1))
        if !page.isEmpty { kept.append(times[row + base]) }
      }
    }
    return picks.count == count ? (nil, times) : (picks, kept)
  }

  /// Calls `body` with the ordinals that are among `rows` of a block and not before `end`.
  private static func forEach(
    _ ordinals: [UInt32], of rows: Range<Int>, _ firstRow: Int, after end: Int,
    _ body: (Int) -> Void
  ) {
    var (low, high) = (0, ordinals.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(ordinals[middle]) < firstRow + rows.lowerBound {
        low = middle + 1
      } else {
        high = middle
      }
    }
    var end = end
    while low < ordinals.count, Int(ordinals[low]) < firstRow + rows.upperBound {
      let row = Int(ordinals[low]) - firstRow
      if row >= end {
        body(row)
        end = row + 1
      }
      low += 1
    }
  }
}
