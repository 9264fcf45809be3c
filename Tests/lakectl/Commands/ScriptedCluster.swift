import Admin
import Bytes
import CommandTable
import HTTP
import JSON
import Synchronization
import Values

/// A cluster that answers from a script: what is not in it does not exist. It keeps what it was asked.
final class ScriptedCluster: AdminClient {
  private let answers: [String: JSONValue]
  private let asked = Mutex<[AdminRequest]>([])

  init(_ script: Script) { self.answers = script.answers }

  var requests: [AdminRequest] { self.asked.withLock { $0 } }

  /// Answers as the sample cluster; the context "down" leads nowhere.
  static let provider = ClientProvider { settings, _ throws(CommandError) in
    guard settings.text("endpoint") != nil else { throw ClientProvider.noEndpoint(settings) }
    guard settings.contextName != "down" else { throw ScriptedCluster.unreachable }
    return ScriptedCluster(SampleCluster.script)
  }

  var provider: ClientProvider { ClientProvider { _, _ throws(CommandError) in self } }

  static let unreachable = CommandError(
    .unreachable, "cannot reach http://127.0.0.1:1", why: "nobody accepts connections there",
    try: ["lakectl context test"], isRetryable: true)

  func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    self.asked.withLock { $0.append(request) }
    guard var answer = self.answers["\(request.method) \(request.path)"] else {
      throw CommandError(
        ErrorCode(serverCode: "test.not_found", exit: .notFound),
        "there is no \(request.path.dropFirst("/admin/v1/".count))", why: "it was never made",
        try: ["lakectl status"])
    }
    // What was told once is not told again.
    if request.query.contains(where: {
      $0.name == "cursor" || $0.name == "after" && $0.value != "0"
    }) {
      answer = ["items": [], "next": answer["next"] ?? .null, "warnings": []]
    }
    if request.isDryRun, var object = answer.object, object["changed"] != nil {
      object["changed"] = false
      object["plan"] = [["label": "affects", "text": "1 thing, 2 users"]]
      answer = .object(object)
    }
    return Array(answer.text().utf8)
  }
}

struct Script: Sendable {
  var answers: [String: JSONValue] = [:]

  mutating func add<Input, Answer>(
    _ call: AdminCall<Input, Answer>, _ input: Input, _ answer: Answer
  ) {
    let message = call.message(input)
    // An answer that we wrote is JSON.
    self.answers["\(message.method.text) \(message.path)"] =
      (try? JSONValue(parsing: answer.text())) ?? .null
  }

  mutating func list<Input, Record>(
    _ call: AdminCall<Input, AdminList<Record>>, _ records: [Record], _ input: Input = Input(),
    next: String? = nil, warnings: [AdminWarning] = []
  ) {
    self.add(call, input, AdminList(records, next: next, warnings: warnings))
  }

  mutating func item<Input, Record>(
    _ call: AdminCall<Input, AdminItem<Record>>, _ record: Record, _ input: Input = Input()
  ) {
    self.add(call, input, AdminItem(record))
  }

  mutating func change<Input, Record>(
    _ call: AdminCall<Input, AdminChange<Record>>, _ record: Record, _ input: Input = Input(),
    job: String? = nil, undo: String? = nil
  ) {
    self.add(call, input, AdminChange(record, changed: true, job: job, undo: undo))
  }
}
