private import Admin
import AdminServing
import Cluster
import Configuration
private import HTTPServing
import Hosting
import Identity
import Observability
import Runtime
import Security
import Synchronization
import Values

/// What is open before the admin API is.
struct DaemonCore: Sendable {
  var node: String
  var data: DataDirectory
  var pool: BlockingPool
  var metrics: MetricRegistry
  var doors: Doors
  var opened: OpenedFacts
  var facts: any Facts
  var cluster: ClusterIdentity
  var desk: JobDesk
  var link: LinkDesk
  var keys: KeyRing
  var identity: IdentityService
  var services: HostedServices
}

extension Daemon {
  /// Opens the admin API over everything else, and hands out the first start's credentials.
  func openAdmin(
    _ core: DaemonCore, _ configuration: Configuration, _ closing: inout Closing
  ) async throws -> DaemonParts {
    let loop = self.group.loops[0]
    let observer = Observer(
      metrics: core.metrics,
      servers: [("admin", ["admin"])]
        + core.services.all.map { ($0.descriptor.name, $0.descriptor.servers) },
      disk: self.group.disk, path: core.data.path, now: loop.now)
    let members = ClusterMembers(
      core, self.plan, configuration, loop,
      kinds: [DataKeyHandlers.job(core.identity, core.keys)]
        + core.services.all.flatMap { $0.service.jobKinds },
      log: self.logs.logger("cluster")
    ) { [group] in NodeNumbers.read(observer, group) }
    core.desk.open(members.jobs)
    let peers = Peers(authorities: configuration[DaemonKeys.adminCertificate]) { members.peers }
    closing.add("peers") { [group] in try await group.filePool.run { peers.stop() } }
    let isOpen = configuration[DaemonKeys.authentication] == .none
    if isOpen {
      self.log.warning("authentication is off: whoever reaches a port may do everything", [:])
    }
    var tls: TLSContext?
    if let certificate = configuration[DaemonKeys.adminCertificate],
      let key = configuration[DaemonKeys.adminKey]
    {
      tls = try TLSContext(.server(certificate: certificate, key: key))
    }
    let view = ClusterView(
      node: core.node, core: core, members: members, observer: observer, peers: peers,
      startedAt: loop.wallNow, group: self.group, live: self.live, identity: core.cluster,
      adminTLS: tls, isReady: { self.isReadyNow })
    let routes = try self.routes(core, view, isOpen: isOpen)
    let listener = try await self.listen(routes, core, configuration, tls)
    listener.register(in: core.metrics)
    members.advertise(configuration[DaemonKeys.adminAddress] ?? core.doors.all[0].text)
    try await self.handOut(core, configuration)
    let parts = DaemonParts(
      node: core.node, startedAt: loop.wallNow, data: core.data, pool: core.pool,
      metrics: core.metrics, doors: core.doors, opened: core.opened, keys: core.keys,
      identity: core.identity, observer: observer, peers: peers, services: core.services,
      members: members, link: core.link, adminListener: listener, adminTLS: tls,
      background: [
        ("facts", { try await core.opened.run() }),
        ("identity", { try await core.identity.run() }),
        ("keys", { try await self.followKeys(core, configuration) }),
        ("members", { try await members.run() }),
        ("observer", { [group] in await observer.run(group) }),
        ("alarm", { await view.watch() }),
      ])
    self.parts.withLock { $0 = parts }
    closing.add("parts") { self.parts.withLock { $0 = nil } }
    return parts
  }

  /// A ring that others change too is followed.
  private func followKeys(_ core: DaemonCore, _ configuration: Configuration) async throws {
    guard configuration[DaemonKeys.factsStore] == .etcd else { return }
    try await SharedKeyRing.follow(core.keys, in: core.facts, time: self.group.loops[0])
  }

  var isReadyNow: Bool { self.isReady.load(ordering: .acquiring) }

  private func routes(
    _ core: DaemonCore, _ view: ClusterView, isOpen: Bool
  ) throws -> AdminRoutes {
    let gate = IdentityGate(identity: core.identity, isOpen: isOpen)
    let memory = RequestMemoryBridge(memory: view.members.requests)
    var routes = AdminRoutes(gate: gate, memory: memory) { entry in
      await AuditBridge.note(entry, in: core.identity)
    }
    try ProbeHandlers(metrics: core.metrics, isReady: { self.isReadyNow }).register(in: &routes)
    try LogHandlers(
      node: core.node, logs: self.logs, metrics: core.metrics, peers: view.peers
    ).register(in: &routes)
    try HealthHandlers(view: view).register(in: &routes)
    try ClusterHandlers(view: view).register(in: &routes)
    try ServiceHandlers(view: view, daemon: self).register(in: &routes)
    try FactHandlers(view: view).register(in: &routes)
    try JobHandlers(jobs: view.members.jobs, clock: self.group.loops[0]).register(in: &routes)
    try UserHandlers(identity: core.identity, isOpen: isOpen).register(in: &routes)
    try AccountHandlers(identity: core.identity).register(in: &routes)
    try GroupHandlers(identity: core.identity).register(in: &routes)
    try RoleHandlers(identity: core.identity).register(in: &routes)
    try PolicyHandlers(identity: core.identity).register(in: &routes)
    try KeyHandlers(identity: core.identity, isOpen: isOpen).register(in: &routes)
    try DataKeyHandlers(
      identity: core.identity, keys: core.keys, jobs: view.members.jobs,
      clock: self.group.loops[0]
    ).register(
      in: &routes)
    try EventHandlers(identity: core.identity).register(in: &routes)
    try DoctorHandlers(view: view, daemon: self).register(in: &routes)
    try SupportHandlers(view: view, daemon: self).register(in: &routes)
    try core.services.register(in: &routes)
    let table = routes.table
    try routes.on(HealthAPI.openAPI) { _, _ in
      AdminDocument(OpenAPIDocument.make(table, version: DaemonCommand.version))
    }
    return routes
  }

  private func listen(
    _ routes: AdminRoutes, _ core: DaemonCore, _ configuration: Configuration, _ tls: TLSContext?
  ) async throws -> Listener {
    var options = HTTPServerOptions { options in
      options.name = "admin"
      options.inFlightMax = 512
      options.errorAnswer = AdminRoutes.errorAnswer
    }
    options.logFailures(to: self.logs.logger("admin"))
    let server = HTTPServer(
      routes.http, options, loops: self.group.loops, metrics: core.metrics)
    let door = Doors.Door(
      name: "admin", scheme: tls == nil ? "http" : "https",
      host: configuration[DaemonKeys.adminHost],
      port: UInt16(configuration[DaemonKeys.adminPort]),
      isPortGiven: configuration.isGiven(DaemonKeys.adminPort))
    return try await core.doors.open(door) { [group] (address) throws(IOFailure) in
      try await server.start(group, at: address) { listener in
        listener.connectionsMax = 1024
        listener.tls = tls
      }
    }
  }

  /// Makes the first administrator, or takes over what the environment gives.
  private func handOut(_ core: DaemonCore, _ configuration: Configuration) async throws {
    let disk = self.group.disk
    let parameters = RootParameters { parameters in
      parameters.accessKeyID = configuration[DaemonKeys.rootAccessKey]
      parameters.secretAccessKey = configuration[DaemonKeys.rootSecretKey]
      parameters.password = configuration[DaemonKeys.rootPassword]
    }
    var credentials: CredentialsFile?
    switch try await core.identity.bootstrap(parameters) {
    case .created(let root):
      let file = CredentialsFile(root)
      try await file.write(in: core.data, on: disk)
      self.log.info(
        "made the first administrator",
        ["user": .text(root.user), "file": .text("\(core.data.path)/\(CredentialsFile.name)")])
      credentials = file
    case .replaced(let names):
      credentials = await CredentialsFile.read(in: core.data, on: disk)?.replacing(parameters)
      try await credentials?.write(in: core.data, on: disk)
      self.log.info(
        "took over the administrator of the environment",
        ["replaced": .text(names.joined(separator: ","))])
    case .unchanged: credentials = await CredentialsFile.read(in: core.data, on: disk)
    }
    guard let credentials else { return }
    try await ContextFiles.write(
      endpoint: core.doors.all[0].text, token: credentials.adminToken,
      authorities: configuration[DaemonKeys.adminCertificate], in: core.data, on: disk)
  }
}

extension CredentialsFile {
  init(_ root: RootCredentials) {
    self.init(
      accessKeyID: root.accessKeyID, secretAccessKey: root.secretAccessKey, user: root.user,
      password: root.password, adminToken: root.adminToken)
  }

  /// With what the environment gives in the place of what was there.
  func replacing(_ parameters: RootParameters) -> CredentialsFile {
    var file = self
    if let id = parameters.accessKeyID { file.accessKeyID = id }
    if let secret = parameters.secretAccessKey { file.secretAccessKey = secret }
    if let password = parameters.password { file.password = password }
    return file
  }
}
