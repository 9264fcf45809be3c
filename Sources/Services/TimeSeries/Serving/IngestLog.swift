import Bytes
import JSON
package import Runtime
package import SeriesColumns
package import SeriesStorage
package import Values

/// A store that writes down what is written to it: a line for each table and shard of a batch, whichever door it
/// came through.
package struct IngestLog: RowStore {
  private let store: any RowStore
  private let time: any TimeSource
  private let sink: QueryLog.Sink

  package init(
    _ store: any RowStore, time: any TimeSource, sink: @escaping QueryLog.Sink
  ) {
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
    do throws(SeriesError) {
      let outcome = try await self.store.write(batches)
      for batch in batches { self.sink(Self.line(batch, at: self.time.wallNow, nil)) }
      return outcome
    } catch {
      for batch in batches { self.sink(Self.line(batch, at: self.time.wallNow, error)) }
      throw error
    }
  }

  package static func line(
    _ batch: RowBatch, at moment: WallTime, _ error: SeriesError?
  ) -> [UInt8] {
    var writer = JSONWriter(appendingTo: ByteWriter())
    writer.object { json in
      json.member("at", "\(Timestamp(moment))")
      json.member("kind", "\(batch.schema.kind)")
      json.member("group", batch.group)
      json.member("name", batch.schema.name)
      json.member("shard", Int(batch.shard))
      json.member("rows", batch.count)
      if let error {
        json.member("code", error.code.rawValue)
        json.member("error", error.message)
      }
    }
    var text = writer.finish()
    text.append(UInt8(ascii: "\n"))
    return text.bytes.array
  }
}
