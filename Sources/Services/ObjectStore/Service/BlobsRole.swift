import Configuration
import Cluster
import Hosting
import ObjectBlobs
import ObjectControl
import ObjectModel
import Observability
import Runtime
import Synchronization
import Values

/// The stores of this node, and the volumes that they make.
struct BlobsParts: Sendable {
  struct Disk: Sendable {
    var folder: String
    var store: BlobStore
    var volume: VolumeID
  }

  var disks: [Disk]
  var blobs: LocalBlobs
}

/// The role `object-blobs`: a store for each disk, alone or in pairs.
final class BlobsRole: HostedService {
  private let host: ServiceHost
  private let roles: ObjectRoles
  private let failure = Mutex<String?>(nil)

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
  }

  var jobKinds: [JobKind] { BlobJobs(self.host, self.roles).kinds }

  func start() async throws {
    let configuration = self.host.configuration
    let home = try await self.host.data.folder("object-blobs")
    let given = configuration[ObjectKeys.folders]
    let folders = given.isEmpty ? ["\(home)/disk-1"] : given
    let copies = configuration[ObjectKeys.copies]
    guard folders.count % copies == 0 else {
      throw HostingError(
        .configuration, "\(folders.count) stores cannot be taken \(copies) at a time",
        hint: "give object_blobs.folders an even number of folders, or copies: 1")
    }
    var stores: [(folder: String, store: BlobStore)] = []
    for folder in folders { stores.append((folder, try await self.open(folder))) }
    let parts = try await self.volumes(stores, copies)
    self.roles.set { $0.blobs = parts }
    self.register(parts)
  }

  private func open(_ folder: String) async throws -> BlobStore {
    let options = BlobStoreOptions { options in
      options.dataBytesMax = Int64(
        clamping: self.host.configuration[ObjectKeys.dataMax].bytes)
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
  private func volumes(
    _ stores: [(folder: String, store: BlobStore)], _ copies: Int
  ) async throws -> BlobsParts {
    let control = self.roles.control(self.host)
    var left = stores
    var disks: [BlobsParts.Disk] = []
    var volumes: [LocalBlobs.Volume] = []
    for volume in try await control.storedVolumes() {
      let own = volume.members.filter { $0.node == self.host.data.node }
      guard !own.isEmpty else { continue }
      var members: [BlobStore] = []
      for member in own {
        guard let index = left.firstIndex(where: { $0.store.name == member.disk }) else {
          throw HostingError(
            .directoryDamaged, "the store \(member.disk) of \(volume.id) is in no folder",
            hint: "name its folder in object_blobs.folders")
        }
        let found = left.remove(at: index)
        members.append(found.store)
        disks.append(.init(folder: found.folder, store: found.store, volume: volume.id))
      }
      volumes.append(LocalBlobs.Volume(id: volume.id, members: members))
    }
    while left.count >= copies {
      let taken = Array(left.prefix(copies))
      left.removeFirst(copies)
      let made = try await control.makeVolume(
        members: taken.map {
          VolumeRecord.Member(node: self.host.data.node, disk: $0.store.name)
        }, writeQuorum: copies, readQuorum: 1)
      volumes.append(LocalBlobs.Volume(id: made.id, members: taken.map(\.store)))
      disks += taken.map { .init(folder: $0.folder, store: $0.store, volume: made.id) }
      self.host.log.info("made \(made.id)", ["stores": .integer(copies)])
    }
    return BlobsParts(disks: disks, blobs: LocalBlobs(volumes))
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
      try await group.waitForAll()
    }
  }

  func stop() async {
    guard let parts = self.roles.blobs else { return }
    for disk in parts.disks { disk.store.close() }
  }

  var health: ServiceHealth {
    if let failure = self.failure.withLock({ $0 }) { return .degraded(failure) }
    guard let parts = self.roles.blobs else { return .starting }
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
      observe("damaged_reads_total", "Reads that found damage.", counts: true) {
        Double($0.damagedReads)
      }
    }
  }
}
