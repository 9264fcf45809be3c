import GRPC
import GRPCServing
import HTTP
import Protobuf
import SeriesModel
import SeriesSchema
import SeriesTesting
import SeriesWire
import TestSupport
import Testing

/// Rows 9, 14, 15, 23 and 27 of the table of faults, through the doors.
@Suite("Hostile calls", .serialized)
struct HostileCallTests {
  private func code(_ body: () async throws -> Void) async -> GRPCStatus.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? GRPCStatus)?.code
    }
  }

  private static let query = "/banyandb.measure.v1.MeasureService/Query"

  private func request() -> MeasureWire.QueryRequest {
    MeasureWire.QueryRequest {
      $0.groups = ["g"]
      $0.name = "m"
      $0.timeRange = SeriesFixture.range(
        SeriesFixture.start, SeriesFixture.start + SeriesFixture.minute)
      $0.tagProjection = SeriesFixture.projection([("default", ["id", "entity_id"])])
      $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection { $0.names = ["value"] }
    }
  }

  @Test("texts of a mebibyte, NUL and signs beyond the plane come back as they were")
  func texts() async throws {
    try await ServingTests().withDoors { doors in
      try await ServingTests().makeSchema(doors)
      let entity = "a\u{0}b|\\\u{1F600}"
      let long = String(repeating: "\u{e9}", count: 1 << 19)
      let method = GRPCMethod<MeasureWire.WriteRequest, MeasureWire.WriteResponse>(
        "/banyandb.measure.v1.MeasureService/Write", .bidirectional)
      let status = try await doors.channel.call(method, nil) { call throws(GRPCStatus) in
        try await call.send(
          MeasureWire.WriteRequest {
            $0.metadata = SchemaFixture.names("g", "m")
            $0.messageID = 1
            $0.dataPoint = SeriesFixture.point(
              SeriesFixture.start, [[.string(long), .string(entity), .int(.min)]], [.int(.max)])
          })
        call.finish()
        var status = ""
        while let answer = try await call.next() { status = answer.status }
        return status
      }
      #expect(status == "STATUS_SUCCEED")
      let answer = try await doors.unary(
        Self.query, self.request(), MeasureWire.QueryResponse.self)
      let tags = answer.dataPoints.first?.tagFamilies.first?.tags.map {
        SeriesValue($0.value ?? .init())
      }
      #expect(tags == [.string(long), .string(entity)])
      let field = answer.dataPoints.first?.fields.first?.value
      #expect(field.map { SeriesValue($0) } == .int(.max))
    }
  }

  @Test("a row of ten thousand tags comes back as it was, at both doors")
  func manyTags() async throws {
    try await ServingTests().withDoors { doors in
      try await ServingTests().makeSchema(doors)
      let names = (0..<10_000).map { "t\($0)" }
      var wide = SchemaFixture.measure("g", "wide")
      wide.tagFamilies[0].tags += names.map { SchemaFixture.tag($0, .string) }
      let measure = wide
      _ = try await doors.unary(
        "\(ServingTests.registry)MeasureRegistryService/Create",
        DatabaseWire.MeasureRegistryServiceCreateRequest { $0.measure = measure },
        DatabaseWire.MeasureRegistryServiceCreateResponse.self)
      let values = names.map { SeriesValue.string("value of \($0)") }
      let method = GRPCMethod<MeasureWire.WriteRequest, MeasureWire.WriteResponse>(
        "/banyandb.measure.v1.MeasureService/Write", .bidirectional)
      let status = try await doors.channel.call(method, nil) { call throws(GRPCStatus) in
        try await call.send(
          MeasureWire.WriteRequest {
            $0.metadata = SchemaFixture.names("g", "wide")
            $0.messageID = 1
            $0.dataPoint = SeriesFixture.point(
              SeriesFixture.start, [[.string("x"), .string("e"), .int(1)] + values], [.int(1)])
          })
        call.finish()
        var status = ""
        while let answer = try await call.next() { status = answer.status }
        return status
      }
      #expect(status == "STATUS_SUCCEED")
      var request = self.request()
      request.name = "wide"
      request.tagProjection = SeriesFixture.projection([("default", names)])
      let answer = try await doors.unary(
        Self.query, request, MeasureWire.QueryResponse.self)
      let tags = answer.dataPoints.first?.tagFamilies.first?.tags ?? []
      #expect(tags.map(\.key) == names)
      #expect(tags.map { SeriesValue($0.value ?? .init()) } == values)
      let text = try await doors.http(.post, "/api/v1/measure/data", request.json())
      #expect(text.status == 200)
      #expect(text.text.contains(#""value":{"str":{"value":"value of t9999"}}"#))
    }
  }

  @Test("a message of 17 MiB is too much; the connection goes on")
  func large() async throws {
    try await ServingTests().withDoors { doors in
      try await ServingTests().makeSchema(doors)
      var huge = self.request()
      huge.name = String(repeating: "x", count: 17 << 20)
      let refused = huge
      let code = await self.code {
        _ = try await doors.unary(Self.query, refused, MeasureWire.QueryResponse.self)
      }
      #expect(code == .resourceExhausted)
      let answer = try await doors.unary(
        Self.query, self.request(), MeasureWire.QueryResponse.self)
      #expect(answer.dataPoints.isEmpty)
    }
  }

  @Test("criteria a thousand deep are an error, not the end of the stack; the connection goes on")
  func deep() async throws {
    try await ServingTests().withDoors { doors in
      try await ServingTests().makeSchema(doors)
      var criteria = SeriesFixture.condition("entity_id", .eq, .string("a"))
      for _ in 0..<1000 {
        criteria = SeriesFixture.joined(
          .and, criteria, SeriesFixture.condition("entity_id", .eq, .string("a")))
      }
      var nested = self.request()
      nested.criteria = criteria
      let deep = nested
      let code = await self.code {
        _ = try await doors.unary(Self.query, deep, MeasureWire.QueryResponse.self)
      }
      #expect(code == .invalidArgument || code == .internalError || code == .unknown, "\(code)")
      let answer = try await doors.unary(
        Self.query, self.request(), MeasureWire.QueryResponse.self)
      #expect(answer.dataPoints.isEmpty)
    }
  }

  @Test("the largest limit and offset cost nothing")
  func limits() async throws {
    try await ServingTests().withDoors { doors in
      try await ServingTests().makeSchema(doors)
      var request = self.request()
      request.limit = .max
      request.offset = .max
      let answer = try await doors.unary(Self.query, request, MeasureWire.QueryResponse.self)
      #expect(answer.dataPoints.isEmpty)
    }
  }

  @Test("broken JSON, numbers and base64 are told as such")
  func json() async throws {
    try await ServingTests().withDoors { doors in
      for body in [
        "{", #"{"groups":["g"],"limit":-1}"#, #"{"groups":"g"}"#,
        #"{"groups":["g"],"name":"m","criteria":{"condition":{"value":{"binaryData":"!"}}}}"#,
        #"{"groups":["g"],"name":"m","agg":{"function":"AGGREGATION_FUNCTION_NOTHING"}}"#,
      ] {
        let answer = try await doors.http(.post, "/api/v1/measure/data", body)
        #expect(answer.status == 400, "\(body)")
        #expect(answer.text.hasPrefix(#"{"code":3,"#), "\(answer.text)")
      }
    }
  }
}
