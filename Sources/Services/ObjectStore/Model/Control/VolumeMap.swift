package import Values

/// Which disks make a volume, and how many must agree. 1/1/1 on one disk, 2/2/1 a mirror of two.
package struct VolumeRecord: Sendable, Hashable {
  package enum Kind: UInt8, Sendable {
    case replicated = 1
    case erasureCoded = 2
    case cloud = 3
  }

  package struct Member: Sendable, Hashable {
    /// As the cluster calls the node.
    package var node: String
    /// The identifier that its store was made with.
    package var disk: String
    /// Empty: in this process.
    package var address: String
    package var zone: String
    /// When the node that has it began, as it says; 0: not said.
    package var sinceMilliseconds: UInt64 = 0
    package init(node: String, disk: String, address: String = "", zone: String = "") {
      self.node = node
      self.disk = disk
      self.address = address
      self.zone = zone
    }
  }

  package var id: VolumeID
  package var kind: Kind
  package var members: [Member]
  /// Acknowledgements a write waits for.
  package var writeQuorum: Int
  package var readQuorum: Int
  /// Takes new blobs.
  package var isOpen: Bool

  package init(
    id: VolumeID, kind: Kind, members: [Member], writeQuorum: Int, readQuorum: Int, isOpen: Bool
  ) {
    self.id = id
    self.kind = kind
    self.members = members
    self.writeQuorum = writeQuorum
    self.readQuorum = readQuorum
    self.isOpen = isOpen
  }
}

package struct VolumeMap: Sendable, Hashable {
  package var volumes: [VolumeRecord]
  package var revision: UInt64

  package init(_ volumes: [VolumeRecord], revision: UInt64) {
    self.volumes = volumes
    self.revision = revision
  }
}

/// Names a namespace among those of a cluster: many buckets share one.
package struct RoutingKey: Hashable, Sendable {
  package var high: UInt64
  package var low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// That of the first namespace, which holds every bucket until there are more.
  package static let first = RoutingKey(high: 0, low: 1)
}

package struct NamespaceOwner: Sendable, Hashable {
  package var node: String
  /// Empty: in this process.
  package var address: String
  package var epoch: UInt64

  package init(node: String, address: String, epoch: UInt64) {
    self.node = node
    self.address = address
    self.epoch = epoch
  }
}

package struct NamespaceLease: Sendable, Hashable {
  package var routingKey: RoutingKey
  package var owner: NamespaceOwner
  /// Not renewed by then: stop acknowledging.
  package var end: MonotonicTime
  /// Of the store that keeps it.
  package var lease: Int64

  package init(
    routingKey: RoutingKey, owner: NamespaceOwner, end: MonotonicTime, lease: Int64 = 0
  ) {
    self.lease = lease
    self.routingKey = routingKey
    self.owner = owner
    self.end = end
  }
}
