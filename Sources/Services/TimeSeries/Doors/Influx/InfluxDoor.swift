import Bytes
package import HTTP
package import HTTPServing
import JSON
import SeriesSchema
import SeriesServing

/// InfluxDB's write interface: line protocol into measures.
package struct InfluxDoor: Sendable {
  private let guardian: DoorGuard

  package init(_ guardian: DoorGuard) { self.guardian = guardian }

  package func add(to routes: inout HTTPRoutes) throws(RouteError) {
    for (path, dialect) in [
      ("/write", InfluxDialect.v1), ("/api/v2/write", .v2), ("/api/v3/write_lp", .v3),
    ] {
      try routes.on(.post, path, group: "influx") { exchange in
        await self.write(exchange, dialect)
      }
    }
    // Asked by clients before they send anything, and without saying who they are.
    try routes.on(.get, "/ping", group: "influx") { exchange in
      Self.beginVersioned(exchange, .noContent)
      exchange.end()
    }
    try routes.on(.get, "/health", group: "influx") { exchange in
      Self.beginVersioned(exchange, .ok)
      exchange.field(.contentType, "application/json" as StaticString)
      exchange.end(
        #"{"name":"lakeworks","message":"ready for writes","status":"pass","checks":[]}"#)
    }
    for method in [Method.get, .post] {
      try routes.on(method, "/query", group: "influx") { exchange in await self.query(exchange) }
    }
  }

  private static func beginVersioned(_ exchange: HTTPExchange, _ status: Status) {
    exchange.begin(status)
    exchange.field(named: "X-Influxdb-Version", "lakeworks")
    exchange.field(named: "X-Influxdb-Build", "Lakeworks")
  }

  private func write(_ exchange: HTTPExchange, _ dialect: InfluxDialect) async {
    let answers = InfluxAnswers(dialect: dialect)
    guard let watch = await self.guardian.admit(exchange) else {
      return answers.refuse(exchange, .unauthorized, "authorization failed")
    }
    guard self.guardian.hasRoom else {
      return answers.refuse(
        exchange, .serviceUnavailable,
        MemoryProtector.words)
    }
    do {
      let isPartial = try dialect.isPartial(exchange)
      var lines = InfluxLines(unit: try dialect.unit(exchange), isPartial: isPartial)
      let group = try dialect.group(exchange)
      // Before the body is read: who is refused anyway need not send it all.
      try watch.require(.write, [group])
      try await self.guardian.environment.schema.prepare(group)
      let content = try await self.guardian.content(exchange)
      var session = DoorSession(group, in: self.guardian.environment)
      defer { self.guardian.metrics.count(.influx, session, refused: lines.failures.count) }
      try await lines.write(content, &session)
      guard lines.failures.count == 0 else {
        return answers.refuse(
          exchange, lines.failures, isNothingWritten: session.rowsWritten == 0)
      }
      exchange.respond(.noContent)
    } catch let fault as SeriesFault {
      answers.refuse(exchange, InfluxAnswers.status(fault.kind), fault.message)
    } catch let error as HTTPError {
      answers.refuse(exchange, error.status, error.message)
    } catch {
      answers.refuse(exchange, .internalServerError, "the request was not answered")
    }
  }

  /// Of the query language only what clients send before they write: CREATE DATABASE.
  private func query(_ exchange: HTTPExchange) async {
    let answers = InfluxAnswers(dialect: .v1)
    guard let watch = await self.guardian.admit(exchange) else {
      return answers.refuse(exchange, .unauthorized, "authorization failed")
    }
    do {
      var text = try exchange.queryText("q") ?? ""
      if text.isEmpty {
        let body = try await exchange.collectBody(limit: 1 << 16)
        text = try QueryString.text("q", in: body.rawBytes) ?? ""
      }
      guard let group = Self.createdDatabase(text) else {
        throw SeriesFault(
          .unimplemented,
          "of InfluxQL only CREATE DATABASE is supported: ask with BydbQL at"
            + " /api/v1/bydbql/query")
      }
      try watch.require(.write, [group])
      try await self.guardian.environment.schema.prepare(group)
      exchange.respond(.ok, "application/json", #"{"results":[{"statement_id":0}]}"#)
    } catch let fault as SeriesFault {
      answers.refuse(exchange, InfluxAnswers.status(fault.kind), fault.message)
    } catch let error as HTTPError {
      answers.refuse(exchange, error.status, error.message)
    } catch {
      answers.refuse(exchange, .internalServerError, "the request was not answered")
    }
  }

  /// The name in `CREATE DATABASE name`, with quotes or without.
  static func createdDatabase(_ text: String) -> String? {
    let words = text.split(whereSeparator: { $0.isWhitespace || $0 == ";" })
    guard words.count == 3, words[0].uppercased() == "CREATE", words[1].uppercased() == "DATABASE"
    else { return nil }
    let name =
      words[2].hasPrefix("\"") && words[2].hasSuffix("\"") && words[2].count > 2
      ? words[2].dropFirst().dropLast() : words[2]
    return name.contains("\"") ? nil : String(name)
  }
}
