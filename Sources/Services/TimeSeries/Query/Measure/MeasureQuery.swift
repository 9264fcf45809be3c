import Protobuf
import SeriesColumns
import SeriesModel
package import SeriesSchema
import SeriesStorage
package import SeriesWire

/// Queries of measures: scan, group, aggregate, top, offset and limit.
package struct MeasureQuery {
  private let request: MeasureWire.QueryRequest
  private let plan: MeasurePlan
  private let environment: QueryEnvironment
  private let notBefore: Int64

  private init(
    _ request: MeasureWire.QueryRequest, notBefore: Int64, _ environment: QueryEnvironment
  ) throws(SeriesFault) {
    self.request = request
    self.plan = try MeasurePlan(request, environment, notBefore: notBefore)
    self.environment = environment
    self.notBefore = notBefore
  }

  /// Answers `request`. A fault while a trace is asked for is in the trace, and the answer has no points.
  package static func answer(
    _ request: MeasureWire.QueryRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> RowAnswer {
    let probe = QueryProbe.make(environment.time, isOn: request.trace)
    var answer = RowAnswer(.points)
    do throws(SeriesFault) {
      probe.begin("measure-query")
      probe.note("name", request.name)
      let gate = await QueryGate.check(
        environment, .measure, groups: request.groups, name: request.name,
        request.groupModRevisions)
      answer.statuses = gate.statuses
      guard gate.isOpen else { return answer }
      let query = try MeasureQuery(request, notBefore: gate.createdAt, environment)
      try await query.points(probe, to: &answer)
      probe.note("points", "\(answer.count)")
      if request.trace { answer.trace = probe.trace() }
      return answer
    } catch {
      guard request.trace else { throw error }
      var failed = RowAnswer(.points)
      failed.trace = probe.trace(error: error)
      return failed
    }
  }

  /// The same as a message.
  package static func run(
    _ request: MeasureWire.QueryRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> MeasureWire.QueryResponse {
    try await self.answer(request, in: environment).message(MeasureWire.QueryResponse.self)
  }

  private func points(
    _ probe: QueryProbe, to answer: inout RowAnswer
  ) async throws(SeriesFault) {
    var sink = MeasureSink(self.plan, self.environment)
    if let source = self.environment.partials {
      let query = PartialQuery(
        .measure, self.plan.target.mappings, body: self.request.encoded(),
        notBefore: self.notBefore, in: self.environment)
      let shares = try await source.partials(query)
      probe.note("nodes", "\(shares.count)")
      for bytes in shares { try sink.add(try PartialAnswer(bytes)) }
    } else {
      try await self.read(into: &sink, probe)
    }
    try sink.finish(to: &answer)
  }

  /// What the rows of `environment` add to the answer.
  static func share(
    _ request: MeasureWire.QueryRequest, _ notBefore: Int64, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> PartialAnswer {
    let query = try MeasureQuery(request, notBefore: notBefore, environment)
    var sink = MeasureSink(query.plan, environment)
    try await query.read(into: &sink, QueryProbe.make(environment.time, isOn: false))
    return sink.share()
  }

  private func read(
    into sink: inout MeasureSink, _ probe: QueryProbe
  ) async throws(SeriesFault) {
    for group in self.plan.target.mappings.indices {
      try await self.read(group, into: &sink, probe)
    }
  }

  private func read(
    _ group: Int, into sink: inout MeasureSink, _ probe: QueryProbe
  ) async throws(SeriesFault) {
    let mapping = self.plan.target.mappings[group]
    let tags = self.plan.projection.places[group] + [self.plan.orderTags[group]]
    let scan = TableScan(
      mapping, self.plan.criteria[group], times: self.plan.times, tags: tags.compactMap { $0 },
      fields: self.plan.fieldPlaces[group].compactMap { $0 },
      readsVersions: self.plan.aggregate == nil || mapping.subject.isIndexMode,
      turns: self.environment.turns)
    let segments = try await self.environment.segments(mapping.subject, self.plan.times)
    for segment in self.plan.order.isDescending ? segments.reversed() : segments {
      // Of a document a later segment may have a newer one.
      guard mapping.subject.isIndexMode || sink.wants(segment.times) else { continue }
      probe.begin("segment \(segment.times)")
      var rows = 0
      for shard in segment.shards {
        var cursor = try await scan.open(shard)
        cursor.narrow(to: sink.wantedTimes)
        while let block = try await cursor.next() {
          rows += block.block.count
          try sink.add(block, group)
          cursor.narrow(to: sink.wantedTimes)
        }
      }
      probe.note("rows", "\(rows)")
      probe.end()
      sink.settle()
    }
    try sink.endGroup()
  }
}

/// Where scanned points go.
struct MeasureSink {
  private let plan: MeasurePlan
  private var budget: QueryBudget
  private var rows: RowSelector
  private var groups: GroupTable?
  private var top: TopSelector?
  /// Of index-mode measures the newest document of each series, until the group is through.
  private var documents: [UInt64: ResultRow] = [:]

  init(_ plan: MeasurePlan, _ environment: QueryEnvironment) {
    self.plan = plan
    self.budget = QueryBudget(limitBytes: environment.budgetBytes)
    self.rows = RowSelector(plan.order, count: plan.reach, dropsRepeats: false)
    if plan.grouping != nil || plan.aggregate != nil {
      self.groups = GroupTable(plan)
    } else if let top = plan.top {
      self.top = TopSelector(top, plan.order)
    }
  }

  /// Whether a segment can still add to the answer.
  func wants(_ times: Range<Int64>) -> Bool {
    guard self.groups == nil, self.top == nil else { return true }
    return self.rows.takes(
      time: self.plan.order.isDescending ? times.upperBound - 1 : times.lowerBound)
  }

  /// The times that can still add to the answer; nil for all.
  var wantedTimes: ClosedRange<Int64>? {
    self.groups == nil && self.top == nil ? self.rows.wantedTimes : nil
  }

  mutating func settle() {
    if self.groups == nil, self.top == nil { self.rows.settle(&self.budget) }
  }

  mutating func add(_ block: ScannedBlock, _ group: Int) throws(SeriesFault) {
    if self.plan.target.mappings[group].subject.isIndexMode {
      try block.forEachRow { (run, row) throws(SeriesFault) in
        try self.addDocument(self.plan.row(block, group, run, row))
      }
    } else if self.groups != nil {
      try self.addFolded(block, group)
    } else if self.top != nil {
      try self.addRanked(block, group)
    } else {
      try self.addRows(block, group)
    }
  }

  /// Most rows are turned away before a value of theirs is copied.
  private mutating func addRanked(_ block: ScannedBlock, _ group: Int) throws(SeriesFault) {
    let column = self.plan.fieldPlaces[group][self.plan.top?.field ?? 0].flatMap {
      block.scan.fieldPlace[$0]
    }.map { block.block.columns[$0] }
    try block.forEachRow { (run, row) throws(SeriesFault) in
      guard self.top?.takes(column, row) ?? false else { return }
      try self.add(self.plan.row(block, group, run, row))
    }
  }

  private mutating func addRows(_ block: ScannedBlock, _ group: Int) throws(SeriesFault) {
    let plan = self.plan
    try self.rows.add(
      block,
      block.answer(
        group: group, tags: plan.projection.places[group], fields: plan.fieldPlaces[group]),
      orderTag: plan.orderTags[group], &self.budget)
  }

  /// An order by value is one of a tag that each series has once.
  private mutating func addFolded(_ block: ScannedBlock, _ group: Int) throws(SeriesFault) {
    let plan = self.plan
    let tags = (plan.grouping ?? []).map { plan.projection.places[group][$0] }
    let places = tags.compactMap { $0 }.map { block.scan.place(ofTag: $0) }
    let seriesPlaces = places.compactMap { if case .series(let place) = $0 { place } else { nil } }
    let isOnlySeries = !places.isEmpty && seriesPlaces.count == places.count
    let runs =
      isOnlySeries && !plan.order.isByValue
      ? block.series?.groups.numbers(ofRuns: block, by: seriesPlaces) : nil
    let fold = BlockFold(
      block, tags: tags,
      field: plan.aggregate.flatMap { plan.fieldPlaces[group][$0.field] }.flatMap {
        block.scan.fieldPlace[$0]
      }.map { block.block.columns[$0] },
      isPerSeries: !seriesPlaces.isEmpty || plan.order.isByValue,
      isDescending: plan.order.isDescending && !plan.order.isByValue, runs: runs)
    for found in fold.groups {
      if runs != nil, let groups = block.series?.groups {
        let entry = try self.groups?.entry(
          of: found.number, at: block.block.timestamps[found.row], among: &groups.entries,
          &self.budget
        ) { plan.row(block, group, found.run, found.row) }
        self.groups?.add(found.figures, to: entry ?? 0)
      } else {
        let row = self.plan.row(block, group, found.run, found.row)
        guard let entry = try self.groups?.entry(of: row, &self.budget) else { continue }
        self.groups?.add(found.figures, to: entry)
      }
    }
  }

  private mutating func addDocument(_ row: ResultRow) throws(SeriesFault) {
    if let known = self.documents[row.seriesID],
      (known.timestamp, known.version) >= (row.timestamp, row.version)
    {
      return
    }
    if self.documents[row.seriesID] == nil { try self.budget.take(row.byteCount) }
    self.documents[row.seriesID] = row
  }

  private mutating func add(_ row: ResultRow) throws(SeriesFault) {
    if self.groups != nil {
      try self.groups?.add(row, &self.budget)
    } else {
      self.top?.add(row, row.values[self.plan.projection.count + (self.plan.top?.field ?? 0)])
    }
  }

  private mutating func add(_ rows: [ResultRow]) throws(SeriesFault) {
    if self.groups == nil, self.top == nil { return try self.rows.add(rows, &self.budget) }
    for row in rows { try self.add(row) }
  }

  mutating func endGroup() throws(SeriesFault) {
    let order = self.plan.order
    try self.add(self.documents.values.sorted { order.precedes($0, $1) })
    self.documents.removeAll()
  }

  // MARK: Shares of other nodes

  mutating func add(_ answer: PartialAnswer) throws(SeriesFault) {
    try self.add(answer.rows)
    for entry in answer.entries { try self.groups?.add(entry, &self.budget) }
  }

  consuming func share() -> PartialAnswer {
    var answer = PartialAnswer()
    if let groups = self.groups {
      answer.entries = groups.entries
    } else if let top = self.top {
      answer.rows = top.finish().map(\.row)
    } else {
      answer.rows = self.rows.finish(offset: 0).results
    }
    return answer
  }

  // MARK: The answer

  consuming func finish(to answer: inout RowAnswer) throws(SeriesFault) {
    let plan = self.plan
    answer.shape = AnswerShape(.points, plan.projection, fields: plan.fields)
    if let groups = self.groups {
      try Self.points(groups.finish(), plan, to: &answer)
    } else if let top = self.top {
      answer.rows = SelectedRows(Self.cut(top.finish().map(\.row), plan))
    } else {
      answer.rows = self.rows.finish(offset: plan.offset)
    }
  }

  private static func cut<T>(_ values: [T], _ plan: MeasurePlan) -> ArraySlice<T> {
    values.dropFirst(plan.offset).prefix(max(0, plan.reach - plan.offset))
  }

  private static func points(
    _ entries: [GroupTable.Entry], _ plan: MeasurePlan, to answer: inout RowAnswer
  ) throws(SeriesFault) {
    guard let aggregate = plan.aggregate else {
      var rows = entries.map(\.first)
      if let top = plan.top {
        var selector = TopSelector(top, plan.order)
        for row in rows { selector.add(row, row.values[plan.projection.count + top.field]) }
        rows = selector.finish().map(\.row)
      }
      answer.rows = SelectedRows(self.cut(rows, plan))
      return
    }
    let name = plan.fields[aggregate.field]
    let isFloat = plan.isFloat(field: aggregate.field)
    var results: [(row: ResultRow, value: SeriesValue)] = []
    for entry in entries {
      results.append(
        (entry.first, try entry.figures.value(aggregate.function, isFloat: isFloat, field: name)))
    }
    if let top = plan.top {
      var selector = TopSelector(top, plan.order)
      for result in results { selector.add(result.row, result.value) }
      results = selector.finish()
    }
    answer.shape.fields = [name]
    answer.shape.isAggregated = true
    answer.rows = SelectedRows(
      self.cut(results, plan).lazy.map { result in
        var row = result.row
        row.values = Array(row.values.prefix(plan.projection.count)) + [result.value]
        return row
      })
  }
}

extension MeasurePlan {
  /// Its values are the tags of the projection and then the fields.
  fileprivate func row(_ block: ScannedBlock, _ group: Int, _ run: Int, _ row: Int) -> ResultRow {
    let places = self.projection.places[group]
    let fields = self.fieldPlaces[group]
    var values: [SeriesValue] = []
    values.reserveCapacity(places.count + fields.count)
    for place in places {
      values.append(place.map { block.value(ofTag: $0, run: run, row: row) } ?? .null)
    }
    for place in fields {
      values.append(place.map { block.value(ofField: $0, row: row) } ?? .null)
    }
    let orderTag = self.orderTags[group]
    return ResultRow(
      timestamp: block.block.timestamps[row], seriesID: block.block.runs[run].seriesID,
      version: block.block.versions.isEmpty ? 0 : block.block.versions[row],
      order: orderTag.map { block.value(ofTag: $0, run: run, row: row) } ?? .null, group: group,
      values: values)
  }
}
