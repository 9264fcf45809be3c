import Admin
import CommandTable
import Values

/// `lakectl bucket list`
enum BucketList {
  static let owner = Option<PlainName>(
    "owner", source: .resources("user"), placeholder: "ACCOUNT", "only those of this account")

  static let command = Command(
    name: "list", summary: "list buckets",
    call: .listing(
      BucketColumns.all, ObjectAPI.buckets,
      parameters: [owner.parameter, BucketColumns.prefix.parameter],
      examples: [
        Example(text: "The largest first", line: "lakectl bucket list --sort size_bytes:desc")
      ],
      input: { call throws(CommandError) in
        var input = BucketsInput()
        input.owner = call[owner]?.text
        input.prefix = call[BucketColumns.prefix]
        return input
      }))
}

/// `lakectl bucket show`
enum BucketShow {
  static let command = Command(
    name: "show", summary: "show one bucket",
    call: .showing(
      BucketColumns.all, ObjectAPI.bucket, parameters: [BucketColumns.bucket.parameter],
      exits: [.notFound: "there is no such bucket"],
      examples: [Example(text: "All about it", line: "lakectl bucket show raw")],
      input: { call throws(CommandError) in BucketNameInput(call[BucketColumns.bucket].text) }))
}

/// `lakectl bucket create`
enum BucketCreate {
  static let bucket = Argument<PlainName>("bucket", "the name of the new bucket")
  static let lock = Flag("object-lock", "objects may be locked; this keeps their versions")
  static let owner = Option<PlainName>(
    "owner", source: .resources("user"), placeholder: "ACCOUNT",
    "the account that has it; one's own when left out")

  static let command = Command(
    name: "create", summary: "make a bucket",
    call: .changing(
      BucketColumns.all, ObjectAPI.createBucket,
      parameters: [
        bucket.parameter, BucketColumns.versioning.parameter, BucketColumns.placement.parameter,
        BucketColumns.encryption.parameter, BucketColumns.quota.parameter,
        BucketColumns.quotaObjects.parameter, lock.parameter, owner.parameter,
        Shared.ifNotExists.parameter,
      ],
      exits: [.conflict: "there is a bucket of that name"],
      examples: [
        Example(
          text: "With a limit, and old versions kept",
          line: "lakectl bucket create raw --quota 10GiB --versioning enabled")
      ],
      detail: "Names have 3 to 63 lower-case letters, digits, dots and dashes.",
      input: { call throws(CommandError) in
        var input = BucketColumns.input(call, call[bucket].text)
        input.hasObjectLock = call[lock]
        input.owner = call[owner]?.text
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

/// `lakectl bucket set`
enum BucketSet {
  static let command = Command(
    name: "set", summary: "change how a bucket keeps what it holds",
    call: .changing(
      BucketColumns.all, ObjectAPI.setBucket,
      parameters: [
        BucketColumns.bucket.parameter, BucketColumns.versioning.parameter,
        BucketColumns.placement.parameter, BucketColumns.encryption.parameter,
        BucketColumns.quota.parameter, BucketColumns.quotaObjects.parameter,
      ],
      exits: [
        .notFound: "there is no such bucket",
        .conflict: "its state forbids it, or --if-match failed",
      ],
      examples: [
        Example(text: "No limit any more", line: "lakectl bucket set raw --quota none"),
        Example(
          text: "Seal what is put from now on", line: "lakectl bucket set raw --encryption aes256"),
        Example(
          text: "Keep no new versions", line: "lakectl bucket set raw --versioning suspended"),
      ], guarded: true,
      input: { call throws(CommandError) in
        BucketColumns.input(call, call[BucketColumns.bucket].text)
      }))
}

/// `lakectl bucket delete`
enum BucketDelete {
  static let command = Command(
    name: "delete", summary: "remove an empty bucket",
    call: .changing(
      BucketColumns.all, ObjectAPI.deleteBucket,
      parameters: [BucketColumns.bucket.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such bucket", .conflict: "it is not empty"],
      examples: [Example(text: "When nothing is in it", line: "lakectl bucket delete raw --yes")],
      detail: "Uploads that are under way are given up with it.",
      input: { call throws(CommandError) in
        BucketNameInput(call[BucketColumns.bucket].text, ifExists: call[Shared.ifExists])
      }))
}

/// `lakectl bucket empty`
enum BucketEmpty {
  static let command = Command(
    name: "empty", summary: "remove every object of a bucket, with all versions",
    call: .changing(
      JobColumns.all, ObjectAPI.emptyBucket,
      parameters: [BucketColumns.bucket.parameter, BucketColumns.prefix.parameter],
      exits: [.notFound: "there is no such bucket"],
      examples: [
        Example(
          text: "Below a prefix, and wait for it",
          line: "lakectl bucket empty raw --prefix tmp/ --confirm raw --wait")
      ],
      detail: """
        The plan shows how many objects and bytes go, before anything does.
        Objects under a retention or a legal hold stay, and the job says how many.
        """,
      input: { call throws(CommandError) in
        BucketPrefixInput(
          call[BucketColumns.bucket].text, prefix: call[BucketColumns.prefix] ?? "")
      }))
}

/// `lakectl bucket usage` and `lakectl object usage`
enum BucketUsage {
  static let columns = RecordColumns(
    BucketUsageRecord.self, ["prefix", "object_count", "size_bytes"],
    titles: ["object_count": "OBJECTS"])
  static let depth = Option<Int>("depth", default: "1", "how many folders deep; 0: only the sum")
  static let place = Argument<BucketPlace>("bucket", "BUCKET, or BUCKET/PREFIX/")

  private static func call(_ words: String) -> Call {
    .listing(
      columns, ObjectAPI.usage, parameters: [place.parameter, depth.parameter],
      exits: [.notFound: "there is no such bucket"],
      examples: [
        Example(text: "Two folders deep", line: "lakectl \(words) raw --depth 2"),
        Example(
          text: "What fills a folder",
          line: "lakectl \(words) raw/2026/ --sort size_bytes:desc --limit 10"),
      ],
      detail: "Sums are kept as objects come and go: nothing is scanned.",
      input: { call throws(CommandError) in
        var input = BucketUsageInput()
        input.bucket = call[place].bucket
        input.prefix = call[place].prefix
        input.depth = Int64(call[depth] ?? 1)
        return input
      })
  }

  static let command = Command(
    name: "usage", summary: "show how much is in a bucket, by folder",
    call: call("bucket usage"))
  static let ofObjects = Command(
    name: "usage", summary: "show how much is below a prefix, by folder",
    call: call("object usage"))
}
