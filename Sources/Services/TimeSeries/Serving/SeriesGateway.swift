import Bytes
package import HTTP
package import HTTPServing
import Protobuf
import Runtime
import SeriesSchema
import Values

/// The HTTP door: the same methods with JSON.
package struct SeriesGateway: Sendable {
  /// Who may come in; nil: everybody.
  private let passwords: (any SeriesPasswords)?
  private let services: [ServiceRPCs]
  private let bodyBytesMax: Int
  /// What `/api/healthz` says.
  private let isServing: @Sendable () -> Bool

  package init(
    _ services: [ServiceRPCs], passwords: (any SeriesPasswords)?, bodyBytesMax: Int = 16 << 20,
    isServing: @escaping @Sendable () -> Bool
  ) {
    self.services = services
    self.passwords = passwords
    self.bodyBytesMax = bodyBytesMax
    self.isServing = isServing
  }

  /// The routes below `/api`.
  package func routes() throws(RouteError) -> HTTPRoutes {
    var routes = HTTPRoutes()
    try routes.on(.get, "/api/healthz", group: "health") { exchange in
      if self.isServing() {
        exchange.respond(.ok, "text/plain", "SERVING")
      } else {
        exchange.respond(.serviceUnavailable, "text/plain", "NOT_SERVING")
      }
    }
    var taken: [String: Set<String>] = [:]
    for service in self.services {
      for rpc in service.unary {
        for binding in rpc.http {
          taken[binding.pattern, default: []].insert("\(binding.method)")
          try routes.on(binding.method, "/api\(binding.pattern)", group: "series") { exchange in
            await self.serve(exchange, rpc, binding, service.calls)
          }
        }
      }
    }
    for (pattern, known) in taken {
      let methods: [Method] = [.get, .post, .put, .delete, .patch, .options]
      for method in methods where !known.contains("\(method)") {
        try routes.on(method, "/api\(pattern)", group: "series") { exchange in
          Self.refuse(exchange, SeriesFault(.unimplemented, "Method Not Allowed"))
        }
      }
    }
    routes.fallback = { exchange in
      Self.refuse(exchange, SeriesFault(.notFound, "Not Found"))
    }
    return routes
  }

  private func serve(
    _ exchange: HTTPExchange, _ rpc: UnaryRPC, _ binding: HTTPBinding, _ calls: SeriesCalls?
  ) async {
    guard var watch = await self.admit(exchange) else { return }
    watch.calls = calls
    do {
      var fields = try Self.query(exchange)
      for (index, path) in binding.fields.enumerated() {
        fields.append(GatewayField(path: path, text: exchange.parameter(index)))
      }
      let body = try await exchange.collectBody(limit: self.bodyBytesMax)
      let answer = try await Self.answer(
        rpc, body, fields, watch, within: Self.timeout(exchange))
      exchange.respond(.ok, "application/json", bytes: answer.rawBytes)
    } catch let fault as SeriesFault {
      Self.refuse(exchange, fault)
    } catch let error as HTTPError where error.code == .bodyTooLarge {
      // Who still sends does not listen: what is not all too long is let pass first.
      _ = try? await exchange.discardBody(limit: Int64(self.bodyBytesMax) * 4)
      Self.refuse(exchange, SeriesFault(.resourceExhausted, error.message))
    } catch let error as HTTPError {
      Self.refuse(exchange, SeriesFault(.invalidArgument, error.message))
    } catch {
      Self.refuse(exchange, SeriesFault(.internalError, "the request was not answered"))
    }
  }

  /// Until when the caller waits, as gRPC says it: digits and a unit.
  private static func timeout(_ exchange: HTTPExchange) throws(SeriesFault) -> Duration? {
    guard let text = exchange.field(named: "grpc-timeout")?.lossyText else { return nil }
    let units: [Character: Duration] = [
      "H": .seconds(3600), "M": .seconds(60), "S": .seconds(1), "m": .milliseconds(1),
      "u": .microseconds(1), "n": .nanoseconds(1),
    ]
    guard let unit = text.last.flatMap({ units[$0] }), text.utf8.count <= 9,
      let count = Int(text.dropLast()), count >= 0
    else { throw SeriesFault(.invalidArgument, "Grpc-Timeout \(text) is no duration") }
    return unit * count
  }

  private static func answer(
    _ rpc: UnaryRPC, _ body: [UInt8], _ fields: [GatewayField], _ watch: CallWatch,
    within timeout: Duration?
  ) async throws(SeriesFault) -> [UInt8] {
    guard let timeout, let loop = EventLoop.current else {
      return try await rpc.gateway(body, fields, watch)
    }
    let deadline = loop.now + timeout
    let first = await withTaskGroup(of: Result<[UInt8], SeriesFault>?.self) { group in
      group.addTask {
        do throws(SeriesFault) {
          return .success(try await rpc.gateway(body, fields, watch))
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        try? await loop.sleep(until: deadline)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    guard timeout > .zero, let first else {
      throw SeriesFault(.deadlineExceeded, "the deadline has passed")
    }
    return try first.get()
  }

  /// Who calls; answers, and is nil, when nobody may come in so.
  private func admit(_ exchange: HTTPExchange) async -> CallWatch? {
    guard let passwords = self.passwords else { return CallWatch(caller: nil) }
    guard exchange.field(.authorization) != nil else {
      exchange.begin(.unauthorized)
      exchange.field(named: "WWW-Authenticate", "Basic realm=\"BanyanDB\"")
      exchange.field(.contentType, "application/json")
      exchange.end(#"{"error": "authorization is required"}"#)
      return nil
    }
    guard case .basic(let user, let password)? = exchange.authorization else {
      Self.refuse(
        exchange, SeriesFault(.invalidArgument, "the Authorization header is not Basic"))
      return nil
    }
    let caller = await passwords.caller(
      user: user, password: password, source: "\(exchange.peer)")
    guard let caller else {
      exchange.respond(
        .unauthorized, "application/json", #"{"error": "invalid credentials"}"#)
      return nil
    }
    return CallWatch(caller: caller)
  }

  private static func query(_ exchange: HTTPExchange) throws(SeriesFault) -> [GatewayField] {
    let text = exchange.query.lossyText
    guard !text.isEmpty else { return [] }
    var fields: [GatewayField] = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { part in
        PercentCoding.text(Array(part.replacing("+", with: "%20").utf8).rawBytes)
      }
      guard let path = decoded.first ?? nil, let value = decoded.count > 1 ? decoded[1] : "" else {
        throw SeriesFault(.invalidArgument, "the query of the request is no text")
      }
      fields.append(GatewayField(path: path, text: value))
    }
    return fields
  }

  static func refuse(_ exchange: HTTPExchange, _ fault: SeriesFault) {
    exchange.respond(
      self.status(fault.kind), "application/json", text: GatewayJSON.error(fault))
  }

  private static func status(_ kind: SeriesFault.Kind) -> Status {
    switch kind {
    case .invalidArgument, .failedPrecondition: .badRequest
    case .permissionDenied: .forbidden
    case .notFound: .notFound
    case .alreadyExists, .aborted: .conflict
    case .resourceExhausted: .tooManyRequests
    case .unimplemented: .notImplemented
    case .unavailable: .serviceUnavailable
    case .deadlineExceeded: .gatewayTimeout
    case .unknown, .internalError: .internalServerError
    }
  }
}
