package import JSON

/// Why a command ended other than well: a small manual page. Servers send code, message, why, try and
/// details; lakectl adds what only it knows.
package struct CommandError: Error, Hashable, Sendable {
  package var code: ErrorCode
  /// One line with the names: lower case, no final stop.
  package var message: String
  /// The reason with its numbers; nil when it is not known.
  package var why: String?
  /// Commands that can be pasted.
  package var tries: [String]
  /// The same request may work later, unchanged.
  package var isRetryable: Bool
  /// Whether anything was changed; nil when that is not known.
  package var changed: Bool?
  package var requestID: String?
  package var context: String?
  package var details: JSONObject
  /// For errors of the command line: how the command is used.
  package var usage: String?
  package var helpLine: String?

  package init(
    _ code: ErrorCode, _ message: String, why: String? = nil, try tries: [String] = [],
    isRetryable: Bool = false, changed: Bool? = false, requestID: String? = nil,
    details: JSONObject = JSONObject()
  ) {
    self.code = code
    self.message = message
    self.why = why
    self.tries = tries
    self.isRetryable = isRetryable
    self.changed = changed
    self.requestID = requestID
    self.details = details
  }

  package var exit: ExitCode { self.code.exit }

  /// Several errors of a kind as one: the first tells the story, the details name all.
  ///
  /// - Precondition: there is at least one.
  package static func grouped(_ errors: [CommandError], of total: Int, what: String) -> CommandError
  {
    precondition(!errors.isEmpty, "no errors to group")
    let isMixed = errors.contains { $0.code != errors[0].code }
    guard errors.count > 1 || total > 1 else { return errors[0] }
    var group = CommandError(
      total == errors.count && !isMixed ? errors[0].code : .partlyDone,
      "\(errors.count) of \(total) \(what) failed: \(errors[0].message)",
      why: errors[0].why, isRetryable: errors.allSatisfy(\.isRetryable))
    for text in errors.flatMap(\.tries) where !group.tries.contains(text) && group.tries.count < 3 {
      group.tries.append(text)
    }
    group.changed =
      errors.contains { $0.changed == nil }
      ? nil : errors.count < total || errors.contains { $0.changed == true }
    group.details["errors"] = .array(
      errors.map { ["code": .string($0.code.rawValue), "message": .string($0.message)] })
    return group
  }
}

extension CommandError: JSONEncodable {
  /// The line that programs read: `{"type":"error", ...}`.
  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", "error")
      json.member("code", self.code.rawValue)
      json.member("exit", self.exit.rawValue)
      json.member("message", self.message)
      json.member("why", self.why)
      json.member("try", self.tries)
      json.member("retryable", self.isRetryable)
      json.member("changed", self.changed)
      json.member("request_id", self.requestID)
      json.member("context", self.context)
      json.member("details", self.details)
    }
  }
}

extension CommandError: JSONDecodable {
  /// Reads what a server sent. `exit` is taken when we know it; else the operation failed.
  package init(json: JSONCursor) throws(JSONError) {
    let exit = try json.decodeIfPresent("exit", as: Int32.self).flatMap(ExitCode.init(rawValue:))
    let text = try json.decode("code", as: String.self)
    let code =
      ErrorCode.all.first { $0.rawValue == text }
      ?? ErrorCode(serverCode: text, exit: exit ?? .failed)
    self.init(code, try json.decode("message"))
    self.why = try json.decodeIfPresent("why")
    self.tries = try json.decode("try", default: [])
    self.isRetryable = try json.decode("retryable", default: false)
    self.changed = try json.decodeIfPresent("changed")
    self.requestID = try json.decodeIfPresent("request_id")
    if case .object(let details) = try json.decode("details", default: JSONValue.null) {
      self.details = details
    }
  }
}
