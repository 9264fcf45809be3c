internal import SeriesColumns

/// What a cursor keeps for the next queries.
extension PartCursor {
  /// Where each page of a block begins in it, and where the last one ends.
  func pageStarts(_ block: Int) -> [Int] {
    var starts: [Int] = []
    starts.reserveCapacity(self.section.blocks.lengths.count + 1)
    var start = 0
    starts.append(start)
    for lengths in self.section.blocks.lengths {
      start += Int(lengths[block])
      starts.append(start)
    }
    return starts
  }

  private func key(_ block: Int, _ start: Int) -> PageCache.Key {
    PageCache.Key(part: self.part.id, offset: self.section.blocks.offsets[block] + Int64(start))
  }

  // MARK: Blocks of which few rows are wanted

  /// Of one block, as they lie in the file.
  private static let keptBytesMax = 64 << 10

  /// Whether a block may be read for a part of its rows.
  var isSelective: Bool { self.selection.series != nil || self.selection.ordinals != nil }

  /// Keeps the pages that were just read, unless they are large: bodies of spans would push everything else out.
  /// Those of one scan take an eighth of the cache at most.
  func keep(_ pages: inout BlockPages, of block: Int) throws(ColumnError) {
    guard let cache = self.cache, self.keptBytes < cache.byteCountMax / 8 else { return }
    let byteCount = self.neededPages.reduce(0) { $0 + (pages.stored($1)?.count ?? 0) }
    guard byteCount <= Self.keptBytesMax else { return }
    cache.keep(.runs(pages.runs), self.key(block, 0))
    for number in self.neededPages {
      guard let stored = pages.stored(number) else { continue }
      let page = try self.decoder.prove(stored)
      cache.keep(.page(page), self.key(block, pages.start(number)))
      pages.add(page, number)
      self.keptBytes += page.byteCount
    }
  }

  /// The pages of a block when all that are needed are kept.
  func keptPages(_ block: Int, _ cache: PageCache) -> BlockPages? {
    guard case .runs(let runs) = cache.page(self.key(block, 0)) else { return nil }
    let starts = self.pageStarts(block)
    var pages = BlockPages(runs, count: self.neededPages.count)
    for number in self.neededPages where starts[number] < starts[number + 1] {
      guard case .page(let page) = cache.page(self.key(block, starts[number])) else { return nil }
      pages.add(page, number)
    }
    return pages
  }

  // MARK: Entries of series

  /// A block of entries, which is kept whole: the next query asks for other rows.
  func decodeEntries(
    _ block: Int, _ firstRow: Int, _ pages: BlockPages, _ cache: PageCache
  ) throws(ColumnError) -> RowBlock {
    let count = Int(self.section.blocks.rows[block])
    let columns = try self.columns(pages, count, nil)
    self.keep(block, pages.runs, columns, cache)
    return self.entries(firstRow, pages.runs, columns)
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
  func kept(_ block: Int, _ firstRow: Int, _ cache: PageCache) -> RowBlock? {
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
    return self.entries(firstRow, runs, columns)
  }

  private func entries(
    _ firstRow: Int, _ runs: [SeriesRun], _ columns: [Column]
  ) -> RowBlock {
    let whole = RowBlock(runs: runs, timestamps: [], versions: [], columns: columns)
    guard let ordinals = self.selection.ordinals else { return whole }
    var picks = RowPicks()
    let all = 0..<(runs.last?.rows.upperBound ?? 0)
    Self.forEach(ordinals, of: all, firstRow, after: 0) { picks.append($0..<($0 + 1)) }
    guard picks.count < all.count else { return whole }
    let rows = picks.rows
    return RowBlock(
      runs: picks.runs(of: runs), timestamps: [], versions: [],
      columns: columns.map { $0.gathering(rows) })
  }
}
