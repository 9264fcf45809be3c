import Bytes
import JSON
package import Runtime
package import SeriesColumns
package import SeriesStorage
package import Values

/// A store that writes down what it has taken: a line for each row, whichever door it came through, as `series
/// write` reads rows. Who writes is answered when the log has the lines, too.
package struct IngestLog: RowStore {
  /// Takes a line of a log; may hold its caller up.
  package typealias Sink = @Sendable (_ line: [UInt8], _ log: String) async -> Void

  private let store: any RowStore
  private let time: any TimeSource
  private let sink: Sink

  package init(_ store: any RowStore, time: any TimeSource, sink: @escaping Sink) {
    self.store = store
    self.time = time
    self.sink = sink
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.store.view(group: group, times: times)
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    let outcome = try await self.store.write(batches)
    let now = self.time.wallNow
    for batch in batches {
      let log = Self.kind(batch.schema.kind) + "-ingest"
      for line in Self.lines(batch, at: now) { await self.sink(line, log) }
    }
    return outcome
  }

  /// Documents are measures whose points are kept in an index.
  private static func kind(_ kind: TableKind) -> String {
    switch kind {
    case .stream: "stream"
    case .trace: "trace"
    case .measure, .document: "measure"
    }
  }

  package static func lines(_ batch: RowBatch, at moment: WallTime) -> [[UInt8]] {
    var entries: [UInt64: Int] = [:]
    let isOwn = batch.series.ids.count == batch.count
    if !isOwn {
      for (entry, id) in batch.series.ids.enumerated() { entries[id] = entry }
    }
    let at = Timestamp(moment).description
    return (0..<batch.count).map { row in
      self.line(batch, row, entry: isOwn ? row : entries[batch.seriesIDs[row]], at: at)
    }
  }

  private static func line(
    _ batch: RowBatch, _ row: Int, entry: Int?, at moment: String
  ) -> [UInt8] {
    var text = RowText(kind: batch.schema.kind, name: "\(batch.group)/\(batch.schema.name)")
    text.object["at"] = .string(moment)
    text.object["shard"] = .integer(Int64(batch.shard))
    if let entry {
      for (column, values) in zip(batch.schema.seriesColumns, batch.series.columns) {
        text.add(column.name, values.value(entry))
      }
    }
    for (column, values) in zip(batch.schema.columns, batch.columns) where !values.isNull(row) {
      text.add(column.name, values.value(row))
    }
    return Array(
      text.line(time: batch.timestamps[row], version: batch.versions[row]).utf8)
  }
}
