import Cluster
package import Hosting
import Link
import LinkServing
import ObjectBlobs
import ObjectControl
import ObjectGateway
import ObjectModel
import ObjectRemote
import Runtime
import Synchronization
import Values

/// The four roles of the object store, as services of the daemon. Those that run in one process find each
/// other here, and call each other directly; with facts in etcd they find those of other processes too.
package enum ObjectStore {
  /// In the order in which they start.
  package static func descriptors() -> [ServiceDescriptor] {
    let roles = ObjectRoles()
    return [
      ServiceDescriptor(
        name: "object-control", summary: "buckets, volumes and owners of the object store",
        sections: [ObjectKeys.object, ObjectKeys.s3]
      ) { host in ControlRole(host, roles) },
      ServiceDescriptor(
        name: "object-blobs", summary: "the bytes of objects, on the disks of this node",
        sections: [ObjectKeys.blobs], after: ["object-control"]
      ) { host in BlobsRole(host, roles) },
      ServiceDescriptor(
        name: "object-namespace", summary: "the names of objects",
        sections: [ObjectKeys.namespace, ObjectKeys.object],
        after: ["object-control", "object-blobs"]
      ) { host in NamespaceRole(host, roles) },
      ServiceDescriptor(
        name: "object-gateway", summary: "S3 over HTTP", sections: [ObjectKeys.s3],
        after: ["object-control", "object-blobs", "object-namespace"], servers: ["s3"]
      ) { host in GatewayRole(host, roles) },
    ]
  }
}

/// What the roles of this process have opened, and the ways to those of other processes.
final class ObjectRoles: Sendable {
  struct Parts: Sendable {
    var control: FactsControl?
    var namespace: NamespaceParts?
    var blobs: BlobsParts?
    var reads: RunningReads?
    /// With shared facts: the volumes of all nodes, and the namespace of another one.
    var cluster: ClusterBlobs?
    var remote: RemoteNamespace?
    var isKept = false
  }

  private let parts = Mutex(Parts())

  var control: FactsControl? { self.parts.withLock { $0.control } }
  var namespace: NamespaceParts? { self.parts.withLock { $0.namespace } }
  var blobs: BlobsParts? { self.parts.withLock { $0.blobs } }

  /// When the oldest read of this process began.
  var ownOldestRead: WallTime? { self.parts.withLock { $0.reads }?.oldest }

  /// When the oldest read of any gateway began, as far as it is known.
  var oldestRead: WallTime? {
    let own = self.ownOldestRead
    let others = self.control?.oldestRead
    guard let own, let others else { return own ?? others }
    return min(own, others)
  }

  /// The stores of this process serve the volumes as control has them; see `BlobsParts.follow`.
  func follow(_ volumes: [VolumeRecord]) -> [(disk: String, volume: VolumeID)] {
    self.change { $0.blobs?.follow(volumes) ?? [] }
  }

  func change<R: Sendable>(_ body: (inout Parts) -> R) -> R { self.parts.withLock { body(&$0) } }

  /// The facts of the object store, kept once in a process, whichever roles it has.
  func control(_ host: ServiceHost) -> FactsControl {
    if let known = self.control { return known }
    let fresh = FactsControl(
      host.facts, time: host.group.loops[0], random: host.random, log: host.log
    ) { [weak self] in self?.anyNamespace(host) }
    return self.parts.withLock { parts in
      if let known = parts.control { return known }
      parts.control = fresh
      return fresh
    }
  }

  /// That of this process, else that of another one; nil when there is none and facts are not shared.
  func anyNamespace(_ host: ServiceHost) -> (any Namespace)? {
    if let own = self.namespace?.namespace { return own }
    return host.link.isShared ? self.remote(host) : nil
  }

  /// The blobs as gateways and upkeep see them: the stores of this process when facts are its own, else
  /// the volumes of the cluster.
  func anyBlobs(_ host: ServiceHost) -> (any Blobs & BlobInventory)? {
    host.link.isShared ? self.cluster(host) : self.blobs?.blobs
  }

  /// Those that should have the same blocks of a volume: the disks of this node one by one, and the other
  /// nodes.
  func peers(of id: VolumeID, _ host: ServiceHost) async throws -> [VolumeRepair.Peer] {
    var peers = self.blobs?.blobs.membersAlone(of: id) ?? []
    guard host.link.isShared else { return peers }
    let others = try await self.cluster(host).peers(of: id)
    peers += others.filter { $0.name != host.data.node }
    return peers
  }

  private func remote(_ host: ServiceHost) -> RemoteNamespace {
    if let known = self.parts.withLock({ $0.remote }) { return known }
    let control = self.control(host)
    let link = host.link
    let fresh = RemoteNamespace(
      clock: host.group.loops[0], random: host.random,
      owner: { try await control.namespaceOwner(.first) },
      channel: { address in
        link.channel(to: "object-namespace", at: address) { options in
          options.connectTimeout = .seconds(2)
          // There is no other one: it is asked again and again until it is back.
          options.breaker = CircuitBreaker(failureMax: .max)
        }
      })
    return self.parts.withLock { parts in
      if let known = parts.remote { return known }
      parts.remote = fresh
      return fresh
    }
  }

  func cluster(_ host: ServiceHost) -> ClusterBlobs {
    if let known = self.parts.withLock({ $0.cluster }) { return known }
    let control = self.control(host)
    let link = host.link
    let clock = host.group.loops[0]
    let own = host.data.node
    let fresh = ClusterBlobs(own: own, clock: clock) {
      try await control.volumes()
    } node: { [weak self] member in
      if member.node == own, let blobs = self?.blobs?.blobs { return blobs }
      guard !member.address.isEmpty else { return nil }
      return RemoteBlobNode(
        link.channel(
          to: "object-blobs \(member.node)", at: member.address,
          stamp: member.sinceMilliseconds
        ) { $0.connectTimeout = .seconds(2) }, clock: clock)
    }
    return self.parts.withLock { parts in
      if let known = parts.cluster { return known }
      parts.cluster = fresh
      return fresh
    }
  }

  /// Follows the facts and the nodes for all roles of the process: the first that asks does it.
  func keep(_ host: ServiceHost) async throws {
    let isFirst = self.parts.withLock { parts in
      defer { parts.isKept = true }
      return !parts.isKept
    }
    guard isFirst else { return }
    let control = self.control(host)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await control.follow() }
      if host.link.isShared {
        let cluster = self.cluster(host)
        group.addTask { await cluster.run() }
      }
      try await group.waitForAll()
    }
  }
}

extension ObjectRoles {
  /// Why a role cannot begin: one that it needs is not in this process.
  static func missing(_ role: String, for other: String) -> HostingError {
    HostingError(
      .serviceMissing, "\(other) needs \(role) in the same process",
      hint: "add \(role) to --services, or keep facts in etcd: then it may run in another one")
  }
}
