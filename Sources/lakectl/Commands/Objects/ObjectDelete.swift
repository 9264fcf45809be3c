import Admin
import CommandTable
import JSON
import Values

/// `lakectl object delete`
enum ObjectDelete {
  static let columns = RecordColumns(
    ObjectDeletedRecord.self, ["key", "version_id", "deleted"],
    titles: ["version_id": "VERSION", "marker_id": "MARKER", "error_code": "CODE"])
  static let objects = ListArgument<BucketPlace>(
    "object", "objects, as BUCKET/KEY; the bucket alone with --prefix")
  static let bypass = Flag("bypass-governance", "also what a governance retention holds")

  static let command = Command(
    name: "delete", summary: "remove objects", call: made)

  private static var made: Call {
    var call = Call(
      parameters: [
        objects.parameter, BucketColumns.prefix.parameter, ObjectColumns.version.parameter,
        bypass.parameter,
      ], effect: .hardToUndo, output: RecordColumns.list(of: ObjectDeletedRecord.self, columns),
      exits: [.notFound: "there is no such bucket", .partlyDone: "some were not removed"],
      examples: [
        Example(text: "Two of them", line: "lakectl object delete raw/a raw/b --yes"),
        Example(
          text: "A folder, as a job",
          line: "lakectl object delete raw --prefix tmp/ --confirm raw/tmp/"),
        Example(
          text: "One version for good",
          line: "lakectl object delete raw/a --version-id null --yes"),
      ],
      detail: """
        Where versions are kept, an object without --version-id is hidden by a delete marker, and comes back with object restore.
        With --prefix everything below goes, with all versions, as a job.
        """,
      plan: { call async throws(CommandError) in try await plan(call) },
      run: { call async throws(CommandError) in try await run(call) })
    call.raises = [(BucketColumns.prefix.parameter, .destroys)]
    return call
  }

  private static func prefixInput(
    _ call: Invocation, _ prefix: String
  ) throws(CommandError) -> BucketPrefixInput {
    let places = call[self.objects]
    guard places.count == 1, places[0].prefix.isEmpty else {
      throw CommandError(
        .badValue, "--prefix goes with one bucket",
        why: "it names what is below: lakectl object delete BUCKET --prefix PREFIX")
    }
    guard call[ObjectColumns.version] == nil else {
      throw CommandError(
        .conflictingFlags, "--prefix and --version-id do not go together",
        why: "a version is of one object")
    }
    return BucketPrefixInput(places[0].bucket, prefix: prefix)
  }

  /// By bucket, in the order they were given.
  private static func inputs(_ call: Invocation) throws(CommandError) -> [ObjectsDeleteInput] {
    let places = call[self.objects]
    guard !places.isEmpty else {
      throw CommandError(
        .missingValue, "no object was named", why: "BUCKET/KEY names one",
        try: ["lakectl object list BUCKET"])
    }
    if let bare = places.first(where: { $0.prefix.isEmpty }) {
      throw CommandError(
        .badValue, "\(bare.bucket.visible.quoted) is a bucket, no object",
        why: "BUCKET/KEY names an object",
        try: ["lakectl bucket empty \(bare.bucket.visible.shellQuoted)"])
    }
    var inputs: [ObjectsDeleteInput] = []
    for place in places {
      if inputs.last?.bucket != place.bucket || inputs.last?.keys.count == 1000 {
        var input = ObjectsDeleteInput()
        input.bucket = place.bucket
        input.version = call[ObjectColumns.version]?.text
        input.bypassesGovernance = call[self.bypass]
        inputs.append(input)
      }
      inputs[inputs.count - 1].keys.append(place.prefix)
    }
    return inputs
  }

  private static func plan(_ call: Invocation) async throws(CommandError) -> Plan {
    if let prefix = call[BucketColumns.prefix] {
      let input = try self.prefixInput(call, prefix)
      let answer = try await call.ask(ObjectAPI.deletePrefix, input, isPlan: true)
      return Plan(
        action: "remove everything in \(input.bucket)/\(prefix)", name: "\(input.bucket)/\(prefix)",
        facts: answer.plan)
    }
    var there = 0
    var missing = 0
    for input in try self.inputs(call) {
      let answer = try await call.ask(ObjectAPI.deleteObjects, input, isPlan: true)
      for item in answer.items {
        if item["deleted"]?.boolean == true { there += 1 } else { missing += 1 }
      }
    }
    let places = call[self.objects]
    return Plan(
      action: places.count == 1 ? "remove \(places[0].text)" : "remove \(places.count) objects",
      name: places[0].text,
      facts: [("there", "\(there)"), ("not there or held", "\(missing)")], matchCount: there)
  }

  private static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    if let prefix = call[BucketColumns.prefix] {
      let answer = try await call.ask(
        ObjectAPI.deletePrefix, try self.prefixInput(call, prefix))
      var outcome = Outcome.record(JobColumns.all.row(answer.item))
      outcome.output = JobColumns.all.record
      outcome.warnings = answer.warnings
      if call.isDryRun {
        outcome.planned = answer.plan.map { "\($0.label): \($0.text)" }
      } else if let job = answer.job {
        outcome.notes = ["follow: lakectl job wait \(job)"]
      }
      return outcome
    }
    var rows: [Row] = []
    for (number, input) in try self.inputs(call).enumerated() {
      let answer = try await call.ask(ObjectAPI.deleteObjects, input, part: "\(number)")
      for item in answer.items {
        var row = self.columns.row(item)
        row["key"] = .text("\(input.bucket)/\(item["key"]?.string ?? "")")
        rows.append(row)
      }
    }
    var outcome = Outcome.list(rows)
    if call.isDryRun {
      outcome.notes = ["dry run: nothing was changed"]
    } else if rows.contains(where: { $0["deleted"] == false }) {
      outcome.exit = rows.contains { $0["deleted"] == true } ? .partlyDone : .failed
    }
    return outcome
  }
}

/// `lakectl object presign`
enum ObjectPresign {
  static let columns = RecordColumns(PresignRecord.self, ["url", "expires_at"])
  static let lifetime = Option<Duration>("for", default: "15m", "good so long, at most 7d")
  static let method = Option<MethodWord>("method", default: "GET", "what may be done with it")

  enum MethodWord: String, WordValue {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case delete = "DELETE"
    static let placeholder = "METHOD"
  }

  static let command = Command(
    name: "presign", summary: "sign an address that works without a key",
    call: Call(
      parameters: [
        ObjectColumns.object.parameter, lifetime.parameter, method.parameter,
        ObjectColumns.version.parameter,
      ], effect: .reads, output: RecordColumns.one(of: PresignRecord.self, columns),
      exits: [.notFound: "there is no such bucket"],
      examples: [
        Example(
          text: "To give away", line: "lakectl object presign raw/report.pdf --for 24h -o name"),
        Example(
          text: "To be uploaded to", line: "lakectl object presign raw/in.csv --method PUT"),
      ],
      detail: """
        Whoever has the address may make this one request until it ends.
        It cannot be taken back.
        """,
      run: { call async throws(CommandError) in
        var input = PresignInput()
        input.bucket = call[ObjectColumns.object].bucket
        input.key = call[ObjectColumns.object].key
        input.method = (call[method] ?? .get).rawValue
        input.expiresSeconds = (call[lifetime] ?? .seconds(900)).milliseconds / 1000
        if let version = call[ObjectColumns.version]?.text {
          input.queries = ["versionId=\(version)"]
        }
        let answer = try await call.ask(ObjectAPI.presign, input)
        return Outcome(
          .record(columns.row(answer.items.first ?? .null)), warnings: answer.warnings)
      }))
}
