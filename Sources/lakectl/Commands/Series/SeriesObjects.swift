import Admin
import CommandTable
import JSON
import YAML

/// `lakectl series stream`, `measure`, `trace`, `index-rule`, `index-binding`, `topn` and
/// `property-schema`: each with list, show, create, set, delete.
enum SeriesObjects {
  static let stream = group(
    .stream, "manage streams", ["name", "group", "tags_count", "entity", "updated_at"],
    "A stream keeps every row: logs, events.", effect: .destroys)
  static let measure = group(
    .measure, "manage measures",
    [
      "name", "group", "tags_count", "entity", "fields_count", "interval", "index_mode",
      "updated_at",
    ], "A measure keeps the newest version of a point: metrics.", effect: .destroys)
  static let trace = group(
    .trace, "manage traces",
    ["name", "group", "tags_count", "trace_id_tag", "timestamp_tag", "updated_at"],
    "A trace keeps spans under the id of their trace.", effect: .destroys)
  static let indexRule = group(
    .indexRule, "manage rules of indexes",
    ["name", "group", "type", "tags", "analyzer"],
    "A rule says how tags are indexed; a binding says of what.", effect: .hardToUndo)
  static let indexBinding = group(
    .indexBinding, "manage what rules are bound to",
    ["name", "group", "rules", "subject", "begin_at", "expire_at"],
    "A binding lets rules hold for a stream, measure or trace, for a time.",
    effect: .hardToUndo)
  static let topn = group(
    .topn, "rank a measure, and manage rankings",
    [
      "name", "group", "source", "field", "order", "group_by", "counters_number", "lru_size",
    ], "A ranking keeps the best entities of a measure.", effect: .hardToUndo)
  static let propertySchema = group(
    .property, "manage what properties may hold",
    ["name", "group", "tags_count", "updated_at"],
    "Which tags the properties of a name may have.", effect: .destroys)

  static func columns(_ shown: [String]) -> RecordColumns {
    // What another kind has is no column of this one.
    let members: Set = [
      "tags_count", "fields_count", "entity", "interval", "index_mode", "trace_id_tag",
      "timestamp_tag", "type", "tags", "analyzer", "no_sort", "rules", "subject", "begin_at",
      "expire_at", "source", "field", "order", "group_by", "counters_number", "lru_size",
    ]
    var hidden = members.subtracting(shown)
    if shown.contains("analyzer") { hidden.remove("no_sort") }
    return RecordColumns(
      SeriesObjectRecord.self, shown, hidden: hidden,
      titles: ["tags_count": "TAGS", "fields_count": "FIELDS", "counters_number": "COUNTERS"])
  }

  private static func group(
    _ kind: SeriesKindWord, _ summary: String, _ shown: [String], _ detail: String,
    effect: Effect
  ) -> Command {
    Command(
      name: kind.rawValue, summary: summary, heading: .series, detail: detail,
      children: [
        self.list(kind, shown), self.show(kind, shown), self.create(kind, shown),
        self.set(kind, shown), self.delete(kind, shown, effect),
      ])
  }

  // MARK: Parameters

  static let inGroup = OptionalArgument<PlainName>(
    "group", "only those of this group", source: .resources("series-group"))
  static let name = Argument<SeriesName>("name", "GROUP/NAME")
  static let file = Option<FilePath>(
    "file", .one, short: "f", placeholder: "PATH",
    "the document, JSON or YAML; - is standard input")

  static func document(_ call: Invocation, _ file: FilePath) throws(CommandError) -> JSONValue {
    let bytes = try call.content(of: file)
    do throws(YAMLError) {
      return try YAML.document(parsing: String(decoding: bytes, as: UTF8.self)).json()
    } catch {
      throw CommandError(
        .badInput, "cannot understand \(file.text.visible)", why: error.description)
    }
  }

  private static func input(
    _ kind: SeriesKindWord, _ call: Invocation
  ) throws(CommandError) -> SeriesObjectInput {
    guard let file = call[self.file] else { return SeriesObjectInput(kind, .null) }
    let document = try self.document(call, file)
    if let word = document["kind"]?.string, word != kind.rawValue {
      throw CommandError(
        .badInput, "\(file.text.visible) describes no \(kind.rawValue)",
        why: "its kind is \(word.visible.shortened)", try: ["lakectl series apply -f FILE"])
    }
    return SeriesObjectInput(kind, document)
  }

  // MARK: Verbs

  private static func list(_ kind: SeriesKindWord, _ shown: [String]) -> Command {
    Command(
      name: "list", summary: "list them, of one group or of all",
      call: .listing(
        columns(shown), SeriesAPI.objects, parameters: [inGroup.parameter],
        exits: [.notFound: "there is no such group"],
        examples: [
          Example(text: "Of one group", line: "lakectl series \(kind.rawValue) list sw")
        ],
        input: { call throws(CommandError) in
          SeriesObjectsInput(kind, group: call[inGroup]?.text)
        }))
  }

  private static func show(_ kind: SeriesKindWord, _ shown: [String]) -> Command {
    Command(
      name: "show", summary: "show one with its document",
      call: .showing(
        columns(shown), SeriesAPI.object, parameters: [name.parameter],
        examples: [
          Example(
            text: "The document alone",
            line: "lakectl series \(kind.rawValue) show sw/a -o json | jq .item.document")
        ],
        input: { call throws(CommandError) in
          SeriesObjectNameInput(kind, call[name].group, call[name].name)
        }))
  }

  private static func create(_ kind: SeriesKindWord, _ shown: [String]) -> Command {
    Command(
      name: "create", summary: "make one from a document",
      call: .changing(
        columns(shown), SeriesAPI.createObject,
        parameters: [file.parameter, Shared.ifNotExists.parameter],
        exits: [
          .conflict: "there is one of that name", .usage: "the document is refused",
          .notFound: "there is no such group",
        ],
        examples: [
          Example(
            text: "From a file",
            line: "lakectl series \(kind.rawValue) create -f \(kind.rawValue).yaml")
        ],
        input: { call throws(CommandError) in
          var input = try input(kind, call)
          input.ifNotExists = call[Shared.ifNotExists]
          return input
        }))
  }

  private static func set(_ kind: SeriesKindWord, _ shown: [String]) -> Command {
    Command(
      name: "set", summary: "replace one by a document",
      call: .changing(
        columns(shown), SeriesAPI.setObject, parameters: [file.parameter],
        exits: [
          .notFound: "there is none of that name", .usage: "the document is refused",
          .conflict: "--if-match failed",
        ],
        examples: [
          Example(
            text: "From a file",
            line: "lakectl series \(kind.rawValue) set -f \(kind.rawValue).yaml --yes")
        ],
        detail: "What names rows, such as the entity, stays; the refusal says which tag it is.",
        guarded: true,
        input: { call throws(CommandError) in try input(kind, call) }))
  }

  private static func delete(
    _ kind: SeriesKindWord, _ shown: [String], _ effect: Effect
  ) -> Command {
    Command(
      name: "delete", summary: "remove one",
      call: deleting(kind, shown, effect))
  }

  private static func deleting(
    _ kind: SeriesKindWord, _ shown: [String], _ effect: Effect
  ) -> Call {
    var call = Call.changing(
      columns(shown), SeriesAPI.deleteObject,
      parameters: [name.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is none of that name"],
      examples: [
        Example(
          text: "It is not used",
          line: "lakectl series \(kind.rawValue) delete sw/a"
            + (effect == .destroys ? " --confirm sw/a" : " --yes"))
      ],
      detail: effect == .destroys
        ? "Rows of it stay in their parts until they expire, and nobody finds them." : "",
      guarded: true,
      input: { call throws(CommandError) in
        SeriesObjectNameInput(
          kind, call[name].group, call[name].name, ifExists: call[Shared.ifExists])
      })
    call.effect = effect
    return call
  }
}
