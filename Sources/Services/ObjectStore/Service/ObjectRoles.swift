package import Hosting
import ObjectControl
import ObjectGateway
import ObjectModel
import Runtime
import Synchronization
import Values

/// The four roles of the object store, as services of the daemon. Those that run in one process find each
/// other here, and call each other directly.
package enum ObjectStore {
  package static let names = [
    "object-control", "object-blobs", "object-namespace", "object-gateway",
  ]

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

/// What the roles of this process have opened.
final class ObjectRoles: Sendable {
  struct Parts: Sendable {
    var control: FactsControl?
    var namespace: NamespaceParts?
    var blobs: BlobsParts?
    var reads: RunningReads?
  }

  private let parts = Mutex(Parts())

  var control: FactsControl? { self.parts.withLock { $0.control } }
  var namespace: NamespaceParts? { self.parts.withLock { $0.namespace } }
  var blobs: BlobsParts? { self.parts.withLock { $0.blobs } }

  /// When the oldest read that runs in this process began.
  var oldestRead: WallTime? { self.parts.withLock { $0.reads }?.oldest }

  func set(_ change: (inout Parts) -> Void) { self.parts.withLock { change(&$0) } }

  /// The facts of the object store, kept once in a process, whichever roles it has.
  func control(_ host: ServiceHost) -> FactsControl {
    let fresh = FactsControl(
      host.facts, time: host.group.loops[0], random: host.random, log: host.log
    ) { [weak self] in self?.namespace?.namespace }
    return self.parts.withLock { parts in
      if let known = parts.control { return known }
      parts.control = fresh
      return fresh
    }
  }
}
