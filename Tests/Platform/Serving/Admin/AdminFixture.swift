import Admin
import AdminServing
import HTTP
import HTTPClient
import HTTPServing
import JSON
import Observability
import Runtime
import Synchronization
import TestSupport
import Values

/// Lets in who brings `good`, and lets readers read.
struct TestGate: AdminGate {
  func authenticate(
    _ authorization: Authorization?, from peer: SocketAddress
  ) async throws(AdminError) -> AdminPrincipal {
    switch authorization {
    case .bearer("good"): AdminPrincipal(name: "root", roles: ["admin"], method: "token")
    case .bearer("reader"): AdminPrincipal(name: "ann", roles: ["reader"], method: "token")
    default:
      throw AdminError(.unauthenticated, "auth.required", "the request proves nobody")
    }
  }

  func authorize(
    _ principal: AdminPrincipal, _ privilege: AdminPrivilege, on resource: String
  ) throws(AdminError) {
    guard principal.roles != ["reader"] || privilege.access == .read else {
      throw AdminError(
        .denied, "auth.denied", "\(principal.name) may not change \(resource)",
        why: "\(privilege) is missing")
    }
  }
}

struct Untold: Error, CustomStringConvertible {
  var description: String { "this is not told" }
}

/// The memory of requests as a dictionary.
final class TestMemory: AdminRequestMemory {
  private let entries = Mutex<[String: (fingerprint: [UInt8], answer: AdminRemembered?)]>([:])

  func begin(
    principal: String, requestID: String, fingerprint: [UInt8]
  ) async throws(AdminError) -> AdminMemory {
    self.entries.withLock { entries in
      guard let entry = entries[principal + "/" + requestID] else {
        entries[principal + "/" + requestID] = (fingerprint, nil)
        return .isNew(principal + "/" + requestID)
      }
      guard entry.fingerprint == fingerprint else { return .differs }
      return entry.answer.map { .answered($0) } ?? .isUnderWay
    }
  }

  func end(_ ticket: any Sendable, answer: AdminRemembered?) async {
    guard let name = ticket as? String else { return }
    self.entries.withLock { entries in
      guard let answer else {
        entries[name] = nil
        return
      }
      entries[name]?.answer = answer
    }
  }
}

struct AdminFixture: Sendable {
  let base: String
  let client: HTTPClient
  let done: Counts

  final class Counts: Sendable {
    let users = Mutex<[String]>([])
    let audited = Mutex<[String]>([])
  }

  func ask(
    _ method: HTTP.Method, _ path: String, token: String? = "good", id: String? = nil,
    body: String? = nil
  ) async throws -> (status: UInt16, json: JSONValue) {
    let request = HTTPClientRequest(method, self.base + path) { request in
      if let token { request.fields.append(("Authorization", "Bearer \(token)")) }
      if let id { request.fields.append(("X-Request-Id", id)) }
      request.retries = .never
      if let body { request.content = .bytes(Array(body.utf8)) }
    }
    let answer = try await self.client.fetch(request, limit: 1 << 20)
    return (answer.status.code, try JSONValue(parsing: answer.text))
  }
}

func withAdmin(_ body: @escaping @Sendable (AdminFixture) async throws -> Void) async throws {
  try await withLoops { group in
    let counts = AdminFixture.Counts()
    var routes = AdminRoutes(gate: TestGate(), memory: TestMemory()) { entry in
      counts.audited.withLock {
        $0.append("\(entry.principal.name) \(entry.route.id) \(entry.error?.code ?? "done")")
      }
    }
    try routes.on(IdentityAPI.users) { _, context in
      let names = counts.users.withLock { $0 }.sorted()
      return context.paging.page(
        names.map { name in
          var user = UserRecord()
          user.user = name
          return user
        }, by: \.user)
    }
    try routes.on(IdentityAPI.createUser) { input, context in
      if input.user == "broken" { throw Untold() }
      if input.user == "busy" {
        throw AdminError(.unavailable, "facts.unavailable", "not now")
      }
      if input.user == "taken" {
        throw AdminError(.conflict, "identity.exists", "user taken is there")
      }
      var user = UserRecord()
      user.user = input.user
      guard !context.isDryRun else { return AdminChange(user, changed: false) }
      counts.users.withLock { $0.append(input.user) }
      return AdminChange(user, changed: true)
    }
    try routes.on(ClusterAPI.fact) { input, _ in
      var fact = FactRecord()
      fact.key = input.key
      return AdminItem(fact)
    }
    let server = HTTPServer(
      routes.http, HTTPServerOptions { $0.errorAnswer = AdminRoutes.errorAnswer },
      loops: group.loops, metrics: MetricRegistry())
    let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
    let client = HTTPClient()
    let fixture = AdminFixture(base: "http://\(listener.address)", client: client, done: counts)
    let result: Result<Void, any Error>
    do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
    try await group.filePool.run { client.stop() }
    await listener.drain(until: group.loops[0].now + .milliseconds(200))
    try result.get()
  }
}
