import HTTP
import Protobuf
import Runtime
import SeriesIngest
import SeriesProperty
package import SeriesQL
import SeriesQuery
package import SeriesSchema
package import SeriesStorage
package import SeriesWire
import Values

/// The services of data.
extension SeriesFront {
  var stream: ServiceRPCs {
    let service = "banyandb.stream.v1.StreamService"
    return ServiceRPCs(
      name: service, schema: BanyandbStreamV1StreamSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", StreamWire.QueryRequest.self, StreamWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/stream/data")],
          answer: { request throws(SeriesFault) in .rows(try await self.answer(request)) })
      ],
      streams: [self.streamWrites("/\(service)/Write")])
  }

  var measure: ServiceRPCs {
    let service = "banyandb.measure.v1.MeasureService"
    return ServiceRPCs(
      name: service, schema: BanyandbMeasureV1MeasureSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", MeasureWire.QueryRequest.self, MeasureWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/measure/data")],
          answer: { request throws(SeriesFault) in .rows(try await self.answer(request)) }),
        UnaryRPC(
          "/\(service)/TopN", MeasureWire.TopNRequest.self, MeasureWire.TopNResponse.self,
          http: [HTTPBinding(.post, "/v1/measure/topn")]
        ) { request throws(SeriesFault) in try await self.query(request) },
      ],
      streams: [self.measureWrites("/\(service)/Write")])
  }

  var trace: ServiceRPCs {
    let service = "banyandb.trace.v1.TraceService"
    return ServiceRPCs(
      name: service, schema: BanyandbTraceV1TraceSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", TraceWire.QueryRequest.self, TraceWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/trace/data")]
        ) { request throws(SeriesFault) in try await self.query(request) }
      ],
      streams: [self.traceWrites("/\(service)/Write")])
  }

  var property: ServiceRPCs {
    let service = "banyandb.property.v1.PropertyService"
    let path = "/v1/property/data/{group}/{name}"
    let object = ["property.metadata.group", "property.metadata.name", "property.id"]
    return ServiceRPCs(
      name: service, schema: BanyandbPropertyV1PropertySchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Apply", PropertyWire.ApplyRequest.self, PropertyWire.ApplyResponse.self,
          http: [HTTPBinding(.put, path + "/{id}", object)]
        ) { request throws(SeriesFault) in try await self.properties.apply(request) },
        UnaryRPC(
          "/\(service)/Delete", PropertyWire.DeleteRequest.self,
          PropertyWire.DeleteResponse.self,
          http: [
            HTTPBinding(.delete, path + "/{id}", ["group", "name", "id"]),
            HTTPBinding(.delete, path + "/", ["group", "name"]),
          ]
        ) { request throws(SeriesFault) in try await self.properties.delete(request) },
        UnaryRPC(
          "/\(service)/Query", PropertyWire.QueryRequest.self, PropertyWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/property/data/query")]
        ) { request throws(SeriesFault) in try await self.properties.query(request) },
      ])
  }

  var bydbQL: ServiceRPCs {
    let service = "banyandb.bydbql.v1.BydbQLService"
    return ServiceRPCs(
      name: service, schema: BanyandbBydbqlV1BydbqlSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", BydbQLWire.QueryRequest.self, BydbQLWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/bydbql/query")],
          answer: { request throws(SeriesFault) in try await self.answer(request) })
      ])
  }

  // MARK: Queries

  package func query(
    _ request: StreamWire.QueryRequest,
    missing: MissingShards? = nil
  ) async throws(SeriesFault) -> StreamWire.QueryResponse {
    try await self.answer(request, missing: missing).message(StreamWire.QueryResponse.self)
  }

  func answer(
    _ request: StreamWire.QueryRequest, missing: MissingShards? = nil
  ) async throws(SeriesFault) -> RowAnswer {
    try FieldRules.groups(request.groups)
    try FieldRules.text(request.name, "name")
    guard request.projection != nil else { throw .rule("projection", "value is required") }
    return try await self.measured("stream", request.groups, request.name) {
      () async throws(SeriesFault) in
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
    _ request: MeasureWire.QueryRequest, missing: MissingShards? = nil
  ) async throws(SeriesFault) -> RowAnswer {
    try FieldRules.groups(request.groups)
    try FieldRules.text(request.name, "name")
    guard request.timeRange != nil else { throw .rule("time_range", "value is required") }
    return try await self.measured("measure", request.groups, request.name) {
      () async throws(SeriesFault) in
      try await MeasureQuery.answer(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  package func query(
    _ request: MeasureWire.TopNRequest,
    missing: MissingShards? = nil
  ) async throws(SeriesFault) -> MeasureWire.TopNResponse {
    try FieldRules.groups(request.groups)
    try FieldRules.text(request.name, "name")
    guard request.timeRange != nil else { throw .rule("time_range", "value is required") }
    guard request.topN > 0 else { throw .rule("top_n", "\(request.topN) is not above 0") }
    return try await self.measured("topn", request.groups, request.name) {
      () async throws(SeriesFault) in
      try await TopNQuery.run(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  package func query(
    _ request: TraceWire.QueryRequest,
    missing: MissingShards? = nil
  ) async throws(SeriesFault) -> TraceWire.QueryResponse {
    try FieldRules.groups(request.groups)
    try FieldRules.text(request.name, "name")
    return try await self.measured("trace", request.groups, request.name) {
      () async throws(SeriesFault) in
      try await TraceQuery.run(
        request,
        in: self.queries.reading(ReadChoice(stages: request.stages, missing: missing)))
    }
  }

  func answer(_ request: BydbQLWire.QueryRequest) async throws(SeriesFault) -> QueryAnswer {
    try FieldRules.text(request.query, "query")
    var response = BydbQLWire.QueryResponse()
    switch try self.native(request) {
    case .stream(let native):
      return .member(try await self.answer(native), 1, "streamResult")
    case .measure(let native):
      return .member(try await self.answer(native), 2, "measureResult")
    case .trace(let native): response.result = .traceResult(try await self.query(native))
    case .topN(let native): response.result = .topnResult(try await self.query(native))
    case .property(let native):
      response.result = .propertyResult(try await self.properties.query(native))
    }
    return .message(response)
  }

  /// Runs a query when there is memory for it, and tells the log of it.
  private func measured<Answer: Sendable>(
    _ kind: StaticString, _ groups: [String], _ name: String,
    _ body: () async throws(SeriesFault) -> Answer
  ) async throws(SeriesFault) -> Answer {
    try await self.protector?.waitForRoom()
    guard let log = self.queryLog else { return try await body() }
    // A loop's own time stands still for a turn, and a query may be one turn.
    let start = self.queries.time.wallNow.nanoseconds
    do throws(SeriesFault) {
      let answer = try await body()
      log.note(kind, groups, name, self.elapsed(since: start), fault: nil)
      return answer
    } catch {
      log.note(kind, groups, name, self.elapsed(since: start), fault: error)
      throw error
    }
  }

  /// Nothing when the clock was set back meanwhile.
  private func elapsed(since start: Int64) -> Duration {
    .nanoseconds(max(0, self.queries.time.wallNow.nanoseconds - start))
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
}
