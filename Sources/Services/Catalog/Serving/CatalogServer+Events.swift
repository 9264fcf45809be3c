import Bytes
import HTTP
import HTTPServing
import Iceberg
import Identity
import JSON
import Runtime
import Values

/// The stream of events over WebSocket. What a listener has not read yet waits in the store, not in
/// memory: a slow one is served as fast as it reads, and nothing is dropped while events are kept.
extension CatalogServer {
  func streamEvents(_ exchange: HTTPExchange, prefix: String?) async throws {
    let filter: EventFilter
    let since: Int64?
    do {
      (filter, since) = try self.subscription(exchange, prefix: prefix)
    } catch {
      return try await CatalogAnswer(Self.response(to: error)).send(on: exchange)
    }
    let caller = Result { try self.listener(exchange) }
    let server = self
    try await exchange.webSocket { socket in
      do {
        let caller = try caller.get()
        try await server.stream(socket, filter, since, caller)
      } catch let error as ErrorResponse {
        try await server.refuse(socket, error)
      } catch let error as IdentityError {
        try await server.refuse(socket, ErrorResponse(error))
      }
    }
  }

  private func refuse(_ socket: WebSocketConnection, _ error: ErrorResponse) async throws {
    var frame = JSONObject()
    frame["type"] = "error"
    frame["code"] = .integer(error.status)
    frame["message"] = .string(error.message)
    _ = try await socket.send(text: JSONValue.object(frame).text())
    try await socket.close(.policyViolation, reason: "")
  }

  /// By the header, or, for browsers that cannot send one, by the parameter `token`.
  private func listener(_ exchange: HTTPExchange) throws -> Caller {
    guard let identity = self.catalog.access.identity, exchange.field(.authorization) == nil,
      var token = try exchange.queryText("token")
    else { return try self.caller(exchange) }
    for prefix in ["Bearer ", "Bearer_"] where token.hasPrefix(prefix) {
      token.removeFirst(prefix.count)
    }
    var caller = Caller(
      principal: nil, context: AccessContext(time: self.catalog.time.wallNow),
      deadline: .distantFuture)
    caller.principal = try identity.authenticate(bearer: token, source: exchange.peer.host)
    return caller
  }

  private func subscription(
    _ exchange: HTTPExchange, prefix: String?
  ) throws -> (EventFilter, Int64?) {
    var filter = EventFilter()
    if let prefix { filter.warehouse = try self.catalog.warehouse(prefix).name }
    if let text = try exchange.queryText("namespace"), !text.isEmpty {
      filter.namespace = try Namespace(segment: text, advertisedSeparator: ".")
    }
    filter.name = try exchange.queryText("table")
    guard let text = try exchange.queryText("since") else { return (filter, nil) }
    guard let since = Int64(text), since >= 0 else {
      throw IcebergError(.badRequest, "parameter since is the number of an event")
    }
    return (filter, since)
  }

  private func stream(
    _ socket: WebSocketConnection, _ filter: EventFilter, _ since: Int64?, _ caller: Caller
  ) async throws {
    let range = try await self.catalog.store.eventRange()
    var last = since ?? range?.upperBound ?? 0
    if let since, let oldest = range?.lowerBound, since + 1 < oldest {
      let reset: JSONValue = ["type": "reset", "oldest": .integer(oldest)]
      _ = try await socket.send(text: reset.text())
      last = oldest - 1
    }
    let hello: JSONValue = [
      "type": "connected", "topic": .string(filter.topic),
      "message": "Connected to event stream",
    ]
    _ = try await socket.send(text: hello.text())
    await withTaskGroup(of: Void.self) { group in
      // Pongs are read by whoever receives; the end of the connection ends the stream.
      group.addTask {
        while let event = try? await socket.receive() {
          if case .close = event { return }
        }
      }
      group.addTask { [last] in
        try? await self.send(to: socket, after: last, filter, caller)
      }
      _ = await group.next()
      group.cancelAll()
    }
  }

  private func send(
    to socket: WebSocketConnection, after number: Int64, _ filter: EventFilter, _ caller: Caller
  ) async throws {
    var last = number
    while !Task.isCancelled, !socket.isDraining {
      let deadline = self.catalog.time.now + .seconds(1)
      let found = try await self.catalog.events(
        after: last, filter, by: caller, limit: 100, until: deadline)
      last = found.last
      for event in found.events {
        guard try await socket.send(text: EventFrame(event: event).text()) else { return }
      }
      // Rights may have been taken back meanwhile.
      if let principal = caller.principal { try self.catalog.access.identity?.check(principal) }
    }
    try await socket.close(.goingAway)
  }
}
