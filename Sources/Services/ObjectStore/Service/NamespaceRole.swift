import Configuration
import Cluster
import Hosting
import KeyValue
import ObjectBlobs
import ObjectControl
import ObjectModel
import ObjectNamespace
import ObjectRemote
import ObjectUpkeep
import Observability
import Runtime
import Synchronization
import Values

/// The namespace of this node.
struct NamespaceParts: Sendable {
  enum Engine: Sendable {
    case tree(TreeEngine)
    case rocks(RocksTree, Store)
  }

  var namespace: any Namespace & NamespaceUpkeep
  var engine: Engine
  /// One for the life of the process: a scan that was cancelled goes on.
  var upkeep: NamespaceUpkeepParts?
}

/// The role `object-namespace`: the names, by our tree or by RocksDB.
final class NamespaceRole: HostedService {
  private let host: ServiceHost
  private let roles: ObjectRoles
  private let lease = Mutex<NamespaceLease?>(nil)
  /// Where others reach the names; empty when nobody else can.
  private let address = Mutex("")
  private let waiting = Mutex<String?>(nil)
  private let ending = Mutex(false)
  private let bell = Bell()
  private let failure = Mutex<String?>(nil)
  /// Why the names are not on this node.
  private let elsewhere = Mutex<String?>(nil)

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
    guard host.link.isShared else { return }
    let server = NamespaceServer(clock: host.group.loops[0]) { [roles] in
      roles.namespace?.namespace
    }
    host.link.offer { server.add(to: &$0) }
  }

  var jobKinds: [JobKind] { NamespaceJobs(self.host, self.roles).kinds }

  func start() async throws {
    let folder = try await self.host.data.folder("object-namespace")
    if self.host.link.isShared {
      let address = try await self.host.link.open()
      self.address.withLock { $0 = address }
    }
    guard let lease = try await self.acquire() else { return }
    let options = KeyedNamespaceOptions { options in
      options.garbageDelayMilliseconds =
        self.host.configuration[ObjectKeys.garbageDelay].wholeMilliseconds
      options.orphanMilliseconds =
        self.host.configuration[ObjectKeys.orphanAge].wholeMilliseconds
    }
    var parts: NamespaceParts
    switch self.host.configuration[ObjectKeys.engine] {
    case .tree: parts = try await self.openTree(folder, options)
    case .rocksdb: parts = try await self.openRocks(folder, options)
    }
    parts.upkeep = try await NamespaceUpkeepParts.open(self.host, self.roles, parts.namespace)
    let kept = parts
    kept.namespace.own(inTerm: lease.owner.epoch)
    self.lease.withLock { $0 = lease }
    // Only now calls are answered.
    self.roles.change { $0.namespace = kept }
    self.register(kept)
    kept.upkeep?.register(in: self.host.metrics)
  }

  /// Takes the names; waits for facts that cannot be reached. Nil when another node has them.
  private func acquire() async throws -> NamespaceLease? {
    let control = self.roles.control(self.host)
    while true {
      do throws(ControlError) {
        let lease = try await control.acquireNamespace(
          .first, node: self.host.data.node, address: self.address.withLock { $0 })
        self.waiting.withLock { $0 = nil }
        return lease
      } catch {
        if error.code == .heldByAnother {
          // A cluster has one namespace so far. This node goes on without it.
          self.host.log.warning(
            "the names of objects are not kept here", ["why": .text(error.message)])
          self.elsewhere.withLock { $0 = error.message }
          return nil
        }
        guard error.code == .unavailable, self.host.link.isShared else { throw error }
        self.waiting.withLock { $0 = "waits for the facts: \(error.message)" }
      }
      try await self.host.group.loops[0].sleep(for: .milliseconds(500))
    }
  }

  private func openTree(
    _ folder: String, _ options: KeyedNamespaceOptions
  ) async throws -> NamespaceParts {
    try await self.refuse("\(folder)/rocksdb", of: "rocksdb")
    let configuration = self.host.configuration
    let engineOptions = TreeEngineOptions { options in
      options.cacheBytes = Int(clamping: configuration[ObjectKeys.cache].bytes)
      options.checkpointInterval = configuration[ObjectKeys.checkpointInterval]
      options.journalBytesTrigger = Int(clamping: configuration[ObjectKeys.logTrigger].bytes)
    }
    do throws(NamespaceError) {
      let engine = try await TreeEngine.open(
        "\(folder)/tree", on: self.host.disk, clock: self.host.group.loops[0],
        random: self.host.random, options: engineOptions)
      return NamespaceParts(
        namespace: KeyedNamespace(engine, random: self.host.random, options: options),
        engine: .tree(engine))
    } catch {
      throw HostingError(
        .directoryDamaged, "the names in \(folder) cannot be opened: \(error.message)",
        hint: "nothing was changed; restore the folder from a backup")
    }
  }

  private func openRocks(
    _ folder: String, _ options: KeyedNamespaceOptions
  ) async throws -> NamespaceParts {
    try await self.refuse("\(folder)/tree", of: "tree")
    let path = "\(folder)/rocksdb"
    let pool = self.host.pool
    do {
      let store = try await pool.run {
        try Store(StoreOptions(path: path, families: RocksTree.families), pool: pool)
      }
      let tree = try RocksTree(store, clock: self.host.group.loops[0], readers: pool)
      return NamespaceParts(
        namespace: KeyedNamespace(tree, random: self.host.random, options: options),
        engine: .rocks(tree, store))
    } catch let error as StoreError {
      throw HostingError(
        .directoryDamaged, "the names in \(folder) cannot be opened: \(error)",
        hint: "nothing was changed; restore the folder from a backup")
    }
  }

  /// Names that another engine keeps would look lost.
  private func refuse(_ folder: String, of engine: String) async throws {
    let entries = try? await self.host.disk.list(folder)
    guard entries?.isEmpty ?? true else {
      throw HostingError(
        .configuration, "the names are kept by the engine \(engine), in \(folder)",
        hint: "set object_namespace.engine to \(engine)")
    }
  }

  func run() async throws {
    guard let parts = self.roles.namespace else { return }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.roles.keep(self.host) }
      group.addTask { try await self.keepLease() }
      if let upkeep = parts.upkeep {
        group.addTask { await upkeep.collector.run() }
        group.addTask { try await upkeep.expireUploads(self.host) }
      }
      try await self.runEngine(parts)
      group.cancelAll()
      try? await group.waitForAll()
    }
  }

  private func runEngine(_ parts: NamespaceParts) async throws {
    switch parts.engine {
    case .tree(let engine):
      do throws(NamespaceError) { try await engine.run() } catch {
        // Told to stop while changes were on their way: they were refused, and nothing is lost.
        if error.code == .shuttingDown, self.ending.withLock({ $0 }) { return }
        self.failure.withLock { $0 = error.message }
        throw error
      }
    case .rocks:
      // Its threads are its own; it ends when it is stopped.
      while !self.ending.withLock({ $0 }) { try await self.bell.wait() }
    }
  }

  /// The data is on this node's disk, and no other node may take the name of its owner: a lease that
  /// could not be renewed for a while is taken again.
  private func keepLease() async throws {
    let control = self.roles.control(self.host)
    let time = self.host.group.loops[0]
    while true {
      try await time.sleep(for: .seconds(3))
      guard let held = self.lease.withLock({ $0 }) else { continue }
      let renewed: NamespaceLease?
      do throws(ControlError) {
        renewed = try await control.renew(held)
      } catch {
        renewed =
          error.code == .heldByAnother
          ? try? await control.acquireNamespace(
            .first, node: self.host.data.node, address: self.address.withLock { $0 }) : nil
      }
      guard let renewed else { continue }
      self.lease.withLock { $0 = renewed }
      self.roles.namespace?.namespace.own(inTerm: renewed.owner.epoch)
    }
  }

  func stop() async {
    guard let parts = self.roles.namespace else { return }
    self.ending.withLock { $0 = true }
    self.bell.ring()
    switch parts.engine {
    case .tree(let engine):
      // The last checkpoint is written by `run`, which then returns.
      engine.close()
    case .rocks(let tree, let store):
      tree.stop()
      do { try await store.close() } catch {
        self.host.log.error("the names were not closed", ["error": .describing(error)])
      }
    }
    if let lease = self.lease.withLock({ $0.take() }) {
      try? await self.roles.control(self.host).release(lease)
    }
  }

  var health: ServiceHealth {
    if let failure = self.failure.withLock({ $0 }) { return .degraded(failure) }
    if let waiting = self.waiting.withLock({ $0 }) { return .degraded(waiting) }
    if self.elsewhere.withLock({ $0 }) != nil { return .ok }
    return self.roles.namespace == nil ? .starting : .ok
  }

  private func register(_ parts: NamespaceParts) {
    guard case .tree(let engine) = parts.engine else { return }
    let metrics = self.host.metrics
    func observe(
      _ metric: String, _ help: String, counts: Bool = false,
      _ read: @escaping @Sendable (TreeEngineStatistics) -> Double
    ) {
      metrics.observed("lake_object_namespace_\(metric)", help, counts: counts) {
        read(engine.statistics)
      }
    }
    observe("names", "Keys of the tree, of every kind.") { Double($0.objects) }
    observe("cache_bytes", "Memory that frames take.") { Double($0.cacheBytes) }
    observe("cache_limit_bytes", "Memory that frames may take.") { Double($0.cacheBytesMax) }
    observe("dirty_bytes", "Frames that wait for a checkpoint.") { Double($0.dirtyBytes) }
    observe("file_bytes", "The file of frames.") { Double($0.fileBytes) }
    observe("file_used_bytes", "What frames take of it.") { Double($0.fileUsedBytes) }
    observe("log_bytes", "Log behind the last checkpoint.") { Double($0.logBytes) }
    observe("waiting", "Changes that wait to be committed.") { Double($0.queued) }
    observe("frames_read_total", "Frames that were not in memory.", counts: true) {
      Double($0.framesRead)
    }
    observe("looks_total", "Questions and changes.", counts: true) { Double($0.looks) }
    observe("looks_on_disk_total", "Those for which a frame had to be read.", counts: true) {
      Double($0.looksOnDisk)
    }
    observe("checkpoints_total", "Checkpoints written.", counts: true) {
      Double($0.checkpoints)
    }
    observe("commits_total", "Groups of changes made durable.", counts: true) {
      Double($0.commits)
    }
  }
}
