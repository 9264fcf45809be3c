import Admin
import Bytes
import CommandTable
import JSON
import YAML

/// `lakectl series apply`, `diff` and `export`.
enum SeriesDocuments {
  /// One document with where it stands.
  struct Described {
    var kind: SeriesKindWord
    var document: JSONValue
    var place: String
  }

  static let columns: [Column] = [
    Column(key: "name", isNullable: false),
    Column(key: "kind", .word(SeriesKindWord.allCases.map(\.rawValue)), isNullable: false),
    Column(
      key: "action", .word(SeriesActionWord.allCases.map(\.rawValue)), isNullable: false),
    Column(key: "changes", .list, isNullable: false, "members that are different"),
    Column(key: "error", .text, "why it was not done"),
    Column(key: "place", isWide: true, isNullable: false, "where the document stands"),
  ]

  static let apply = Command(
    name: "apply", summary: "make and change things from documents",
    call: Call(
      parameters: [GlobalFlags.file.parameter], effect: .writes,
      output: .list("SeriesApplied", columns),
      exits: [
        .usage: "a document cannot be understood", .partlyDone: "some of several failed",
      ],
      examples: [
        Example(text: "What would change", line: "lakectl series apply -f schema/ --dry-run"),
        Example(text: "Make it so", line: "lakectl series apply -f schema/"),
      ],
      detail: """
        A document has a kind: group, stream, measure, trace, property-schema, index-rule, index-binding or topn.
        The rest is the object of the public schema. Several stand in one file with --- between.
        What is in no document stays; applying twice changes nothing.
        """,
      plan: { call async throws(CommandError) in
        let count = try documents(call).count
        return Plan(action: "apply documents", name: "apply", matchCount: count)
      },
      run: { call async throws(CommandError) in try await run(call, isDiff: false) }))

  static let diff = Command(
    name: "diff", summary: "compare documents with what there is",
    call: Call(
      parameters: [GlobalFlags.file.parameter], effect: .reads,
      output: .list("SeriesDifference", columns),
      exits: [.checkFailed: "something is different", .usage: "a document is not understood"],
      examples: [
        Example(text: "Before a release", line: "lakectl series diff -f schema/")
      ],
      detail: "The same documents as for apply; nothing is changed.",
      run: { call async throws(CommandError) in try await run(call, isDiff: true) }))

  static let kinds = ListOption<SeriesKindName>("kind", "only things of this kind")
  static let ofGroup = Option<PlainName>(
    "group", source: .resources("series-group"), "only this group and what is in it")

  static let export = Command(
    name: "export", summary: "print what there is as documents for apply",
    call: Call(
      parameters: [kinds.parameter, ofGroup.parameter], effect: .reads, output: .document,
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "Keep it in a repository", line: "lakectl series export > series.yaml"),
        Example(
          text: "One group", line: "lakectl series export --group sw_metric > sw_metric.yaml"),
      ],
      detail: """
        Applying what was exported changes nothing. Groups of the system are left out.
        With -o json it is one list, which apply reads as well.
        """,
      run: { call async throws(CommandError) in try await export(call) }))

  // MARK: Reading

  static func documents(_ call: Invocation) throws(CommandError) -> [Described] {
    let files = call[GlobalFlags.file]
    guard !files.isEmpty else {
      throw CommandError(
        .missingValue, "--file PATH is missing", why: "there is nothing to read",
        try: ["lakectl \(call.path.joined(separator: " ")) -f FILE"])
    }
    var found: [Described] = []
    for file in files {
      for path in try Invocation.files(in: file) {
        let shown = path.isStandardStream ? "standard input" : path.text
        let bytes = try call.content(of: path)
        let nodes: [YAMLNode]
        do throws(YAMLError) {
          nodes = try YAML.documents(parsing: bytes.rawBytes)
        } catch {
          throw self.bad("\(shown):\(error.position.line)", error.message)
        }
        for node in nodes where !node.isNull {
          for element in node.sequence ?? [node] {
            found.append(try self.described(element, "\(shown):\(element.position.line)"))
          }
        }
      }
    }
    // What others name comes first.
    let order = SeriesKindWord.allCases
    return found.enumerated().sorted {
      let left = order.firstIndex(of: $0.element.kind) ?? 0
      let right = order.firstIndex(of: $1.element.kind) ?? 0
      return (left, $0.offset) < (right, $1.offset)
    }.map(\.element)
  }

  private static func described(
    _ node: YAMLNode, _ place: String
  ) throws(CommandError) -> Described {
    let document: JSONValue
    do throws(YAMLError) {
      document = try node.json()
    } catch {
      throw self.bad(place, error.message)
    }
    guard let word = document["kind"]?.string else {
      throw self.bad(place, "it has no kind, which is one of \(self.words)")
    }
    guard let kind = SeriesKindWord(rawValue: word) else {
      throw self.bad(place, "\(word.visible.shortened.quoted) is not one of \(self.words)")
    }
    return Described(kind: kind, document: document, place: place)
  }

  private static var words: String {
    SeriesKindWord.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private static func bad(_ place: String, _ why: String) -> CommandError {
    CommandError(
      .badInput, "cannot understand the document at \(place.visible)", why: why,
      try: ["lakectl series export"])
  }

  // MARK: Doing

  /// What came of one document.
  private struct Done {
    var row: Row
    var warnings: [Warning] = []
    var error: CommandError?
  }

  private static func run(
    _ call: Invocation, isDiff: Bool
  ) async throws(CommandError) -> Outcome {
    let documents = try self.documents(call)
    // A plan may need what it would make itself.
    let makesGroups = documents.contains { $0.kind == .group }
    var done: [Done] = []
    for described in documents {
      done.append(
        try await self.one(
          described, number: done.count, call, isDiff: isDiff,
          isPatient: makesGroups && (isDiff || call.isDryRun)))
    }
    return self.outcome(done, call, isDiff: isDiff)
  }

  @inline(never)
  private static func one(
    _ described: Described, number: Int, _ call: Invocation, isDiff: Bool, isPatient: Bool
  ) async throws(CommandError) -> Done {
    var done = Done(row: [
      "kind": .text(described.kind.rawValue), "place": .text(described.place),
      "name": .text(described.name), "action": "unchanged", "changes": .list([]),
      "error": .null,
    ])
    let input = SeriesObjectInput(described.kind, described.document)
    let part = "\(described.kind.rawValue).\(number)"
    var refusal: CommandError?
    do throws(CommandError) {
      let answer = try await call.ask(SeriesAPI.apply, input, isPlan: isDiff, part: part)
      self.take(answer, &done)
    } catch {
      refusal = error
    }
    guard let error = refusal else { return done }
    guard error.exit != .unavailable, error.exit != .denied else { throw error }
    if isPatient, error.exit == .notFound {
      done.row["action"] = "create"
    } else {
      done.row["error"] = .text(error.message + (error.why.map { ": \($0)" } ?? ""))
      done.error = error
    }
    return done
  }

  private static func take(_ answer: Answer, _ done: inout Done) {
    if let name = answer.item["name"]?.string { done.row["name"] = .text(name) }
    done.row["action"] = .text(answer.item["action"]?.string ?? "")
    let changes: [String] = (answer.item["changes"]?.array ?? []).compactMap { $0.string }
    done.row["changes"] = .list(changes)
    done.warnings = answer.warnings
  }

  private static func outcome(_ done: [Done], _ call: Invocation, isDiff: Bool) -> Outcome {
    var outcome = Outcome(.rows(done.map(\.row), next: nil))
    outcome.warnings = done.flatMap(\.warnings)
    let errors = done.compactMap(\.error)
    let changed = done.count { $0.row["action"] != "unchanged" }
    outcome.notes = ["\(changed) of \(done.count) \(isDiff ? "different" : "changed")"]
    if call.isDryRun { outcome.planned = outcome.notes }
    if isDiff, changed > 0 || !errors.isEmpty { outcome.exit = .checkFailed }
    if !isDiff, let first = errors.first {
      outcome.exit = errors.count == done.count ? first.exit : .partlyDone
    }
    return outcome
  }

  private static func export(_ call: Invocation) async throws(CommandError) -> Outcome {
    let asked = Set(call[self.kinds].map(\.rawValue))
    var documents: [JSONValue] = []
    for kind in SeriesKindWord.allCases where asked.isEmpty || asked.contains(kind.rawValue) {
      documents += try await self.all(kind, call)
    }
    switch call.format {
    case .json: return Outcome(.document(JSONValue.array(documents).text(layout: .pretty) + "\n"))
    case .jsonl: return Outcome(.document(documents.map { $0.text() + "\n" }.joined()))
    default:
      return Outcome(.document(documents.map { "---\n" + YAMLText.text($0) }.joined()))
    }
  }

  @inline(never)
  private static func all(
    _ kind: SeriesKindWord, _ call: Invocation
  ) async throws(CommandError) -> [JSONValue] {
    let input = SeriesObjectsInput(kind, group: call[self.ofGroup]?.text)
    var found: [JSONValue] = []
    var token: String?
    while true {
      let paging = AdminPaging(limit: AdminPaging.limitMax, token: token)
      let answer = try await call.ask(SeriesAPI.objects, input, paging: paging)
      for item in answer.items where !(item["group"]?.string ?? "").hasPrefix("_") {
        if let document = item["document"] { found.append(document) }
      }
      guard let next = answer.next else { return found }
      token = next
    }
  }
}

extension SeriesDocuments.Described {
  /// As far as the document says it.
  var name: String {
    let metadata = self.document["metadata"]
    let group = metadata?["group"]?.string ?? ""
    return (group.isEmpty ? "" : group + "/") + (metadata?["name"]?.string ?? "")
  }
}

enum SeriesKindName: String, WordValue {
  case group, stream, measure, trace
  case property = "property-schema"
  case indexRule = "index-rule"
  case indexBinding = "index-binding"
  case topn
  static let placeholder = "KIND"
}
