package import AdminServing
package import Cluster
import Configuration
import HTTPClient
import HTTPServing
package import Hosting
import Iceberg
import Identity
import Observability
import Runtime
import S3
import S3Client
import Synchronization
package import Values

/// The catalog as a service of the daemon.
package final class CatalogService: HostedService {
  package static let descriptors = [
    ServiceDescriptor(
      name: "catalog", summary: "the Iceberg REST catalog", sections: [CatalogKeys.section],
      after: ["object-gateway"], servers: ["catalog"]
    ) { host in try CatalogService(host) }
  ]

  private let host: ServiceHost
  private let client: HTTPClient
  private let opened = Mutex<Opened?>(nil)

  struct Opened: Sendable {
    var catalog: IcebergCatalog
    var listener: Listener
  }

  package init(_ host: ServiceHost) throws {
    self.host = host
    self.client = HTTPClient(metrics: host.metrics, random: host.random)
  }

  package func register(in routes: inout AdminRoutes) throws {
    try CatalogHandlers(service: self).register(in: &routes)
  }

  // MARK: Life

  package func start() async throws {
    let host = self.host
    let folder = try await host.data.folder("catalog")
    let store = try await CatalogStores.open(host, folder: folder)
    do {
      let catalog = try await self.open(store, folder: folder)
      let listener = try await self.listen(catalog)
      self.opened.withLock { $0 = Opened(catalog: catalog, listener: listener) }
    } catch {
      await store.close()
      throw error
    }
  }

  private func open(_ store: any CatalogStore, folder: String) async throws -> IcebergCatalog {
    let host = self.host
    let (disk, pool, client, own) = (host.disk, host.pool, self.client, self.ownStore)
    let secrets = WarehouseSecrets(ring: host.keys, random: host.random)
    let compactor = try FileCompactor(folder: "\(folder)/scratch", disk: disk, pool: pool)
    await compactor.clear()
    let catalog = IcebergCatalog(
      store: store, options: Self.options(host.configuration),
      access: CatalogAccess(host.isOpen ? nil : host.identity), secrets: secrets,
      compactor: compactor,
      time: host.group.loops[0],
      random: host.random, metrics: host.metrics, log: host.log
    ) { record in
      switch record.storage.kind {
      case .file:
        return FileStorage(root: try Location(parsing: record.location), disk: disk, pool: pool)
      case .s3:
        let storage = record.storage
        return S3Storage(
          root: try Location(parsing: record.location),
          client: S3Client(
            try S3Endpoint(of: storage, own: own), over: client, timeout: S3Storage.timeout,
            now: { [time = host.group.loops[0]] in time.wallNow })
        ) { () throws(StorageError) in
          try IcebergCatalog.keys(of: storage, host.identity, secrets)
        }
      }
    }
    try await catalog.establish(
      host.configuration[CatalogKeys.warehouse], try await self.profile(folder, secrets))
    try await catalog.restoreFiles()
    return catalog
  }

  /// S3 as this cluster serves it: what the configuration says, else the door of this process.
  private var ownStore: OwnStore? {
    let configured = self.host.configuration[CatalogKeys.storageEndpoint]
    let door = self.host.doors.all.first { $0.name == "s3" }?.text
    return (configured ?? door).map { OwnStore(endpoint: $0, region: self.host.region) }
  }

  /// Where the default warehouse lies when it is made, and how it is reached.
  private func profile(
    _ folder: String, _ secrets: WarehouseSecrets
  ) async throws -> (String, StorageProfile) {
    let configuration = self.host.configuration
    let byDefault =
      self.ownStore == nil
      ? "file://\(folder)/warehouse"
      : "s3://\(OwnStore.bucket)/\(configuration[CatalogKeys.warehouse])"
    let location = configuration[CatalogKeys.location] ?? byDefault
    guard try Location(parsing: location).scheme != "file" else { return (location, .file) }
    var storage = StorageProfile(.s3, access: configuration[CatalogKeys.storageAccess])
    // Without one it is our own, wherever that listens.
    storage.endpoint = configuration[CatalogKeys.storageEndpoint]
    storage.region = storage.endpoint == nil ? nil : configuration[CatalogKeys.storageRegion]
    storage.usesPathStyle = configuration[CatalogKeys.storagePathStyle]
    storage.accessKeyID =
      configuration[CatalogKeys.storageKey] ?? self.host.identity.directory.rootRecord?.keyID
    if let secret = configuration[CatalogKeys.storageSecret], let id = storage.accessKeyID {
      storage.sealedSecret = try await secrets.seal(secret, keyID: id)
    }
    return (location, storage)
  }

  private func listen(_ catalog: IcebergCatalog) async throws -> Listener {
    let host = self.host
    let tokenKey = try await catalog.store.setting("page-key", orElse: host.random.bytes(32))
    let server = try CatalogServer(
      catalog, tokenKey: tokenKey, log: host.log
    ).server(loops: host.group.loops, metrics: host.metrics)
    let door = Doors.Door(
      name: "catalog", scheme: "http", host: host.configuration[CatalogKeys.host],
      port: UInt16(clamping: host.configuration[CatalogKeys.port]),
      isPortGiven: host.configuration.isGiven(CatalogKeys.port))
    return try await host.doors.open(door) { address async throws(IOFailure) in
      try await server.start(host.group, at: address)
    }
  }

  static func options(_ configuration: Configuration) -> CatalogOptions {
    CatalogOptions { options in
      options.defaultWarehouse = configuration[CatalogKeys.warehouse]
      options.defaultFormatVersion = configuration[CatalogKeys.formatVersion]
      options.makesParents = configuration[CatalogKeys.implicitParents]
      options.namespaceSeparator = configuration[CatalogKeys.namespaceSeparator]
      options.enforcesSchemaEvolution = configuration[CatalogKeys.schemaEvolution]
      options.verifiesMetadataFile = configuration[CatalogKeys.verifiesFiles]
      options.eventRetentionSeconds = configuration[CatalogKeys.eventRetention].components.seconds
    }
  }

  package func run() async throws {
    guard let opened = self.opened.withLock({ $0 }) else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.keepBucket(opened.catalog) }
      group.addTask { await opened.catalog.runUpkeep() }
      group.addTask { await opened.catalog.runSettling() }
      group.addTask { await opened.catalog.runFollower() }
      group.addTask { await self.runSweep(opened.catalog) }
      group.addTask { await self.runSchedules(opened.catalog) }
      for url in self.host.configuration[CatalogKeys.eventSinks] {
        let sink = EventSink(url, opened.catalog, self.client, self.host.facts)
        group.addTask { await sink.run(node: self.host.node, random: self.host.random) }
      }
      await group.waitForAll()
    }
  }

  /// The bucket of the default warehouse is ours to make.
  private func keepBucket(_ catalog: IcebergCatalog) async {
    let name = self.host.configuration[CatalogKeys.warehouse]
    var isToldOff = false
    while !Task.isCancelled {
      guard let warehouse = catalog.warehouses[name], warehouse.record.storage.isOwn,
        warehouse.location.authority == OwnStore.bucket,
        let storage = warehouse.storage as? S3Storage
      else { return }
      do throws(StorageError) {
        try await storage.makeBucket()
        return
      } catch {
        if !isToldOff {
          self.host.log.warning("the bucket of the warehouse waits", ["error": .describing(error)])
          isToldOff = true
        }
      }
      try? await self.host.group.loops[0].sleep(for: .seconds(1))
    }
  }

  package var jobKinds: [JobKind] {
    [
      self.makePurgeKind(), self.makeMaintenanceKind(), self.makeScheduleKind(),
      self.makeTreeKind(),
    ]
  }
  package var health: ServiceHealth { self.catalog == nil ? .starting : .ok }

  var catalog: IcebergCatalog? { self.opened.withLock { $0?.catalog } }
  var jobs: Jobs { self.host.desk.jobs }
  var facts: any Facts { self.host.facts }
  var node: String { self.host.node }
  var log: Logger { self.host.log }

  package func drain(until deadline: MonotonicTime) async {
    guard let opened = self.opened.withLock({ $0 }) else { return }
    await opened.listener.drain(until: deadline)
  }

  package func stop() async {
    guard let opened = self.opened.withLock({ $0.take() }) else { return }
    await opened.catalog.settleFiles()
    await opened.catalog.store.close()
    let client = self.client
    try? await self.host.pool.run { client.stop() }
  }
}
