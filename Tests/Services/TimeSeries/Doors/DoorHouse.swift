import HTTP
import HTTPClient
import HTTPServing
import Observability
import Protobuf
import Runtime
import SeriesIngest
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesServing
import SeriesTesting
import SeriesWire
import TestSupport
import Testing
import Values

@testable import SeriesDoors

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

/// Both doors over rows in memory, behind a server.
struct DoorHouse: Sendable {
  let fixture: SeriesFixture
  let client: HTTPClient
  let base: String

  func post(
    _ path: String, _ body: [UInt8], _ fields: [(String, String)] = []
  ) async throws -> (status: UInt16, text: String, fields: [(String, String)]) {
    try await self.send(.post, path, body, fields)
  }

  func post(_ path: String, _ body: String) async throws -> (status: UInt16, text: String) {
    let answer = try await self.send(.post, path, Array(body.utf8), [])
    return (answer.status, answer.text)
  }

  func send(
    _ method: HTTP.Method, _ path: String, _ body: [UInt8]?, _ fields: [(String, String)]
  ) async throws -> (status: UInt16, text: String, fields: [(String, String)]) {
    let request = HTTPClientRequest(method, self.base + path) { request in
      request.retries = .never
      request.fields.append(contentsOf: fields)
      if let body { request.content = .bytes(body) }
    }
    let answer = try await self.client.fetch(request, limit: 1 << 20)
    return (answer.status.code, answer.text, answer.fields.map { ($0.name.lowercased(), $0.value) })
  }

  /// The rows of a measure around now, `time|tag=value|field=value`, in seconds since `SeriesFixture.start`.
  func rows(
    _ group: String, _ name: String, tags: [String], fields: [String],
    where criteria: ModelWire.Criteria? = nil
  ) async throws -> [String] {
    let request = MeasureWire.QueryRequest {
      $0.groups = [group]
      $0.name = name
      $0.limit = 1000
      $0.timeRange = SeriesFixture.range(
        SeriesFixture.start - 86_400 * SeriesFixture.second,
        SeriesFixture.start + 86_400 * SeriesFixture.second)
      $0.tagProjection = SeriesFixture.projection([("tags", tags)])
      $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection { $0.names = fields }
      $0.criteria = criteria
    }
    let answer = try await MeasureQuery.run(request, in: self.fixture.queries)
    return answer.dataPoints.map { point in
      let nanoseconds = (point.timestamp?.nanoseconds ?? 0) - SeriesFixture.start
      var text = "\(Double(nanoseconds) / 1e9)"
      for tag in point.tagFamilies.flatMap(\.tags) {
        text += "|\(tag.key)=\(Self.text(SeriesValue(tag.value ?? ModelWire.TagValue())))"
      }
      for field in point.fields {
        text += "|\(field.name)=\(Self.text(SeriesValue(field.value ?? ModelWire.FieldValue())))"
      }
      return text
    }.sorted()
  }

  private static func text(_ value: SeriesValue) -> String {
    switch value {
    case .null: "-"
    case .string(let text): text
    case .int(let number): "\(number)i"
    case .float(let number): "\(number)"
    default: "\(value)"
    }
  }

  static func open(
    isGuarded: Bool = false, isShort: Bool = false, _ options: DoorOptions = DoorOptions(),
    _ body: @escaping @Sendable (DoorHouse) async throws -> Void
  ) async throws {
    let fixture = SeriesFixture()
    let environment = DoorEnvironment(fixture.writes, options)
    let metrics = MetricRegistry()
    let protector = MemoryProtector(
      limitBytes: 1000, time: fixture.schema.clock, metrics: metrics
    ) { isShort ? 801 : 799 }
    let passwords: OnePassword? = isGuarded ? OnePassword() : nil
    try await withLoops { group in
      try await fixture.running { _ in
        var routes = HTTPRoutes()
        let guardian = DoorGuard(
          environment, passwords: passwords, metrics: DoorMetrics(metrics), protector: protector)
        try InfluxDoor(guardian).add(to: &routes)
        try PrometheusDoor(guardian).add(to: &routes)
        let http = HTTPServer(routes, loops: group.loops, metrics: metrics)
        let listener = try await http.start(group, at: .ip("127.0.0.1", port: 0))
        let house = DoorHouse(
          fixture: fixture, client: HTTPClient(), base: "http://\(listener.address)")
        let result: Result<Void, any Error>
        do { result = .success(try await body(house)) } catch { result = .failure(error) }
        try await group.filePool.run { house.client.stop() }
        await listener.drain(until: group.loops[0].now + .milliseconds(200))
        try result.get()
      }
    }
  }
}
