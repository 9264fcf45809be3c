import Bytes
import Crypto
import Protobuf
import SeriesColumns
import SeriesModel
package import SeriesSchema
import SeriesStorage
package import SeriesWire

/// Queries of traces.
package struct TraceQuery {
  /// Candidates of an order that are read together.
  private static let batchCount = 64
  private static let attemptsMax = 2

  private let plan: TracePlan
  private let environment: QueryEnvironment

  package static func run(
    _ request: TraceWire.QueryRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> TraceWire.QueryResponse {
    let probe = QueryProbe.make(environment.time, isOn: request.trace)
    var response = TraceWire.QueryResponse()
    do throws(SeriesFault) {
      probe.begin("trace-query")
      probe.note("name", request.name)
      let gate = await QueryGate.check(
        environment, .trace, groups: request.groups, name: request.name,
        request.groupModRevisions)
      response.groupStatuses = gate.statuses
      guard gate.isOpen else { return response }
      let query = TraceQuery(
        plan: try TracePlan(request, environment, notBefore: gate.createdAt),
        environment: environment)
      response.traces = try await query.tracesAgain()
      probe.note("traces", "\(response.traces.count)")
      if request.trace { response.traceQueryResult = probe.trace() }
      return response
    } catch {
      guard request.trace else { throw error }
      return TraceWire.QueryResponse { $0.traceQueryResult = probe.trace(error: error) }
    }
  }

  /// A trace as it is put together.
  private struct Found {
    var id: String
    var spans: [TraceWire.Span] = []
    var spanIDs: Set<String> = []
    /// Whether one of its spans meets the criteria.
    var qualifies = false
  }

  /// A copy whose node goes away while it is read is not gone on with: the query begins again with another.
  private func tracesAgain() async throws(SeriesFault) -> [TraceWire.Trace] {
    guard self.environment.partials != nil else { return try await self.traces() }
    for _ in 0..<Self.attemptsMax {
      do throws(SeriesFault) {
        return try await self.traces()
      } catch {
        guard error.kind == .unavailable else { throw error }
      }
    }
    return try await self.traces()
  }

  private func traces() async throws(SeriesFault) -> [TraceWire.Trace] {
    var budget = QueryBudget(limitBytes: self.environment.budgetBytes)
    let found =
      self.plan.ids != nil
      ? try await self.named(&budget) : try await self.ordered(&budget)
    return found.dropFirst(self.plan.offset).prefix(max(0, self.plan.reach - self.plan.offset))
      .map { trace in
        TraceWire.Trace {
          $0.traceID = trace.id
          $0.spans = trace.spans
        }
      }
  }

  private func named(_ budget: inout QueryBudget) async throws(SeriesFault) -> [Found] {
    let ids = Set(self.plan.ids ?? [])
    let numbers = Set(ids.map { Self.number($0) })
    let found = try await self.read(numbers, &budget)
    return found.values.filter { ids.contains($0.id) && $0.qualifies }
      .sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
  }

  /// The series of a trace.
  private static func number(_ id: String) -> UInt64 { XXH64.hash(of: Array(id.utf8).rawBytes) }

  // MARK: By order

  /// Walks the orders from the best key on, until there are enough traces.
  private func ordered(_ budget: inout QueryBudget) async throws(SeriesFault) -> [Found] {
    var merge = try await self.openOrders()
    var seen: Set<UInt64> = []
    var traces: [Found] = []
    while traces.count < self.plan.reach {
      var batch: [UInt64] = []
      while batch.count < Self.batchCount, let entry = try await merge.next() {
        guard seen.insert(entry.seriesID).inserted else { continue }
        try budget.take(16)
        batch.append(entry.seriesID)
      }
      guard !batch.isEmpty else { break }
      let found = try await self.read(Set(batch), &budget)
      for number in batch {
        guard let trace = found[number], trace.qualifies else { continue }
        traces.append(trace)
      }
    }
    return traces
  }

  private func openOrders() async throws(SeriesFault) -> OrderMerge {
    var sources: [OrderMerge.Source] = []
    for group in self.plan.groups {
      guard let rule = group.rule else { continue }
      var request = OrderedRequest(
        table: group.mapping.schema.name, order: rule.metadata?.name ?? "")
      request.prefixes = group.orderPrefixes
      request.keys = group.keys
      request.times = self.plan.times
      request.descending = self.plan.isDescending
      for segment in try await self.environment.segments(group.mapping.subject, self.plan.times) {
        for shard in segment.shards {
          sources.append(
            OrderMerge.Source(cursor: shard.ordered(request), filter: group.prefixFilter))
        }
      }
    }
    return OrderMerge(sources, isDescending: self.plan.isDescending)
  }

  // MARK: Spans

  /// All spans of these traces, whatever their time: the range finds traces, it does not cut them.
  private func read(
    _ numbers: Set<UInt64>, _ budget: inout QueryBudget
  ) async throws(SeriesFault) -> [UInt64: Found] {
    var found: [UInt64: Found] = [:]
    let series = numbers.sorted()
    for (index, group) in self.plan.groups.enumerated() {
      let subject = group.mapping.subject
      let tags = self.plan.places[index].compactMap { $0 } + [subject.traceID, subject.spanID]
      let scan = TableScan(
        group.mapping, CriteriaPlan(), times: .min ... .max, tags: tags + group.criteria.tags,
        readsSpans: true, turns: self.environment.turns)
      let times = self.plan.ids == nil ? Int64.min ... .max : self.plan.times
      for segment in try await self.environment.segments(subject, times) {
        for shard in segment.shards {
          var cursor = scan.open(shard, series: series)
          while let block = try await cursor.next() {
            try self.add(block, index, to: &found, &budget)
          }
        }
      }
    }
    return found
  }

  private func add(
    _ block: ScannedBlock, _ index: Int, to found: inout [UInt64: Found],
    _ budget: inout QueryBudget
  ) throws(SeriesFault) {
    let group = self.plan.groups[index]
    let subject = group.mapping.subject
    let passing = group.criteria.rows(count: block.block.count) { condition in
      guard case .row(let place) = block.scan.place(ofTag: condition.tag) else { return nil }
      return condition.mask(block.block.columns[place], count: block.block.count)
    }
    try block.forEachRow { (run, row) throws(SeriesFault) in
      let number = block.block.runs[run].seriesID
      guard case .string(let id) = block.value(ofTag: subject.traceID, run: run, row: row) else {
        return
      }
      let isInTime = self.plan.times.contains(block.block.timestamps[row])
      var spanID = ""
      if case .string(let text) = block.value(ofTag: subject.spanID, run: run, row: row) {
        spanID = text
      }
      var trace = found[number] ?? Found(id: id)
      guard trace.id == id else { return }
      if passing[row], isInTime { trace.qualifies = true }
      // Copies of a span carry its id; a span without one is none.
      if spanID.isEmpty || trace.spanIDs.insert(spanID).inserted {
        let span = self.span(block, index, run, row, spanID)
        try budget.take(span.span.count + 256 + 64 * span.tags.count)
        trace.spans.append(span)
      }
      found[number] = trace
    }
  }

  private func span(
    _ block: ScannedBlock, _ group: Int, _ run: Int, _ row: Int, _ spanID: String
  ) -> TraceWire.Span {
    TraceWire.Span {
      $0.tags = zip(self.plan.tagNames, self.plan.places[group]).map { name, place in
        ModelWire.Tag {
          $0.key = name
          $0.value =
            (place.map { block.value(ofTag: $0, run: run, row: row) } ?? .null).tagValue
        }
      }
      $0.span = block.block.columns[block.scan.spanPlace].byteArray(row)
      $0.spanID = spanID
    }
  }
}

extension TableScan {
  /// Reads these series of a shard, without looking at any condition.
  func open(_ shard: any StoredShard, series: [UInt64]) -> TableScanCursor {
    let request = ScanRequest(
      table: self.mapping.schema.name, times: self.times, series: series,
      columns: self.rowColumns)
    return TableScanCursor(scan: self, series: nil, rows: shard.scan(request))
  }
}

/// The entries of many orders as one, the best key first.
struct OrderMerge {
  struct Source {
    var cursor: any OrderCursor
    var filter: PrefixFilter?
    var head: OrderedEntry?
    var isStarted = false

    /// Whether the head is one to look at; the end is.
    var isAdmitted: Bool {
      guard let head = self.head, let filter = self.filter else { return true }
      return filter.admits(head.prefix)
    }
  }

  private var sources: [Source]
  private let isDescending: Bool

  init(_ sources: [Source], isDescending: Bool) {
    self.sources = sources
    self.isDescending = isDescending
  }

  mutating func next() async throws(SeriesFault) -> OrderedEntry? {
    var best: Int?
    for index in self.sources.indices {
      if !self.sources[index].isStarted {
        self.sources[index].isStarted = true
        try await self.advance(index)
      }
      guard let head = self.sources[index].head else { continue }
      guard let current = best, let leader = self.sources[current].head else {
        best = index
        continue
      }
      if self.isDescending ? head.key > leader.key : head.key < leader.key { best = index }
    }
    guard let best else { return nil }
    let entry = self.sources[best].head
    try await self.advance(best)
    return entry
  }

  private mutating func advance(_ index: Int) async throws(SeriesFault) {
    do throws(SeriesError) {
      repeat {
        self.sources[index].head = try await self.sources[index].cursor.next()
      } while !self.sources[index].isAdmitted
    } catch {
      throw SeriesFault(error)
    }
  }
}
