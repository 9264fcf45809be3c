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

  /// The rows of a block that are wanted; nil when all are. No row of the block is outside of `span`.
  func rows(
    _ runs: [SeriesRun], _ times: [Int64], within span: ClosedRange<Int64>
  ) -> [UInt32]? {
    // Most blocks of a scan without series lie between the times as a whole.
    let range = times.isEmpty || self.holds(span) ? nil : self.times
    guard self.series != nil || range != nil else { return nil }
    var wanted: [Range<Int>] = []
    var total = 0
    var at = runs.first.map { self.series?.firstIndex(notBelow: $0.seriesID) ?? 0 } ?? 0
    for run in runs {
      if let series = self.series {
        while at < series.count, series[at] < run.seriesID { at += 1 }
        guard at < series.count else { break }
        guard series[at] == run.seriesID else { continue }
      }
      var rows = run.rows
      if let range {
        let lower = times.firstIndex(in: rows) { $0 >= range.lowerBound }
        let upper = times.firstIndex(in: lower..<rows.upperBound) { $0 > range.upperBound }
        rows = lower..<upper
      }
      guard !rows.isEmpty else { continue }
      wanted.append(rows)
      total += rows.count
    }
    guard total < runs.last?.rows.upperBound ?? 0 else { return nil }
    return [UInt32](unsafeUninitializedCapacity: total) { target, count in
      for rows in wanted {
        for row in rows {
          target[count] = UInt32(row)
          count += 1
        }
      }
    }
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
  private var block = 0
  /// The first row of `block`.
  private var firstRow = 0
  /// Blocks read one right after the other.
  private var successive = 0
  private(set) var blocksRead = 0
  private(set) var bytesRead = 0

  init(_ part: Part, _ section: PartSection, _ selection: RowSelection) {
    self.part = part
    self.section = section
    self.selection = selection
    self.places = selection.columns.map { section.index(of: $0) }
  }

  /// See `Shard.make`.
  @inline(never) static func make(
    _ part: Part, _ section: PartSection, _ selection: RowSelection
  ) -> PartCursor {
    PartCursor(part, section, selection)
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

  /// Those of `rows`, nil for all of a block, that are among the ordinals.
  private static func common(
    _ rows: [UInt32]?, _ count: Int, _ ordinals: [UInt32], _ firstRow: Int
  ) -> [UInt32] {
    var (low, high) = (0, ordinals.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(ordinals[middle]) < firstRow { low = middle + 1 } else { high = middle }
    }
    let wanted = rows.map { Set($0) }
    var common: [UInt32] = []
    while low < ordinals.count, Int(ordinals[low]) < firstRow + count {
      let row = UInt32(Int(ordinals[low]) - firstRow)
      if wanted?.contains(row) ?? true { common.append(row) }
      low += 1
    }
    return common
  }

  private func decode(
    _ block: Int, _ firstRow: Int, _ bytes: UnsafeRawBufferPointer
  ) throws(ColumnError) -> RowBlock? {
    var starts: [Int] = [0]
    for lengths in self.section.blocks.lengths {
      starts.append(starts[starts.count - 1] + Int(lengths[block]))
    }
    func page(_ number: Int) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[starts[number]..<starts[number + 1]])
    }
    let runs = try self.decoder.runs(page(0))
    let count = Int(self.section.blocks.rows[block])
    guard runs.last?.rows.upperBound == count else { throw ColumnError("not \(count) rows") }
    let times = page(1).isEmpty ? [] : try self.decoder.times(page(1), runs)
    let blocks = self.section.blocks
    let span =
      min(blocks.leastTimes[block], blocks.greatestTimes[block])...blocks.greatestTimes[block]
    var rows = self.selection.rows(runs, times, within: span)
    if let ordinals = self.selection.ordinals {
      rows = Self.common(rows, count, ordinals, firstRow)
    }
    if let rows, rows.isEmpty { return nil }
    var versions: [Int64] = []
    if self.selection.readsVersions, !page(2).isEmpty {
      versions = try self.decoder.column(page(2), .integer).integers
      guard versions.count == count else { throw ColumnError("\(versions.count) versions") }
    }
    var columns: [Column] = []
    columns.reserveCapacity(self.places.count)
    for (wanted, place) in zip(self.selection.columns, self.places) {
      guard let place, case let bytes = page(PartBlocks.fixedPages + place), !bytes.isEmpty else {
        columns.append(Column(wanted.type, nulls: count))
        continue
      }
      let column = try self.decoder.column(bytes, wanted.type)
      guard column.count == count else { throw ColumnError("\(column.count) rows of a column") }
      columns.append(column)
    }
    let whole = RowBlock(runs: runs, timestamps: times, versions: versions, columns: columns)
    return rows.map { whole.gathering($0) } ?? whole
  }
}
