public import Values

// What the object store stands on: volumes, disks, engines, and the jobs that look after them.

public enum VolumeKind: String, AdminWord {
  case replicated, cloud
  case erasureCoded = "erasure-coded"
}

public enum VolumeState: String, AdminWord {
  case open, closed, full, degraded
}

public struct VolumeRecord: AdminRecord, Hashable {
  public var volume = ""
  public var kindOfVolume = VolumeKind.replicated
  public var state = VolumeState.open
  public var disks: [String] = []
  public var members: Int64 = 0
  public var writeQuorum: Int64 = 1
  public var readQuorum: Int64 = 1
  public var bytes: Int64?
  public var usedBytes: Int64?
  public var freeBytes: Int64?
  public var storedBytes: Int64?
  public var blocks: Int64?

  public init() {}
  public static let kind = "Volume"
  public static let fields: [AdminField<VolumeRecord>] = [
    .required("volume", \.volume, "its number"),
    .required("kind", \.kindOfVolume, "how its bytes are kept"),
    .required("state", \.state, "open: takes new blobs"),
    AdminField("disks", \.disks, "the disks it is made of"),
    AdminField("member_count", \.members, "how many of those"),
    AdminField("write_count", \.writeQuorum, "acknowledgements that a write waits for"),
    AdminField("read_count", \.readQuorum, "answers that a read waits for"),
    AdminField("size_bytes", \.bytes, "what it may hold: its smallest disk"),
    AdminField("used_bytes", \.usedBytes, "space that is taken"),
    AdminField("free_bytes", \.freeBytes, "space that is left"),
    AdminField("stored_bytes", \.storedBytes, "content that is kept"),
    AdminField("block_count", \.blocks, "blocks that are kept"),
  ]
}

public struct VolumeInput: AdminRecord {
  public var volume = ""

  public init() {}
  public init(_ volume: String) { self.volume = volume }
  public static let kind = "VolumeInput"
  public static let fields: [AdminField<VolumeInput>] = [
    .required("volume", \.volume, "which volume")
  ]
}

public enum DiskState: String, AdminWord {
  case ok, full, damaged, failed
  case nearlyFull = "nearly-full"
}

public struct DiskRecord: AdminRecord, Hashable {
  public var disk = ""
  public var node = ""
  public var volume: String?
  public var path = ""
  public var state = DiskState.ok
  public var bytes: Int64 = 0
  public var usedBytes: Int64 = 0
  public var freeBytes: Int64 = 0
  public var usedRatio = 0.0
  public var storedBytes: Int64 = 0
  public var fileBytes: Int64 = 0
  public var quarantinedBytes: Int64 = 0
  public var blocks: Int64 = 0
  public var tombstones: Int64 = 0
  public var indexBytes: Int64 = 0
  public var writing: Int64 = 0
  public var batches: Int64 = 0
  public var checkpoints: Int64 = 0
  public var damaged: Int64 = 0
  public var cacheBytes: Int64 = 0
  public var cacheHitRatio: Double?
  public var scrubRatio: Double?
  public var scrubbedAt: Timestamp?
  public var reason: String?

  public init() {}
  public static let kind = "Disk"
  public static let fields: [AdminField<DiskRecord>] = [
    .required("disk", \.disk, "its id"),
    AdminField("node", \.node, "where it is"),
    AdminField("volume", \.volume, "the volume it belongs to"),
    AdminField("path", \.path, "its folder there"),
    .required("state", \.state, "how it is"),
    AdminField("size_bytes", \.bytes, "what it may hold"),
    AdminField("used_bytes", \.usedBytes, "space that is taken"),
    AdminField("free_bytes", \.freeBytes, "space that is left"),
    AdminField("used_ratio", \.usedRatio, "share that is taken"),
    AdminField("stored_bytes", \.storedBytes, "content that is kept"),
    AdminField("file_bytes", \.fileBytes, "size of its files"),
    AdminField("quarantined_bytes", \.quarantinedBytes, "space that is never used again"),
    AdminField("block_count", \.blocks, "blocks that are kept"),
    AdminField("tombstone_count", \.tombstones, "removed blobs that are remembered"),
    AdminField("index_bytes", \.indexBytes, "memory of its index"),
    AdminField("writing_count", \.writing, "blocks that are being written"),
    AdminField("batch_count", \.batches, "commits of its journal since the start"),
    AdminField("checkpoint_count", \.checkpoints, "checkpoints of its index since the start"),
    AdminField("damaged_count", \.damaged, "reads that did not match their checksum"),
    AdminField("cache_bytes", \.cacheBytes, "memory of small blocks that were read"),
    AdminField("cache_hit_ratio", \.cacheHitRatio, "their reads that read no disk; null: none"),
    AdminField("scrub_ratio", \.scrubRatio, "how far the scrub under way is"),
    AdminField("scrubbed_at", \.scrubbedAt, "when the last whole scrub ended"),
    AdminField("reason", \.reason, "why it is not ok"),
  ]
}

public struct DiskInput: AdminRecord {
  public var disk = ""

  public init() {}
  public init(_ disk: String) { self.disk = disk }
  public static let kind = "DiskInput"
  public static let fields: [AdminField<DiskInput>] = [.required("disk", \.disk, "which disk")]
}

public struct DiskReplaceInput: AdminRecord {
  public var disk = ""
  public var with: String?

  public init() {}
  public static let kind = "DiskReplaceInput"
  public static let fields: [AdminField<DiskReplaceInput>] = [
    .required("disk", \.disk, "which disk is to be replaced"),
    AdminField("with", \.with, "the empty disk for its place; one of the same node by default"),
  ]
}

public struct ObjectEngineRecord: AdminRecord, Hashable {
  public var engine = ""
  public var node = ""
  public var kindOfEngine = ""
  public var objects: Int64 = 0
  public var cacheBytes: Int64 = 0
  public var cacheBytesMax: Int64 = 0
  public var cacheHitRatio: Double?
  public var dirtyBytes: Int64 = 0
  public var imageBytes: Int64 = 0
  public var fileBytes: Int64 = 0
  public var fileUsedBytes: Int64 = 0
  public var framesRead: Int64 = 0
  public var logBytes: Int64 = 0
  public var commits: Int64 = 0
  public var queued: Int64 = 0
  public var checkpoints: Int64 = 0
  public var checkpointAgeSeconds: Int64?
  public var generation = ""

  public init() {}
  public static let kind = "ObjectEngine"
  public static let fields: [AdminField<ObjectEngineRecord>] = [
    .required("engine", \.engine, "names it"),
    AdminField("node", \.node, "where it runs"),
    AdminField("kind", \.kindOfEngine, "tree or rocks"),
    AdminField("object_count", \.objects, "records that it counts"),
    AdminField("cache_bytes", \.cacheBytes, "memory of frames"),
    AdminField("cache_limit_bytes", \.cacheBytesMax, "what that may be"),
    AdminField("cache_hit_ratio", \.cacheHitRatio, "looks that read no disk; null: not counted"),
    AdminField("dirty_bytes", \.dirtyBytes, "frames that wait for a checkpoint"),
    AdminField("image_bytes", \.imageBytes, "frames that a checkpoint is writing"),
    AdminField("file_bytes", \.fileBytes, "size of its files"),
    AdminField("file_used_bytes", \.fileUsedBytes, "of that, in use"),
    AdminField("frames_read_count", \.framesRead, "frames read from disk since the start"),
    AdminField("log_bytes", \.logBytes, "what a start after a crash would replay"),
    AdminField("commit_count", \.commits, "commits of its journal since the start"),
    AdminField("queued_count", \.queued, "changes that wait"),
    AdminField("checkpoint_count", \.checkpoints, "checkpoints since the start"),
    AdminField("checkpoint_age_s", \.checkpointAgeSeconds, "since the last one; null: not known"),
    AdminField("generation_id", \.generation, "of its files"),
  ]
}

public struct TierRecord: AdminRecord, Hashable {
  public var tier = ""
  public var endpoint = ""
  public var state = ""

  public init() {}
  public static let kind = "Tier"
  public static let fields: [AdminField<TierRecord>] = [
    .required("tier", \.tier, "its name"),
    AdminField("endpoint", \.endpoint, "where it is"),
    AdminField("state", \.state, "how it is"),
  ]
}

public enum ObjectJobKind: String, AdminWord {
  case scrub, repair, lifecycle, collect, orphans, verify, checkpoint
}

public struct ObjectJobInput: AdminRecord {
  public var work = ObjectJobKind.scrub
  public var bucket: String?
  public var prefix: String?
  public var volume: String?

  public init() {}
  public static let kind = "ObjectJobInput"
  public static let fields: [AdminField<ObjectJobInput>] = [
    .required("work", \.work, "what to do"),
    AdminField("bucket", \.bucket, "lifecycle, verify: only this bucket"),
    AdminField("prefix", \.prefix, "verify: only keys that begin so"),
    AdminField("volume", \.volume, "scrub, repair, orphans: only this volume"),
  ]
}
