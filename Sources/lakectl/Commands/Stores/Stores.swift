import Admin
import CommandTable
import Values

enum StoreColumns {
  static let volumes = RecordColumns(
    VolumeRecord.self, ["volume", "kind", "state", "disks", "used_bytes", "free_bytes"],
    titles: [
      "block_count": "BLOCKS", "member_count": "MEMBERS", "write_count": "WRITE QUORUM",
      "read_count": "READ QUORUM",
    ])
  static let disks = RecordColumns(
    DiskRecord.self,
    [
      "disk", "node", "volume", "state", "size_bytes", "used_ratio", "scrub_ratio", "damaged_count",
    ],
    titles: [
      "used_ratio": "USED", "used_bytes": "USED SIZE", "scrub_ratio": "SCRUB",
      "scrubbed_at": "SCRUBBED", "damaged_count": "DAMAGED", "cache_hit_ratio": "CACHE HITS",
    ])
  static let engines = RecordColumns(
    ObjectEngineRecord.self,
    [
      "engine", "node", "object_count", "cache_bytes", "dirty_bytes", "log_bytes", "commit_count",
      "checkpoint_age_s",
    ],
    titles: [
      "object_count": "OBJECTS", "commit_count": "COMMITS", "checkpoint_age_s": "CHECKPOINT AGE",
      "checkpoint_count": "CHECKPOINTS", "cache_hit_ratio": "CACHE HITS",
      "frames_read_count": "FRAMES READ", "queued_count": "QUEUED",
    ])
  static let tiers = RecordColumns(TierRecord.self, ["tier", "endpoint", "state"])

  static let volume = Argument<PlainName>("volume", "the volume", source: .resources("volume"))
  static let someVolume = OptionalArgument<PlainName>(
    "volume", "the volume; all when left out", source: .resources("volume"))
  static let disk = Argument<PlainName>("disk", "the disk", source: .resources("disk"))
}

/// `lakectl volume`
enum Volumes {
  static let list = Command(
    name: "list", summary: "list volumes",
    call: .listing(
      StoreColumns.volumes, ObjectAPI.volumes,
      examples: [Example(text: "And how full they are", line: "lakectl volume list -o wide")],
      input: { _ throws(CommandError) in AdminNothing() }))

  static let show = Command(
    name: "show", summary: "show one volume",
    call: .showing(
      StoreColumns.volumes, ObjectAPI.volume, parameters: [StoreColumns.volume.parameter],
      exits: [.notFound: "there is no such volume"],
      examples: [Example(text: "All about it", line: "lakectl volume show 1")],
      input: { call throws(CommandError) in VolumeInput(call[StoreColumns.volume].text) }))

  static let scrub = ObjectJobs.command(
    .scrub, "scrub", "read and check every block of a volume", of: .volume,
    "lakectl volume scrub 1 --wait",
    "Each block is compared with its checksum, no faster than the disks are allowed to be read.")
  static let repair = ObjectJobs.command(
    .repair, "repair", "put good copies over damaged blocks", of: .volume,
    "lakectl volume repair 1 --wait",
    "Blocks that no disk of the volume has whole are named by the job.")
  static let orphans = ObjectJobs.command(
    .orphans, "orphans", "look for blobs that nobody names", of: .volume,
    "lakectl volume orphans --wait",
    "Blobs younger than a day are left alone: their objects may be on their way.")
}

/// `lakectl disk`
enum Disks {
  static let list = Command(
    name: "list", summary: "list the disks of blobs",
    call: .listing(
      StoreColumns.disks, ObjectAPI.disks,
      examples: [
        Example(text: "Those in trouble", line: "lakectl disk list --exclude state=ok")
      ],
      input: { _ throws(CommandError) in AdminNothing() }))

  static let show = Command(
    name: "show", summary: "show one disk",
    call: .showing(
      StoreColumns.disks, ObjectAPI.disk, parameters: [StoreColumns.disk.parameter],
      exits: [.notFound: "there is no such disk"],
      examples: [Example(text: "All about it", line: "lakectl disk show d1")],
      input: { call throws(CommandError) in DiskInput(call[StoreColumns.disk].text) }))
}

/// `lakectl disk replace`
enum DiskReplace {
  static let with = Option<PlainName>(
    "with", source: .resources("disk"), placeholder: "DISK",
    "the empty disk, of any node; one of the same node when left out")

  static let command = Command(
    name: "replace", summary: "put an empty disk in the place of another",
    call: .changing(
      JobColumns.all, ObjectAPI.replaceDisk,
      parameters: [StoreColumns.disk.parameter, with.parameter],
      exits: [
        .notFound: "no volume has such a disk",
        .conflict: "it is the only disk of its volume, and gone",
      ],
      examples: [
        Example(
          text: "One that has died, by a spare", line: "lakectl disk replace d1 --yes --wait"),
        Example(text: "What would happen", line: "lakectl disk replace d1 --with d3 --dry-run"),
      ],
      detail: """
        A disk that is still there stays until the new one has every block.
        So this also takes one out of service.
        One that is gone is replaced at once, and its volume is filled from its other disks.
        Empty disks come from object_blobs.folders; object_blobs.spares keeps some.
        """,
      input: { call throws(CommandError) in
        var input = DiskReplaceInput()
        input.disk = call[StoreColumns.disk].text
        input.with = call[with]?.text
        return input
      }))
}

/// `lakectl tier`
enum Tiers {
  static let list = Command(
    name: "list", summary: "list cloud tiers",
    call: .listing(
      StoreColumns.tiers, ObjectAPI.tiers,
      exits: [.failed: "this version has no cloud tiers, and says so"],
      examples: [Example(text: "Where large objects may go", line: "lakectl tier list")],
      detail: "Cloud tiers are not supported by this version: the command answers with that error.",
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl object engine`
enum Engines {
  static let list = Command(
    name: "list", summary: "list the engines of the namespace",
    call: .listing(
      StoreColumns.engines, ObjectAPI.engines,
      examples: [
        Example(text: "Once a second", line: "lakectl object engine list -w --interval 1s")
      ],
      input: { _ throws(CommandError) in AdminNothing() }))

  static let checkpoint = ObjectJobs.command(
    .checkpoint, "checkpoint", "write a checkpoint of the namespace", of: .nothing,
    "lakectl object engine checkpoint --wait", "A start after that has less to replay.")
  static let verify = ObjectJobs.command(
    .verify, "verify", "compare records with the blobs they name", of: .bucket,
    "lakectl object engine verify raw --wait", "Objects whose bytes are missing are named.")
  static let collect = ObjectJobs.command(
    .collect, "collect", "remove blobs whose time has come", of: .nothing,
    "lakectl object engine collect --wait",
    "It also happens by itself; this does it now.")
  static let lifecycle = ObjectJobs.command(
    .lifecycle, "run", "apply the lifecycle rules now", of: .bucket,
    "lakectl bucket lifecycle run raw --wait", "It also happens by itself, once a day.")
}

/// Jobs that look after the object store.
enum ObjectJobs {
  enum Subject { case volume, bucket, nothing }

  static let someBucket = OptionalArgument<PlainName>(
    "bucket", "the bucket; all when left out", source: .resources("bucket"))

  static func command(
    _ work: ObjectJobKind, _ name: String, _ summary: String, of subject: Subject,
    _ line: String, _ detail: String
  ) -> Command {
    let parameters: [Parameter] =
      switch subject {
      case .volume: [StoreColumns.someVolume.parameter]
      case .bucket: [someBucket.parameter]
      case .nothing: []
      }
    return Command(
      name: name, summary: summary,
      call: .changing(
        JobColumns.all, ObjectAPI.startJob, parameters: parameters,
        exits: subject == .nothing ? [:] : [.notFound: "there is no such thing"],
        examples: [Example(text: "And wait for it", line: line)], detail: detail,
        input: { call throws(CommandError) in
          var input = ObjectJobInput()
          input.work = work
          switch subject {
          case .volume: input.volume = call[StoreColumns.someVolume]?.text
          case .bucket: input.bucket = call[someBucket]?.text
          case .nothing: break
          }
          return input
        }))
  }
}
