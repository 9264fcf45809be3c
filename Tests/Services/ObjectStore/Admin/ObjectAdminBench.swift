import Admin
import AdminServing
import Bytes
import Cluster
import ClusterTesting
import HTTP
import HTTPClient
import HTTPServing
import Hosting
import JSON
import ObjectAdmin
import ObjectGateway
import ObjectModel
import ObjectTesting
import Observability
import Runtime
import TestSupport
import Values

/// Everybody is who the token says, and `reader` may only read.
struct BenchGate: AdminGate {
  func authenticate(
    _ authorization: Authorization?, from peer: SocketAddress
  ) async throws(AdminError) -> AdminPrincipal {
    guard case .bearer(let name) = authorization else {
      throw AdminError(.unauthenticated, "auth.required", "the request proves nobody")
    }
    return AdminPrincipal(name: name, roles: [name], method: "token")
  }

  func authorize(
    _ principal: AdminPrincipal, _ privilege: AdminPrivilege, on resource: String
  ) throws(AdminError) {
    guard principal.roles != ["reader"] || privilege.access == .read else {
      throw AdminError(.denied, "auth.denied", "\(principal.name) may not change \(resource)")
    }
  }
}

/// The operator's side over model stores, with the gateway beside it.
struct ObjectAdminBench: Sendable {
  let admin: String
  let s3: String
  let client: HTTPClient
  let namespace: ModelNamespace
  let control: ModelControl
  let gateway: ObjectGateway

  static let key = ModelIdentity.root(
    id: "AKROOT", secret: "root-secret", account: "root", name: "Root")

  /// Sends a typed call and reads its answer as JSON.
  func ask<Input, Answer>(
    _ call: AdminCall<Input, Answer>, _ input: Input, as name: String = "admin",
    dryRun: Bool = false, limit: Int? = nil, token: String? = nil
  ) async throws -> (status: UInt16, json: JSONValue) {
    let message = call.message(input)
    var query = message.query
    if dryRun { query.append(("dry_run", "true")) }
    if let limit { query.append(("limit", "\(limit)")) }
    if let token { query.append(("page_token", token)) }
    let text = query.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    let target = self.admin + message.path + (text.isEmpty ? "" : "?" + text)
    let request = HTTPClientRequest(message.method, target) { request in
      request.fields.append(("Authorization", "Bearer \(name)"))
      if let body = message.body { request.content = .bytes(body) }
      request.retries = .never
    }
    let answer = try await self.client.fetch(request, limit: 16 << 20)
    return (answer.status.code, try JSONValue(parsing: answer.text))
  }

  private static func encoded(_ text: String) -> String {
    var target = ByteWriter()
    PercentCoding.encode(Array(text.utf8).rawBytes, to: &target)
    return target.bytes.lossyText
  }

  /// A request to an address that was signed.
  func follow(
    _ method: HTTP.Method, _ url: String, _ fields: [(String, String)] = [], body: [UInt8]? = nil
  ) async throws -> (status: UInt16, content: [UInt8]) {
    let request = HTTPClientRequest(method, url) { request in
      request.fields += fields.map { (name: $0.0, value: $0.1) }
      if let body { request.content = .bytes(body) }
      request.retries = .never
    }
    let answer = try await self.client.fetch(request, limit: 64 << 20)
    return (answer.status.code, answer.content)
  }

  func presign(
    _ method: String, _ key: String, bucket: String = "raw", queries: [String] = [],
    headers: [String: String] = [:]
  ) async throws -> [String] {
    var input = PresignInput()
    input.bucket = bucket
    input.key = key
    input.method = method
    input.queries = queries
    input.headers = headers
    let answer = try await self.ask(ObjectAPI.presign, input)
    return (answer.json["items"]?.array ?? []).compactMap { $0["url"]?.string }
  }

  func put(_ key: String, _ text: String, bucket: String = "raw") async throws {
    let url = try await self.presign("PUT", key, bucket: bucket)[0]
    let answer = try await self.follow(.put, url, body: Array(text.utf8))
    guard answer.status == 200 else {
      throw AdminError(.failed, "test.put", String(decoding: answer.content, as: UTF8.self))
    }
  }

  func make(
    _ bucket: String = "raw", _ change: (inout BucketInput) -> Void = { _ in }
  ) async throws {
    var input = BucketInput()
    input.bucket = bucket
    change(&input)
    let answer = try await self.ask(ObjectAPI.createBucket, input)
    guard answer.status == 200 else { throw AdminError(.failed, "test", "\(answer.json)") }
  }
}

func withObjectAdmin(
  _ change: @escaping @Sendable (inout ObjectAdminSources) -> Void = { _ in },
  _ body: @escaping @Sendable (ObjectAdminBench) async throws -> Void
) async throws {
  try await withLoops { group in
    let clock = group.loops[0]
    let milliseconds: @Sendable () -> UInt64 = {
      UInt64(clamping: clock.wallNow.nanoseconds / 1_000_000)
    }
    let registry = MetricRegistry()
    let namespace = ModelNamespace(milliseconds: milliseconds)
    let control = ModelControl(namespace: namespace, milliseconds: milliseconds)
    let gateway = ObjectGateway(
      GatewayOptions { $0.tokenKey = [1] }, namespace: namespace, blobs: ModelBlobs(),
      control: control, identity: ModelIdentity([ObjectAdminBench.key]), time: clock,
      metrics: registry)
    let s3 = try await gateway.server(loops: group.loops, metrics: registry)
      .start(group, at: .ip("127.0.0.1", port: 0))
    let desk = JobDesk()
    desk.open(
      Jobs(
        [], node: "n1", ModelFacts(time: clock), time: clock, random: SystemRandom.shared))
    let sources = ObjectAdminSources(
      control: control, namespace: { () throws(NamespaceError) in namespace }, desk: desk,
      tap: gateway.tap, time: clock, node: "n1",
      buckets: { prefix, after, limit in
        let all = control.allBuckets.filter { $0.name.hasPrefix(prefix) && $0.name > after }
          .sorted { $0.name < $1.name }
        return BucketPage(Array(all.prefix(limit)), isTruncated: all.count > limit)
      }, account: { _ in "root" },
      signingKey: { _ in
        PresigningKey(id: ObjectAdminBench.key.id, secret: ObjectAdminBench.key.secret)
      }, endpoint: { "http://\(s3.address)" }, change)
    var routes = AdminRoutes(gate: BenchGate())
    try ObjectAdmin(sources).register(in: &routes)
    let server = HTTPServer(
      routes.http, HTTPServerOptions { $0.errorAnswer = AdminRoutes.errorAnswer },
      loops: group.loops, metrics: MetricRegistry())
    let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
    let client = HTTPClient()
    let bench = ObjectAdminBench(
      admin: "http://\(listener.address)", s3: "http://\(s3.address)", client: client,
      namespace: namespace, control: control, gateway: gateway)
    let result: Result<Void, any Error>
    do { result = .success(try await body(bench)) } catch { result = .failure(error) }
    try await group.filePool.run { client.stop() }
    await listener.drain(until: clock.now + .milliseconds(200))
    await s3.drain(until: clock.now + .milliseconds(200))
    try result.get()
  }
}
