/// Rows of one table in columns, sorted by series, time, and version from the highest.
public struct RowBlock: Sendable {
  /// The series of the rows, one after the other.
  public var runs: [SeriesRun] = []
  /// Empty for series entries, which have neither times nor versions.
  public var timestamps: [Int64] = []
  public var versions: [Int64] = []
  public var columns: [Column]

  public init(columns: [Column]) { self.columns = columns }

  public init(
    runs: [SeriesRun], timestamps: [Int64], versions: [Int64], columns: [Column]
  ) {
    self.runs = runs
    self.timestamps = timestamps
    self.versions = versions
    self.columns = columns
  }

  public var count: Int { self.runs.last?.rows.upperBound ?? 0 }
  public var isEmpty: Bool { self.runs.isEmpty }

  public var byteCount: Int {
    self.timestamps.count * 16 + self.columns.reduce(0) { $0 + $1.byteCount }
  }

  /// What the rows would take for themselves: of a dictionary that is shared with others their share.
  public var rowByteCount: Int {
    self.timestamps.count * 16 + self.columns.reduce(0) { $0 + $1.rowByteCount }
  }

  /// The series of every row.
  public func seriesIDs() -> [UInt64] {
    var ids: [UInt64] = []
    ids.reserveCapacity(self.count)
    for run in self.runs {
      ids.append(contentsOf: repeatElement(run.seriesID, count: run.rows.count))
    }
    return ids
  }

  public func slice(_ range: Range<Int>) -> RowBlock {
    if range == 0..<self.count { return self }
    var runs: [SeriesRun] = []
    for run in self.runs {
      let rows = run.rows.clamped(to: range)
      guard !rows.isEmpty else { continue }
      let moved = (rows.lowerBound - range.lowerBound)..<(rows.upperBound - range.lowerBound)
      runs.append(SeriesRun(seriesID: run.seriesID, rows: moved))
    }
    return RowBlock(
      runs: runs, timestamps: self.timestamps.isEmpty ? [] : Array(self.timestamps[range]),
      versions: self.versions.isEmpty ? [] : Array(self.versions[range]),
      columns: self.columns.map { $0.slice(range) })
  }

  /// The rows of `rows`, which ascend.
  public func gathering(_ rows: [UInt32]) -> RowBlock {
    var ids: [UInt64] = []
    ids.reserveCapacity(rows.count)
    var at = 0
    for row in rows {
      while self.runs[at].rows.upperBound <= Int(row) { at += 1 }
      ids.append(self.runs[at].seriesID)
    }
    return RowBlock(
      runs: Self.runs(of: ids),
      timestamps: self.timestamps.isEmpty ? [] : rows.map { self.timestamps[Int($0)] },
      versions: self.versions.isEmpty ? [] : rows.map { self.versions[Int($0)] },
      columns: self.columns.map { $0.gathering(rows) })
  }

  /// Blocks whose rows follow each other in order.
  ///
  /// - Parameter columns: what there is when there are no blocks.
  public init(joining blocks: [RowBlock], columns: [ColumnType]) {
    guard let first = blocks.first, blocks.count > 1 else {
      self = blocks.first ?? RowBlock(columns: columns.map { Column($0) })
      return
    }
    self.columns = first.columns.indices.map { index in
      Column(joining: blocks.map { $0.columns[index] }, first.columns[index].type)
    }
    for block in blocks {
      self.append(block.runs, from: self.count)
      self.timestamps.append(contentsOf: block.timestamps)
      self.versions.append(contentsOf: block.versions)
    }
  }

  private mutating func append(_ runs: [SeriesRun], from base: Int) {
    for run in runs {
      let rows = (run.rows.lowerBound + base)..<(run.rows.upperBound + base)
      if let last = self.runs.last, last.seriesID == run.seriesID {
        self.runs[self.runs.count - 1].rows = last.rows.lowerBound..<rows.upperBound
      } else {
        self.runs.append(SeriesRun(seriesID: run.seriesID, rows: rows))
      }
    }
  }

  public static func runs(of ids: [UInt64]) -> [SeriesRun] {
    var runs: [SeriesRun] = []
    var start = 0
    for row in 0..<ids.count where row + 1 == ids.count || ids[row + 1] != ids[row] {
      runs.append(SeriesRun(seriesID: ids[row], rows: start..<(row + 1)))
      start = row + 1
    }
    return runs
  }
}
