private import HTTP
public import Observability
private import Values

/// Logs as lines of a logger. The query is left out: signatures and tokens travel in it.
extension HTTPServerOptions {
  /// Logs one request in `every`: 5xx as error, 4xx as warning, the rest as information.
  public mutating func logAccess(to log: Logger, every: Int = 1) {
    self.accessLogEvery = every
    self.accessLog = { record in
      let level: LogLevel =
        record.status >= 500 ? .error : record.status >= 400 ? .warning : .info
      log.log(level, "\(record.method.text) \(record.path) \(record.status)", record.fields)
    }
  }

  /// Logs what was answered 500, and answers that could not be finished.
  public mutating func logFailures(to log: Logger) {
    self.failureLog = { record in
      var fields: LogFields = ["request_id": .text(record.requestID)]
      if let trace = record.trace { fields.append("trace", .text(trace.traceText)) }
      fields.append("error", .describing(record.error))
      log.error("could not answer \(record.method.text) \(record.path)", fields)
    }
  }
}

extension AccessRecord {
  /// The target without its query.
  public var path: String { String(self.target.prefix { $0 != "?" }) }

  var fields: LogFields {
    var fields: LogFields = [
      "duration": .duration(.nanoseconds(Int64(clamping: self.nanoseconds))),
      "request_id": .text(self.requestID), "peer": .text(self.peer),
      "in": .bytes(UInt64(self.bytesIn)), "out": .bytes(UInt64(self.bytesOut)),
    ]
    if let agent = self.userAgent { fields.append("agent", .text(agent)) }
    if let trace = self.trace { fields.append("trace", .text(trace.traceText)) }
    return fields
  }
}

extension FailureRecord {
  /// The target without its query.
  public var path: String { String(self.target.prefix { $0 != "?" }) }
}
