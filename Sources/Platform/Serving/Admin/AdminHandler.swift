import Admin
private import Bytes
private import Crypto
import HTTP
import HTTPServing
private import JSON
private import Runtime
private import Values

/// Serves one call: gate, input, memory, handler, answer, in this order.
struct AdminHandler<Input: AdminRecord, Answer: AdminAnswer>: Sendable {
  let call: AdminCall<Input, Answer>
  let gate: any AdminGate
  let memory: (any AdminRequestMemory)?
  let audit: (@Sendable (AdminAuditEntry) async -> Void)?
  let handler: @Sendable (Input, AdminContext) async throws -> Answer

  func serve(_ exchange: HTTPExchange) async throws {
    do {
      let principal = try await self.admit(exchange)
      let body =
        self.call.route.hasBody
        ? try await exchange.collectBody(limit: AdminRoutes.bodyBytesMax) : nil
      let context = try self.context(exchange, principal)
      let input = try self.input(exchange, body)
      guard self.call.route.effect != .reads, !context.isDryRun else {
        let answer = try await self.handler(input, context)
        return exchange.respond(bytes: Self.encoded(answer))
      }
      try await self.write(exchange, input, body ?? [], context)
    } catch let error as AdminError {
      exchange.respond(error)
    }
  }

  /// Who asks, and whether they may: before anything else of the request is looked at.
  private func admit(_ exchange: HTTPExchange) async throws -> AdminPrincipal {
    let principal = try await self.gate.authenticate(exchange.authorization, from: exchange.peer)
    guard self.call.route.privilege != .anyone else { return principal }
    try self.gate.authorize(principal, self.call.route.privilege, on: Self.resource(exchange))
    return principal
  }

  /// The path below the API's root: `nodes/n1`.
  private static func resource(_ exchange: HTTPExchange) -> String {
    let path = PercentCoding.text(exchange.path) ?? exchange.path.lossyText
    return String(path.dropFirst("/admin/v1/".count))
  }

  private func context(
    _ exchange: HTTPExchange, _ principal: AdminPrincipal
  ) throws -> AdminContext {
    AdminContext(
      principal: principal, requestID: exchange.requestIDText,
      isDryRun: try self.isDryRun(exchange), paging: try self.paging(exchange),
      ifMatch: exchange.fieldText(.ifMatch).map { $0.filter { $0 != "\"" } },
      peer: exchange.peer, isForwarded: exchange.field(named: "lake-forwarded") != nil,
      authorization: exchange.fieldText(.authorization).map { Secret($0) })
  }

  private func isDryRun(_ exchange: HTTPExchange) throws -> Bool {
    guard let text = try exchange.queryText("dry_run") else { return false }
    guard self.call.route.effect != .reads else {
      throw Self.bad("dry_run: this call changes nothing")
    }
    do { return try Bool.value(of: [text]) } catch { throw Self.bad("dry_run: \(error.message)") }
  }

  private func paging(_ exchange: HTTPExchange) throws -> AdminPaging {
    var paging = AdminPaging()
    let limit = try exchange.queryText("limit")
    let token = try exchange.queryText("page_token")
    guard limit != nil || token != nil else { return paging }
    guard self.call.route.shape == .list else { throw Self.bad("limit: this call answers no list") }
    if let limit {
      guard let number = Int(limit), (1...AdminPaging.limitMax).contains(number) else {
        throw Self.bad("limit: it is not in the range 1 to \(AdminPaging.limitMax)")
      }
      paging.limit = number
    }
    if let token {
      guard AdminPaging.decode(token) != nil else {
        throw Self.bad("page_token: it is none that this API gave out")
      }
      paging.token = token
    }
    return paging
  }

  private func input(_ exchange: HTTPExchange, _ body: [UInt8]?) throws -> Input {
    let path = self.call.route.pathNames.map { (name: $0, value: exchange.parameter($0)) }
    let query = try QueryString.pairs(exchange.query)
    return try self.call.input(path: path, query: query, body: body)
  }

  private static func bad(_ why: String) -> AdminError {
    AdminError(.badRequest, "request.bad_value", "the request cannot be understood", why: why)
  }

  private static func encoded(_ answer: Answer) -> [UInt8] {
    var writer = ByteWriter(capacity: 512)
    writer.appendJSON(answer)
    return writer.bytes.array
  }

  // MARK: Writes

  private func write(
    _ exchange: HTTPExchange, _ input: Input, _ body: [UInt8], _ context: AdminContext
  ) async throws {
    var ticket: (any Sendable)?
    if let memory = self.memory, exchange.field(.xRequestId) != nil {
      switch try await self.recall(memory, exchange, body, context) {
      case .answered(let first):
        return exchange.respond(bytes: first.body, status: Status(first.status))
      case .isNew(let fresh): ticket = fresh
      }
    }
    var remembered: AdminRemembered?
    var failure: (any Error)?
    do {
      let answer = Self.encoded(try await self.handler(input, context))
      remembered = AdminRemembered(status: 200, body: answer)
    } catch {
      failure = error
      // What may work later unchanged is not held against a repeat; the rest is the result.
      if let error = error as? AdminError, !error.isRetryable, error.changed == false {
        remembered = AdminRemembered(
          status: error.kind.status, body: error.bytes(requestID: context.requestID))
      }
    }
    if let ticket {
      let isKept = (remembered?.body.count ?? 0) <= AdminRemembered.byteCountMax
      await self.memory?.end(ticket, answer: isKept ? remembered : nil)
    }
    await self.audit?(
      AdminAuditEntry(
        principal: context.principal, route: self.call.route, resource: Self.resource(exchange),
        error: failure.map(Self.adminError), requestID: context.requestID, peer: context.peer))
    if let failure { throw failure }
    exchange.respond(bytes: remembered?.body ?? [])
  }

  private static func adminError(_ error: any Error) -> AdminError {
    error as? AdminError
      ?? AdminError(.failed, "request.failed", "the request failed", changed: nil)
  }

  private enum Recalled {
    case answered(AdminRemembered)
    case isNew(any Sendable)
  }

  /// Looks for the first request with this id; takes it when this is the first.
  private func recall(
    _ memory: any AdminRequestMemory, _ exchange: HTTPExchange, _ body: [UInt8],
    _ context: AdminContext
  ) async throws -> Recalled {
    var text = ByteWriter()
    text.append("\(self.call.route.method.text) ")
    text.append(exchange.target)
    text.append("\n")
    text.append(body.rawBytes)
    let outcome = try await memory.begin(
      principal: context.principal.name, requestID: context.requestID,
      fingerprint: SHA256.digest(of: text.bytes).array)
    switch outcome {
    case .isNew(let ticket): return .isNew(ticket)
    case .answered(let first): return .answered(first)
    case .isUnderWay:
      throw AdminError(
        .unavailable, "request.under_way", "request \(context.requestID) is still under way",
        why: "it was sent before and has no answer yet", try: ["repeat it in a moment"])
    case .differs:
      throw AdminError(
        .conflict, "request.id_reused", "request \(context.requestID) was not done",
        why: "its id was used for another request within 24 h", try: ["use a new request id"])
    }
  }
}

extension AdminError {
  func bytes(requestID: String) -> [UInt8] {
    var writer = ByteWriter(capacity: 512)
    writer.appendJSON { self.encode(to: &$0, requestID: requestID) }
    return writer.bytes.array
  }
}

extension HTTPExchange {
  func respond(bytes: [UInt8], status: Status = .ok) {
    self.begin(status)
    self.field(.contentType, "application/json" as StaticString)
    self.field(.cacheControl, "no-store" as StaticString)
    self.end(bytes.rawBytes)
  }

  func respond(_ error: AdminError, status: Status? = nil, httpError: HTTPError? = nil) {
    self.begin(status ?? Status(error.kind.status))
    if let httpError { self.appendErrorFields(httpError) }
    if error.kind == .unauthenticated {
      self.field(.wwwAuthenticate, #"Bearer realm="lakeworks""# as StaticString)
    }
    if error.kind == .unavailable, httpError == nil {
      self.field(.retryAfter, "1" as StaticString)
    }
    self.field(.contentType, "application/json" as StaticString)
    self.end(error.bytes(requestID: self.requestIDText).rawBytes)
  }
}
