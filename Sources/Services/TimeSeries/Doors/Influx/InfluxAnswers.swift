import Bytes
import HTTP
import HTTPServing
import JSON
import SeriesSchema

/// What InfluxDB's clients read out of answers.
struct InfluxAnswers {
  var dialect: InfluxDialect

  static func status(_ kind: SeriesFault.Kind) -> Status {
    switch kind {
    case .invalidArgument, .unknown: .badRequest
    case .permissionDenied: .forbidden
    case .notFound: .notFound
    case .alreadyExists, .failedPrecondition: .conflict
    case .resourceExhausted, .unavailable, .aborted: .serviceUnavailable
    case .deadlineExceeded: .gatewayTimeout
    case .unimplemented: .notImplemented
    case .internalError: .internalServerError
    }
  }

  /// The word that version 2 has for a status.
  private static func word(_ status: Status) -> String {
    switch status {
    case .badRequest: "invalid"
    case .unauthorized: "unauthorized"
    case .forbidden: "forbidden"
    case .notFound: "not found"
    case .conflict: "conflict"
    case .contentTooLarge: "request too large"
    case .unsupportedMediaType: "unsupported media type"
    case .serviceUnavailable: "unavailable"
    case .notImplemented: "not implemented"
    default: "internal error"
    }
  }

  func refuse(_ exchange: HTTPExchange, _ status: Status, _ message: String) {
    self.answer(exchange, status, message) { writer in
      if self.dialect == .v2 {
        writer.member("code", Self.word(status))
        writer.member("message", message)
      } else {
        writer.member("error", message)
      }
    }
  }

  /// Some lines were not taken; the others are written unless `isNothingWritten`.
  func refuse(_ exchange: HTTPExchange, _ failures: DoorFailures, isNothingWritten: Bool) {
    guard let first = failures.told.first else { return exchange.respond(.noContent) }
    let unable = "unable to parse '\(first.text)': \(first.message)"
    let rest = failures.count > 1 ? " (and \(failures.count - 1) more lines)" : ""
    let partial = "partial write: line \(first.line): \(unable)\(rest) dropped=\(failures.count)"
    switch self.dialect {
    case .v1:
      self.refuse(
        exchange, .badRequest, isNothingWritten ? "line \(first.line): \(unable)\(rest)" : partial)
    case .v2:
      let message = isNothingWritten ? "line \(first.line): \(unable)\(rest)" : partial
      self.answer(exchange, .badRequest, message) { writer in
        writer.member("code", "invalid")
        writer.member("message", message)
        writer.member("line", first.line)
      }
    case .v3:
      let message =
        isNothingWritten
        ? "parsing failed for write_lp endpoint" : "partial write of line protocol occurred"
      self.answer(exchange, .badRequest, message) { writer in
        writer.member("error", message)
        writer.member("data") { writer in
          writer.array { writer in
            for failure in failures.told {
              writer.object { writer in
                writer.member("original_line", failure.text)
                writer.member("line_number", failure.line)
                writer.member("error_message", failure.message)
              }
            }
          }
        }
      }
    }
  }

  private func answer(
    _ exchange: HTTPExchange, _ status: Status, _ message: String,
    _ body: (inout JSONWriter) -> Void
  ) {
    exchange.begin(status)
    // A field is one line of visible characters.
    let plain = String(message.prefix(300).map { $0.isASCII && $0 >= " " ? $0 : "?" })
    exchange.field(named: "X-Influxdb-Error", plain)
    if status == .serviceUnavailable { exchange.field(.retryAfter, "1" as StaticString) }
    if status == .unauthorized {
      exchange.field(named: "WWW-Authenticate", "Basic realm=\"InfluxDB\"")
    }
    exchange.field(.contentType, "application/json" as StaticString)
    var writer = JSONWriter(appendingTo: ByteWriter())
    writer.object { writer in body(&writer) }
    let text = writer.finish()
    exchange.end(text.bytes)
  }
}
