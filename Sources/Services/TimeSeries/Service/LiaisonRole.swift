import AdminServing
import Cluster
import Configuration
import GRPC
import GRPCServing
import HTTPServing
import Hosting
import Observability
import Runtime
import SeriesAdmin
import SeriesDoors
import SeriesRemote
import SeriesSchema
import SeriesServing
import Synchronization
import Values

/// The role `series-liaison`: the doors for clients.
final class LiaisonRole: HostedService {
  private struct Doorway: Sendable {
    var grpc: GRPCServer
    var http: Listener
  }

  private let host: ServiceHost
  private let roles: SeriesRoles
  private struct Contexts: Sendable {
    var grpc: TLSContext
    var http: TLSContext
  }
  private let tls = Mutex<Contexts?>(nil)
  private let doorway = Mutex<Doorway?>(nil)
  /// With shared facts.
  private let cluster = Mutex<LiaisonCluster?>(nil)
  private let guards = Mutex<LiaisonGuards?>(nil)
  private let isDraining = Atomic<Bool>(false)
  private let places: BackupPlaces

  init(_ host: ServiceHost, _ roles: SeriesRoles) {
    self.host = host
    self.roles = roles
    self.places = BackupPlaces(host)
  }

  func start() async throws {
    var front = try await self.front()
    do throws(SeriesFault) {
      try await front.prepare()
    } catch {
      throw HostingError(
        .configuration, "the schema of the time series cannot be prepared: \(error.message)")
    }
    let configuration = self.host.configuration
    if let certificate = configuration[SeriesKeys.certificate],
      let key = configuration[SeriesKeys.key]
    {
      let http = TLSContext.Settings.server(certificate: certificate, key: key)
      var grpc = http
      grpc.protocols = ["h2"]
      let contexts = Contexts(grpc: try TLSContext(grpc), http: try TLSContext(http))
      self.tls.withLock { $0 = contexts }
    }
    front.version.api = configuration[SeriesKeys.apiVersion]
    let guards = try await LiaisonGuards(self.host, &front)
    self.guards.withLock { $0 = guards }
    // What operators write and ask is guarded and logged as what others do.
    self.roles.offer(front)
    let services = front.services
    let grpc = try await self.openGRPC(services)
    let http = try await self.openHTTP(services, front)
    http.register(in: self.host.metrics)
    self.host.metrics.derive { BanyanCallMetrics.families($0) }
    self.doorway.withLock { $0 = Doorway(grpc: grpc, http: http) }
    try await self.join(grpc, http)
  }

  private func front() async throws -> SeriesFront {
    guard self.host.link.isShared else {
      guard let front = self.roles.front else {
        throw HostingError(
          .serviceMissing, "series-liaison needs series-data in the same process",
          hint: "add series-data to --services, or keep facts in etcd: then it may run elsewhere")
      }
      try await front.registry.ready()
      return front
    }
    let cluster = try await LiaisonCluster(self.host, self.roles)
    try await cluster.ready()
    cluster.observe()
    self.cluster.withLock { $0 = cluster }
    self.roles.offer(cluster.front)
    // The data role of this process has offered its own before.
    self.roles.offer(ClusterUpkeep(cluster.store))
    self.roles.offer(
      ClusterShards(
        cluster.store, random: self.host.random,
        orphans: self.host.configuration[SeriesKeys.migrateOrphans]))
    return cluster.front
  }

  /// Says where the doors are, when others can know of it.
  private func join(_ grpc: GRPCServer, _ http: Listener) async throws {
    guard let cluster = self.cluster.withLock({ $0 }) else { return }
    let keepsRows = self.roles.node != nil
    let link = keepsRows ? try await self.host.link.open() : ""
    try await cluster.members.register(
      self.host.member(keepsRows: keepsRows) { member in
        member.hasDoors = true
        member.link = link
        member.grpc = "\(grpc.address)"
        member.http = "\(http.address)"
      })
  }

  private var messageBytes: Int {
    Int(clamping: self.host.configuration[SeriesKeys.messageBytes].bytes)
  }

  private var passwords: IdentityPasswords? {
    self.host.isOpen ? nil : IdentityPasswords(self.host.identity)
  }

  private func door(_ name: String, _ key: ConfigurationKey<Int>, scheme: String?) -> Doors.Door {
    let configuration = self.host.configuration
    return Doors.Door(
      name: name, scheme: scheme, host: configuration[SeriesKeys.host],
      port: UInt16(clamping: configuration[key]), isPortGiven: configuration.isGiven(key))
  }

  private func openGRPC(_ services: [ServiceRPCs]) async throws -> GRPCServer {
    let host = self.host
    let options = GRPCServer.Options { options in
      options.name = "series"
      options.connectionsMax = host.configuration[SeriesKeys.connectionsMax]
      options.tls = self.tls.withLock { $0?.grpc }
      options.metrics = host.metrics
      options.limits.messageByteCountMax = self.messageBytes
      if let protector = self.guards.withLock({ $0 })?.protector {
        options.limits.giveWindows(
          of: protector.freeBytes, percent: host.configuration[SeriesKeys.windowPercent])
      }
      if let passwords = self.passwords {
        options.interceptors = [
          PasswordInterceptor(passwords, guardsHealth: host.configuration[SeriesKeys.healthAuth])
        ]
      }
    }
    let opened = Mutex<GRPCServer?>(nil)
    _ = try await host.doors.open(self.door("series_grpc", SeriesKeys.port, scheme: nil)) {
      (address) throws(IOFailure) in
      let server = try await GRPCServer.start(
        host.group, at: address, services.map(\.definition), options)
      opened.withLock { $0 = server }
      return server.listener
    }
    guard let server = opened.withLock({ $0 }) else {
      preconditionFailure("BUG: a door is open without its server")
    }
    return server
  }

  private func openHTTP(
    _ services: [ServiceRPCs], _ front: SeriesFront
  ) async throws -> Listener {
    let host = self.host
    let gateway = SeriesGateway(
      services, passwords: self.passwords, bodyBytesMax: self.messageBytes
    ) {
      !self.isDraining.load(ordering: .relaxed)
    }
    var routes = try gateway.routes()
    try self.addDoors(to: &routes, front)
    let server = HTTPServer(
      routes, HTTPServerOptions { $0.name = "series" }, loops: host.group.loops,
      metrics: host.metrics)
    let tls = self.tls.withLock { $0?.http }
    let scheme = tls == nil ? "http" : "https"
    return try await host.doors.open(
      self.door("series_http", SeriesKeys.httpPort, scheme: scheme)
    ) { (address) throws(IOFailure) in
      try await server.start(host.group, at: address) { options in
        options.connectionsMax = host.configuration[SeriesKeys.connectionsMax]
        options.tls = tls
      }
    }
  }

  /// The doors of other systems' clients.
  private func addDoors(to routes: inout HTTPRoutes, _ front: SeriesFront) throws {
    let configuration = self.host.configuration
    let options = DoorOptions {
      $0.makesGroups = configuration[SeriesKeys.makesGroups]
      $0.ttlDays = UInt32(clamping: configuration[SeriesKeys.doorTTL])
      $0.shards = UInt32(clamping: configuration[SeriesKeys.doorShards])
      $0.columnsMax = configuration[SeriesKeys.doorColumns]
      $0.prometheusGroup = configuration[SeriesKeys.prometheusGroup]
    }
    let guardian = DoorGuard(
      DoorEnvironment(front.writes, options), passwords: self.passwords,
      metrics: DoorMetrics(self.host.metrics), protector: front.protector)
    try InfluxDoor(guardian).add(to: &routes)
    try PrometheusDoor(guardian).add(to: &routes)
  }

  /// Where rows are on several nodes it does the jobs on them.
  var jobKinds: [JobKind] {
    self.host.link.isShared ? SeriesJobs(self.roles.sources(self.host, self.places)).kinds : []
  }

  /// The history of metrics comes from our own rows.
  func register(in routes: inout AdminRoutes) throws {
    if self.host.link.isShared, self.roles.claimAdmin() {
      try SeriesAdmin(self.roles.sources(self.host, self.places)).register(in: &routes)
    }
    try MetricHistory { self.roles.front }.register(in: &routes)
  }

  func run() async throws {
    let guards = self.guards.withLock { $0 }
    let cluster = self.cluster.withLock { $0 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      if let guards { group.addTask { await guards.run() } }
      group.addTask { try await self.makeBackups() }
      group.addTask { try await self.watchCertificate() }
      if let cluster {
        group.addTask { try await cluster.run() }
        group.addTask { try await MoveSchedule(self.host, self.roles).run() }
      }
      try await group.waitForAll()
    }
  }

  /// New connections use what is read; the old pair stays in force when it cannot be used.
  private func reloadCertificate() {
    guard let contexts = self.tls.withLock({ $0 }) else { return }
    do {
      try contexts.grpc.reload()
      try contexts.http.reload()
    } catch {
      self.host.metrics.counter(
        "lake_series_certificate_failures_total", "Certificates that could not be used."
      ).add(1)
      self.host.log.error("the certificate was not read again", ["error": .describing(error)])
    }
  }

  /// Reads the certificate again when one of its files is another and has stayed so for a second: who replaces
  /// both does so one after the other.
  private func watchCertificate() async throws {
    let configuration = self.host.configuration
    guard let certificate = configuration[SeriesKeys.certificate],
      let key = configuration[SeriesKeys.key]
    else { return }
    let watch = FileWatch([certificate, key], on: self.host.disk)
    try await watch.run(self.host.group.loops[0]) {
      self.host.log.info("the certificate has changed", [:])
      self.reloadCertificate()
    }
  }

  /// By the clock, where the configuration says so.
  private func makeBackups() async throws {
    let configuration = self.host.configuration
    let interval = configuration[SeriesKeys.backupInterval]
    guard let place = configuration[SeriesKeys.backupPlace], interval > .zero else { return }
    let schedule = BackupSchedule(
      place: place, interval: interval, keep: configuration[SeriesKeys.backupKeep])
    try await schedule.run(self.roles.sources(self.host, self.places)) { problem in
      self.host.log.warning(
        "whether a backup is due is not known", ["error": .text(problem)])
    }
  }

  var health: ServiceHealth {
    if self.isDraining.load(ordering: .relaxed) { return .draining }
    guard self.doorway.withLock({ $0 }) != nil else { return .starting }
    if let full = self.guards.withLock({ $0 })?.disk.full, !full.isEmpty {
      let kinds = full.map(\.rawValue).joined(separator: ", ")
      return .degraded("the disk is too full for more of \(kinds)")
    }
    return self.cluster.withLock { $0 }?.problem.map { .degraded($0) } ?? .ok
  }

  func drain(until deadline: MonotonicTime) async {
    self.isDraining.store(true, ordering: .relaxed)
    guard let doorway = self.doorway.withLock({ $0 }) else { return }
    // Both say so before anything else, and neither waits for the other.
    doorway.grpc.health.set("", .notServing)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await doorway.http.drain(until: deadline) }
      tasks.addTask { await doorway.grpc.drain(until: deadline) }
    }
  }

  func stop() async {
    let places = self.places
    try? await self.host.pool.run { places.stop() }
  }

  func reload(_ configuration: Configuration) async {
    self.places.reload(configuration)
    self.guards.withLock { $0 }?.disk.set(SeriesKeys.diskLimits(configuration))
    self.reloadCertificate()
  }
}
