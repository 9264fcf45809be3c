import Bytes
import HTTP
import HTTPClient
import JSON
import Runtime
import TestSupport
import Testing

@Suite("The gate of the admin API", .serialized)
struct GateTests {
  struct Route: Sendable {
    var method: HTTP.Method
    var path: String
    var privilege: String
  }

  /// Every route of the running daemon, with something in the place of its parameters.
  static func routes(_ document: JSONValue) throws -> [Route] {
    var routes: [Route] = []
    for path in try #require(document["paths"]?.object).members {
      for operation in try #require(path.value.object).members {
        let method = try #require(
          HTTP.Method.allCases.first { "\($0.text)".lowercased() == operation.name })
        var place = ""
        for part in path.name.split(separator: "/") {
          place += part.hasPrefix("{") ? "/x" : "/\(part)"
        }
        routes.append(
          Route(
            method: method, path: place,
            privilege: operation.value["x-lake-privilege"]?.string ?? ""))
      }
    }
    return routes
  }

  @Test("nobody passes without proof, with a wrong one, or with one that is not enough")
  func walk() async throws {
    let folder = TemporaryDirectory("system")
    let lake = try await Lake.ready(folder.file("data"))
    let made = try await lake.ctl(
      "user", "create", "nil", "--role", "none", "--password-file", "-", input: "no rights at all")
    #expect(made.exit == 0, "\(made.errors)")
    let token = try await lake.ctl(
      "token", "create", "--user", "nil", "--show-secret", "-o", "json")
    let weak = try #require(try token.json()["item"]?["secret"]?.string, "\(token.errors)")
    try await withLoops { group in
      let client = HTTPClient()
      func status(_ route: Route, _ token: String?) async throws -> UInt16 {
        let request = HTTPClientRequest(route.method, lake.admin + route.path) { request in
          request.retries = .never
          if let token { request.fields.append(("Authorization", "Bearer \(token)")) }
        }
        return try await client.fetch(request, limit: 4 << 20).status.code
      }
      let open = HTTPClientRequest(.get, "\(lake.admin)/admin/v1/openapi.json") { request in
        request.fields.append(("Authorization", "Bearer \(lake.token)"))
      }
      let document = try JSONValue(
        parsing: try await client.fetch(open, limit: 4 << 20).text)
      var routes = try Self.routes(document)
      #expect(routes.count > 70)
      routes.append(Route(method: .get, path: "/metrics", privilege: "metrics:read"))
      for route in routes {
        let place = "\(route.method.text) \(route.path)"
        #expect(try await status(route, nil) == 401, "\(place) without proof")
        #expect(try await status(route, "wrong") == 401, "\(place) with a wrong token")
        #expect(try await status(route, lake.token + "x") == 401, "\(place) with a longer token")
        guard route.privilege != "self:read" else { continue }
        #expect(try await status(route, weak) == 403, "\(place) without the right")
      }
      try await group.filePool.run { client.stop() }
    }
    #expect(try await lake.ctl("user", "show", "lake").exit == 0)
    #expect(try await lake.stop() == 0)
  }

  @Test("a user who may read cannot change, and one who lost a right loses it at once")
  func rights() async throws {
    let folder = TemporaryDirectory("system")
    let lake = try await Lake.ready(folder.file("data"))
    _ = try await lake.ctl(
      "user", "create", "ann", "--role", "reader", "--password-file", "-", input: "reads only 123")
    let token = try await lake.ctl(
      "token", "create", "--user", "ann", "--show-secret", "-o", "json")
    let secret = try #require(try token.json()["item"]?["secret"]?.string)
    try Lake.write(secret, to: folder.file("token"))
    func ann(_ words: String...) async throws -> Lake.Answer {
      try await Lake.ctl(
        words + ["-e", lake.admin],
        environment: [
          "LAKE_TOKEN_FILE": folder.file("token"), "LAKE_CONFIG_DIR": folder.file("none"),
        ])
    }
    #expect(try await ann("node", "list").exit == 0)
    let denied = try await ann("user", "create", "eve")
    #expect(denied.exit == 5)
    #expect(denied.errors.contains("identity:write"))
    #expect(try await lake.ctl("role", "unassign", "reader", "--to", "ann", "--yes").exit == 0)
    #expect(try await ann("node", "list").exit == 5)
    #expect(try await lake.ctl("user", "disable", "ann", "--yes").exit == 0)
    #expect(try await ann("whoami").exit == 5)
    #expect(try await lake.stop() == 0)
  }
}
