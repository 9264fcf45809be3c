import Configuration
import Cluster
import Hosting
import JSON
import ObjectAdmin
import ObjectBlobs
import ObjectControl
import ObjectModel
import ObjectRemote
import Observability
import Runtime
import Synchronization
import Values

/// The role `object-blobs`: a store for each disk, alone or in pairs.
final class BlobsRole: HostedService {
  private let host: ServiceHost
  private let roles: ObjectRoles
  private let failure = Mutex<String?>(nil)
  private let waiting = Mutex<String?>(nil)
  /// Volumes are made of this node's own disks.
  private let pairing = Mutex(true)

  private var waitsForPeers: Bool { !self.pairing.withLock { $0 } }

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
    guard host.link.isShared else { return }
    let server = BlobServer { [roles] in roles.blobs?.blobs }
    host.link.offer { server.add(to: &$0) }
  }

  var jobKinds: [JobKind] { BlobJobs(self.host, self.roles).kinds }

  func start() async throws {
    let configuration = self.host.configuration
    let home = try await self.host.data.folder("object-blobs")
    let given = configuration[ObjectKeys.folders]
    let folders = given.isEmpty ? ["\(home)/disk-1"] : given
    let copies = configuration[ObjectKeys.copies]
    let spares = configuration[ObjectKeys.spares]
    let pairsHere = try self.pairsHere(max(0, folders.count - spares), copies)
    self.pairing.withLock { $0 = pairsHere }
    var address = ""
    if self.host.link.isShared { address = try await self.host.link.open() }
    var disks: [BlobsParts.Disk] = []
    for folder in folders {
      disks.append(BlobsParts.Disk(folder: folder, store: try await self.open(folder)))
    }
    let parts = try await self.parts(disks, pairsHere ? copies : nil)
    self.roles.change { $0.blobs = parts }
    if self.host.link.isShared { try await self.tell(parts, address, wantsPeer: !pairsHere) }
    self.register(parts)
  }

  /// Whether the volumes are made of this node's own disks; else each waits for one of another node.
  private func pairsHere(_ count: Int, _ copies: Int) throws -> Bool {
    guard copies > 1 else { return true }
    let isShared = self.host.link.isShared
    switch self.host.configuration[ObjectKeys.mirror] {
    case .automatic where isShared && count % copies != 0: return false
    case .node where isShared: return false
    case .node:
      throw HostingError(
        .configuration, "no other node can be found without shared facts",
        hint: "keep facts in etcd, or set object_blobs.mirror to disk")
    case .automatic, .disk:
      guard count % copies == 0 else {
        throw HostingError(
          .configuration, "\(count) stores cannot be taken \(copies) at a time",
          hint: "give object_blobs.folders an even number of folders, or copies: 1")
      }
      return true
    }
  }

  /// Says where the disks are, also after every start: the address may be another one.
  private func tell(_ parts: BlobsParts, _ address: String, wantsPeer: Bool) async throws {
    let control = self.roles.control(self.host)
    let now = UInt64(clamping: self.host.group.loops[0].wallNow.nanoseconds / 1_000_000)
    for disk in parts.disks {
      try await self.patiently {
        try await control.register(
          DiskRecord(
            disk: disk.store.name, node: self.host.data.node, nodeName: self.host.node,
            address: address, zone: self.host.zone,
            wantsPeer: wantsPeer && parts.unused.contains(disk.store.name),
            sinceMilliseconds: now, volume: disk.volume))
      }
    }
  }

  /// Facts may be away when a node comes up.
  private func patiently<R: Sendable>(_ body: () async throws -> R) async throws -> R {
    while true {
      do {
        let result = try await body()
        self.waiting.withLock { $0 = nil }
        return result
      } catch let error as ControlError where error.code == .unavailable {
        self.waiting.withLock { $0 = "waits for the facts: \(error.message)" }
      }
      try await self.host.group.loops[0].sleep(for: .milliseconds(500))
    }
  }

  private func open(_ folder: String) async throws -> BlobStore {
    let options = BlobStoreOptions { options in
      options.dataBytesMax = Int64(
        clamping: self.host.configuration[ObjectKeys.dataMax].bytes)
      options.cacheBytesMax = Int(clamping: self.host.configuration[ObjectKeys.blockCache].bytes)
    }
    do throws(BlobError) {
      return try await BlobStore.open(
        folder, on: self.host.disk, clock: self.host.group.loops[0], random: self.host.random,
        options: options)
    } catch {
      throw HostingError(
        .directoryDamaged, "the store in \(folder) cannot be opened: \(error.message)",
        hint: "nothing was changed; see docs/object-store.md on damaged disks")
    }
  }

  /// A volume is made once; its members are found again by the identifiers of their stores.
  ///
  /// - Parameter copies: what new volumes are made of; nil: control makes them.
  private func parts(
    _ disks: [BlobsParts.Disk], _ copies: Int?
  ) async throws -> BlobsParts {
    let control = self.roles.control(self.host)
    let node = self.host.data.node
    var parts = BlobsParts(
      disks: disks, spareCount: self.host.configuration[ObjectKeys.spares], node: node)
    var volumes = try await self.patiently { try await control.storedVolumes() }
    parts.follow(volumes)
    for lost in parts.lost {
      let members = volumes.first { $0.id == lost.volume }?.members ?? []
      guard members.allSatisfy({ parts.isLost($0) }) else { continue }
      throw HostingError(
        .directoryDamaged, "the store \(lost.disk) of \(lost.volume) is in no folder",
        hint: "name its folder in object_blobs.folders: no other disk has what it has")
    }
    while let copies, parts.unused.count >= copies {
      let taken = Array(parts.unused.prefix(copies))
      let made = try await control.makeVolume(
        members: taken.map { VolumeRecord.Member(node: node, disk: $0) }, writeQuorum: copies,
        readQuorum: 1)
      volumes.append(made)
      parts.follow(volumes)
      self.host.log.info("made \(made.id)", ["stores": .integer(copies)])
    }
    return parts
  }

  func run() async throws {
    guard let parts = self.roles.blobs else { return }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for disk in parts.disks {
        group.addTask {
          do throws(BlobError) { try await disk.store.run() } catch {
            self.failure.withLock { $0 = "\(disk.folder): \(error.message)" }
            throw error
          }
        }
      }
      group.addTask { try await self.roles.keep(self.host) }
      if self.host.link.isShared {
        group.addTask { try await self.followVolumes() }
        if !self.host.data.isNew { group.addTask { try await self.askForRepair() } }
      }
      try await group.waitForAll()
    }
  }

  /// Control makes volumes of disks that wait, and gives volumes other members.
  private func followVolumes() async throws {
    let control = self.roles.control(self.host)
    var last: [VolumeRecord]?
    while true {
      if let volumes = try? await control.volumes().volumes, volumes != last {
        for (disk, volume) in self.roles.follow(volumes) {
          self.host.log.info("disk \(disk) is a member of \(volume)", ["disk": .text(disk)])
        }
        last = volumes
      }
      try await self.host.group.loops[0].sleep(for: .milliseconds(500))
    }
  }

  /// What was written while this node was away is not on its disks: once the others of its volumes are
  /// there, each volume is gone over once.
  private func askForRepair() async throws {
    let cluster = self.roles.cluster(self.host)
    var left = Set((self.roles.blobs?.disks ?? []).compactMap(\.volume))
    while !left.isEmpty {
      try await self.host.group.loops[0].sleep(for: .seconds(2))
      for id in left where cluster.isWhole(id) {
        left.remove(id)
        guard cluster.nodeCount(id) > 1 else { continue }
        var parameters = JSONObject()
        parameters["volume"] = .string("\(id.rawValue)")
        parameters["missing_only"] = .boolean(true)
        _ = try? await self.host.desk.jobs.submit(
          JobRequest(
            ObjectJob.repair, what: "copy what a node of \(id) has missed",
            parameters: .object(parameters), joinKey: "missing-\(id.rawValue)",
            requester: "system:object-blobs"))
      }
    }
  }

  func stop() async {
    guard let parts = self.roles.blobs else { return }
    for disk in parts.disks { disk.store.close() }
  }

  var health: ServiceHealth {
    if let failure = self.failure.withLock({ $0 }) { return .degraded(failure) }
    if let waiting = self.waiting.withLock({ $0 }) { return .degraded(waiting) }
    guard let parts = self.roles.blobs else { return .starting }
    if let lost = parts.lost.first {
      return .degraded(
        "disk \(lost.disk) of \(lost.volume) is in no folder: it is only read until then, or until "
          + "`lakectl disk replace` has put another one in its place")
    }
    if self.waitsForPeers, let name = parts.unused.first {
      let folder = parts.disks.first { $0.store.name == name }?.folder ?? name
      return .degraded("the store in \(folder) waits for one of another node")
    }
    for disk in parts.disks where disk.store.statistics.isNearlyFull {
      return .degraded("the store in \(disk.folder) is over 85 % full")
    }
    return .ok
  }

  private func register(_ parts: BlobsParts) {
    let metrics = self.host.metrics
    for disk in parts.disks {
      let store = disk.store
      let name = store.name
      func observe(
        _ metric: String, _ help: String, counts: Bool = false,
        _ read: @escaping @Sendable (BlobStoreStatistics) -> Double
      ) {
        metrics.observed(
          "lake_object_blobs_\(metric)", help, counts: counts, labels: ["disk": name]
        ) { read(store.statistics) }
      }
      observe("blocks", "Blocks that are stored.") { Double($0.blocks) }
      observe("bytes", "Bytes of blocks that are stored.") { Double($0.bytes) }
      observe("used_bytes", "Bytes of the data file that blocks take.") { Double($0.usedBytes) }
      observe("file_bytes", "Bytes of the data file.") { Double($0.fileBytes) }
      observe("limit_bytes", "What the data file may grow to.") { Double($0.limitBytes) }
      observe("quarantined_bytes", "Bytes that were found damaged and are not used again.") {
        Double($0.quarantinedBytes)
      }
      observe("tombstones", "Deleted blobs that are remembered.") { Double($0.tombstones) }
      observe("commits_total", "Groups of changes made durable.", counts: true) {
        Double($0.batches)
      }
      observe("checkpoints_total", "Times the index was written.", counts: true) {
        Double($0.checkpoints)
      }
      observe("cache_bytes", "Memory of small blocks that were read.") { Double($0.cacheBytes) }
      observe("cache_hits_total", "Reads of small blocks answered from memory.", counts: true) {
        Double($0.cacheHits)
      }
      observe("cache_misses_total", "Reads of small blocks that went to the disk.", counts: true) {
        Double($0.cacheMisses)
      }
      observe("damaged_reads_total", "Reads that found damage.", counts: true) {
        Double($0.damagedReads)
      }
    }
  }
}
