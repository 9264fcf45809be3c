import Admin
import Bytes
import CommandTable
import HTTP
import JSON

/// What a call answered, before it is a row. Members are read one by one: a server that is newer says
/// more, and with words that are not known here.
struct Answer: Sendable {
  let value: JSONValue

  var items: [JSONValue] { self.value["items"]?.array ?? [] }
  var item: JSONValue { self.value["item"] ?? .null }
  var next: String? { self.value["next"]?.string }
  var changed: Bool { self.value["changed"]?.boolean ?? false }
  var job: String? { self.value["job"]?.string }
  var undo: String? { self.value["undo"]?.string }

  var plan: [(label: String, text: String)] {
    (self.value["plan"]?.array ?? []).map { ($0["label"]?.string ?? "", $0["text"]?.string ?? "") }
  }

  var warnings: [Warning] {
    (self.value["warnings"]?.array ?? []).map {
      Warning($0["code"]?.string ?? "server.warning", $0["message"]?.string ?? "")
    }
  }
}

extension Invocation {
  /// Asks the cluster. A write goes with the request's id and the dry run of this run.
  ///
  /// - Parameters:
  ///   - isPlan: ask what would happen, whatever the run does.
  ///   - part: of a command that writes several things: which one this is.
  func ask<Input, Output>(
    _ call: AdminCall<Input, Output>, _ input: Input, paging: AdminPaging? = nil,
    isPlan: Bool = false, ifMatch: String? = nil, part: String? = nil
  ) async throws(CommandError) -> Answer {
    let bytes = try await self.send(
      call, input, paging: paging, isPlan: isPlan, ifMatch: ifMatch, part: part)
    do {
      return Answer(value: try JSONValue(parsing: bytes.rawBytes))
    } catch {
      throw Self.notUnderstood(call.route, "\(error)")
    }
  }

  /// The same with an answer that is read as its type.
  func fetch<Input, Output>(
    _ call: AdminCall<Input, Output>, _ input: Input, paging: AdminPaging? = nil
  ) async throws(CommandError) -> Output {
    let bytes = try await self.send(call, input, paging: paging)
    do {
      return try Output(parsing: bytes.rawBytes)
    } catch {
      throw Self.notUnderstood(call.route, "\(error)")
    }
  }

  private func send<Input, Output>(
    _ call: AdminCall<Input, Output>, _ input: Input, paging: AdminPaging?, isPlan: Bool = false,
    ifMatch: String? = nil, part: String? = nil
  ) async throws(CommandError) -> [UInt8] {
    let message = call.message(input)
    let isWrite = call.route.effect != .reads
    var request = AdminRequest(
      method: "\(message.method.text)", path: message.path, query: message.query,
      body: message.body, isDryRun: isWrite && (isPlan || self.isDryRun), isWrite: isWrite,
      ifMatch: ifMatch)
    if let paging {
      request.query.append(("limit", String(paging.limit)))
      if let token = paging.token { request.query.append(("page_token", token)) }
    }
    guard isWrite, !request.isDryRun else {
      return try await self.client().send(request, until: self.deadline)
    }
    let id = self.requestID ?? RequestIDs.next(self.clock)
    request.requestID = part.map { RequestIDs.part($0, of: id) } ?? id
    let console = self.surroundings.console
    console.setLastWords(self.lastWords(ofWrite: id))
    defer { console.setLastWords(nil) }
    return try await self.client().send(request, until: self.deadline)
  }

  /// Ctrl-C between a change and its answer.
  private func lastWords(ofWrite id: String) -> String {
    let error = CommandError(
      .interrupted, "interrupted before the answer",
      why: "it is not known whether the change was made; the same command with"
        + " --request-id \(id) does it once",
      isRetryable: true, changed: nil, requestID: id)
    return self.format.isJSON ? error.text() + "\n" : "\n" + error.text(style: .plain)
  }

  private static func notUnderstood(_ route: AdminRoute, _ why: String) -> CommandError {
    CommandError(
      .badAnswer, "the answer to \(route.id) is not understood", why: why,
      try: ["lakectl version --server"], changed: route.effect == .reads ? false : nil)
  }
}
