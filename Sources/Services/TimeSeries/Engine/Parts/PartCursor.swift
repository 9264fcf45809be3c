internal import SeriesColumns

/// Reads the wanted rows of a section, block by block, in their order. For one task.
final class PartCursor {
  private static let aheadBytesMax = 512 << 10
  /// Of blocks of which fewer rows than one in so many are wanted the pages are kept.
  private static let sparseness = 4

  let part: Part
  let section: PartSection
  private(set) var selection: RowSelection
  /// Where each wanted column stands in the section.
  let places: [Int?]
  /// The pages of a block that decoding takes, the runs aside.
  let neededPages: [Int]
  let decoder = PageDecoder()
  private let window = ReadWindow()
  /// Of entries of series, which the same queries read again and again, and of blocks of which few rows are wanted.
  let cache: PageCache?
  /// What this one has added to the cache.
  var keptBytes = 0
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
      cache == nil || !section.key.isSeries || selection.series == nil,
      "only whole pages of entries are kept")
    self.cache = cache
    self.part = part
    self.section = section
    self.selection = selection
    self.places = selection.columns.map { section.index(of: $0) }
    self.neededPages =
      [1] + (selection.readsVersions ? [2] : [])
      + self.places.compactMap { $0.map { PartBlocks.fixedPages + $0 } }
  }

  /// See `Shard.make`.
  @inline(never) static func make(
    _ part: Part, _ section: PartSection, _ selection: RowSelection, _ cache: PageCache? = nil
  ) -> PartCursor {
    PartCursor(part, section, selection, cache)
  }

  var blockCount: Int { self.section.blocks.count }

  /// See `ScanCursor.narrow`.
  func narrow(to times: ClosedRange<Int64>) {
    self.selection.times = self.selection.times?.clamped(to: times) ?? times
  }

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
    if let cache = self.cache {
      if self.section.key.isSeries {
        if let rows = self.kept(block, firstRow, cache) { return rows }
      } else if self.isSelective, let pages = self.keptPages(block, cache) {
        self.successive = 0
        return try self.namingDamage(of: block) { () throws(ColumnError) in
          try self.decode(block, firstRow, pages)
        }
      }
    }
    let byteCount = self.section.blocks.byteCount(block)
    let offset = self.section.blocks.offsets[block]
    let ahead = self.successive == 0 ? 0 : min(Self.aheadBytesMax, byteCount << self.successive)
    self.successive = min(self.successive + 1, 16)
    self.blocksRead += 1
    self.bytesRead += byteCount
    let bytes = try await self.window.bytes(
      of: self.part.file, at: offset, byteCount, ahead: ahead)
    return try self.namingDamage(of: block) { () throws(ColumnError) in
      let pages = try BlockPages(bytes, self.pageStarts(block), self.decoder)
      guard pages.runs.last?.rows.upperBound == Int(self.section.blocks.rows[block]) else {
        throw ColumnError("not \(self.section.blocks.rows[block]) rows")
      }
      guard let cache = self.cache, self.section.key.isSeries else {
        return try self.decode(block, firstRow, pages)
      }
      return try self.decodeEntries(block, firstRow, pages, cache)
    }
  }

  private func namingDamage<R>(
    of block: Int, _ body: () throws(ColumnError) -> R
  ) throws(SeriesError) -> R {
    do throws(ColumnError) {
      return try body()
    } catch {
      throw SeriesError.damaged(
        self.part.path, "block \(block) of \(self.section.key.table): \(error.message)")
    }
  }

  /// A block of which the wanted rows are decoded.
  private func decode(
    _ block: Int, _ firstRow: Int, _ pages: BlockPages
  ) throws(ColumnError) -> RowBlock? {
    let blocks = self.section.blocks
    let count = Int(blocks.rows[block])
    let span =
      min(blocks.leastTimes[block], blocks.greatestTimes[block])...blocks.greatestTimes[block]
    let (picks, times) = try self.rows(pages.runs, pages.form(1), within: span, firstRow)
    if let picks, picks.isEmpty { return nil }
    let rows = picks?.count ?? count
    var source = pages
    if pages.isRead, self.isSelective, rows < count / Self.sparseness {
      try self.keep(&source, of: block)
    }
    var versions: [Int64] = []
    if self.selection.readsVersions, let page = source.form(2) {
      versions = try self.decoder.column(page, .integer, picking: picks).integers
      guard versions.count == rows else { throw ColumnError("\(versions.count) versions") }
    }
    return RowBlock(
      runs: picks?.runs(of: pages.runs) ?? pages.runs, timestamps: times, versions: versions,
      columns: try self.columns(source, rows, picks))
  }

  func columns(
    _ pages: BlockPages, _ rows: Int, _ picks: RowPicks?
  ) throws(ColumnError) -> [Column] {
    var columns: [Column] = []
    columns.reserveCapacity(self.places.count)
    for (wanted, place) in zip(self.selection.columns, self.places) {
      guard let place, let page = pages.form(PartBlocks.fixedPages + place) else {
        columns.append(Column(wanted.type, nulls: rows))
        continue
      }
      let column = try self.decoder.column(page, wanted.type, picking: picks)
      guard column.count == rows else { throw ColumnError("\(column.count) rows of a column") }
      columns.append(column)
    }
    return columns
  }

  /// Which rows of a block are wanted, nil for all, and their times.
  private func rows(
    _ runs: [SeriesRun], _ page: PageForm?, within span: ClosedRange<Int64>, _ firstRow: Int
  ) throws(ColumnError) -> (picks: RowPicks?, times: [Int64]) {
    let count = runs.last?.rows.upperBound ?? 0
    let indices = self.selection.series.map { self.selection.indices(of: runs, among: $0) }
    let range = page == nil ? nil : self.selection.times(within: span)
    var picks = RowPicks()
    var times: [Int64] = []
    if let indices, indices.count < runs.count {
      // Of few series not even the times of the others are made.
      guard !indices.isEmpty else { return (RowPicks(), []) }
      if let page { times = try self.decoder.times(page, runs, of: indices) }
    } else {
      if let page { times = try self.decoder.times(page, runs, of: nil) }
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
        if page != nil {
          kept.append(contentsOf: times[(picked.lowerBound + base)..<(picked.upperBound + base)])
        }
        continue
      }
      Self.forEach(ordinals, of: picked, firstRow, after: picks.end) { row in
        picks.append(row..<(row + 1))
        if page != nil { kept.append(times[row + base]) }
      }
    }
    return picks.count == count ? (nil, times) : (picks, kept)
  }

  /// Calls `body` with the ordinals that are among `rows` of a block and not before `end`.
  static func forEach(
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
