internal import SeriesColumns

/// Gives blocks of rows of one table, sorted by series, time, and version from the highest.
protocol RowSource: AnyObject {
  func next() async throws(SeriesError) -> RowBlock?
}

extension PartCursor: RowSource {}

/// Rows that are in memory already.
final class MemorySource: RowSource {
  private var rows: RowBlock?

  init(_ rows: RowBlock) { self.rows = rows.isEmpty ? nil : rows }

  /// See `Shard.make`.
  @inline(never) static func make(_ rows: RowBlock) -> MemorySource { MemorySource(rows) }

  func next() async throws(SeriesError) -> RowBlock? {
    defer { self.rows = nil }
    return self.rows
  }
}

/// Several sources as one: in order, with the duplicates of keyed tables resolved. Memory: a block of each.
///
/// Where only one source has rows its blocks pass through as they are.
final class MergeCursor: RowSource {
  private struct Key: Comparable {
    var series: UInt64
    var time: Int64

    static func < (left: Key, right: Key) -> Bool {
      left.series != right.series ? left.series < right.series : left.time < right.time
    }
  }

  private struct Input {
    var source: any RowSource
    var block: RowBlock?
    /// Rows of the block that were given out.
    var start = 0
    var isDone = false
  }

  private let kind: TableKind
  /// Entries of series: one for each, the oldest.
  private let isSeries: Bool
  private var inputs: [Input]

  /// - Parameter sources: the oldest first.
  init(_ sources: [any RowSource], _ kind: TableKind, isSeries: Bool = false) {
    self.kind = kind
    self.isSeries = isSeries
    self.inputs = sources.map { Input(source: $0) }
  }

  /// See `Shard.make`.
  @inline(never) static func make(
    _ sources: [any RowSource], _ kind: TableKind, isSeries: Bool = false
  ) -> MergeCursor {
    MergeCursor(sources, kind, isSeries: isSeries)
  }

  func next() async throws(SeriesError) -> RowBlock? {
    if self.inputs.count == 1 {
      try await self.fill(0)
      return self.takeAll(0)
    }
    for index in self.inputs.indices { try await self.fill(index) }
    let live = self.inputs.indices.filter { self.inputs[$0].block != nil }
    guard let first = live.first else { return nil }
    guard live.count > 1 else { return self.takeAll(first) }
    return self.takeCommon(live)
  }

  private func fill(_ index: Int) async throws(SeriesError) {
    while self.inputs[index].block == nil, !self.inputs[index].isDone {
      let block = try await self.inputs[index].source.next()
      guard let block else {
        self.inputs[index].isDone = true
        return
      }
      guard !block.isEmpty else { continue }
      self.inputs[index].block = block
      self.inputs[index].start = 0
    }
  }

  private func takeAll(_ index: Int) -> RowBlock? {
    self.take(index, through: self.inputs[index].block?.count ?? 0).map { $0.block.slice($0.rows) }
  }

  /// Rows of a block that are given out together with those of others.
  private struct Piece {
    let block: RowBlock
    let rows: Range<Int>
  }

  private func take(_ index: Int, through end: Int) -> Piece? {
    guard let block = self.inputs[index].block else { return nil }
    let start = self.inputs[index].start
    if end == block.count {
      self.inputs[index].block = nil
    } else {
      self.inputs[index].start = end
    }
    return Piece(block: block, rows: start..<end)
  }

  private func key(_ block: RowBlock, _ row: Int) -> Key {
    let run = block.runs[Self.run(block.runs, row)]
    return Key(
      series: run.seriesID,
      time: self.isSeries || self.kind == .document ? 0 : block.timestamps[row])
  }

  private static func run(_ runs: [SeriesRun], _ row: Int) -> Int {
    var (low, high) = (0, runs.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].rows.upperBound <= row { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Takes from every source what comes before the nearest end of a block.
  private func takeCommon(_ live: [Int]) -> RowBlock? {
    var bound: Key?
    for index in live {
      guard let block = self.inputs[index].block else { continue }
      let last = self.key(block, block.count - 1)
      bound = bound.map { min($0, last) } ?? last
    }
    guard let bound else { return nil }
    var pieces: [Piece] = []
    for index in live {
      guard let block = self.inputs[index].block else { continue }
      let end = self.end(block, from: self.inputs[index].start, through: bound)
      guard end > self.inputs[index].start else { continue }
      if let piece = self.take(index, through: end) { pieces.append(piece) }
    }
    return pieces.count == 1 ? pieces[0].block.slice(pieces[0].rows) : self.merged(pieces)
  }

  /// The first row whose key is beyond `bound`.
  private func end(_ block: RowBlock, from start: Int, through bound: Key) -> Int {
    var (low, high) = (start, block.count)
    while low < high {
      let middle = (low + high) / 2
      if self.key(block, middle) <= bound { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Rows of one series in one piece.
  private struct Stretch {
    var series: UInt64
    /// Its piece: the greater, the newer.
    var piece: Int
    var rows: Range<Int>
  }

  private func merged(_ pieces: [Piece]) -> RowBlock {
    let stretches = self.stretches(pieces)
    var merged = RowBlock(columns: [])
    var spans: [RowSpan] = []
    spans.reserveCapacity(stretches.count)
    var (start, count) = (0, 0)
    while start < stretches.count {
      let series = stretches[start].series
      let end = stretches[start...].firstIndex { $0.series != series } ?? stretches.count
      let first = spans.count
      self.arrange(stretches[start..<end], pieces, &spans)
      let rows = spans[first...].reduce(0) { $0 + $1.rows.count }
      merged.runs.append(SeriesRun(seriesID: series, rows: count..<(count + rows)))
      count += rows
      start = end
    }
    let blocks = pieces.map(\.block)
    if !blocks[0].timestamps.isEmpty {
      merged.timestamps = Array(joining: spans, of: blocks.count) { blocks[$0].timestamps }
    }
    if !blocks[0].versions.isEmpty {
      merged.versions = Array(joining: spans, of: blocks.count) { blocks[$0].versions }
    }
    merged.columns = pieces[0].block.columns.indices.map { index in
      Column(
        joining: spans, of: blocks.map { $0.columns[index] }, blocks[0].columns[index].type)
    }
    return merged
  }

  /// By series, and of a series by the age of their pieces.
  private func stretches(_ pieces: [Piece]) -> [Stretch] {
    var stretches: [Stretch] = []
    for (number, piece) in pieces.enumerated() {
      for run in Self.run(piece.block.runs, piece.rows.lowerBound)..<piece.block.runs.count {
        let rows = piece.block.runs[run].rows.clamped(to: piece.rows)
        if rows.isEmpty { break }
        stretches.append(
          Stretch(series: piece.block.runs[run].seriesID, piece: number, rows: rows))
      }
    }
    stretches.sort { ($0.series, $0.piece) < ($1.series, $1.piece) }
    return stretches
  }

  /// Puts the rows of one series in order. What was written one after the other, as most is, is not looked
  /// at row by row.
  private func arrange(
    _ stretches: ArraySlice<Stretch>, _ pieces: [Piece], _ spans: inout [RowSpan]
  ) {
    guard let first = stretches.first else { return }
    if self.isSeries {
      spans.append(RowSpan(first.piece, first.rows.prefix(1)))
    } else if stretches.count == 1 {
      spans.append(RowSpan(first.piece, first.rows))
    } else if self.kind != .document, let chain = Self.chain(stretches, pieces) {
      for stretch in chain { spans.append(RowSpan(stretch.piece, stretch.rows)) }
    } else {
      self.sort(stretches, pieces, &spans)
    }
  }

  /// The stretches by time when each ends before the next one begins.
  private static func chain(
    _ stretches: ArraySlice<Stretch>, _ pieces: [Piece]
  ) -> [Stretch]? {
    func time(_ stretch: Stretch, _ row: Int) -> Int64 {
      pieces[stretch.piece].block.timestamps[row]
    }
    let chain = stretches.sorted { time($0, $0.rows.lowerBound) < time($1, $1.rows.lowerBound) }
    for (left, right) in zip(chain, chain.dropFirst())
    where time(left, left.rows.upperBound - 1) >= time(right, right.rows.lowerBound) {
      return nil
    }
    return chain
  }

  private struct Place {
    var time: Int64
    var version: Int64
    var piece: Int
    var row: Int
  }

  /// Row by row; of keyed tables the first of each key stays.
  private func sort(
    _ stretches: ArraySlice<Stretch>, _ pieces: [Piece], _ spans: inout [RowSpan]
  ) {
    var places: [Place] = []
    for stretch in stretches {
      let block = pieces[stretch.piece].block
      for row in stretch.rows {
        places.append(
          Place(
            time: self.kind == .document ? 0 : block.timestamps[row],
            version: block.versions.isEmpty ? 0 : block.versions[row], piece: stretch.piece,
            row: row))
      }
    }
    places.sort { left, right in
      if left.time != right.time { return left.time < right.time }
      if left.version != right.version { return left.version > right.version }
      if left.piece != right.piece { return left.piece > right.piece }
      return left.row < right.row
    }
    let first = spans.count
    var last: Int64?
    for place in places {
      defer { last = place.time }
      if self.kind.isKeyed, place.time == last { continue }
      if spans.count > first, case let end = spans[spans.count - 1],
        end.source == place.piece, end.rows.upperBound == place.row
      {
        spans[spans.count - 1].rows = end.rows.lowerBound..<(place.row + 1)
      } else {
        spans.append(RowSpan(place.piece, place.row..<(place.row + 1)))
      }
    }
  }
}
