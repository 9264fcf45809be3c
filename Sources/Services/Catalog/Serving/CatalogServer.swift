import Bytes
import HTTP
import HTTPServing
import Iceberg
import Identity
import JSON
import Observability
import Runtime
import Synchronization
import Values

/// The Iceberg REST protocol over HTTP: takes requests apart, asks the catalog, writes answers.
final class CatalogServer: Sendable {
  let catalog: IcebergCatalog
  let replays: RequestReplays
  let tokens: PageToken
  let log: Logger

  init(_ catalog: IcebergCatalog, tokenKey: [UInt8], log: Logger) {
    self.catalog = catalog
    self.replays = RequestReplays(catalog)
    self.tokens = PageToken(key: tokenKey)
    self.log = log
  }

  /// A server that answers; its listeners are started by the caller.
  func server(
    loops: [EventLoop], metrics registry: MetricRegistry,
    _ change: (inout HTTPServerOptions) -> Void = { _ in }
  ) throws -> HTTPServer {
    var options = HTTPServerOptions { options in
      options.name = "catalog"
      options.limits.startLineBytes = 8 << 10
      options.limits.headerBytes = 32 << 10
      options.limits.headerCount = 100
      options.limits.bodyBytes = Int64(CatalogRequest.bodyBytesMax)
    }
    options.errorAnswer = { exchange, error in Self.answer(error, exchange) }
    options.logFailures(to: self.log)
    change(&options)
    var routes = HTTPRoutes(.raw)
    try self.addRoutes(&routes)
    return HTTPServer(routes, options, loops: loops, metrics: registry)
  }

  // MARK: Routes

  typealias Handler = @Sendable (CatalogServer, CatalogRequest) async throws -> CatalogAnswer

  /// What a route of a warehouse does with keys of idempotency and with bodies.
  enum Style: Sendable {
    case plain
    /// The body is read and decoded.
    case body
    /// A change that may carry a key; with a body or without.
    case change
  }

  private func addRoutes(_ routes: inout HTTPRoutes) throws {
    let server = self
    try self.addService(&routes)
    for route in CatalogRoute.all + CatalogRoute.empty {
      for (pattern, hasPrefix) in [("/v1", false), ("/v1/{prefix}", true)] {
        let group = route.group
        try routes.on(route.method, pattern + route.path, group: group) { exchange in
          try await server.serve(route, exchange, hasPrefix: hasPrefix)
        }
      }
    }
  }

  private func addService(_ routes: inout HTTPRoutes) throws {
    let server = self
    try routes.on(.get, "/health", group: "health") { exchange in
      exchange.respond(.ok, "application/json", #"{"status":"healthy"}"#)
    }
    try routes.on(.get, "/health/live", group: "health") { exchange in
      exchange.respond(.ok, "application/json", #"{"status":"healthy"}"#)
    }
    for path in ["/ready", "/health/ready"] {
      try routes.on(.get, path, group: "health") { exchange in
        try await server.readiness(exchange)
      }
    }
    try routes.on(.get, "/v1/config", group: "config") { exchange in
      try await server.answering(exchange) { try await server.config(exchange) }
    }
    try routes.on(.get, "/v1/events/stream", group: "events") { exchange in
      try await server.streamEvents(exchange, prefix: nil)
    }
    try routes.on(.get, "/v1/{prefix}/events/stream", group: "events") { exchange in
      try await server.streamEvents(
        exchange, prefix: try CatalogRequest.text(exchange.rawParameter(0)))
    }
    try routes.on(.post, "/v1/oauth/tokens", group: "tokens", bodyBytesMax: 1 << 20) {
      exchange in try await server.token(exchange)
    }
  }

  private func readiness(_ exchange: HTTPExchange) async throws {
    do {
      try await self.catalog.store.ping()
      exchange.respond(
        .ok, "application/json", #"{"status":"ready","checks":{"database":"healthy"}}"#)
    } catch {
      exchange.respond(
        .serviceUnavailable, "application/json",
        #"{"status":"not ready","checks":{"database":"failed"}}"#)
    }
  }

  // MARK: One request

  private func serve(
    _ route: CatalogRoute, _ exchange: HTTPExchange, hasPrefix: Bool
  ) async throws {
    try await self.answering(exchange) {
      let caller = try self.caller(exchange)
      var parameters: [String] = []
      for index in 0..<route.parameterCount {
        parameters.append(
          try CatalogRequest.text(exchange.rawParameter(index + (hasPrefix ? 1 : 0))))
      }
      let prefix = hasPrefix ? try CatalogRequest.text(exchange.rawParameter(0)) : nil
      let warehouse = try self.catalog.warehouse(prefix)
      var request = CatalogRequest(
        exchange, warehouse, caller, parameters: parameters,
        separator: self.catalog.options.namespaceSeparator)
      switch route.style {
      case .plain: return try await route.handler(self, request)
      case .body:
        try await request.readBody()
        return try await route.handler(self, request)
      case .change:
        return try await self.change(request, route.handler)
      }
    }
  }

  private func change(
    _ given: CatalogRequest, _ handler: Handler
  ) async throws -> CatalogAnswer {
    guard !self.catalog.isReadOnly.load(ordering: .relaxed) else {
      throw ErrorResponse.unavailable("The catalog is in maintenance: it only reads")
    }
    var request = given
    if request.exchange.hasContentFraming { try await request.readBody() }
    guard
      let claim = try RequestReplays.claim(of: request, body: request.body ?? [])
    else { return try await handler(self, request) }
    return try await self.replays.once(request, claim) { try await handler(self, $0) }
  }

  /// Sends what `body` returns, or the answer to what it throws.
  func answering(
    _ exchange: HTTPExchange, _ body: () async throws -> CatalogAnswer
  ) async throws {
    let answer: CatalogAnswer
    do {
      answer = try await body()
    } catch let error as HTTPError {
      // What the connection says of the request: the server knows what else follows.
      throw error
    } catch let error as IOFailure {
      throw error
    } catch {
      let response = Self.response(to: error)
      if response.status == 500 {
        self.log.error(
          "request failed",
          [
            "request_id": .text(exchange.requestIDText), "target": .text(exchange.path.lossyText),
            "error": .describing(error),
          ])
      }
      answer = CatalogAnswer(response)
    }
    try await answer.send(on: exchange)
  }

  /// What clients are told about an error; nothing of one that is ours.
  static func response(to error: any Error) -> ErrorResponse {
    switch error {
    case let error as ErrorResponse: error
    case let error as IcebergError: ErrorResponse(error)
    case let error as CatalogStoreError: ErrorResponse(error)
    case let error as IdentityError: ErrorResponse(error)
    case let error as HTTPError:
      ErrorResponse(.badRequest, error.message, status: Int(error.status.code))
    default: ErrorResponse(.internalServerError, "The request could not be answered")
    }
  }

  /// What the HTTP server refuses by itself, in the form of the protocol.
  private static func answer(_ error: HTTPError, _ exchange: HTTPExchange) {
    let type: ErrorType =
      switch error.status.code {
      case 404: .notFound
      case 405: .methodNotAllowed
      case 503: .serviceUnavailable
      case 500: .internalServerError
      default: .badRequest
      }
    exchange.begin(error.status)
    exchange.appendErrorFields(error)
    exchange.field(.contentType, "application/json" as StaticString)
    exchange.end(
      ErrorResponse(type, error.message, status: Int(error.status.code)).jsonBytes.rawBytes)
  }
}
