import AdminServing
import Configuration
import Hosting
import Identity
import Observability
import HTTPServing
import ObjectAdmin
import ObjectControl
import ObjectGateway
import ObjectModel
import ObjectRemote
import Runtime
import Synchronization
import Values

/// The role `object-gateway`: the S3 endpoint.
final class GatewayRole: HostedService {
  private struct Door: Sendable {
    var server: HTTPServer
    var listener: Listener
    var address: SocketAddress
  }

  let host: ServiceHost
  let roles: ObjectRoles
  let tap: RequestTap
  private let accessLog: LineFile?
  private let tls = Mutex<TLSContext?>(nil)
  private let door = Mutex<Door?>(nil)
  private let waiting = Mutex<String?>(nil)

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
    let configuration = host.configuration
    let log =
      configuration[ObjectKeys.accessLog]
      ? LineFile(
        "\(host.data.path)/\(Self.logFolder)/access.log", on: host.disk, time: host.group.loops[0],
        fileBytesMax: configuration[ObjectKeys.accessLogBytes].bytes, memoryBytesMax: 8 << 20)
      : nil
    self.accessLog = log
    self.tap = RequestTap(
      host.metrics, time: host.group.loops[0], log: log.map { file in AccessLog(file.append) })
    guard let log else { return }
    host.metrics.observed(
      "lake_object_access_log_dropped_total", "Lines of the access log that were dropped.",
      counts: true
    ) { Double(log.droppedCount) }
  }

  private static let logFolder = "object-gateway/log"

  func register(in routes: inout AdminRoutes) throws {
    try ObjectAdmin(self.sources()).register(in: &routes)
  }

  func start() async throws {
    if self.host.link.isShared { try await self.waitForOthers() }
    guard let namespace = self.roles.anyNamespace(self.host) else {
      throw ObjectRoles.missing("object-namespace", for: "object-gateway")
    }
    guard let blobs = self.roles.anyBlobs(self.host) else {
      throw ObjectRoles.missing("object-blobs", for: "object-gateway")
    }
    if self.accessLog != nil { _ = try await self.host.data.folder(Self.logFolder) }
    let loop = self.host.group.loops[0]
    let sealer =
      self.host.configuration[ObjectKeys.encryption]
      ? try await ObjectSealer(self.host.keys, random: self.host.random) : nil
    let gateway = ObjectGateway(
      self.options(), namespace: namespace, blobs: blobs,
      control: self.roles.control(self.host),
      identity: IdentityAdapter(self.host.identity) { loop.wallNow }, time: loop,
      metrics: self.host.metrics, logger: self.host.log, tap: self.tap, sealer: sealer)
    self.roles.change { $0.reads = gateway.reads }
    try await self.open(gateway)
  }

  /// Names and blobs of other processes may come later than we.
  private func waitForOthers() async throws {
    try await self.host.link.prepare()
    while let trouble = await self.trouble() {
      let isNews = self.waiting.withLock { waiting in
        defer { waiting = trouble }
        return waiting != trouble
      }
      if isNews { self.host.log.info("S3 waits: \(trouble)", [:]) }
      try await self.host.group.loops[0].sleep(for: .milliseconds(250))
    }
    self.waiting.withLock { $0 = nil }
  }

  /// What is not there yet.
  private func trouble() async -> String? {
    if self.roles.namespace == nil {
      do throws(ControlError) {
        _ = try await self.roles.control(self.host).namespaceOwner(.first)
      } catch {
        return "no object-namespace is up: \(error.message)"
      }
    }
    let cluster = self.roles.cluster(self.host)
    do { try await cluster.refresh() } catch { return "the volumes cannot be read: \(error)" }
    await cluster.ask()
    return cluster.trouble.map { "object-blobs: \($0)" }
  }

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.roles.keep(self.host) }
      if let log = self.accessLog { group.addTask { try await log.run() } }
      if self.host.link.isShared {
        let control = self.roles.control(self.host)
        group.addTask {
          try await control.tellReads(of: self.host.data.node, olderThan: .seconds(20)) {
            self.roles.ownOldestRead
          }
        }
      }
      try await group.waitForAll()
    }
  }

  var health: ServiceHealth {
    if let waiting = self.waiting.withLock({ $0 }) { return .degraded("waits: \(waiting)") }
    guard self.host.link.isShared, let trouble = self.roles.cluster(self.host).trouble else {
      return .ok
    }
    return .degraded("new objects are refused: \(trouble)")
  }

  private func options() -> GatewayOptions {
    let configuration = self.host.configuration
    return GatewayOptions { options in
      options.region = self.host.region
      options.isStrictRegion = configuration[ObjectKeys.isStrictRegion]
      options.signatureV2 = configuration[ObjectKeys.signatureV2]
      options.domains = configuration[ObjectKeys.domains]
      options.defaultOwnership = configuration[ObjectKeys.defaultOwnership].ownership
      options.blocksPublicByDefault = configuration[ObjectKeys.blocksPublic]
      options.inlineByteCountMax = configuration[ObjectKeys.inlineMax]
      options.bodyMemoryMax = Int(clamping: configuration[ObjectKeys.bodyMemory].bytes)
      options.lifecycleDaySeconds =
        configuration[ObjectKeys.lifecycleDay].components.seconds
      options.tokenKey = Array("lists of \(self.host.data.cluster)".utf8)
      options.hostID = self.host.node
      guard self.host.isOpen else { return }
      let directory = self.host.identity.directory
      if let root = directory.rootRecord, let account = directory.accounts[root.accountID] {
        options.openAccount = IdentityAdapter.account(account.record)
      }
    }
  }

  private func open(_ gateway: ObjectGateway) async throws {
    let configuration = self.host.configuration
    if let certificate = configuration[ObjectKeys.certificate],
      let key = configuration[ObjectKeys.key]
    {
      let context = try TLSContext(.server(certificate: certificate, key: key))
      self.tls.withLock { $0 = context }
    }
    let tls = self.tls.withLock { $0 }
    let server = gateway.server(loops: self.host.group.loops, metrics: self.host.metrics)
    let door = Doors.Door(
      name: "s3", scheme: tls == nil ? "http" : "https", host: configuration[ObjectKeys.host],
      port: UInt16(configuration[ObjectKeys.port]),
      isPortGiven: configuration.isGiven(ObjectKeys.port))
    let listener = try await self.host.doors.open(door) { (address) throws(IOFailure) in
      try await self.listen(server, address)
    }
    listener.register(in: self.host.metrics)
    self.door.withLock {
      $0 = Door(server: server, listener: listener, address: listener.address)
    }
  }

  private func listen(
    _ server: HTTPServer, _ address: SocketAddress
  ) async throws(IOFailure) -> Listener {
    let tls = self.tls.withLock { $0 }
    let connectionsMax = self.host.configuration[ObjectKeys.connectionsMax]
    let perAddressMax = self.host.configuration[ObjectKeys.connectionsPerAddress]
    return try await server.start(self.host.group, at: address) { options in
      options.connectionsMax = connectionsMax
      options.connectionsPerAddressMax = perAddressMax
      options.tls = tls
    }
  }

  func drain(until deadline: MonotonicTime) async {
    await self.door.withLock { $0 }?.listener.drain(until: deadline)
  }

  func undrain() async {
    guard let door = self.door.withLock({ $0 }) else { return }
    do throws(IOFailure) {
      let listener = try await self.listen(door.server, door.address)
      self.door.withLock { $0?.listener = listener }
    } catch {
      self.host.log.error("S3 does not listen again", ["error": .describing(error)])
    }
  }

  func stop() async {}

  func reload(_ configuration: Configuration) async {
    do {
      try self.tls.withLock { $0 }?.reload()
    } catch {
      self.host.log.error("the certificate was not read again", ["error": .describing(error)])
    }
  }
}
