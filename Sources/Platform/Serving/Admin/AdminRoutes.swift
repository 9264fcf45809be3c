public import Admin
public import HTTP
public import HTTPServing
internal import Values

/// The admin API of a process: calls with their handlers behind one gate.
///
/// ```swift
/// var routes = AdminRoutes(gate: gate, memory: memory)
/// routes.on(JobsAPI.list) { input, context in AdminList(…) }
/// ```
///
/// A handler gets its input checked and its caller allowed. Of a write with an `X-Request-Id` the answer
/// is remembered and given again to a repeat.
public struct AdminRoutes: Sendable {
  public let gate: any AdminGate
  let memory: (any AdminRequestMemory)?
  let audit: (@Sendable (AdminAuditEntry) async -> Void)?
  public private(set) var http: HTTPRoutes
  /// Those that were added, for the OpenAPI document and the tests that walk them.
  public private(set) var table: [AdminRoute] = []

  /// The largest body of a call.
  public static let bodyBytesMax = 1 << 20

  /// - Parameter audit: told of every write that was tried.
  public init(
    gate: any AdminGate, memory: (any AdminRequestMemory)? = nil,
    audit: (@Sendable (AdminAuditEntry) async -> Void)? = nil, http: HTTPRoutes = HTTPRoutes()
  ) {
    self.gate = gate
    self.memory = memory
    self.audit = audit
    self.http = http
  }

  public mutating func on<Input: AdminRecord, Answer: AdminAnswer>(
    _ call: AdminCall<Input, Answer>,
    _ handler: @escaping @Sendable (Input, AdminContext) async throws -> Answer
  ) throws(RouteError) {
    self.table.append(call.route)
    let server = AdminHandler(
      call: call, gate: self.gate, memory: self.memory, audit: self.audit, handler: handler)
    try self.http.on(
      call.route.method, call.route.path, group: call.route.privilege.area,
      bodyBytesMax: Int64(Self.bodyBytesMax)
    ) { exchange in
      try await server.serve(exchange)
    }
  }

  /// Adds a route outside the typed API behind the same gate, such as `/metrics`.
  public mutating func guarded(
    _ method: Method, _ path: String, group: String, _ privilege: AdminPrivilege,
    _ handler: @escaping HTTPHandler
  ) throws(RouteError) {
    let gate = self.gate
    try self.http.on(method, path, group: group) { exchange in
      do {
        let principal = try await gate.authenticate(exchange.authorization, from: exchange.peer)
        try gate.authorize(principal, privilege, on: String(path.dropFirst()))
      } catch let error as AdminError {
        return exchange.respond(error)
      }
      try await handler(exchange)
    }
  }

  /// Adds a route that anybody may ask, such as `/healthz`.
  public mutating func plain(
    _ method: Method, _ path: String, group: String, _ handler: @escaping HTTPHandler
  ) throws(RouteError) {
    try self.http.on(method, path, group: group, handler)
  }

  /// How a server of these routes answers what it refuses itself.
  public static let errorAnswer: @Sendable (HTTPExchange, HTTPError) -> Void = { exchange, error in
    let kind: AdminError.Kind =
      switch error.status.code {
      case 400, 405, 411, 413, 414, 415, 417, 431: .badRequest
      case 401: .unauthenticated
      case 404: .notFound
      case 408, 503: .unavailable
      case 501: .notSupported
      default: .failed
      }
    let admin = AdminError(
      kind, error.code.rawValue, error.message, try: error.hint.map { [$0] } ?? [],
      changed: kind == .failed ? nil : false)
    exchange.respond(admin, status: error.status, httpError: error)
  }
}
