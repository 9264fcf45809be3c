import Admin
import AdminServing
import JSON
import Protobuf
import Runtime
import SeriesModel
import SeriesProperty
import SeriesQL
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series query` and `series topn`.
struct QueryHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.query) { input, _ in
      let front = try await seriesWork { try self.sources.front }
      let request = try await seriesWork { try Self.request(input, front) }
      let start = self.sources.time.now
      let missing = input.allowsPartial ? MissingShards() : nil
      var record = try await seriesWork {
        try await Self.run(request, input.isTraced, missing, front)
      }
      record.milliseconds =
        Double((self.sources.time.now - start).nanosecondsClamped) / 1_000_000
      record.missing = missing?.all.map(\.shard) ?? []
      return AdminItem(record, warnings: Self.warnings(missing))
    }
  }

  private static func warnings(_ missing: MissingShards?) -> [AdminWarning] {
    guard let all = missing?.all, let first = all.first else { return [] }
    return [
      AdminWarning(
        "series.partial",
        "the answer is partial: \(all.count) shards are not in it, as \(first.why)")
    ]
  }

  private static func request(
    _ input: SeriesQueryInput, _ front: SeriesFront
  ) throws -> NativeRequest {
    switch (input.query, input.request) {
    case (let text?, nil):
      var request = BydbQLWire.QueryRequest()
      request.query = text
      for (index, param) in input.params.enumerated() {
        guard let value = SeriesValue(plain: param) else {
          throw AdminError.badSeriesValue(
            "the query was not run",
            why: "parameter \(index + 1) is no text, whole number, list of those or null")
        }
        request.params.append(value.tagValue)
      }
      return try front.native(request)
    case (nil, let document?):
      guard let kind = input.resultKind else {
        throw AdminError.badSeriesValue(
          "the request was not run", why: "its kind must be given: stream, measure, trace, …")
      }
      return try self.request(kind, document.text())
    default:
      throw AdminError.badSeriesValue(
        "nothing was asked", why: "a query is either a text or a request")
    }
  }

  private static func request(
    _ kind: SeriesResultWord, _ json: String
  ) throws(AdminError) -> NativeRequest {
    do throws(ProtobufError) {
      return switch kind {
      case .stream: .stream(try StreamWire.QueryRequest(json: json))
      case .measure: .measure(try MeasureWire.QueryRequest(json: json))
      case .trace: .trace(try TraceWire.QueryRequest(json: json))
      case .property: .property(try PropertyWire.QueryRequest(json: json))
      case .topn: .topN(try MeasureWire.TopNRequest(json: json))
      }
    } catch {
      throw .badSeriesValue("the request was not understood", why: error.message)
    }
  }

  private static func run(
    _ request: NativeRequest, _ isTraced: Bool, _ missing: MissingShards?, _ front: SeriesFront
  ) async throws(SeriesFault) -> SeriesResultRecord {
    var table = ResultTable()
    switch request {
    case .stream(var native):
      native.trace = native.trace || isTraced
      let response = try await front.query(native, missing: missing)
      table.take(response)
      return table.record(.stream, response.trace)
    case .measure(var native):
      native.trace = native.trace || isTraced
      let response = try await front.query(native, missing: missing)
      table.take(response)
      return table.record(.measure, response.trace)
    case .trace(var native):
      native.trace = native.trace || isTraced
      let response = try await front.query(native, missing: missing)
      table.take(response)
      return table.record(.trace, response.traceQueryResult)
    case .topN(var native):
      native.trace = native.trace || isTraced
      let response = try await front.query(native, missing: missing)
      table.take(response)
      return table.record(.topn, response.trace)
    case .property(var native):
      native.trace = native.trace || isTraced
      let response = try await front.properties.query(native)
      table.take(response)
      return table.record(.property, response.trace)
    }
  }
}
