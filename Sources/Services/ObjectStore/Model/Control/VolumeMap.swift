package import Values

/// Which disks make a volume, and how many must agree. 1/1/1 on one disk, 2/2/1 a mirror of two.
package struct VolumeRecord: Sendable, Hashable {
  package enum Kind: UInt8, Sendable {
    case replicated = 1
    case erasureCoded = 2
    case cloud = 3
  }

  package struct Member: Sendable, Hashable {
    package var node: UInt128
    package var disk: UInt128
    /// Empty: in this process.
    package var address: String
    package var zone: String
    package init(node: UInt128, disk: UInt128, address: String = "", zone: String = "") {
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

package struct NamespaceOwner: Sendable, Hashable {
  package var node: UInt128
  /// Empty: in this process.
  package var address: String
  package var epoch: UInt64

  package init(node: UInt128, address: String, epoch: UInt64) {
    self.node = node
    self.address = address
    self.epoch = epoch
  }
}

package struct NamespaceLease: Sendable, Hashable {
  package var routingKey: UInt128
  package var owner: NamespaceOwner
  /// Not renewed by then: stop acknowledging.
  package var end: MonotonicTime

  package init(routingKey: UInt128, owner: NamespaceOwner, end: MonotonicTime) {
    self.routingKey = routingKey
    self.owner = owner
    self.end = end
  }
}
