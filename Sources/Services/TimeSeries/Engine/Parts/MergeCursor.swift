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
    self.take(index, through: self.inputs[index].block?.count ?? 0)
  }

  private func take(_ index: Int, through end: Int) -> RowBlock? {
    guard let block = self.inputs[index].block else { return nil }
    let start = self.inputs[index].start
    if end == block.count {
      self.inputs[index].block = nil
    } else {
      self.inputs[index].start = end
    }
    return block.slice(start..<end)
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
    var pieces: [RowBlock] = []
    for index in live {
      guard let block = self.inputs[index].block else { continue }
      let end = self.end(block, from: self.inputs[index].start, through: bound)
      guard end > self.inputs[index].start else { continue }
      if let piece = self.take(index, through: end) { pieces.append(piece) }
    }
    return pieces.count == 1 ? pieces[0] : self.merged(pieces)
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

  private struct Place {
    var series: UInt64
    var time: Int64
    var version: Int64
    /// Its piece: the greater, the newer.
    var piece: Int32
    var row: UInt32
  }

  private func merged(_ pieces: [RowBlock]) -> RowBlock {
    var places: [Place] = []
    places.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    var columns = pieces[0].columns
    var base = 0
    for (number, piece) in pieces.enumerated() {
      for run in piece.runs {
        for row in run.rows {
          places.append(
            Place(
              series: run.seriesID, time: piece.timestamps.isEmpty ? 0 : piece.timestamps[row],
              version: piece.versions.isEmpty ? 0 : piece.versions[row], piece: Int32(number),
              row: UInt32(base + row)))
        }
      }
      if number > 0 {
        for index in columns.indices { columns[index].append(contentsOf: piece.columns[index]) }
      }
      base += piece.count
    }
    self.sort(&places)
    if self.isSeries || self.kind.isKeyed { self.resolve(&places) }
    let rows = places.map(\.row)
    return RowBlock(
      runs: RowBlock.runs(of: places.map(\.series)),
      timestamps: pieces[0].timestamps.isEmpty ? [] : places.map(\.time),
      versions: pieces[0].versions.isEmpty ? [] : places.map(\.version),
      columns: columns.map { $0.gathering(rows) })
  }

  private func sort(_ places: inout [Place]) {
    if self.isSeries {
      places.sort { ($0.series, $0.piece) < ($1.series, $1.piece) }
    } else if self.kind == .document {
      places.sort { ($0.series, $1.version, $1.piece) < ($1.series, $0.version, $0.piece) }
    } else {
      places.sort { left, right in
        if left.series != right.series { return left.series < right.series }
        if left.time != right.time { return left.time < right.time }
        if left.version != right.version { return left.version > right.version }
        if left.piece != right.piece { return left.piece > right.piece }
        return left.row < right.row
      }
    }
  }

  /// Leaves the first of each key.
  private func resolve(_ places: inout [Place]) {
    let hasTimes = !self.isSeries && self.kind == .measure
    var kept = 0
    for index in places.indices {
      if kept > 0, places[kept - 1].series == places[index].series,
        !hasTimes || places[kept - 1].time == places[index].time
      {
        continue
      }
      places[kept] = places[index]
      kept += 1
    }
    places.removeLast(places.count - kept)
  }
}
