import Bytes
import ClusterTesting
import GRPC
import GRPCServing
import HTTP
import HTTPClient
import HTTPServing
import JSON
import Observability
import Protobuf
import Runtime
import SeriesIngest
import SeriesModel
import SeriesProperty
import SeriesQuery
import SeriesSchema
import SeriesServing
import SeriesTesting
import SeriesWire
import TestSupport
import Testing
import Values

/// Groups without data.
struct NoData: GroupData {
  func holdsData(_ group: String) async throws(SeriesFault) -> Bool { false }
  func byteCount(_ group: String) async throws(SeriesFault) -> Int64 { 0 }
  func drop(_ group: String) async throws(SeriesFault) {}
  func inspect(_ group: String) async throws(SeriesFault)
    -> (data: [DatabaseWire.DataInfo], liaisons: [DatabaseWire.LiaisonInfo])
  {
    ([], [])
  }
}

/// May do everything, or reads the groups that it names.
struct OneCaller: SeriesCaller {
  var reads: Set<String>?
  func may(_ right: SeriesRight, _ group: String) -> Bool {
    guard let reads = self.reads else { return true }
    return right == .read && reads.contains(group)
  }
}

struct OnePassword: SeriesPasswords {
  func caller(user: String, password: String, source: String) async -> (any SeriesCaller)? {
    guard password == "secret" else { return nil }
    switch user {
    case "admin": return OneCaller()
    case "reader": return OneCaller(reads: ["g"])
    default: return nil
    }
  }
}

/// Both doors of a front over rows in memory.
struct Doors: Sendable {
  let channel: GRPCChannel
  let client: HTTPClient
  let base: String

  func unary<Q: ProtobufMessage, A: ProtobufMessage>(
    _ path: String, _ request: Q, _: A.Type, _ options: CallOptions = CallOptions()
  ) async throws -> A {
    try await self.channel.unary(GRPCMethod<Q, A>(path, .unary), request, options)
  }

  func http(
    _ method: HTTP.Method, _ path: String, _ body: String? = nil, authorization: String? = nil,
    timeout: String? = nil
  ) async throws -> (status: UInt16, text: String) {
    let request = HTTPClientRequest(method, self.base + path) { request in
      request.retries = .never
      if let authorization { request.fields.append(("Authorization", authorization)) }
      if let timeout { request.fields.append(("Grpc-Timeout", timeout)) }
      if let body { request.content = .bytes(Array(body.utf8)) }
    }
    let answer = try await self.client.fetch(request, limit: 1 << 20)
    return (answer.status.code, answer.text)
  }
}

@Suite("The doors of the series service", .serialized)
struct ServingTests {
  func withDoors(
    guarded: Bool = false, _ body: @escaping @Sendable (Doors) async throws -> Void
  ) async throws {
    let fixture = SeriesFixture()
    let properties = PropertyService(
      fixture.schema.facts, fixture.registry, time: fixture.schema.clock)
    let front = SeriesFront(
      queries: fixture.queries, writes: fixture.writes, properties: properties,
      deletions: GroupDeletions(fixture.registry, data: NoData(), node: "a"), data: NoData(),
      barrier: SchemaBarrier(fixture.registry) { [LocalSchemaPeer("a", fixture.registry)] },
      node: DatabaseWire.Node { $0.grpcAddress = "here" })
    try await withLoops { group in
      try await fixture.running { _ in
        try await front.prepare()
        let services = front.services
        let options = GRPCServer.Options {
          if guarded { $0.interceptors = [PasswordInterceptor(OnePassword())] }
        }
        let server = try await GRPCServer.start(
          group, at: .ip("127.0.0.1", port: 0), services.map(\.definition), options)
        let gateway = SeriesGateway(services, passwords: guarded ? OnePassword() : nil) { true }
        let http = HTTPServer(try gateway.routes(), loops: group.loops, metrics: MetricRegistry())
        let listener = try await http.start(group, at: .ip("127.0.0.1", port: 0))
        let doors = Doors(
          channel: GRPCChannel(group, to: server.address), client: HTTPClient(),
          base: "http://\(listener.address)")
        let result: Result<Void, any Error>
        do { result = .success(try await body(doors)) } catch { result = .failure(error) }
        doors.channel.close()
        try await group.filePool.run { doors.client.stop() }
        await listener.drain(until: group.loops[0].now + .milliseconds(200))
        await server.drain(until: group.loops[0].now + .seconds(2))
        try result.get()
      }
    }
  }

  static let registry = "/banyandb.database.v1."

  func makeSchema(_ doors: Doors) async throws {
    _ = try await doors.unary(
      "\(Self.registry)GroupRegistryService/Create",
      DatabaseWire.GroupRegistryServiceCreateRequest {
        $0.group = SchemaFixture.group("g", .measure)
      }, DatabaseWire.GroupRegistryServiceCreateResponse.self)
    _ = try await doors.unary(
      "\(Self.registry)MeasureRegistryService/Create",
      DatabaseWire.MeasureRegistryServiceCreateRequest {
        $0.measure = SchemaFixture.measure("g", "m")
      }, DatabaseWire.MeasureRegistryServiceCreateResponse.self)
  }

  @Test("a client over gRPC makes a schema, writes a stream of points and reads them")
  func grpc() async throws {
    try await self.withDoors { doors in
      try await self.makeSchema(doors)
      let version = try await doors.unary(
        "/banyandb.common.v1.Service/GetAPIVersion", CommonWire.GetAPIVersionRequest(),
        CommonWire.GetAPIVersionResponse.self)
      #expect(version.version?.version == "0.10")
      let method = GRPCMethod<MeasureWire.WriteRequest, MeasureWire.WriteResponse>(
        "/banyandb.measure.v1.MeasureService/Write", .bidirectional)
      let statuses = try await doors.channel.call(method, nil) { call throws(GRPCStatus) in
        for id in 1...3 as ClosedRange<UInt64> {
          try await call.send(
            MeasureWire.WriteRequest {
              if id == 1 { $0.metadata = SchemaFixture.names("g", "m") }
              $0.messageID = id
              $0.dataPoint = SeriesFixture.point(
                SeriesFixture.start + (id == 2 ? 1 : Int64(id) * SeriesFixture.minute),
                [[.string("x"), .string("e"), .int(1)]], [.int(5)])
            })
        }
        call.finish()
        var statuses: [String] = []
        while let answer = try await call.next() {
          statuses.append("\(answer.messageID) \(answer.status)")
        }
        return statuses
      }
      #expect(
        statuses == ["2 STATUS_INVALID_TIMESTAMP", "1 STATUS_SUCCEED", "3 STATUS_SUCCEED"])
      let answer = try await doors.unary(
        "/banyandb.measure.v1.MeasureService/Query",
        MeasureWire.QueryRequest {
          $0.groups = ["g"]
          $0.name = "m"
          $0.timeRange = SeriesFixture.range(
            SeriesFixture.start, SeriesFixture.start + SeriesFixture.minute * 10)
          $0.tagProjection = SeriesFixture.projection([("default", ["entity_id"])])
        }, MeasureWire.QueryResponse.self)
      #expect(answer.dataPoints.map(\.version) == [1, 3])
    }
  }

  @Test("errors carry the codes of the protocol")
  func codes() async throws {
    try await self.withDoors { doors in
      try await self.makeSchema(doors)
      func code(_ body: () async throws -> Void) async -> GRPCStatus.Code? {
        do {
          try await body()
          return nil
        } catch {
          return (error as? GRPCStatus)?.code
        }
      }
      let again = await code { try await self.makeSchema(doors) }
      #expect(again == .alreadyExists)
      let missing = await code {
        _ = try await doors.unary(
          "\(Self.registry)MeasureRegistryService/Get",
          DatabaseWire.MeasureRegistryServiceGetRequest {
            $0.metadata = SchemaFixture.names("g", "zz")
          }, DatabaseWire.MeasureRegistryServiceGetResponse.self)
      }
      #expect(missing == .notFound)
      // A name of 100,000 letters is told of in a header that clients take.
      do {
        _ = try await doors.unary(
          "/banyandb.measure.v1.MeasureService/Query",
          MeasureWire.QueryRequest {
            $0.groups = ["g"]
            $0.name = String(repeating: "ü", count: 100_000)
            $0.timeRange = SeriesFixture.range(0, 1)
            $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection { $0.names = ["v"] }
          }, MeasureWire.QueryResponse.self)
        Issue.record("there is no such measure")
      } catch let status as GRPCStatus {
        #expect(status.code != .ok)
        #expect(status.message.utf8.count < 2100)
        #expect(status.message.contains("üü"))
      }
      let noRange = await code {
        _ = try await doors.unary(
          "/banyandb.measure.v1.MeasureService/Query",
          MeasureWire.QueryRequest {
            $0.groups = ["g"]
            $0.name = "m"
          }, MeasureWire.QueryResponse.self)
      }
      #expect(noRange == .invalidArgument)
      let noMetadata = await code {
        let method = GRPCMethod<StreamWire.WriteRequest, StreamWire.WriteResponse>(
          "/banyandb.stream.v1.StreamService/Write", .bidirectional)
        _ = try await doors.channel.call(method, nil) { call throws(GRPCStatus) in
          try await call.send(
            StreamWire.WriteRequest {
              $0.messageID = 1
              $0.element = StreamWire.ElementValue()
            })
          call.finish()
          while try await call.next() != nil {}
          return true
        }
      }
      #expect(noMetadata == .unknown)
      let text = await code {
        _ = try await doors.unary(
          "/banyandb.bydbql.v1.BydbQLService/Query",
          BydbQLWire.QueryRequest { $0.query = "SELECT" }, BydbQLWire.QueryResponse.self)
      }
      #expect(text == .invalidArgument)
      let unknown = await code {
        _ = try await doors.unary(
          "/banyandb.measure.v1.MeasureService/Nothing", MeasureWire.QueryRequest(),
          MeasureWire.QueryResponse.self)
      }
      #expect(unknown == .unimplemented)
    }
  }

  @Test("the gateway: paths over bodies, every field in the answer, statuses of errors")
  func gateway() async throws {
    try await self.withDoors { doors in
      let group = #"""
        {"group":{"metadata":{"name":"g.1"},"catalog":"CATALOG_PROPERTY",
        "resource_opts":{"shardNum":1}},"more":1}
        """#
      #expect(try await doors.http(.post, "/api/v1/group/schema", group).status == 200)
      let taken = try await doors.http(.post, "/api/v1/group/schema", group)
      #expect(taken.status == 409)
      #expect(
        taken.text == #"{"code":6,"message":"banyandb: resource already exists","details":[]}"#)
      let schema = #"{"property":{"tags":[{"name":"a","type":"TAG_TYPE_STRING"}]}}"#
      let made = #"""
        {"property":{"metadata":{"group":"g.1","name":"ui"},
        "tags":[{"name":"a","type":1}]}}
        """#
      #expect(try await doors.http(.post, "/api/v1/property/schema", made).status == 200)
      let updated = try await doors.http(.put, "/api/v1/property/schema/g.1/ui", schema)
      #expect(updated.status == 200)
      let listed = try await doors.http(.get, "/api/v1/property/schema/lists/g.1")
      let names = try JSONValue(parsing: listed.text)["properties"]?.array?.compactMap {
        $0["metadata"]?["name"]?.string
      }
      #expect(names == ["ui"])
      let applied = try await doors.http(
        .put, "/api/v1/property/data/g.1/ui/a%2Fb",
        #"{"property":{"tags":[{"key":"a","value":{"str":{"value":"é"}}}]}}"#)
      #expect(applied.text == #"{"created":true,"tagsNum":1}"#)
      let found = try await doors.http(
        .post, "/api/v1/property/data/query", #"{"groups":["g.1"]}"#)
      let property = try JSONValue(parsing: found.text)["properties"]?.array?.first
      #expect(property?["id"]?.string == "a/b")
      #expect(property?["metadata"]?["group"]?.string == "g.1")
      #expect(try JSONValue(parsing: found.text)["trace"] == .null)
      let text = try await doors.http(
        .post, "/api/v1/bydbql/query",
        #"{"query":"SELECT a FROM PROPERTY ui IN g.1"}"#)
      #expect(text.status == 400)
      let deleted = try await doors.http(.delete, "/api/v1/property/data/g.1/ui/")
      #expect(deleted.text == #"{"deleted":true}"#)
      let dry = try await doors.http(.delete, "/api/v1/group/schema/g.1?dry_run=true")
      #expect(
        try JSONValue(parsing: dry.text)["schemaInfo"]?["properties"]?.array == [.string("ui")])
      for (status, method, path, body) in [
        (404, .get, "/api/v1/nothing", nil), (501, .post, "/api/v1/common/api/version", "{}"),
        (404, .get, "/api/v1/measure/schema/g.1/zz", nil),
        (400, .post, "/api/v1/group/schema", "{"),
        (400, .post, "/api/v1/group/schema", #"{"group":{"catalog":"CATALOG_ZZ"}}"#),
        (
          400, .post, "/api/v1/measure/data",
          #"{"groups":["g"],"limit":"9223372036854775808"}"#
        ),
        (403, .delete, "/api/v1/group/schema/_deletion_task", nil),
      ] as [(UInt16, HTTP.Method, String, String?)] {
        let answer = try await doors.http(method, path, body)
        #expect(answer.status == status, "\(path)")
        #expect(try JSONValue(parsing: answer.text)["details"]?.array == [])
      }
      let path = "/api/v1/common/api/version"
      #expect(try await doors.http(.get, path, timeout: "10S").status == 200)
      #expect(try await doors.http(.get, path, timeout: "0S").status == 504)
      #expect(try await doors.http(.get, path, timeout: "soon").status == 400)
      let health = try await doors.http(.get, "/api/healthz")
      #expect(health.status == 200)
      #expect(health.text == "SERVING")
    }
  }

  @Test("without the right password nobody comes in, but for health")
  func passwords() async throws {
    try await self.withDoors(guarded: true) { doors in
      func version(_ user: String?, _ password: String) async -> GRPCStatus.Code? {
        do {
          _ = try await doors.unary(
            "/banyandb.common.v1.Service/GetAPIVersion", CommonWire.GetAPIVersionRequest(),
            CommonWire.GetAPIVersionResponse.self,
            CallOptions {
              if let user { $0.metadata = ["username": user, "password": password] }
            })
          return nil
        } catch {
          return (error as? GRPCStatus)?.code
        }
      }
      #expect(await version(nil, "") == .unauthenticated)
      #expect(await version("admin", "wrong") == .unauthenticated)
      #expect(await version("admin", "secret") == nil)
      let health = try await doors.unary(
        "/grpc.health.v1.Health/Check", HealthCheckRequest(), HealthCheckResponse.self)
      #expect(health.status == .serving)
      let path = "/api/v1/common/api/version"
      #expect(try await doors.http(.get, path).status == 401)
      #expect(try await doors.http(.get, path, authorization: "Basic !").status == 400)
      let wrong = "Basic " + Base64.text(of: Array("admin:wrong".utf8).rawBytes)
      #expect(try await doors.http(.get, path, authorization: wrong).status == 401)
      let right = "Basic " + Base64.text(of: Array("admin:secret".utf8).rawBytes)
      let answer = try await doors.http(.get, path, authorization: right)
      #expect(
        answer.text == #"{"version":{"version":"0.10","revision":"lakeworks"}}"#)
      #expect(try await doors.http(.get, "/api/healthz").status == 200)
    }
  }

  /// The status of a call over gRPC; nil when it was answered.
  private static func code<Q: ProtobufMessage, A: ProtobufMessage>(
    _ doors: Doors, _ path: String, _ request: Q, _: A.Type, as user: String
  ) async -> GRPCStatus.Code? {
    do {
      _ = try await doors.unary(
        path, request, A.self,
        CallOptions { $0.metadata = ["username": user, "password": "secret"] })
      return nil
    } catch {
      return (error as? GRPCStatus)?.code
    }
  }

  @Test("who may only read does not write, at no door, and sees no group that is not theirs")
  func rights() async throws {
    try await self.withDoors(guarded: true) { doors in
      func group(_ name: String, as user: String) async -> GRPCStatus.Code? {
        await Self.code(
          doors, "\(Self.registry)GroupRegistryService/Create",
          DatabaseWire.GroupRegistryServiceCreateRequest {
            $0.group = SchemaFixture.group(name, .measure)
          }, DatabaseWire.GroupRegistryServiceCreateResponse.self, as: user)
      }
      #expect(await group("g", as: "reader") == .permissionDenied)
      #expect(await group("g", as: "admin") == nil)
      #expect(await group("h", as: "admin") == nil)
      let measure = await Self.code(
        doors, "\(Self.registry)MeasureRegistryService/Create",
        DatabaseWire.MeasureRegistryServiceCreateRequest {
          $0.measure = SchemaFixture.measure("h", "m")
        }, DatabaseWire.MeasureRegistryServiceCreateResponse.self, as: "admin")
      #expect(measure == nil)
      func get(_ name: String) async -> GRPCStatus.Code? {
        await Self.code(
          doors, "\(Self.registry)GroupRegistryService/Get",
          DatabaseWire.GroupRegistryServiceGetRequest { $0.group = name },
          DatabaseWire.GroupRegistryServiceGetResponse.self, as: "reader")
      }
      #expect(await get("g") == nil)
      #expect(await get("h") == .permissionDenied)
      let who = "Basic " + Base64.text(of: Array("reader:secret".utf8).rawBytes)
      let list = try await doors.http(.get, "/api/v1/group/schema/lists", authorization: who)
      let names = try JSONValue(parsing: list.text)["group"]?.array?.compactMap {
        $0["metadata"]?["name"]?.string
      }
      #expect(names == ["g"])
      for (status, method, path, body) in [
        (200, .get, "/api/v1/common/api/version", nil),
        (403, .delete, "/api/v1/group/schema/g", nil),
        (403, .post, "/api/v1/snapshot", "{}"),
        (
          403, .post, "/api/v1/bydbql/query",
          #"{"query":"SELECT * FROM MEASURE m IN h TIME > '-1m'"}"#
        ),
        (403, .post, "/api/v1/measure/data", #"{"groups":["g","h"],"name":"m"}"#),
      ] as [(UInt16, HTTP.Method, String, String?)] {
        let answer = try await doors.http(method, path, body, authorization: who)
        #expect(answer.status == status, "\(path): \(answer.text)")
      }
    }
  }

  @Test("a stream of writes ends where its caller may not write")
  func streamRights() async throws {
    try await self.withDoors(guarded: true) { doors in
      let method = GRPCMethod<MeasureWire.WriteRequest, MeasureWire.WriteResponse>(
        "/banyandb.measure.v1.MeasureService/Write", .bidirectional)
      await #expect {
        _ = try await doors.channel.call(
          method, nil, CallOptions { $0.metadata = ["username": "reader", "password": "secret"] }
        ) { call throws(GRPCStatus) in
          try await call.send(
            MeasureWire.WriteRequest {
              $0.metadata = SchemaFixture.names("g", "m")
              $0.messageID = 1
            })
          while try await call.next() != nil {}
          return true
        }
      } throws: { ($0 as? GRPCStatus)?.code == .permissionDenied }
    }
  }
}
