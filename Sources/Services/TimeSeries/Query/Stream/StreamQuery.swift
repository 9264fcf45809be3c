import Protobuf
import SeriesColumns
import SeriesModel
package import SeriesSchema
import SeriesStorage
package import SeriesWire

/// Queries of streams.
package struct StreamQuery {
  static let defaultLimit: UInt32 = 20

  private let environment: QueryEnvironment
  private let request: StreamWire.QueryRequest
  private let target: QueryTarget
  private let projection: TagSelection
  private let order: RowOrder
  /// By group: the tag that orders.
  private let orderTags: [Int?]
  private let criteria: [CriteriaPlan]
  private let times: ClosedRange<Int64>
  private let notBefore: Int64

  /// Answers `request`. A fault while a trace is asked for is in the trace, and the answer has no rows.
  package static func answer(
    _ request: StreamWire.QueryRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> RowAnswer {
    let probe = QueryProbe.make(environment.time, isOn: request.trace)
    var answer = RowAnswer(.elements)
    do throws(SeriesFault) {
      probe.begin("stream-query")
      probe.note("name", request.name)
      let gate = await QueryGate.check(
        environment, .stream, groups: request.groups, name: request.name,
        request.groupModRevisions)
      answer.statuses = gate.statuses
      guard gate.isOpen else { return answer }
      let query = try StreamQuery(request, environment, notBefore: gate.createdAt)
      answer.shape = AnswerShape(.elements, query.projection)
      answer.rows = try await query.elements(probe)
      probe.note("elements", "\(answer.count)")
      if request.trace { answer.trace = probe.trace() }
      return answer
    } catch {
      guard request.trace else { throw error }
      var failed = RowAnswer(.elements)
      failed.trace = probe.trace(error: error)
      return failed
    }
  }

  /// The same as a message.
  package static func run(
    _ request: StreamWire.QueryRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> StreamWire.QueryResponse {
    try await self.answer(request, in: environment).message(StreamWire.QueryResponse.self)
  }

  private init(
    _ request: StreamWire.QueryRequest, _ environment: QueryEnvironment, notBefore: Int64
  ) throws(SeriesFault) {
    self.environment = environment
    self.request = request
    self.notBefore = notBefore
    self.times = try QueryTimes.range(request.timeRange, isMandatory: false, notBefore: notBefore)
    let target = try QueryTarget(
      environment, .stream, groups: request.groups, name: request.name,
      stages: request.stages)
    self.target = target
    self.projection = try target.projection(request.projection)
    guard self.projection.count > 0 else { throw .query("the projection has no tags") }
    (self.order, self.orderTags) = try target.order(request.orderBy, tiesByVersion: true)
    self.criteria = try target.criteria(request.criteria) { _ in .stream }
  }

  private func elements(_ probe: QueryProbe) async throws(SeriesFault) -> SelectedRows {
    var budget = QueryBudget(limitBytes: self.environment.budgetBytes)
    var rows = self.selector
    if let source = self.environment.partials {
      let query = PartialQuery(
        .stream, self.target.mappings, body: self.request.encoded(), notBefore: self.notBefore,
        in: self.environment)
      let answers = try await source.partials(query)
      probe.note("nodes", "\(answers.count)")
      for bytes in answers { try rows.add(try PartialAnswer(bytes).rows, &budget) }
    } else {
      try await self.read(into: &rows, &budget, probe)
    }
    return rows.finish(offset: Int(self.request.offset))
  }

  private var selector: RowSelector {
    let count = Int.reach(
      self.request.offset, self.request.limit, unlimited: Self.defaultLimit)
    return RowSelector(self.order, count: count, dropsRepeats: true)
  }

  /// What the rows of `environment` add to the answer.
  static func share(
    _ request: StreamWire.QueryRequest, _ notBefore: Int64, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> PartialAnswer {
    let query = try StreamQuery(request, environment, notBefore: notBefore)
    var budget = QueryBudget(limitBytes: environment.budgetBytes)
    var rows = query.selector
    try await query.read(into: &rows, &budget, QueryProbe.make(environment.time, isOn: false))
    var answer = PartialAnswer()
    answer.rows = rows.finish(offset: 0).results
    return answer
  }

  private func read(
    into rows: inout RowSelector, _ budget: inout QueryBudget, _ probe: QueryProbe
  ) async throws(SeriesFault) {
    for group in self.target.mappings.indices {
      try await self.read(group, into: &rows, &budget, probe)
    }
  }

  private func read(
    _ group: Int, into rows: inout RowSelector, _ budget: inout QueryBudget, _ probe: QueryProbe
  ) async throws(SeriesFault) {
    let mapping = self.target.mappings[group]
    let places = self.projection.places[group]
    let scan = TableScan(
      mapping, self.criteria[group], times: self.times,
      tags: places.compactMap { $0 } + [self.orderTags[group]].compactMap { $0 },
      turns: self.environment.turns)
    let segments = try await self.environment.segments(mapping.subject, self.times)
    // Nearest first, so that later segments need not be read once there are enough.
    for segment in self.order.isDescending ? segments.reversed() : segments {
      let nearest =
        self.order.isDescending ? segment.times.upperBound - 1 : segment.times.lowerBound
      guard rows.takes(time: nearest) else {
        probe.note("segments skipped", "\(segment.times)")
        continue
      }
      for shard in segment.shards {
        var cursor = try await scan.open(shard)
        cursor.narrow(to: rows.wantedTimes)
        while let block = try await cursor.next() {
          try rows.add(
            block, block.answer(group: group, tags: places), orderTag: self.orderTags[group],
            &budget)
          cursor.narrow(to: rows.wantedTimes)
        }
      }
      rows.settle(&budget)
    }
  }
}

extension QueryEnvironment {
  /// What is stored of a subject's group in `times`.
  func segments(
    _ subject: Subject, _ times: ClosedRange<Int64>
  ) async throws(SeriesFault) -> [StoredSegment] {
    do throws(SeriesError) {
      return try await self.store.view(group: subject.key.group, times: times)
    } catch {
      throw SeriesFault(error)
    }
  }
}
