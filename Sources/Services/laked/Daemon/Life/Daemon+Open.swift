private import Admin
import AdminServing
import Cluster
import Configuration
private import Glibc
private import HTTPServing
import Hosting
import Identity
import Link
import Observability
import Runtime
import Security
import Values

extension Daemon {
  /// Opens everything in its order; what was opened is in `closing`, also when something fails.
  func open(_ closing: inout Closing) async throws -> DaemonParts {
    let configuration = self.live.now
    let metrics = MetricRegistry()
    let pool = BlockingPool(name: "lake-store", threads: 4)
    closing.add("pool") { [group] in try await group.filePool.run { pool.stop() } }
    self.register(metrics, pool)
    let (data, opened, cluster) = try await self.openData(configuration, pool, metrics, &closing)
    let facts = opened.measured(metrics, time: self.group.loops[0])
    let keys = try await self.openKeys(configuration, data, facts)
    let identity = try await IdentityService.open(
      facts: facts, ring: keys, clock: self.group.loops[0], random: SystemRandom.shared,
      log: self.logs.logger("identity"), metrics: metrics, pool: pool)
    let doors = Doors(
      Doors.Rules(
        usesFreePorts: configuration[DaemonKeys.ports] == .auto,
        movesDefaults: self.plan.isStandalone,
        isOpen: configuration[DaemonKeys.authentication] == .none), group: self.group,
      log: self.log)
    let node = try Self.nodeName(configuration)
    let services = HostedServices(log: self.log)
    let desk = JobDesk()
    let link = try LinkDesk(
      .init(configuration), isShared: configuration[DaemonKeys.factsStore] == .etcd, keys: keys,
      identity: LinkIdentity(
        role: self.plan.roles.first ?? "daemon", clusterID: cluster.id.byteArray,
        nodeID: data.node),
      doors: doors, group: self.group, metrics: metrics, log: self.logs.logger("link"))
    let host = ServiceHost(
      name: "", configuration: configuration, group: self.group, pool: pool, metrics: metrics,
      log: self.log, data: data, doors: doors, facts: facts, keys: keys, identity: identity,
      isOpen: configuration[DaemonKeys.authentication] == .none,
      region: configuration[DaemonKeys.region], node: node,
      zone: configuration[DaemonKeys.zone] ?? "", desk: desk, link: link,
      random: SystemRandom.shared)
    try await services.make(self.plan.descriptors) { [logs] descriptor in
      var own = host
      own.name = descriptor.name
      own.log = logs.logger(descriptor.name)
      return own
    }
    return try await self.openAdmin(
      DaemonCore(
        node: node, data: data, pool: pool, metrics: metrics, doors: doors, opened: opened,
        facts: facts,
        cluster: cluster, desk: desk, link: link, keys: keys, identity: identity, services: services
      ),
      configuration,
      &closing)
  }

  private func register(_ metrics: MetricRegistry, _ pool: BlockingPool) {
    ProcessMetrics.register(in: metrics)
    self.group.register(in: metrics)
    pool.register(in: metrics)
    metrics.observed(
      "lake_log_dropped_total", "Log records that never reached the output.", counts: true
    ) { [logs] in Double(logs.droppedCount) }
  }

  /// The data directory and the facts: whose they are is known before anything in them is written.
  private func openData(
    _ configuration: Configuration, _ pool: BlockingPool, _ metrics: MetricRegistry,
    _ closing: inout Closing
  ) async throws -> (DataDirectory, OpenedFacts, ClusterIdentity) {
    let disk = self.group.disk
    let time = self.group.loops[0]
    let path = Self.absolute(configuration[DaemonKeys.data])
    let survey = try await DataDirectory.survey(path, on: disk)
    let fresh = ULIDGenerator.once(at: time.wallNow)
    let proposal = survey.cluster ?? fresh
    let node = ULIDGenerator.once(at: time.wallNow)
    if configuration[DaemonKeys.factsStore] == .etcd {
      let opened = try OpenedFacts.etcd(configuration, self.group)
      closing.add("facts") { try await opened.close() }
      let identity = try await self.establish(opened, configuration)
      let data = try await DataDirectory.take(
        survey, cluster: identity.id.description, newNode: node, on: disk)
      return (data, opened, identity)
    }
    let data = try await DataDirectory.take(survey, cluster: proposal, newNode: node, on: disk)
    let opened = try await OpenedFacts.embedded(
      in: data, pool: pool, time: time, metrics: metrics)
    closing.add("facts") {
      try await opened.close()
      // The folder is ours until its store is closed.
      withExtendedLifetime(data) {}
    }
    let identity = try await self.establish(
      opened, configuration, proposing: try ULID(parsing: data.cluster))
    guard identity.id.description == data.cluster else {
      throw HostingError(
        .directoryOtherCluster,
        "the facts in \(path) are of cluster \(identity.id), the folder is of \(data.cluster)",
        hint: "restore the folder as a whole from one backup")
    }
    return (data, opened, identity)
  }

  private func establish(
    _ opened: OpenedFacts, _ configuration: Configuration, proposing id: ULID? = nil
  ) async throws -> ClusterIdentity {
    try await ClusterIdentity.establish(
      in: opened.measured(MetricRegistry(), time: self.group.loops[0]),
      name: configuration[DaemonKeys.clusterName], proposing: id,
      time: self.group.loops[0], random: SystemRandom.shared)
  }

  private func openKeys(
    _ configuration: Configuration, _ data: DataDirectory, _ facts: any Facts
  ) async throws -> KeyRing {
    let disk = self.group.disk
    let master = try await MasterKeyFile.open(
      given: configuration[DaemonKeys.masterKey], in: data, on: disk,
      random: SystemRandom.shared, log: self.log)
    if configuration[DaemonKeys.factsStore] == .etcd {
      return try await KeyRing.open(
        SharedKeyRing(facts: facts), master: master, random: SystemRandom.shared,
        clock: self.group.loops[0])
    }
    let folder = try await data.folder("keys")
    return try await KeyRing.open(
      "\(folder)/ring", on: disk, master: master, random: SystemRandom.shared,
      clock: self.group.loops[0])
  }

  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return "\(String(cString: here))/\(path)"
  }

  private static func nodeName(_ configuration: Configuration) throws -> String {
    var name = configuration[DaemonKeys.nodeName] ?? ""
    if name.isEmpty {
      var host = [CChar](repeating: 0, count: 256)
      gethostname(&host, host.count - 1)
      name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      name = String(name.prefix { $0 != "." }).lowercased()
    }
    let isPlain = name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
    }
    guard isPlain, (1...63).contains(name.utf8.count) else {
      throw HostingError(
        .directoryFailed, "\(name.prefix(80).debugDescription) is no name for a node",
        hint: "give --node-name, 1 to 63 letters, digits, '-', '_' and '.'")
    }
    return name
  }
}

extension ULID {
  /// As links name the cluster.
  var byteArray: [UInt8] {
    (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: self.bits >> (120 - 8 * $0)) }
  }
}

extension LinkDesk.Options {
  init(_ configuration: Configuration) {
    self.init { options in
      options.host = configuration[DaemonKeys.linkHost]
      options.port = UInt16(configuration[DaemonKeys.linkPort])
      options.isPortGiven = configuration.isGiven(DaemonKeys.linkPort)
      options.advertised = configuration[DaemonKeys.linkAddress]
      options.certificate = configuration[DaemonKeys.linkCertificate]
      options.key = configuration[DaemonKeys.linkKey]
      options.authorities = configuration[DaemonKeys.linkAuthorities]
    }
  }
}

extension ULIDGenerator {
  static func once(at time: WallTime) -> String {
    var generator = ULIDGenerator()
    var random = SystemRandomNumberGenerator()
    return generator.next(at: time, random: &random).description
  }
}
