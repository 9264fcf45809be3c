import Admin
import CommandTable
import JSON
import Values

enum ObjectColumns {
  static let listed = RecordColumns(
    ObjectRecord.self, ["key", "size_bytes", "modified_at"],
    titles: ["version_id": "VERSION", "storage_class": "CLASS"])
  static let detail = RecordColumns(
    ObjectDetailRecord.self,
    ["key", "bucket", "size_bytes", "modified_at", "etag", "version_id", "content_type"],
    titles: [
      "part_count": "PART COUNT", "storage_class": "CLASS", "version_id": "VERSION",
      "checksum_type": "CHECKSUM TYPE", "retained_until_at": "RETAINED UNTIL",
      "upload_id": "UPLOAD", "sequence_id": "SEQUENCE",
    ])
  static let object = Argument<ObjectName>("object", "the object, as BUCKET/KEY")
  static let version = Option<PlainName>(
    "version-id", placeholder: "VERSION", "this version; the current one when left out")
  static let recursive = Flag("recursive", "all that is below the prefix")
}

/// `lakectl object list`
enum ObjectList {
  static let place = Argument<BucketPlace>("bucket", "BUCKET, or BUCKET/PREFIX")
  static let versions = Flag("versions", "with old versions and delete markers")

  static let command = Command(
    name: "list", summary: "list objects",
    call: .listing(
      ObjectColumns.listed, ObjectAPI.objects,
      parameters: [
        place.parameter, ObjectColumns.recursive.parameter, versions.parameter,
      ],
      exits: [.notFound: "there is no such bucket"],
      examples: [
        Example(text: "One folder", line: "lakectl object list raw/2026/"),
        Example(
          text: "Every key, for a script", line: "lakectl object list raw --recursive -o name"),
        Example(
          text: "What was removed",
          line: "lakectl object list raw --versions --filter entry=delete-marker"),
      ],
      detail: """
        Without --recursive a listing stops at the next slash and shows folders.
        Rows come page by page: any number of objects takes little memory.
        """,
      input: { call throws(CommandError) in
        var input = ObjectsInput()
        input.bucket = call[place].bucket
        input.prefix = call[place].prefix
        input.isRecursive = call[ObjectColumns.recursive] || call[versions]
        input.hasVersions = call[versions]
        return input
      }))
}

/// `lakectl object show`
enum ObjectShow {
  static let command = Command(
    name: "show", summary: "show all that is known of an object",
    call: .showing(
      ObjectColumns.detail, ObjectAPI.object,
      parameters: [ObjectColumns.object.parameter, ObjectColumns.version.parameter],
      exits: [.notFound: "there is no such object or version"],
      examples: [
        Example(text: "Its record", line: "lakectl object show raw/2026/a.parquet -o wide"),
        Example(
          text: "Its versions",
          line: "lakectl object show raw/a -o json | jq .item.versions"),
      ],
      input: { call throws(CommandError) in
        ObjectInput(
          bucket: call[ObjectColumns.object].bucket, key: call[ObjectColumns.object].key,
          version: call[ObjectColumns.version]?.text)
      }))
}

/// `lakectl object verify`
enum ObjectVerify {
  static let columns = RecordColumns(
    ObjectCopyRecord.self,
    ["blob_id", "disk", "state", "size_bytes", "damaged_count", "missing_count"],
    titles: [
      "damaged_count": "DAMAGED", "missing_count": "MISSING", "block_count": "BLOCKS",
      "part_table": "PART TABLE",
    ])

  static let command = Command(
    name: "verify", summary: "read every copy of an object",
    call: Call(
      parameters: [ObjectColumns.object.parameter, ObjectColumns.version.parameter],
      effect: .reads, output: RecordColumns.list(of: ObjectCopyRecord.self, columns),
      exits: [
        .notFound: "there is no such object or version",
        .checkFailed: "a copy is damaged, or not there",
      ],
      examples: [
        Example(text: "Are all copies whole?", line: "lakectl object verify raw/2026/a.parquet")
      ],
      detail: """
        Every block of every copy is read and compared with its checksum.
        Small objects are kept with their name, which is checked whenever it is read: no lines.
        """,
      run: { call async throws(CommandError) in
        let input = ObjectInput(
          bucket: call[ObjectColumns.object].bucket, key: call[ObjectColumns.object].key,
          version: call[ObjectColumns.version]?.text)
        var outcome = try await call.list(ObjectAPI.verifyObject, input, columns)
        if outcome.rows.contains(where: { $0["state"] != .text("ok") }) {
          outcome.exit = .checkFailed
        }
        return outcome
      }))
}

/// `lakectl object hot`
enum ObjectHot {
  static let columns = RecordColumns(
    HotRecord.self, ["name", "request_per_s", "traffic_bytes_per_s", "share_ratio"],
    titles: ["request_per_s": "REQUESTS", "uncertain_ratio": "UNCERTAIN"])
  static let by = Option<Subject>("by", default: "prefix", "what is counted")

  enum Subject: String, WordValue {
    case bucket, prefix, key, client
    case accessKey = "access-key"
    static let placeholder = "WHAT"
  }

  static let command = Command(
    name: "hot", summary: "show what is asked for most",
    call: .listing(
      columns, ObjectAPI.hot, parameters: [by.parameter],
      examples: [
        Example(text: "Who asks", line: "lakectl object hot --by client"),
        Example(text: "As it changes", line: "lakectl object hot --by key -w --limit 20"),
      ],
      detail: """
        Over about the last two minutes.
        Of every 64th request while nobody asks, of each one for a minute after somebody did.
        """,
      input: { call throws(CommandError) in
        HotInput(HotKind(rawValue: (call[by] ?? .prefix).rawValue) ?? .prefix)
      }))
}

/// `lakectl object latency`
enum ObjectLatency {
  static let columns = RecordColumns(
    ObjectOperationRecord.self,
    [
      "op", "request_count", "rate_per_s", "p50_ms", "p99_ms", "p999_ms", "client_error_count",
      "server_error_count",
    ],
    titles: [
      "request_count": "REQUESTS", "client_error_count": "4XX", "server_error_count": "5XX",
      "first_byte_p99_ms": "FIRST BYTE P99", "window_s": "WINDOW",
    ])

  static let command = Command(
    name: "latency", summary: "show requests and latencies by operation",
    call: .listing(
      columns, ObjectAPI.operations,
      examples: [
        Example(text: "The slowest", line: "lakectl object latency --sort p99_ms:desc")
      ],
      detail: "Rates and latencies are of the last half minute to two minutes.",
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl object trace`
enum ObjectTrace {
  static let columns = RecordColumns(
    TraceRecord.self, ["at", "op", "bucket", "key", "status", "total_ms", "client"],
    titles: [
      "key_id": "ACCESS KEY", "request_id": "REQUEST", "stands_for_count": "STANDS FOR",
      "total_ms": "TOTAL", "first_byte_ms": "FIRST BYTE",
    ])
  static let place = OptionalArgument<BucketPlace>("bucket", "BUCKET, or BUCKET/PREFIX")
  static let operation = Option<PlainName>(
    "op", placeholder: "OPERATION", "only this operation, such as getObject")
  static let status = Option<PlainName>(
    "status", placeholder: "STATUS", "only this status: 404, or 5xx")
  static let client = Option<PlainName>(
    "client", placeholder: "ADDRESS", "only from this address")
  static let key = Option<PlainName>(
    "key", source: .resources("key"), placeholder: "ID", "only with this access key")
  static let slower = Option<Duration>("slower", "only what took longer")

  static let command = Command(
    name: "trace", summary: "show requests as they end",
    call: Call(
      parameters: [
        place.parameter, operation.parameter, status.parameter, client.parameter, key.parameter,
        slower.parameter,
      ], effect: .reads, output: RecordColumns.list(of: TraceRecord.self, columns),
      examples: [
        Example(text: "What fails", line: "lakectl object trace --status 5xx"),
        Example(text: "What is slow", line: "lakectl object trace raw --slower 100ms -o jsonl"),
        Example(text: "The next ten", line: "lakectl object trace --limit 10"),
      ],
      detail: """
        It goes on until it is interrupted, or --limit or --timeout is reached.
        Of more than 1000 requests a second a sample is shown: each line says for how many it stands.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    try call.requireLines(flag: "trace")
    var input = TraceInput()
    input.bucket = call[self.place]?.bucket
    input.prefix = call[self.place].flatMap { $0.prefix.isEmpty ? nil : $0.prefix }
    input.operation = call[self.operation]?.text
    input.status = call[self.status]?.text
    input.client = call[self.client]?.text
    input.accessKey = call[self.key]?.text
    input.slowerMilliseconds = call[self.slower].map { Double($0.milliseconds) }
    return try await call.follow(true) { (round) throws(CommandError) in
      let answer = try await round.ask(
        ObjectAPI.trace, input, paging: AdminPaging(limit: AdminPaging.limitMax))
      let hasBegun = input.after != nil
      input.after = answer.next ?? input.after
      input.waitMilliseconds = Following.wait.milliseconds
      return Following.Round(
        rows: answer.items.map(self.columns.row), warnings: answer.warnings, isCaughtUp: hasBegun,
        hasWaited: hasBegun)
    }
  }
}
