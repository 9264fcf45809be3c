package import SeriesColumns
package import SeriesEngine
package import SeriesStorage

/// The engine of this process as the front's store.
package struct EngineRowStore: RowStore {
  private let engine: SeriesEngine
  private let groups: EngineGroups

  package init(_ engine: SeriesEngine, _ groups: EngineGroups) {
    self.engine = engine
    self.groups = groups
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    let view: SeriesView
    do throws(SeriesError) {
      view = try await self.engine.view(group: group, times: times)
    } catch {
      // A group that nothing was written to.
      guard error.code == .unknownGroup else { throw error }
      return []
    }
    return view.segments.map { segment in
      StoredSegment(times: segment.times, shards: segment.shards.map { EngineShard(view: $0) })
    }
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    do throws(SeriesError) {
      return try await self.engine.write(batches)
    } catch {
      // A group that was made a moment ago: the engine is told of it now.
      guard error.code == .unknownGroup else { throw error }
    }
    self.groups.apply()
    return try await self.engine.write(batches)
  }
}

struct EngineShard: StoredShard {
  let view: ShardView

  var shard: UInt32 { self.view.shard }

  func series(
    table: String, terms: [IndexTerms], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows {
    try await self.view.series(table: table, terms: terms, columns: columns)
  }

  func scan(_ request: ScanRequest) -> any RowCursor {
    EngineRowCursor(cursor: self.view.scan(request))
  }

  func ordered(_ request: OrderedRequest) -> any OrderCursor {
    EngineOrderCursor(cursor: self.view.ordered(request))
  }
}

struct EngineRowCursor: RowCursor {
  var cursor: ScanCursor
  mutating func next() async throws(SeriesError) -> RowBlock? { try await self.cursor.next() }
  mutating func narrow(to times: ClosedRange<Int64>) { self.cursor.narrow(to: times) }
}

struct EngineOrderCursor: OrderCursor {
  var cursor: OrderedCursor
  mutating func next() async throws(SeriesError) -> OrderedEntry? { try await self.cursor.next() }
}
