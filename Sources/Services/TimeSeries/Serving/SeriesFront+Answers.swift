import Protobuf
import Runtime
import SeriesProperty
package import SeriesQL
import SeriesQuery
package import SeriesSchema
package import SeriesStorage
package import SeriesWire
import Values

/// Queries: those of clients, and those that texts stand for.
extension SeriesFront {
  package func query(
    _ request: StreamWire.QueryRequest,
    missing: MissingShards? = nil
  ) async throws(SeriesFault) -> StreamWire.QueryResponse {
    try await self.answer(request, missing: missing).message(StreamWire.QueryResponse.self)
  }

  func answer(
    _ request: StreamWire.QueryRequest, missing: MissingShards? = nil, isText: Bool = false
  ) async throws(SeriesFault) -> RowAnswer {
    try FieldRules.query(request.groups, request.name)
    try FieldRules.present(request.projection, "projection")
    let entry = self.entry("stream", request.groups, request.name, isText)
    return try await self.measured(entry, request) { () async throws(SeriesFault) in
      try await StreamQuery.answer(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  package func query(
    _ request: MeasureWire.QueryRequest,
    missing: MissingShards? = nil
  ) async throws(SeriesFault) -> MeasureWire.QueryResponse {
    try await self.answer(request, missing: missing).message(MeasureWire.QueryResponse.self)
  }

  func answer(
    _ request: MeasureWire.QueryRequest, missing: MissingShards? = nil, isText: Bool = false
  ) async throws(SeriesFault) -> RowAnswer {
    try FieldRules.query(request.groups, request.name)
    try FieldRules.present(request.timeRange, "time_range")
    let entry = self.entry("measure", request.groups, request.name, isText)
    return try await self.measured(entry, request) { () async throws(SeriesFault) in
      try await MeasureQuery.answer(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  package func query(
    _ request: MeasureWire.TopNRequest,
    missing: MissingShards? = nil, isText: Bool = false
  ) async throws(SeriesFault) -> MeasureWire.TopNResponse {
    try FieldRules.query(request.groups, request.name)
    try FieldRules.present(request.timeRange, "time_range")
    guard request.topN > 0 else { throw .rule("top_n", "\(request.topN) is not above 0") }
    let entry = self.entry("topn", request.groups, request.name, isText)
    return try await self.measured(entry, request) { () async throws(SeriesFault) in
      try await TopNQuery.run(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  package func query(
    _ request: TraceWire.QueryRequest,
    missing: MissingShards? = nil, isText: Bool = false
  ) async throws(SeriesFault) -> TraceWire.QueryResponse {
    try FieldRules.query(request.groups, request.name)
    let entry = self.entry("trace", request.groups, request.name, isText)
    return try await self.measured(entry, request) { () async throws(SeriesFault) in
      try await TraceQuery.run(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  func query(
    _ request: PropertyWire.QueryRequest, isText: Bool = false
  ) async throws(SeriesFault) -> PropertyWire.QueryResponse {
    let entry = self.entry("property", request.groups, request.name, isText)
    return try await self.logged(entry, request) { () async throws(SeriesFault) in
      try await self.properties.query(request)
    }
  }

  // MARK: Texts

  func answer(
    _ request: BydbQLWire.QueryRequest, _ watch: CallWatch
  ) async throws(SeriesFault) -> QueryAnswer {
    try FieldRules.text(request.query, "query")
    guard let log = self.queryLog else {
      var entry = QueryLog.Entry(kind: "bydbql")
      return try await self.answer(request, watch, &entry)
    }
    var entry = QueryLog.Entry(kind: "bydbql")
    entry.use = self.statements.use(of: request.query)
    let start = self.queries.time.wallNow.nanoseconds
    do throws(SeriesFault) {
      let answer = try await self.answer(request, watch, &entry)
      entry.duration = self.elapsed(since: start)
      await log.note(entry, request)
      return answer
    } catch {
      entry.duration = self.elapsed(since: start)
      entry.fault = error
      await log.note(entry, request)
      throw error
    }
  }

  private func answer(
    _ request: BydbQLWire.QueryRequest, _ watch: CallWatch, _ entry: inout QueryLog.Entry
  ) async throws(SeriesFault) -> QueryAnswer {
    var response = BydbQLWire.QueryResponse()
    let native = try self.native(request)
    (entry.groups, entry.name) = (native.groups, native.name)
    try watch.require(.read, native.groups)
    switch native {
    case .stream(let native):
      return .member(try await self.answer(native, isText: true), 1, "streamResult")
    case .measure(let native):
      return .member(try await self.answer(native, isText: true), 2, "measureResult")
    case .trace(let native):
      response.result = .traceResult(try await self.query(native, isText: true))
    case .topN(let native):
      response.result = .topnResult(try await self.query(native, isText: true))
    case .property(let native):
      response.result = .propertyResult(try await self.query(native, isText: true))
    }
    return .message(response)
  }

  /// The request that a text stands for.
  package func native(
    _ request: BydbQLWire.QueryRequest
  ) throws(SeriesFault) -> NativeRequest {
    do throws(BydbQLError) {
      return try BydbQL.request(
        request.query, request.params, self.registry,
        now: self.queries.time.wallNow.nanoseconds, cache: self.statements)
    } catch {
      throw SeriesFault(
        error.stage == .transform ? .internalError : .invalidArgument, error.description)
    }
  }

  // MARK: Logs

  /// Nil where nobody wants to know, and for what a text stands for: that has a line of its own.
  private func entry(
    _ kind: String, _ groups: [String], _ name: String, _ isText: Bool
  ) -> QueryLog.Entry? {
    guard self.queryLog != nil, !isText else { return nil }
    var entry = QueryLog.Entry(kind: kind)
    (entry.groups, entry.name) = (groups, name)
    return entry
  }

  /// Runs a query when there is memory for it, and tells the log of it.
  private func measured<Answer: Sendable>(
    _ entry: QueryLog.Entry?, _ request: any ProtobufMessage,
    _ body: () async throws(SeriesFault) -> Answer
  ) async throws(SeriesFault) -> Answer {
    try await self.logged(entry, request) { () async throws(SeriesFault) in
      try await self.protector?.waitForRoom()
      return try await body()
    }
  }

  private func logged<Answer: Sendable>(
    _ entry: QueryLog.Entry?, _ request: any ProtobufMessage,
    _ body: () async throws(SeriesFault) -> Answer
  ) async throws(SeriesFault) -> Answer {
    guard let log = self.queryLog, var entry else { return try await body() }
    // A loop's own time stands still for a turn, and a query may be one turn.
    let start = self.queries.time.wallNow.nanoseconds
    do throws(SeriesFault) {
      let answer = try await body()
      entry.duration = self.elapsed(since: start)
      await log.note(entry, request)
      return answer
    } catch {
      entry.duration = self.elapsed(since: start)
      entry.fault = error
      await log.note(entry, request)
      throw error
    }
  }

  /// Nothing when the clock was set back meanwhile.
  private func elapsed(since start: Int64) -> Duration {
    .nanoseconds(max(0, self.queries.time.wallNow.nanoseconds - start))
  }
}

extension NativeRequest {
  var groups: [String] {
    switch self {
    case .stream(let request): request.groups
    case .measure(let request): request.groups
    case .trace(let request): request.groups
    case .property(let request): request.groups
    case .topN(let request): request.groups
    }
  }

  var name: String {
    switch self {
    case .stream(let request): request.name
    case .measure(let request): request.name
    case .trace(let request): request.name
    case .property(let request): request.name
    case .topN(let request): request.name
    }
  }
}
