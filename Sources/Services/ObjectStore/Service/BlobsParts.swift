import ObjectBlobs
import ObjectModel

/// The stores of this node, and the volumes that they make.
struct BlobsParts: Sendable {
  struct Disk: Sendable {
    var folder: String
    var store: BlobStore
    /// Nil while it is a spare, or waits for a disk of another node.
    var volume: VolumeID?
  }

  /// A member of a volume that should be here and is in no folder.
  struct Lost: Sendable {
    var disk: String
    var volume: VolumeID
  }

  private(set) var disks: [Disk]
  private(set) var lost: [Lost] = []
  let blobs = LocalBlobs([])
  /// How many disks are kept to replace others.
  private let spareCount: Int
  private let node: String

  init(disks: [Disk], spareCount: Int, node: String) {
    self.disks = disks
    self.spareCount = spareCount
    self.node = node
  }

  /// Serves the volumes as control has them. Answers which disks became members of what.
  @discardableResult
  mutating func follow(_ volumes: [VolumeRecord]) -> [(disk: String, volume: VolumeID)] {
    var members: [String: VolumeID] = [:]
    var served: [LocalBlobs.Volume] = []
    self.lost = []
    for volume in volumes {
      var stores: [BlobStore] = []
      var isWhole = true
      for member in volume.members where member.node == self.node {
        if let disk = self.disks.first(where: { $0.store.name == member.disk }) {
          members[member.disk] = volume.id
          stores.append(disk.store)
        } else {
          self.lost.append(Lost(disk: member.disk, volume: volume.id))
          isWhole = false
        }
      }
      guard !stores.isEmpty else { continue }
      served.append(LocalBlobs.Volume(id: volume.id, members: stores, isWhole: isWhole))
    }
    self.blobs.serve(served)
    var joined: [(disk: String, volume: VolumeID)] = []
    for index in self.disks.indices {
      let name = self.disks[index].store.name
      let volume = members[name]
      if let volume, self.disks[index].volume != volume { joined.append((name, volume)) }
      self.disks[index].volume = volume
    }
    return joined
  }

  func isLost(_ member: VolumeRecord.Member) -> Bool {
    member.node == self.node && self.lost.contains { $0.disk == member.disk }
  }

  /// Disks of no volume that have nothing: one that has something was replaced, or comes from elsewhere.
  var empty: [String] {
    self.disks.filter { $0.volume == nil && $0.store.blockCount == 0 }.map(\.store.name)
  }

  /// Those that volumes may be made of. While a disk is missing, as many are kept to replace it.
  var unused: [String] { self.empty.dropLast(max(self.spareCount, self.lost.count)) }
}
