/// Rows of a block that are wanted: ranges that ascend and do not touch each other's rows.
///
/// Decoders give the values of these rows one after the other, as if no others were there, and leave the
/// work for the others undone where the encoding allows that.
public struct RowPicks: Sendable {
  public private(set) var ranges: [Range<Int>] = []
  /// In all ranges.
  public private(set) var count = 0
  /// Of each range the rows picked before it.
  private var before: [Int] = []

  public init() {}

  /// - Parameter rows: ascending.
  public init(_ rows: some Sequence<UInt32>) {
    for row in rows { self.append(Int(row)..<(Int(row) + 1)) }
  }

  /// Rows behind all others.
  public mutating func append(_ rows: Range<Int>) {
    guard !rows.isEmpty else { return }
    precondition(rows.lowerBound >= self.end, "rows from \(rows.lowerBound) after \(self.end)")
    defer { self.count += rows.count }
    if let last = self.ranges.last, last.upperBound == rows.lowerBound {
      self.ranges[self.ranges.count - 1] = last.lowerBound..<rows.upperBound
    } else {
      self.ranges.append(rows)
      self.before.append(self.count)
    }
  }

  public var isEmpty: Bool { self.count == 0 }

  /// The end of the last range.
  public var end: Int { self.ranges.last?.upperBound ?? 0 }

  /// Each row, for those who gather.
  public var rows: [UInt32] {
    [UInt32](unsafeUninitializedCapacity: self.count) { target, filled in
      for range in self.ranges {
        for row in range {
          target[filled] = UInt32(row)
          filled += 1
        }
      }
    }
  }

  /// The runs of these rows, when they stand one after the other.
  public func runs(of runs: [SeriesRun]) -> [SeriesRun] {
    var result: [SeriesRun] = []
    var (at, start) = (0, 0)
    for range in self.ranges {
      while runs[at].rows.upperBound <= range.lowerBound { at += 1 }
      var run = at
      while run < runs.count, runs[run].rows.lowerBound < range.upperBound {
        let count = runs[run].rows.clamped(to: range).count
        if let last = result.last, last.seriesID == runs[run].seriesID {
          result[result.count - 1].rows = last.rows.lowerBound..<(start + count)
        } else {
          result.append(SeriesRun(seriesID: runs[run].seriesID, rows: start..<(start + count)))
        }
        start += count
        run += 1
      }
    }
    return result
  }

  /// Where a row stands among the picked ones; nil when it is not picked.
  func place(of row: Int) -> Int? {
    var (low, high) = (0, self.ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if self.ranges[middle].upperBound <= row { low = middle + 1 } else { high = middle }
    }
    guard low < self.ranges.count, self.ranges[low].contains(row) else { return nil }
    return self.before[low] + row - self.ranges[low].lowerBound
  }
}

/// Walks over the vectors of a page and says what of each is wanted.
struct PickWalk {
  private let picks: RowPicks
  private var range = 0
  private(set) var filled = 0

  init(_ picks: RowPicks) { self.picks = picks }

  /// Whether no row from here on is wanted.
  var isDone: Bool { self.range == self.picks.ranges.count }

  /// Whether a row before `end` is still wanted.
  func wants(before end: Int) -> Bool {
    !self.isDone && self.picks.ranges[self.range].lowerBound < end
  }

  /// Calls `body` with each wanted piece of `rows`, less its start, and where its values go.
  @inline(__always)
  mutating func take(_ rows: Range<Int>, _ body: (Range<Int>, Int) -> Void) {
    while self.wants(before: rows.upperBound) {
      let wanted = self.picks.ranges[self.range]
      let piece = wanted.clamped(to: rows)
      body(
        (piece.lowerBound - rows.lowerBound)..<(piece.upperBound - rows.lowerBound), self.filled)
      self.filled += piece.count
      if wanted.upperBound > rows.upperBound { return }
      self.range += 1
    }
  }
}
