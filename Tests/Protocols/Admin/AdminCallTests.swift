import Admin
import Bytes
import HTTP
import JSON
import Testing
import Values

@Suite("Admin calls")
struct AdminCallTests {
  @Test("an input goes through its message and back, whatever is in it")
  func roundTrip() throws {
    var input = UserInput()
    input.user = "ann/b é"
    input.roles = ["reader"]
    input.password = Secret("correct horse")
    let message = IdentityAPI.setUser.message(input)
    #expect(message.path == "/admin/v1/users/ann%2Fb%20%C3%A9")
    #expect(message.query.isEmpty)
    let back = try IdentityAPI.setUser.input(
      path: [("user", "ann/b é")], query: [], body: message.body)
    #expect(back.user == input.user)
    #expect(back.roles == ["reader"])
    #expect(back.groups == nil)
    #expect(back.password == input.password)
  }

  @Test("what is not in the path of a GET stands in its query")
  func query() throws {
    var input = LogsInput()
    input.service = "cluster"
    input.since = try Timestamp(parsing: "2026-11-30T01:02:03Z")
    let message = LogsAPI.logs.message(input)
    #expect(message.body == nil)
    #expect(message.query.map(\.name) == ["service", "since", "wait_ms"])
    let back = try LogsAPI.logs.input(path: [], query: message.query, body: nil)
    #expect(back.since == input.since)
    #expect(back.service == "cluster")
  }

  static let refusals: [(query: [(String, String)], why: String)] = [
    ([("servise", "x")], "there is no query parameter \"servise\"; there is service"),
    ([("wait_ms", "soon")], "wait_ms: \"soon\" is no whole number"),
    ([("wait_ms", "99999999999999999999")], "wait_ms: \"99999999999999999999\" is no whole number"),
    ([("service", "a"), ("service", "b")], "service: it is given 2 times"),
    ([("since", "yesterday")], "since: "),
  ]

  @Test("a query that cannot be understood is refused by name", arguments: refusals.indices)
  func badQuery(_ index: Int) throws {
    let refusal = Self.refusals[index]
    let error = try #require(throws: AdminError.self) {
      try LogsAPI.logs.input(
        path: [], query: refusal.query.map { (name: $0.0, value: $0.1) }, body: nil)
    }
    #expect(error.kind == .badRequest)
    #expect(error.why?.hasPrefix(refusal.why) == true, "\(error.why ?? "")")
  }

  static let bodies: [(text: String, why: String)] = [
    ("", "the request has no body, and \"policy\" must be given"),
    ("{", "line 1, column 2: "),
    ("[]", "$: expected an object, found an array"),
    (#"{"policy":"p"}"#, "$: member \"document\" is missing"),
    (#"{"policy":7,"document":{}}"#, "$.policy: expected a string, found a number"),
    (#"{"policy":"p","document":{},"descripton":""}"#, "there is no member \"descripton\""),
    (#"{"policy":null,"document":{}}"#, "$.policy: expected a string, found null"),
  ]

  @Test("a body that cannot be understood is refused by place", arguments: bodies.indices)
  func badBody(_ index: Int) throws {
    let body = Self.bodies[index]
    let error = try #require(throws: AdminError.self) {
      try IdentityAPI.createPolicy.input(path: [], query: [], body: Array(body.text.utf8))
    }
    #expect(error.why?.hasPrefix(body.why) == true, "\(error.why ?? "")")
  }

  @Test("every member of a record is written, and unknown ones are passed over")
  func records() throws {
    var record = KeyRecord()
    record.key = "AK"
    let text = record.text()
    #expect(text.contains(#""expires_at":null"#))
    #expect(!String(describing: KeyRecord.self).contains("•"))
    let back = try KeyRecord(
      parsing: Array((text.dropLast() + #","new_member":[1]}"#).utf8).rawBytes)
    #expect(back == record)
  }
}

@Suite("Admin routes")
struct AdminRouteTests {
  @Test("paths, ids and privileges are those of the house", arguments: AdminAPI.all)
  func route(_ route: AdminRoute) {
    #expect(route.path.hasPrefix("/admin/v1/"))
    #expect(!route.summary.isEmpty)
    #expect(route.summary.first?.isUppercase == false, "\(route.id): \(route.summary)")
    #expect(!route.summary.hasSuffix("."))
    if route.method == .get { #expect(route.effect == .reads, "\(route.id) reads") }
    for field in route.input.fields + Self.fields(of: route.answer) {
      let isName = field.name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
      }
      #expect(isName, "\(route.id): \(field.name)")
      #expect(!field.summary.isEmpty, "\(route.id): \(field.name) is not explained")
    }
  }

  private static func fields(of schema: AdminSchema) -> [AdminRecordSchema.Field] {
    guard case .record(let record) = schema else { return [] }
    return record.fields
  }

  @Test("no two calls share an id, or a method and a path")
  func unique() {
    let ids = AdminAPI.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    let places = AdminAPI.all.map { "\($0.method) \($0.path)" }
    #expect(Set(places).count == places.count)
  }

  @Test("two records of one kind are one record")
  func kinds() {
    var seen: [String: [String]] = [:]
    for route in AdminAPI.all {
      var records = [route.input]
      if case .record(let answer) = route.answer { records.append(answer) }
      for record in records {
        let names = record.fields.map(\.name)
        #expect(seen[record.kind, default: names] == names, "\(record.kind) is two records")
        seen[record.kind] = names
      }
    }
  }

  @Test("the OpenAPI document has every route, and every reference leads somewhere")
  func openAPI() throws {
    let document = OpenAPIDocument.make(AdminAPI.all, version: "1")
    let paths = try #require(document["paths"]?.object)
    for route in AdminAPI.all {
      let item = try #require(paths[route.path.replacing("...}", with: "}")]?.object)
      #expect(item["\(route.method.text)".lowercased()]?["operationId"]?.string == route.id)
    }
    let schemas = try #require(document["components"]?["schemas"]?.object)
    for reference in document.text().matches(of: /"#\/components\/schemas\/([A-Za-z]+)"/) {
      #expect(schemas[String(reference.output.1)] != nil, "\(reference.output.1)")
    }
  }
}
