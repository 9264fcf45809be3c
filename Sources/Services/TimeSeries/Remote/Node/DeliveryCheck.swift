import SeriesColumns
import SeriesStorage

/// Tells which rows of a delivery are not there yet.
///
/// A delivery whose answer was lost is made again. Of a measure a row that comes twice is one row; of a stream
/// or a trace it would be two, so those that are there are left out: the same series, time, version and
/// values. It costs a scan of the series in question, and it is right after restarts too, because what it
/// asks are the rows themselves.
enum DeliveryCheck {
  private struct Key: Hashable {
    var series: UInt64
    var time: Int64
    var version: Int64
  }

  static func missing(
    _ batch: RowBatch, in store: any RowStore
  ) async throws(SeriesError) -> RowBatch {
    guard !batch.schema.kind.isKeyed, let first = batch.timestamps.min(),
      let last = batch.timestamps.max()
    else { return batch }
    var rows: [Key: [Int]] = [:]
    for row in 0..<batch.count {
      let key = Key(
        series: batch.seriesIDs[row], time: batch.timestamps[row], version: batch.versions[row])
      rows[key, default: []].append(row)
    }
    let request = ScanRequest(
      table: batch.schema.name, times: first...last, series: Set(batch.seriesIDs).sorted(),
      columns: batch.schema.columns)
    var found: Set<Int> = []
    for segment in try await store.view(group: batch.group, times: first...last) {
      for shard in segment.shards where shard.shard == batch.shard {
        var cursor = shard.scan(request)
        while let block = try await cursor.next() {
          self.look(at: block, for: rows, of: batch, &found)
        }
      }
    }
    guard !found.isEmpty else { return batch }
    return batch.gathering((0..<batch.count).filter { !found.contains($0) }.map { UInt32($0) })
  }

  private static func look(
    at block: RowBlock, for rows: [Key: [Int]], of batch: RowBatch, _ found: inout Set<Int>
  ) {
    for run in block.runs {
      for row in run.rows {
        let key = Key(
          series: run.seriesID, time: block.timestamps[row], version: block.versions[row])
        // Of equal rows each stored one stands for one of the delivery.
        let same = rows[key]?.first { candidate in
          !found.contains(candidate)
            && zip(block.columns, batch.columns).allSatisfy {
              $0.value(row) == $1.value(candidate)
            }
        }
        if let same { found.insert(same) }
      }
    }
  }
}
