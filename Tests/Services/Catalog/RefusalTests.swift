import Bytes
@testable import Catalog
import HTTP
import Iceberg
import JSON
import TestSupport
import Testing

/// What malformed and hostile requests are answered; after each of them the catalog is as it was.
@Suite("Bad input")
struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var method = HTTP.Method.post
    var path: String
    var body: String?
    var status: Int
    var type: String
    var message: String?

    init(
      _ method: HTTP.Method, _ path: String, _ body: String? = nil, _ status: Int, _ type: String,
      _ message: String? = nil
    ) {
      self.method = method
      self.path = path
      self.body = body
      self.status = status
      self.type = type
      self.message = message
    }

    var testDescription: String { "\(self.method.text) \(self.path) \(self.body ?? "")" }
  }

  static let bad = "BadRequestException"
  static let rule = "ValidationException"

  static let documents: [Case] = [
    Case(.post, "/v1/namespaces", "", 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":["x"]"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":["x"]} x"#, 400, bad),
    Case(.post, "/v1/namespaces", "\u{FEFF}{}", 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":["x"],"properties":{"a":NaN}}"#, 400, bad),
    Case(.post, "/v1/namespaces", "{'namespace':['x']}", 400, bad),
    Case(.post, "/v1/namespaces", "[]", 400, bad),
    Case(.post, "/v1/namespaces", "null", 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":"x"}"#, 400, bad, "namespace"),
    Case(.post, "/v1/namespaces", #"{"properties":{}}"#, 400, bad, "namespace"),
    Case(.post, "/v1/namespaces", #"{"namespace":["x"],"namespace":["y"]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":["x"],"properties":{"a":1}}"#, 400, bad, "a"),
    Case(.post, "/v1/namespaces", #"{"namespace":["x\u0000"]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":["\ud800"]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":[]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":[""]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":[".."]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":[" x"]}"#, 400, bad),
    Case(.post, "/v1/namespaces", #"{"namespace":["a\u001fb"]}"#, 400, bad),
    Case(
      .post, "/v1/namespaces", #"{"namespace":["ns"]}"#, 409, "AlreadyExistsException",
      "Namespace already exists: ns"),
    Case(
      .post, "/v1/namespaces", #"{"namespace":["none","x"]}"#, 404, "NoSuchNamespaceException",
      "Namespace does not exist: none"),
    Case(
      .post, "/v1/namespaces", #"{"namespace":["x"],"properties":{"location":"file:///etc"}}"#,
      400, rule),
    Case(
      .post, "/v1/namespaces/ns/properties", #"{"removals":["k"],"updates":{"k":"v"}}"#, 422,
      "UnprocessableEntityException"),
    Case(
      .post, "/v1/namespaces/ns/properties", #"{"updates":{"k":"v","k":"w"}}"#, 422,
      "UnprocessableEntityException"),
    Case(
      .post, "/v1/transactions/commit", #"{"table-changes":[]}"#, 400, bad, "table-changes"),
    Case(
      .post, "/v1/transactions/commit", #"{"table-changes":[{"requirements":[],"updates":[]}]}"#,
      400, bad, "identifier"),
  ]

  static let paths: [Case] = [
    Case(.get, "/v1/namespaces/%zz", nil, 400, bad),
    Case(.get, "/v1/namespaces/%C0%AF", nil, 400, bad),
    Case(.get, "/v1/namespaces/a%00b", nil, 400, bad),
    Case(.get, "/v1/namespaces/%2E%2E", nil, 400, bad),
    Case(.get, "/v1/namespaces/a%1F%1Fb", nil, 400, bad),
    Case(
      .get, "/v1/namespaces/none", nil, 404, "NoSuchNamespaceException",
      "Namespace does not exist: none"),
    Case(
      .get, "/v1/namespaces/ns/tables/none", nil, 404, "NoSuchTableException",
      "Table does not exist: ns.none"),
    Case(
      .get, "/v1/namespaces/ns/views/t", nil, 404, "NoSuchViewException",
      "View does not exist: ns.t"),
    Case(.get, "/v1/nowhere/namespaces", nil, 404, "NoSuchWarehouseException"),
    Case(.get, "/v1/config?warehouse=nowhere", nil, 404, "NoSuchWarehouseException"),
    Case(.get, "/v1/what/ever/is/this", nil, 404, "NotFoundException"),
    Case(.put, "/v1/namespaces/ns", nil, 405, "MethodNotAllowedException"),
    Case(.get, "/v1/namespaces?pageSize=0", nil, 400, bad, "pageSize"),
    Case(.get, "/v1/namespaces?pageSize=-1", nil, 400, bad, "pageSize"),
    Case(.get, "/v1/namespaces?pageSize=x", nil, 400, bad, "pageSize"),
    Case(.get, "/v1/namespaces?pageToken=AAAAAAAAAAAAAAAAAAAAAAAAAAAA", nil, 400, bad),
    Case(
      .get, "/v1/namespaces?parent=none", nil, 404, "NoSuchNamespaceException"),
    Case(.get, "/v1/namespaces/ns/tables/t?snapshots=foo", nil, 400, bad, "snapshots"),
    Case(.delete, "/v1/namespaces/ns/tables/t?purgeRequested=banana", nil, 400, bad),
    Case(
      .delete, "/v1/namespaces/ns/tables/t?purgeRequested=true&purgeRequested=false", nil, 400,
      bad),
    Case(
      .get, "/v1/namespaces/ns/tables/t?referenced-by=1,2,3,4,5,6,7,8,9,10,11", nil, 400, bad),
    Case(
      .delete, "/v1/namespaces/ns", nil, 409, "NamespaceNotEmptyException",
      "Namespace ns is not empty"),
  ]

  static let changes: [Case] = [
    Case(
      .post, "/v1/namespaces/ns/tables", #"{"name":"t","schema":{"type":"struct","fields":[]}}"#,
      409, "AlreadyExistsException", "Table already exists: ns.t"),
    Case(.post, "/v1/namespaces/ns/tables", #"{"name":5,"schema":{}}"#, 400, bad, "name"),
    create(#""id":1,"name":"a","type":"nothing","required":false"#, 400, rule),
    create(#""id":1,"name":"a","type":"decimal(39,0)","required":false"#, 400, rule),
    create(#""id":1,"name":"a","type":"fixed[0]","required":false"#, 400, rule),
    create(
      #""id":1,"name":"c","type":"variant","required":false"#, 400, rule,
      "Invalid type for c: variant is not supported until v3"),
    create(
      #""id":1,"name":"a","type":"long","required":false"#, 400, rule,
      rest: #","location":"file:///etc/x""#),
    create(
      #""id":1,"name":"a","type":"long","required":false"#, 400, rule,
      rest: #","location":"http://127.0.0.1/x""#),
    create(
      #""id":1,"name":"a","type":"long","required":false"#, 400, rule,
      rest: #","location":"relative""#),
    create(
      #""id":1,"name":"a","type":"long","required":false"#, 400, rule,
      rest: #","properties":{"format-version":"4"}"#),
    commit("[]", #"{"action":"explode"}"#, 400, bad),
    commit(#"[{"type":"assert-nothing"}]"#, nil, 400, bad),
    commit(#"[{"type":"assert-view-uuid","uuid":"x"}]"#, nil, 400, bad),
    commit(#"[{"type":"assert-create"}]"#, nil, 409, "CommitFailedException", "already exists"),
    commit(
      #"[{"type":"assert-create"},{"type":"assert-table-uuid","uuid":"x"}]"#, nil, 400, bad),
    commit(
      #"[{"type":"assert-table-uuid","uuid":"00000000-0000-0000-0000-000000000000"}]"#, nil, 409,
      "CommitFailedException", "Requirement failed: UUID does not match: expected"),
    commit(
      #"[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":9007199254740993}]"#, nil,
      409, "CommitFailedException", "expected 9007199254740993"),
    commit(
      #"[{"type":"assert-current-schema-id","current-schema-id":7}]"#, nil, 409,
      "CommitFailedException", "Requirement failed: current schema changed: expected id 7 != 0"),
    commit("[]", #"{"action":"set-current-schema","schema-id":-1}"#, 400, rule),
    commit("[]", #"{"action":"set-current-schema","schema-id":1.5}"#, 400, bad),
    commit("[]", #"{"action":"set-current-schema","schema-id":4294967296}"#, 400, bad),
    commit("[]", #"{"action":"set-location","location":"file:///elsewhere"}"#, 400, rule),
    commit(
      "[]", #"{"action":"set-properties","updates":{"write.data.path":"file:///elsewhere"}}"#,
      400, rule),
    commit("[]", #"{"action":"set-properties","updates":{"uuid":"x"}}"#, 400, rule),
    commit(
      "[]", #"{"action":"set-properties","updates":{"commit.retry.num-retries":"abc"}}"#, 400,
      rule),
    commit("[]", #"{"action":"upgrade-format-version","format-version":1}"#, 400, rule),
    commit("[]", #"{"action":"upgrade-format-version","format-version":4}"#, 400, rule),
    commit(
      "[]",
      """
      {"action":"add-snapshot","snapshot":{"snapshot-id":1,"sequence-number":1,"timestamp-ms":1,\
      "manifest-list":"file:///etc/passwd","summary":{"operation":"append"},"schema-id":0}}
      """, 400, rule),
    Case(
      .post, "/v1/namespaces/ns/register",
      #"{"name":"r","metadata-location":"file:///etc/passwd"}"#, 400, rule),
    Case(
      .post, "/v1/tables/rename",
      """
      {"source":{"namespace":["ns"],"name":"none"},"destination":{"namespace":["ns"],"name":"x"}}
      """, 404, "NoSuchTableException"),
    Case(
      .post, "/v1/tables/rename",
      """
      {"source":{"namespace":["ns"],"name":"t"},"destination":{"namespace":["ns"],"name":"u"}}
      """, 409, "AlreadyExistsException", "Cannot rename ns.t to ns.u. Table already exists"),
    Case(
      .post, "/v1/tables/rename",
      """
      {"source":{"namespace":["ns"],"name":"t"},"destination":{"namespace":["no"],"name":"u"}}
      """, 404, "NoSuchNamespaceException"),
  ]

  private static func create(
    _ field: String, _ status: Int, _ type: String, _ message: String? = nil, rest: String = ""
  ) -> Case {
    Case(
      .post, "/v1/namespaces/ns/tables",
      #"{"name":"new","schema":{"type":"struct","fields":[{\#(field)}]}\#(rest)}"#, status, type,
      message)
  }

  private static func commit(
    _ requirements: String, _ update: String?, _ status: Int, _ type: String,
    _ message: String? = nil
  ) -> Case {
    Case(
      .post, "/v1/namespaces/ns/tables/t",
      #"{"requirements":\#(requirements),"updates":[\#(update ?? "")]}"#, status, type, message)
  }

  /// Of these there are none here.
  static let absent: [Case] = [
    Case(
      .get, "/v1/namespaces/ns/tables/t/plan/p1", nil, 404, "NoSuchPlanIdException",
      "Plan does not exist: p1"),
    Case(.delete, "/v1/namespaces/ns/tables/t/plan/p1", nil, 404, "NoSuchPlanIdException"),
    Case(.get, "/v1/namespaces/ns/tables/none/plan/p1", nil, 404, "NoSuchTableException"),
    Case(
      .post, "/v1/namespaces/ns/tables/t/tasks", #"{"plan-task":"x"}"#, 404,
      "NoSuchPlanTaskException"),
    Case(.post, "/v1/namespaces/ns/tables/t/tasks", "{}", 400, bad, "plan-task"),
    Case(.get, "/v1/namespaces/none/functions", nil, 404, "NoSuchNamespaceException"),
    Case(.get, "/v1/namespaces/ns/functions/f", nil, 404, "NoSuchFunctionException"),
  ]

  @Test("a request that takes longer than it may has no effect, and leaves no file")
  func requestLimit() async throws {
    let folder = TemporaryDirectory("limit")
    try await CatalogFixture.with(folder: folder) { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      let functions = try await lake.get("/v1/namespaces/ns/functions")
      #expect(functions.body == ["identifiers": [], "next-page-token": .null])
    }
    try await CatalogFixture.with(folder: folder, { $0.requestLimit = .milliseconds(100) }) {
      lake in
      let before = try await Self.state(lake)
      let files = try await lake.storage.files(below: lake.folder, after: nil, limit: 100)
      lake.storage.delayWrites(by: .milliseconds(150))
      let answer = try await lake.post(
        "/v1/namespaces/ns/tables/t",
        [
          "requirements": [],
          "updates": [["action": "set-properties", "updates": ["a": "b"]]],
        ])
      #expect(answer.status == 503)
      #expect(answer.errorType == "ServiceUnavailableException")
      #expect(try await Self.state(lake) == before)
      #expect(try await lake.storage.files(below: lake.folder, after: nil, limit: 100) == files)
    }
  }

  @Test("is refused with the right words, and changes nothing")
  func refused() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      try await lake.makeTable("ns", "u")
      let before = try await Self.state(lake)
      for test in Self.documents + Self.paths + Self.changes + Self.absent {
        let answer = try await lake.send(test.method, test.path, text: test.body)
        #expect(answer.status == test.status, "\(test.testDescription): \(answer.body)")
        #expect(answer.errorType == test.type, "\(test.testDescription): \(answer.body)")
        #expect(answer.body["error"]?["code"]?.int64 == Int64(test.status))
        #expect(answer.body["error"]?.object?.count == 3, "\(answer.body)")
        #expect(answer.field("content-type") == "application/json")
        if let words = test.message {
          #expect(
            answer.message?.contains(words) ?? false, "\(test.testDescription): \(answer.body)")
        }
      }
      #expect(try await Self.state(lake) == before)
    }
  }

  private static func state(_ lake: CatalogFixture) async throws -> [JSONValue] {
    var state: [JSONValue] = []
    for path in ["", "/ns", "/ns/tables", "/ns/tables/t", "/ns/tables/u", "/ns/views"] {
      state.append(try await lake.get("/v1/namespaces\(path)").body)
    }
    return state
  }

  @Test("media types and codings that are not understood are 415")
  func mediaTypes() async throws {
    try await CatalogFixture.with { lake in
      for field in [("Content-Type", "text/plain"), ("Content-Encoding", "br")] {
        let answer = try await lake.send(
          .post, "/v1/namespaces", text: #"{"namespace":["x"]}"#, fields: [field])
        #expect(answer.status == 415)
        #expect(answer.errorType == Self.bad)
      }
    }
  }

  @Test("405 says what is allowed; HEAD has no body")
  func methods() async throws {
    try await CatalogFixture.with { lake in
      let answer = try await lake.send(.put, "/v1/namespaces/ns")
      let allowed = Set((answer.field("allow") ?? "").split(separator: ", ").map(String.init))
      #expect(allowed.isSuperset(of: ["GET", "HEAD", "DELETE"]), "\(allowed)")
      let head = try await lake.send(.head, "/v1/namespaces/none")
      #expect(head.status == 404)
      #expect(head.bytes.isEmpty)
    }
  }
}
