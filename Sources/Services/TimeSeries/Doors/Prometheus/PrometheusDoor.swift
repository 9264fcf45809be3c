package import HTTP
package import HTTPServing
import SeriesSchema
import SeriesServing

/// Prometheus' remote write, 1.0 and 2.0: each metric a measure with the field `value`, labels its tags.
package struct PrometheusDoor: Sendable {
  private let guardian: DoorGuard

  package init(_ guardian: DoorGuard) { self.guardian = guardian }

  package func add(to routes: inout HTTPRoutes) throws(RouteError) {
    try routes.on(.post, "/api/v1/write", group: "prometheus") { exchange in
      await self.write(exchange)
    }
  }

  /// By the parameter of the content type; nil for what is no remote write.
  static func version(_ contentType: String) -> RemoteVersion? {
    let parts = contentType.lowercased().split(separator: ";").map {
      $0.filter { !$0.isWhitespace }
    }
    guard let type = parts.first, type == "application/x-protobuf" else {
      return contentType.isEmpty ? .one : nil
    }
    guard let proto = parts.first(where: { $0.hasPrefix("proto=") }) else { return .one }
    switch proto {
    case "proto=prometheus.writerequest": return .one
    case "proto=io.prometheus.write.v2.request": return .two
    default: return nil
    }
  }

  private func write(_ exchange: HTTPExchange) async {
    guard let watch = await self.guardian.admit(exchange) else {
      exchange.begin(.unauthorized)
      exchange.field(named: "WWW-Authenticate", "Basic realm=\"Lakeworks\"")
      exchange.field(.contentType, "text/plain" as StaticString)
      return exchange.end("authorization failed\n")
    }
    guard self.guardian.hasRoom else {
      return Self.refuse(
        exchange, .serviceUnavailable, MemoryProtector.words)
    }
    guard let version = Self.version(exchange.fieldText(.contentType) ?? "") else {
      return Self.refuse(
        exchange, .unsupportedMediaType, "the content type is none of remote write 1.0 and 2.0")
    }
    var request = RemoteWrite(version)
    do {
      let group = try exchange.queryText("db") ?? self.guardian.environment.options.prometheusGroup
      try watch.require(.write, [group])
      try await self.guardian.environment.schema.prepare(group)
      let content = try await self.guardian.content(exchange, isSnappy: true)
      var session = DoorSession(group, in: self.guardian.environment)
      defer { self.guardian.metrics.count(.prometheus, session, refused: request.failures.count) }
      try await request.write(content, &session)
      self.answer(exchange, request, version)
    } catch let fault as SeriesFault {
      Self.refuse(exchange, InfluxAnswers.status(fault.kind), fault.message)
    } catch let error as HTTPError {
      Self.refuse(exchange, error.status, error.message)
    } catch {
      Self.refuse(exchange, .internalServerError, "the request was not answered")
    }
  }

  private func answer(
    _ exchange: HTTPExchange, _ request: borrowing RemoteWrite, _ version: RemoteVersion
  ) {
    let failures = request.failures
    exchange.begin(failures.count == 0 ? .noContent : .badRequest)
    if version == .two {
      exchange.field(
        named: "X-Prometheus-Remote-Write-Samples-Written", "\(request.samplesWritten)")
      exchange.field(named: "X-Prometheus-Remote-Write-Histograms-Written", "0")
      exchange.field(named: "X-Prometheus-Remote-Write-Exemplars-Written", "0")
    }
    guard let first = failures.told.first else { return exchange.end() }
    exchange.field(.contentType, "text/plain" as StaticString)
    exchange.end(
      text: "series \(first.line), \(first.text): \(first.message); "
        + "\(failures.count) series were not taken as a whole, the others are written\n")
  }

  private static func refuse(_ exchange: HTTPExchange, _ status: Status, _ message: String) {
    exchange.begin(status)
    if status == .serviceUnavailable { exchange.field(.retryAfter, "1" as StaticString) }
    exchange.field(.contentType, "text/plain" as StaticString)
    exchange.end(text: message + "\n")
  }
}
