import Bytes
import Protobuf
import Runtime
import SeriesColumns
import SeriesModel
package import SeriesSchema
import SeriesStorage
package import SeriesWire
import Values

// A ranking is made of the counters that are kept of its windows, and of the points of its source where there
// are none: windows that are not over, or had late points, or are older than the rule.

/// Queries of rankings.
package struct TopNQuery {
  /// One group's ranking.
  fileprivate struct Part {
    var source: RankingSource
    /// Tags and the values they must have.
    var conditions: [(tag: Int, value: SeriesValue)]
    /// Those values in the order of the rule's tags; nil without conditions.
    var group: [SeriesValue]?

    var mapping: TableMapping { self.source.mapping }
  }

  private let request: MeasureWire.TopNRequest
  private let environment: QueryEnvironment
  private let sources: [Part]
  private let times: ClosedRange<Int64>

  package static func run(
    _ request: MeasureWire.TopNRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> MeasureWire.TopNResponse {
    let probe = QueryProbe.make(environment.time, isOn: request.trace)
    do throws(SeriesFault) {
      probe.begin("topn-query")
      probe.note("name", request.name)
      let query = try TopNQuery(request, environment)
      var response = MeasureWire.TopNResponse()
      if let list = try await query.list(probe) { response.lists = [list] }
      if request.trace { response.trace = probe.trace() }
      return response
    } catch {
      guard request.trace else { throw error }
      return MeasureWire.TopNResponse { $0.trace = probe.trace(error: error) }
    }
  }

  private init(
    _ request: MeasureWire.TopNRequest, _ environment: QueryEnvironment
  ) throws(SeriesFault) {
    self.request = request
    self.environment = environment
    self.times = try QueryTimes.range(request.timeRange, isMandatory: true)
    guard request.fieldValueSort == .asc || request.fieldValueSort == .desc else {
      throw SeriesFault(.invalidArgument, "field_value_sort must be ASC or DESC")
    }
    var sources: [Part] = []
    for group in request.groups {
      sources.append(try Self.source(request, group, environment))
    }
    for other in sources.map(\.source).dropFirst() {
      guard let first = sources.first?.source, other.entityNames == first.entityNames,
        other.rule.fieldName == first.rule.fieldName
      else { throw .query("the rankings of these groups are not of one entity and one field") }
    }
    self.sources = sources
  }

  private static func source(
    _ request: MeasureWire.TopNRequest, _ group: String, _ environment: QueryEnvironment
  ) throws(SeriesFault) -> Part {
    guard !environment.registry.isDeleting(group) else {
      throw SeriesFault(.failedPrecondition, "group \(group) is pending deletion")
    }
    let key = SchemaKey(.topN, group, request.name)
    guard
      let rule = environment.registry.current.object(DatabaseWire.TopNAggregation.self, key)
    else { throw SeriesFault(.notFound, "ranking \(key): \(SeriesFault.notFound.message)") }
    guard rule.fieldValueSort == .unspecified || rule.fieldValueSort == request.fieldValueSort
    else {
      throw SeriesFault(
        .invalidArgument, "ranking \(key) is kept in the other direction only")
    }
    let source = try RankingSource(key, rule, environment)
    try QueryTarget.check(request.stages, source.mapping.subject.group)
    let conditions = try self.conditions(request, rule, source.mapping.subject)
    let values = Dictionary(
      request.conditions.map { ($0.name, SeriesValue($0.value ?? ModelWire.TagValue())) },
      uniquingKeysWith: { _, last in last })
    return Part(
      source: source, conditions: conditions,
      group: conditions.isEmpty ? nil : rule.groupByTagNames.map { values[$0] ?? .null })
  }

  private static func conditions(
    _ request: MeasureWire.TopNRequest, _ rule: DatabaseWire.TopNAggregation, _ subject: Subject
  ) throws(SeriesFault) -> [(tag: Int, value: SeriesValue)] {
    guard !request.conditions.isEmpty else { return [] }
    var conditions: [(tag: Int, value: SeriesValue)] = []
    for condition in request.conditions {
      guard condition.op == .eq else {
        throw .query("tag \(condition.name): only EQ is supported")
      }
      guard rule.groupByTagNames.contains(condition.name),
        let tag = subject.tag(condition.name)
      else { throw .query("tag \(condition.name): only groupBy tag name is supported") }
      let value = SeriesValue(condition.value ?? ModelWire.TagValue())
      switch value {
      case .string, .int, .null: conditions.append((tag, value))
      case .float, .binary, .strings, .ints, .timestamp:
        throw .query("tag \(condition.name): a text, an integer or null is needed")
      }
    }
    guard request.conditions.count == rule.groupByTagNames.count,
      Set(request.conditions.map(\.name)).isSuperset(of: rule.groupByTagNames)
    else { throw .query("failed to parse all groupBy tags") }
    return conditions
  }

  private func list(
    _ probe: QueryProbe
  ) async throws(SeriesFault) -> MeasureWire.TopNList? {
    var budget = QueryBudget(limitBytes: self.environment.budgetBytes)
    var best: [RankedEntity] = []
    if let source = self.environment.partials {
      let query = PartialQuery(
        .topN, self.sources.map(\.mapping), body: self.request.encoded(), notBefore: .min,
        in: self.environment)
      for bytes in try await source.partials(query) { best += try PartialAnswer(bytes).ranked }
    } else {
      for source in self.sources { best += try await self.best(of: source, &budget, probe) }
    }
    best = self.ranked(best)
    guard !best.isEmpty, let names = self.sources.first?.source.entityNames else { return nil }
    let isAggregated = self.request.agg != .unspecified
    return MeasureWire.TopNList {
      if isAggregated {
        $0.timestamp = ProtoTimestamp(nanoseconds: self.environment.time.wallNow.nanoseconds)
      }
      $0.items = best.map { self.item($0, names, isAggregated: isAggregated) }
    }
  }

  /// What the rows of `environment` add to the answer.
  static func share(
    _ request: MeasureWire.TopNRequest, in environment: QueryEnvironment
  ) async throws(SeriesFault) -> PartialAnswer {
    let query = try TopNQuery(request, environment)
    var budget = QueryBudget(limitBytes: environment.budgetBytes)
    var best: [RankedEntity] = []
    let probe = QueryProbe.make(environment.time, isOn: false)
    for source in query.sources { best += try await query.best(of: source, &budget, probe) }
    var answer = PartialAnswer()
    answer.ranked = query.ranked(best)
    return answer
  }

  /// The first ones that can be answered, the best first.
  private func ranked(_ entities: [RankedEntity]) -> [RankedEntity] {
    var best = entities
    let isAscending = self.request.fieldValueSort == .asc
    best.sort { left, right in
      if left.value.ranks(before: right.value, ascending: isAscending) { return true }
      if right.value.ranks(before: left.value, ascending: isAscending) { return false }
      return RankedEntity.precedes(left.entity, right.entity)
    }
    if best.count > Int(self.request.topN) { best.removeLast(best.count - Int(self.request.topN)) }
    return best
  }

  private func item(
    _ best: RankedEntity, _ names: [String], isAggregated: Bool
  ) -> MeasureWire.TopNList.Item {
    MeasureWire.TopNList.Item {
      $0.entity = zip(names, best.entity).map { name, value in
        ModelWire.Tag {
          $0.key = name
          // An empty text comes back as null: clients know it so.
          $0.value = value == .string("") ? SeriesValue.null.tagValue : value.tagValue
        }
      }
      $0.value = best.value.fieldValue
      guard isAggregated else {
        $0.version = best.version
        $0.timestamp = ProtoTimestamp(nanoseconds: best.window)
        return
      }
      guard self.request.agg == .count else { return }
      if case .float = best.value {
        $0.value = SeriesValue.float(1).fieldValue
      } else {
        $0.value = SeriesValue.int(1).fieldValue
      }
    }
  }

  // MARK: One source

  /// The best window of each entity.
  private func best(
    of part: Part, _ budget: inout QueryBudget, _ probe: QueryProbe
  ) async throws(SeriesFault) -> [RankedEntity] {
    let (subject, interval) = (part.mapping.subject, part.source.interval)
    let first = WindowFold.start(atOrAfter: self.times.lowerBound, interval)
    let (last, overflow) = WindowFold.start(of: self.times.upperBound, interval)
      .addingReportingOverflow(interval - 1)
    guard first <= self.times.upperBound else { return [] }
    let times = first...(overflow ? .max : max(first, last))
    var fold = WindowFold(
      interval: interval, isAscending: self.request.fieldValueSort == .asc)
    for segment in try await self.environment.segments(subject, times) {
      probe.begin("segment \(segment.times)")
      let within = times.clamped(to: segment.times.lowerBound...(segment.times.upperBound - 1))
      var (windows, rows) = (0, 0)
      for shard in segment.shards {
        let (open, count) = try await self.readCounters(
          part, shard, within, into: &fold, &budget)
        windows += count
        guard let open else { continue }
        let scan = TableScan(
          part.mapping, part.source.criteria, times: open.clamped(to: times),
          tags: subject.entity + part.conditions.map(\.tag), fields: [part.source.field],
          turns: self.environment.turns)
        var cursor = try await scan.open(shard)
        while let block = try await cursor.next() {
          rows += block.block.count
          try self.add(block, part, to: &fold, &budget)
        }
      }
      probe.note("windows of counters", "\(windows)")
      probe.note("rows", "\(rows)")
      probe.end()
    }
    return fold.finish().map { entity, window in
      RankedEntity(
        entity: entity, value: window.value, window: window.start, version: window.version)
    }
  }

  /// Adds what is kept of a shard's windows; the times of those of which nothing is, and how many were kept.
  ///
  /// An entity that belongs to the answer is among the first `top_n` of the window that it is there with: whoever
  /// is before it there is before it in the answer.
  private func readCounters(
    _ part: Part, _ shard: any StoredShard, _ times: ClosedRange<Int64>,
    into fold: inout WindowFold, _ budget: inout QueryBudget
  ) async throws(SeriesFault) -> (open: ClosedRange<Int64>?, windows: Int) {
    let source = part.source
    guard let node = self.environment.keepsRankings, source.isKept,
      self.request.topN <= source.rule.countersNumber,
      part.conditions.isEmpty || source.groupTags != nil
    else { return (times, 0) }
    let isShort = part.conditions.isEmpty && Int(self.request.topN) <= RankingTable.bestCount
    let kept = try await KeptWindows.read(
      source, shard, times, isShort ? RankingTable.best : RankingTable.counters, on: node)
    let isAscending = self.request.fieldValueSort == .asc
    var covered: Set<Int64> = []
    for (window, bytes) in kept {
      let entries: [RankingList.Entry]?
      do throws(ColumnError) {
        entries = try RankingList.first(
          Int(self.request.topN), ascending: isAscending, group: part.group, in: bytes)
      } catch {
        throw SeriesFault(.internalError, "the counters of \(source.key): \(error.message)")
      }
      guard let entries else { continue }
      covered.insert(window)
      for entry in entries {
        fold.add(
          entry.series,
          WindowFold.Window(value: entry.value, start: window, version: entry.version))
        try fold.note(entry.series, { entry.entity }, &budget)
      }
    }
    return (KeptWindows.open(covered, times, source.interval), covered.count)
  }

  private func add(
    _ block: ScannedBlock, _ part: Part, to fold: inout WindowFold,
    _ budget: inout QueryBudget
  ) throws(SeriesFault) {
    guard let place = block.scan.fieldPlace[part.source.field] else { return }
    let column = block.block.columns[place]
    for (index, run) in block.block.runs.enumerated() {
      let isFound: Bool
      if block.mask == nil, part.conditions.isEmpty {
        isFound = fold.add(run.seriesID, run.rows, column, block.block)
      } else {
        let rows = run.rows.lazy.filter { row in
          (block.mask?[row] ?? true)
            && part.conditions.allSatisfy { tag, value in
              block.value(ofTag: tag, run: index, row: row) == value
            }
        }
        isFound = fold.add(run.seriesID, rows, column, block.block)
      }
      guard isFound else { continue }
      let row = run.rows.lowerBound
      try fold.note(
        run.seriesID,
        { part.mapping.subject.entity.map { block.value(ofTag: $0, run: index, row: row) } },
        &budget)
    }
  }
}

/// An entity with its best window.
struct RankedEntity: Sendable {
  var entity: [SeriesValue]
  var value: SeriesValue
  var window: Int64
  var version: Int64

  init(entity: [SeriesValue], value: SeriesValue, window: Int64, version: Int64) {
    self.entity = entity
    self.value = value
    self.window = window
    self.version = version
  }

  /// What decides between equal values. A tag without a value comes first.
  static func precedes(_ left: [SeriesValue], _ right: [SeriesValue]) -> Bool {
    left.lexicographicallyPrecedes(right) { left, right in
      left.isNull != right.isNull ? left.isNull : left.isBefore(right)
    }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(self.entity)
    self.value.append(to: &writer)
    writer.append(littleEndian: self.window)
    writer.append(littleEndian: self.version)
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.entity = try reader.values()
    self.value = try SeriesValue(&reader)
    self.window = try reader.number()
    self.version = try reader.number()
  }
}
