import Admin
import CommandTable
import JSON
import Values

/// `lakectl series query` and `lakectl series topn`
enum SeriesQuery {
  static let text = OptionalArgument<String>(
    "text", "a statement of BydbQL; - reads it from standard input")
  static let file = Option<FilePath>(
    "file", short: "f", placeholder: "PATH",
    "a request in JSON or YAML, with its kind; - is standard input")
  static let params = ListOption<SeriesParameter>(
    "param", "a value for the next question mark, such as str=a, int=5 or null")
  static let explain = Flag("explain", "also show what the query did")
  static let partial = Flag(
    "allow-partial", "leave out shards that no node answers for, and say so")
  static let graph = Flag("graph", "draw the first number over time instead of rows")

  static let command = Command(
    name: "query", summary: "ask for rows by a statement or a request",
    call: Call(
      parameters: [
        text.parameter, file.parameter, params.parameter, explain.parameter, partial.parameter,
        graph.parameter,
      ],
      effect: .reads, output: .document,
      exits: [.usage: "the query is refused", .notFound: "there is no such group or name"],
      examples: [
        Example(
          text: "The last quarter of an hour",
          line: "lakectl series query \"SELECT * FROM MEASURE cpm IN sw TIME > '-15m' LIMIT 10\""),
        Example(
          text: "With a value of its own",
          line: "lakectl series query \"SELECT * FROM STREAM log IN sw TIME > '-1h'"
            + " WHERE level = ? LIMIT 5\" --param str=ERROR"),
        Example(
          text: "As graphs, one for each service",
          line: "lakectl series query \"SELECT service, value FROM MEASURE cpm IN sw TIME > '-1h'"
            + " LIMIT 1000\" --graph"),
        Example(
          text: "A request in a file", line: "lakectl series query -f request.yaml -o jsonl"),
      ],
      detail: """
        Rows have the columns that were asked for; -o csv and -o jsonl are for programs.
        A file has a kind (stream, measure, trace, property or topn) and the members of its request.
        With --graph a table becomes pictures; the palette of lakectl top shows them as well.
        Without --allow-partial there is no answer while a shard has no node that answers.
        With --explain a table of the steps follows; as json the answer is whole, with its spans.
        """,
      run: { call async throws(CommandError) in
        let answer = try await call.ask(SeriesAPI.query, try input(call))
        return try SeriesResult.outcome(
          answer, call, isExplained: call[explain], isDrawn: call[graph])
      }))

  private static func input(_ call: Invocation) throws(CommandError) -> SeriesQueryInput {
    var input = SeriesQueryInput()
    input.isTraced = call[self.explain]
    input.allowsPartial = call[self.partial]
    input.params = call[self.params].map(\.value)
    if let file = call[self.file] {
      guard call[self.text] == nil else {
        throw CommandError(
          .badInput, "a query is either a text or a file", why: "both were given")
      }
      var document = try SeriesObjects.document(call, file).object ?? JSONObject()
      guard let kind = document["kind"]?.string.flatMap({ SeriesResultWord(rawValue: $0) }) else {
        throw CommandError(
          .badInput, "cannot understand \(file.text.visible)",
          why: "its kind is none of stream, measure, trace, property and topn")
      }
      document["kind"] = nil
      input.resultKind = kind
      input.request = .object(document)
      return input
    }
    guard let text = call[self.text] else {
      throw CommandError(
        .missingValue, "TEXT is missing", why: "there is nothing to ask",
        try: ["lakectl series query \"SELECT * FROM MEASURE cpm IN sw TIME > '-15m'\""])
    }
    input.query =
      text == "-"
      ? String(
        decoding: try call.surroundings.console.readInput(byteCountMax: 1 << 20), as: UTF8.self)
      : text
    return input
  }

  // MARK: Rankings

  static let ranking = Argument<SeriesName>("name", "the ranking, as GROUP/NAME")
  static let count = Option<Int>("n", default: "10", "so many entities")
  static let since = Option<Moment>("since", default: "-30m", "from then on")
  static let order = Option<SeriesOrder>("order", default: "desc", "which end")
  static let aggregate = Option<SeriesAggregate>("agg", "one value for each entity")
  static let conditions = ListOption<SeriesTag>(
    "tag", "of this group of the ranking only, as NAME=TEXT")

  static let topN = Command(
    name: "topn", summary: "rank a measure, and manage rankings", heading: .series,
    detail: "A ranking keeps the best entities of a measure.",
    call: Call(
      parameters: [
        ranking.parameter, count.parameter, since.parameter, order.parameter, aggregate.parameter,
        conditions.parameter, explain.parameter, partial.parameter,
      ],
      effect: .reads, output: .document,
      exits: [.notFound: "there is no such ranking", .usage: "the request is refused"],
      examples: [
        Example(
          text: "The ten best of the last hour",
          line: "lakectl series topn sw_metric/cpm_topn --since -1h"),
        Example(
          text: "Of one service",
          line: "lakectl series topn sw_metric/cpm_topn --n 3 --tag service=web --agg max"),
      ],
      detail: "Each entity counts once, with its best value of the time.",
      run: { call async throws(CommandError) in
        let answer = try await call.ask(SeriesAPI.query, rank(call))
        return try SeriesResult.outcome(answer, call, isExplained: call[explain])
      }))

  private static func rank(_ call: Invocation) -> SeriesQueryInput {
    let name = call[self.ranking]
    let since = call[self.since]?.timestamp(call.clock)
    var request = JSONObject()
    request["groups"] = [.string(name.group)]
    request["name"] = .string(name.name)
    request["time_range"] = [
      "begin": .string(since?.description ?? ""),
      "end": .string(Timestamp(call.clock.now()).description),
    ]
    request["top_n"] = .integer(call[self.count] ?? 10)
    request["field_value_sort"] = .string(call[self.order] == .asc ? "SORT_ASC" : "SORT_DESC")
    if let aggregate = call[self.aggregate] {
      request["agg"] = .string("AGGREGATION_FUNCTION_\(aggregate.rawValue.uppercased())")
    }
    let conditions = call[self.conditions].map(Self.condition)
    if !conditions.isEmpty { request["conditions"] = .array(conditions) }
    var input = SeriesQueryInput()
    input.resultKind = .topn
    input.request = .object(request)
    input.allowsPartial = call[self.partial]
    input.isTraced = call[self.explain]
    return input
  }

  private static func condition(_ tag: SeriesTag) -> JSONValue {
    var value = JSONObject()
    if let text = tag.value.string {
      value["str"] = ["value": .string(text)]
    } else if let number = tag.value.int64 {
      value["int"] = ["value": .integer(number)]
    } else {
      value["null"] = .null
    }
    return ["name": .string(tag.name), "op": "BINARY_OP_EQ", "value": .object(value)]
  }
}

/// `str=TEXT`, `int=N` or `null`.
struct SeriesParameter: ArgumentValue {
  var value: JSONValue
  static let placeholder = "TYPE=VALUE"

  init(argument: String) throws(ValueError) {
    if argument == "null" {
      self.value = .null
    } else if argument.hasPrefix("str=") {
      self.value = .string(String(argument.dropFirst(4)))
    } else if argument.hasPrefix("int="), let number = Int64(argument.dropFirst(4)) {
      self.value = .integer(number)
    } else {
      throw ValueError(
        .malformed, "\(argument.visible.quoted) is not str=TEXT, int=NUMBER or null")
    }
  }
}

/// `NAME=TEXT`; `NAME:=JSON` for a number, a list or null.
struct SeriesTag: ArgumentValue {
  var name: String
  var value: JSONValue
  static let placeholder = "NAME=VALUE"

  init(argument: String) throws(ValueError) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw ValueError(.malformed, "\(argument.visible.quoted) is not NAME=VALUE")
    }
    let text = String(argument[argument.index(after: equals)...])
    let name = argument[..<equals]
    guard name.hasSuffix(":") else {
      self.name = String(name)
      self.value = .string(text)
      return
    }
    guard let value = try? JSONValue(parsing: text) else {
      throw ValueError(.malformed, "\(text.visible.quoted) is no JSON")
    }
    self.name = String(name.dropLast())
    self.value = value
  }
}

enum SeriesOrder: String, WordValue {
  case asc, desc
  static let placeholder = "ORDER"
}

enum SeriesAggregate: String, WordValue {
  case mean, max, min, count, sum
  static let placeholder = "FUNCTION"
}
