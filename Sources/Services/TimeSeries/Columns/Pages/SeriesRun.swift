/// Successive rows of one series.
public struct SeriesRun: Sendable, Hashable {
  public var seriesID: UInt64
  public var rows: Range<Int>

  public init(seriesID: UInt64, rows: Range<Int>) {
    self.seriesID = seriesID
    self.rows = rows
  }
}
