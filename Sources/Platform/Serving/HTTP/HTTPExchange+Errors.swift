private import Bytes
public import HTTP
private import JSON
internal import Runtime

extension HTTPExchange {
  /// Answers with the error's status and, in JSON, its code, message and hint and the request's id:
  ///
  /// ```
  /// {"code":"http.not_found","message":"…","try":["…"],"request_id":"…"}
  /// ```
  public func respond(to error: HTTPError) {
    self.begin(error.status)
    self.appendErrorFields(error)
    self.field(.contentType, "application/json" as StaticString)
    let id = self.requestIDText
    var writer = JSONWriter(appendingTo: ByteWriter())
    writer.beginObject()
    writer.member("code", error.code.rawValue)
    writer.member("message", error.message)
    if let hint = error.hint { writer.member("try", [hint]) }
    writer.member("request_id", id)
    writer.endObject()
    let text = writer.finish()
    self.end(text.bytes)
  }

  /// The fields that a status asks for whatever the body looks like. Part of every answer to an error
  /// that is written by `HTTPServerOptions.errorAnswer`.
  public func appendErrorFields(_ error: HTTPError) {
    if let allowed = self.allowed {
      self.field(.allow, allowed.text)
    }
    switch error.status {
    case .serviceUnavailable, .tooManyRequests: self.field(.retryAfter, "1" as StaticString)
    case .upgradeRequired:
      self.field(.upgrade, "websocket" as StaticString)
      self.field(.secWebsocketVersion, WebSocketHandshake.version)
    default: break
    }
  }

  /// Answers for what a handler threw. False when the connection is of no use any more.
  func answer(_ error: any Error) -> Bool {
    if let failure = error as? IOFailure, failure.isDisconnect || failure.isCancelled {
      return false
    }
    let known = error as? HTTPError
    if known == nil || known?.status == .internalServerError { self.report(error) }
    guard self.takeBack() else {
      if known != nil { self.report(error) }
      return false
    }
    let answer =
      known
      ?? HTTPError(
        .internalServerError, .failure, "the request could not be answered",
        hint: "look for request \(self.requestIDText) in the server's log")
    self.write(answer)
    return true
  }

  func write(_ error: HTTPError) {
    if let errorAnswer = self.options.errorAnswer {
      errorAnswer(self, error)
      precondition(self.phase == .done, "an error's answer was not ended")
    } else {
      self.respond(to: error)
    }
  }

  private func report(_ error: any Error) {
    self.options.failureLog?(
      FailureRecord(
        requestID: self.requestIDText, method: self.method, target: self.target.lossyText,
        trace: self.loggedTrace, error: error))
  }
}
