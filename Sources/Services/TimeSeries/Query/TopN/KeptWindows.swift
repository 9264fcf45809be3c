import SeriesColumns
import SeriesSchema
import SeriesStorage

/// What is kept of a ranking's windows.
enum KeptWindows {
  /// Windows that are covered, and their counters.
  static func read(
    _ source: RankingSource, _ shard: any StoredShard, _ times: ClosedRange<Int64>,
    _ column: ColumnSchema, on node: String
  ) async throws(SeriesFault) -> [(window: Int64, bytes: [UInt8])] {
    let first = WindowFold.start(of: times.lowerBound, source.interval)
    let series = source.series(shard: shard.shard, on: node)
    let late = RankingTable.lateSeries(source.mapping.subject.name, shard: shard.shard)
    var cursor = shard.scan(
      ScanRequest(
        table: RankingTable.name, times: first...times.upperBound, series: [series, late].sorted(),
        columns: [column]))
    var lateAt: [Int64: Int64] = [:]
    var kept: [(window: Int64, version: Int64, bytes: [UInt8])] = []
    do throws(SeriesError) {
      while let block = try await cursor.next() {
        for run in block.runs {
          for row in run.rows {
            let (window, version) = (block.timestamps[row], block.versions[row])
            if run.seriesID == late {
              lateAt[window] = version
            } else if !block.columns[0].isNull(row) {
              kept.append((window, version, block.columns[0].byteArray(row)))
            }
          }
        }
      }
    } catch {
      throw SeriesFault(error)
    }
    return kept.compactMap { window, version, bytes in
      version > lateAt[window] ?? .min ? (window, bytes) : nil
    }
  }

  /// From the first to the last window that is not covered; nil when all are.
  static func open(
    _ covered: Set<Int64>, _ times: ClosedRange<Int64>, _ interval: Int64
  ) -> ClosedRange<Int64>? {
    guard !covered.isEmpty else { return times }
    var lower = WindowFold.start(of: times.lowerBound, interval)
    while lower <= times.upperBound, covered.contains(lower) {
      let (next, overflow) = lower.addingReportingOverflow(interval)
      if overflow { return nil }
      lower = next
    }
    guard lower <= times.upperBound else { return nil }
    var upper = WindowFold.start(of: times.upperBound, interval)
    while upper > lower, covered.contains(upper) { upper -= interval }
    let (end, overflow) = upper.addingReportingOverflow(interval - 1)
    return max(lower, times.lowerBound)...min(times.upperBound, overflow ? .max : end)
  }
}
