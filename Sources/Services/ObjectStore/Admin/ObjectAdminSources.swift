package import Hosting
package import ObjectGateway
package import ObjectModel
package import Runtime
package import Values

/// What the operator's side of the object store stands on: the service that wires the store fills it in.
package struct ObjectAdminSources: Sendable {
  package var control: any Control
  private var findNamespace: @Sendable () throws(NamespaceError) -> any Namespace
  /// Jobs of the kinds `ObjectJob` names, with JSON parameters {bucket, prefix, volume, dry_run}; what is
  /// not asked for is left out.
  package var desk: JobDesk
  /// Latencies, hot names, trace: `ObjectGateway.tap`.
  package var tap: RequestTap
  package var time: any TimeSource
  package var node: String

  /// Buckets of every account, by name, behind `after`.
  package var buckets:
    @Sendable (_ prefix: String, _ after: String, _ limit: Int) async throws -> BucketPage
  /// The account that has what a caller of the admin API makes: the caller is named as its principal is.
  package var account: @Sendable (_ principal: String) async throws -> String
  /// The key that signs addresses for a caller. Whoever has the address acts as this key.
  package var signingKey: @Sendable (_ principal: String) async throws -> PresigningKey

  /// Where S3 is: `http://127.0.0.1:9000`, without a slash at the end.
  package var endpoint: @Sendable () -> String
  package var region = "us-east-1"
  package var bucketsPerOwnerMax = 10_000
  package var defaultOwnership = ObjectOwnership.bucketOwnerEnforced
  package var blocksPublicByDefault = true
  /// Whether content is sealed where it is asked for.
  package var isSealing = false

  package var engines: @Sendable () async -> [EngineReport] = { [] }
  /// Those of this node, also those that are missing; with shared facts those of other nodes too.
  package var disks: @Sendable () async -> [DiskReport] = { [] }
  /// Reads every copy of the blobs, and of the parts that a table of them names.
  package var copies: @Sendable (_ blobs: [BlobReference]) async throws -> [BlobCopyReport] = { _ in
    []
  }
  /// Where each disk of the cluster is, as volumes name nodes.
  package var homes: @Sendable () async throws -> [String: String] = { [:] }

  package init(
    control: any Control,
    namespace: @escaping @Sendable () throws(NamespaceError) -> any Namespace, desk: JobDesk,
    tap: RequestTap, time: any TimeSource, node: String,
    buckets:
      @escaping @Sendable (_ prefix: String, _ after: String, _ limit: Int) async throws ->
      BucketPage,
    account: @escaping @Sendable (_ principal: String) async throws -> String,
    signingKey: @escaping @Sendable (_ principal: String) async throws -> PresigningKey,
    endpoint: @escaping @Sendable () -> String, _ change: (inout Self) -> Void = { _ in }
  ) {
    self.control = control
    self.findNamespace = namespace
    self.desk = desk
    self.tap = tap
    self.time = time
    self.node = node
    self.buckets = buckets
    self.account = account
    self.signingKey = signingKey
    self.endpoint = endpoint
    change(&self)
  }

  /// Asked for each time: the routes are there before the service has started.
  package var namespace: any Namespace {
    get throws(NamespaceError) { try self.findNamespace() }
  }
}

/// An access key of S3.
package struct PresigningKey: Sendable {
  package var id: String
  package var secret: Secret<String>

  package init(id: String, secret: Secret<String>) {
    self.id = id
    self.secret = secret
  }
}

/// The kinds of jobs that look after the object store.
package enum ObjectJob {
  package static let empty = "object-empty"
  package static let scrub = "object-scrub"
  package static let repair = "object-repair"
  package static let lifecycle = "object-lifecycle"
  package static let collect = "object-collect"
  package static let orphans = "object-orphans"
  package static let verify = "object-verify"
  package static let checkpoint = "object-checkpoint"
  /// Done by the node that has the new disk.
  package static func replace(on node: String) -> String { "object-replace.\(node)" }
}

/// How one disk of this node, or another node, has a blob.
package struct BlobCopyReport: Sendable, Hashable {
  package var blob: BlobReference
  package var disk: String
  package var damaged = 0
  package var missing = 0
  /// Why it could not be asked.
  package var failure: String?

  package init(blob: BlobReference, disk: String) {
    self.blob = blob
    self.disk = disk
  }
}

/// A namespace engine at one moment, as `TreeEngine.statistics` knows it.
package struct EngineReport: Sendable {
  package var name = ""
  /// `tree` or `rocks`.
  package var kind = "tree"
  package var objects: UInt64 = 0
  package var cacheBytes: Int64 = 0
  package var cacheBytesMax: Int64 = 0
  /// Nil: not counted.
  package var cacheHitRatio: Double?
  package var dirtyBytes: Int64 = 0
  package var imageBytes: Int64 = 0
  package var fileBytes: Int64 = 0
  package var fileUsedBytes: Int64 = 0
  package var framesRead: UInt64 = 0
  package var logBytes: UInt64 = 0
  package var commits: Int64 = 0
  package var queued: Int64 = 0
  package var checkpoints: Int64 = 0
  package var checkpointAt: WallTime?
  package var generation: UInt64 = 0

  package init(_ change: (inout Self) -> Void = { _ in }) { change(&self) }
}

/// A blob store at one moment, as `BlobStore.statistics` knows it.
package struct DiskReport: Sendable {
  /// 32 hexadecimal digits, or any name.
  package var disk = ""
  package var node = ""
  package var volume: VolumeID?
  package var path = ""
  package var blocks: Int64 = 0
  /// Of content.
  package var bytes: Int64 = 0
  package var usedBytes: Int64 = 0
  package var fileBytes: Int64 = 0
  package var limitBytes: Int64 = 0
  package var quarantinedBytes: Int64 = 0
  package var indexBytes: Int64 = 0
  package var tombstones: Int64 = 0
  package var writing: Int64 = 0
  package var batches: Int64 = 0
  package var checkpoints: Int64 = 0
  package var damagedReads: Int64 = 0
  package var cacheBytes: Int64 = 0
  /// Nil: nothing was read yet.
  package var cacheHitRatio: Double?
  /// Of the scrub under way, 0 to 1.
  package var scrubRatio: Double?
  package var scrubbedAt: WallTime?
  /// The store works no more, and why.
  package var failure: String?

  package init(_ change: (inout Self) -> Void = { _ in }) { change(&self) }
}
