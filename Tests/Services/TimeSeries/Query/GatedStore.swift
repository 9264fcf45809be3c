import Runtime
import SeriesColumns
import SeriesStorage
import SeriesTesting

/// A store that holds a write when it is told to, and that tells what was read.
final class GatedStore: RowStore, Sendable {
  private struct State: Sendable {
    /// Which write is held next: of points, or of counters.
    var holdsPoints: Bool?
    var isHeld = false
    /// Counters are not taken.
    var fails = false
    var counterRows = 0
    var tables: Set<String> = []
  }

  let store: MemoryRowStore
  private let state = Guarded(State())

  init(_ store: MemoryRowStore) { self.store = store }

  var counterRows: Int { self.state.withLock { $0.counterRows } }
  var tablesRead: Set<String> { self.state.withLock { $0.tables } }
  func note() { self.state.withLock { $0.tables = [] } }
  func noteRead(_ table: String) { self.state.withLock { _ = $0.tables.insert(table) } }

  func hold(points: Bool) { self.state.withLock { $0.holdsPoints = points } }
  func fail(_ fails: Bool) { self.state.withLock { $0.fails = fails } }
  func release() { self.state.withLock { $0.isHeld = false } }

  func waitUntilHeld() async {
    while !self.state.withLock({ $0.isHeld }) { await Task.yield() }
  }

  func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    let isPoints = batches.contains { $0.schema.name == "m" }
    if !isPoints, self.state.withLock({ $0.fails }) {
      throw SeriesError(.diskFull, "no counters are taken now")
    }
    let isChosen = self.state.withLock { state -> Bool in
      if !isPoints { state.counterRows += batches.reduce(0) { $0 + $1.count } }
      guard state.holdsPoints == isPoints else { return false }
      state.holdsPoints = nil
      state.isHeld = true
      return true
    }
    while isChosen, self.state.withLock({ $0.isHeld }) { await Task.yield() }
    return try await self.store.write(batches)
  }

  func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.store.view(group: group, times: times).map { segment in
      StoredSegment(
        times: segment.times, shards: segment.shards.map { NotedShard(inner: $0, store: self) })
    }
  }
}

struct NotedShard: StoredShard {
  let inner: any StoredShard
  let store: GatedStore

  var shard: UInt32 { self.inner.shard }

  func series(
    table: String, terms: [IndexTerms], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows {
    self.store.noteRead(table)
    return try await self.inner.series(table: table, terms: terms, columns: columns)
  }

  func scan(_ request: ScanRequest) -> any RowCursor {
    self.store.noteRead(request.table)
    return self.inner.scan(request)
  }

  func ordered(_ request: OrderedRequest) -> any OrderCursor { self.inner.ordered(request) }
}
