import Configuration
import Hosting
import Identity
import ObjectAdmin
import ObjectBlobs
import ObjectControl
import ObjectGateway
import ObjectModel
import ObjectRemote
import ObjectNamespace
import Runtime
import Values

/// What the admin API shows of the object store.
extension GatewayRole {
  func sources() -> ObjectAdminSources {
    let host = self.host
    let roles = self.roles
    let control = roles.control(host)
    return ObjectAdminSources(
      control: control,
      namespace: { () throws(NamespaceError) in
        guard let namespace = roles.anyNamespace(host) else {
          throw NamespaceError(.slowDown, "the namespace has not started yet")
        }
        return namespace
      }, desk: host.desk, tap: self.tap, time: host.group.loops[0], node: host.node,
      buckets: { prefix, after, limit in
        try await control.allBuckets(prefix: prefix, after: after, limit: limit)
      }, account: { principal in try Self.account(of: principal, host) },
      signingKey: { principal in try Self.signingKey(of: principal, host) },
      endpoint: { host.doors.all.first { $0.name == "s3" }?.text ?? "" }
    ) { sources in
      sources.region = host.region
      sources.defaultOwnership = host.configuration[ObjectKeys.defaultOwnership].ownership
      sources.blocksPublicByDefault = host.configuration[ObjectKeys.blocksPublic]
      sources.isSealing = host.configuration[ObjectKeys.encryption]
      sources.engines = { roles.namespace.map { [EngineReport($0)] } ?? [] }
      sources.disks = {
        let own =
          roles.blobs.map { blobs in
            blobs.disks.map { DiskReport($0, node: host.node) }
              + blobs.lost.map { DiskReport($0, node: host.node) }
          } ?? []
        guard host.link.isShared, let known = try? await control.disks() else { return own }
        let cluster = roles.cluster(host)
        return own
          + known.filter { disk in !own.contains { $0.disk == disk.disk } }
          .map { DiskReport($0, cluster) }
      }
      sources.copies = { try await BlobCopies(host, roles).read($0) }
      sources.homes = {
        var homes: [String: String] = [:]
        for disk in try await control.disks() { homes[disk.disk] = disk.node }
        for disk in roles.blobs?.disks ?? [] { homes[disk.store.name] = host.data.node }
        return homes
      }
    }
  }

  /// `user:ann`, or `user:ann via KEY`.
  private static func who(_ principal: String, _ host: ServiceHost) throws -> Who {
    let directory = host.identity.directory
    if host.isOpen, let root = directory.rootRecord { return .user(root.user) }
    return try Who(parsing: String(principal.prefix { $0 != " " }))
  }

  private static func account(of principal: String, _ host: ServiceHost) throws -> String {
    let directory = host.identity.directory
    let who = try Self.who(principal, host)
    let account: String? =
      switch who.kind {
      case .user: directory.users[who.name]?.record.accountID
      case .client: directory.clients[who.name]?.record.accountID
      case .account: who.name
      default: nil
      }
    guard let account else {
      throw ControlError(.invalidState, "\(who) is of no account that could own a bucket")
    }
    return account
  }

  private static func signingKey(
    of principal: String, _ host: ServiceHost
  ) throws -> PresigningKey {
    let directory = host.identity.directory
    let who = try Self.who(principal, host)
    let keys = directory.keys.values.filter {
      $0.record.owner == who && $0.record.state == .active
    }
    for key in keys.sorted(by: { $0.record.id < $1.record.id }) {
      if let found = try? host.identity.secret(forAccessKey: key.record.id),
        let secret = found.secrets.first
      {
        return PresigningKey(id: key.record.id, secret: secret)
      }
    }
    throw ControlError(
      .invalidState, "\(who) has no access key to sign with: lakectl key create makes one")
  }
}

extension EngineReport {
  fileprivate init(_ parts: NamespaceParts) {
    self.init()
    self.name = "names"
    guard case .tree(let engine) = parts.engine else {
      self.kind = "rocks"
      return
    }
    let statistics = engine.statistics
    self.objects = statistics.objects
    self.cacheBytes = Int64(statistics.cacheBytes)
    self.cacheBytesMax = Int64(statistics.cacheBytesMax)
    self.dirtyBytes = Int64(statistics.dirtyBytes)
    self.imageBytes = Int64(statistics.imageBytes)
    self.fileBytes = Int64(statistics.fileBytes)
    self.fileUsedBytes = Int64(statistics.fileUsedBytes)
    self.framesRead = statistics.framesRead
    self.cacheHitRatio = statistics.cacheHitRatio
    self.logBytes = statistics.logBytes
    self.commits = Int64(statistics.commits)
    self.queued = Int64(statistics.queued)
    self.checkpoints = Int64(statistics.checkpoints)
    self.checkpointAt = statistics.checkpointAt
    self.generation = statistics.generation
  }
}

extension DiskReport {
  /// Of another node, as it says itself how its part of the volume is.
  fileprivate init(_ disk: ObjectControl.DiskRecord, _ cluster: ClusterBlobs) {
    self.init()
    self.disk = disk.disk
    self.node = disk.nodeName
    self.volume = disk.volume
    guard let volume = disk.volume else { return }
    let standings = cluster.standings(of: volume)
    guard let standing = standings.first(where: { $0.node == disk.node })?.standing else {
      self.failure = "its node does not answer, or does not have it"
      return
    }
    self.blocks = Int64(standing.blockCount)
    self.bytes = standing.byteCount
    self.limitBytes = standing.byteCountMax
    self.usedBytes = Int64(standing.fill * Double(standing.byteCountMax))
  }

  fileprivate init(_ lost: BlobsParts.Lost, node: String) {
    self.init()
    self.disk = lost.disk
    self.node = node
    self.volume = lost.volume
    self.failure = "its store is in no folder of object_blobs.folders"
  }

  fileprivate init(_ disk: BlobsParts.Disk, node: String) {
    self.init()
    let statistics = disk.store.statistics
    self.disk = disk.store.name
    self.node = node
    self.volume = disk.volume
    self.path = disk.folder
    self.blocks = Int64(statistics.blocks)
    self.bytes = statistics.bytes
    self.usedBytes = statistics.usedBytes
    self.fileBytes = statistics.fileBytes
    self.limitBytes = statistics.limitBytes
    self.quarantinedBytes = statistics.quarantinedBytes
    self.indexBytes = statistics.indexBytes
    self.tombstones = Int64(statistics.tombstones)
    self.writing = Int64(statistics.writing)
    self.batches = Int64(statistics.batches)
    self.checkpoints = Int64(statistics.checkpoints)
    self.damagedReads = Int64(statistics.damagedReads)
    self.cacheBytes = Int64(statistics.cacheBytes)
    self.cacheHitRatio = statistics.cacheHitRatio
    self.scrubRatio = statistics.scrubRatio
    self.scrubbedAt = statistics.scrubbedAt
  }
}
