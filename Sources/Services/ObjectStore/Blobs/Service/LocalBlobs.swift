package import ObjectModel
private import Crypto
private import Synchronization
private import Values

/// Blobs on the stores of this machine: a volume is one store, or a mirror of two.
package final class LocalBlobs: Blobs {
  package struct Volume: Sendable {
    package var id: VolumeID
    /// Every member has every block, but for those that are being filled.
    package var members: [BlobStore]
    /// Nobody is missing; else it is only read.
    package var isWhole: Bool

    package init(id: VolumeID, members: [BlobStore], isWhole: Bool = true) {
      precondition(!members.isEmpty, "a volume without a store")
      self.id = id
      self.members = members
      self.isWhole = isWhole
    }
  }

  private struct Volumes: Sendable {
    var byID: [VolumeID: Volume]
    var order: [VolumeID]

    init(_ volumes: [Volume]) {
      self.byID = Dictionary(
        volumes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      self.order = volumes.map(\.id)
    }
  }

  package let blockByteCount: Int
  private let known: Mutex<Volumes>
  private let turn = Atomic<Int>(0)
  private let repaired = Atomic<Int>(0)
  private let unrepaired = Atomic<Int>(0)

  package init(_ volumes: [Volume], blockByteCount: Int = 128 << 10) {
    precondition(
      blockByteCount.nonzeroBitCount == 1 && blockByteCount >= 4096,
      "blocks of \(blockByteCount) bytes")
    self.known = Mutex(Volumes(volumes))
    self.blockByteCount = blockByteCount
  }

  /// Serves these from now on: some were made, or have other members now.
  package func serve(_ volumes: [Volume]) { self.known.withLock { $0 = Volumes(volumes) } }

  var order: [VolumeID] { self.known.withLock { $0.order } }
  func found(_ id: VolumeID) -> Volume? { self.known.withLock { $0.byID[id] } }

  package func place(_ wish: BlobPlacement) async throws(BlobError) -> VolumeID {
    let first = self.turn.add(1, ordering: .relaxed).oldValue
    let order = self.order
    var lacking: VolumeID?
    for step in order.indices {
      let id = order[(first &+ step) % order.count]
      guard let volume = self.found(id) else { continue }
      guard volume.isWhole else {
        lacking = id
        continue
      }
      let hasRoom = volume.members.allSatisfy {
        $0.statistics.fill + Double(wish.byteCount ?? 0) / Double($0.options.dataBytesMax)
          < $0.options.refuseAbove
      }
      if hasRoom { return id }
    }
    if let lacking { throw Self.lacksDisk(lacking) }
    throw BlobError(.noSpace, "no volume has room for the blob")
  }

  private static func lacksDisk(_ id: VolumeID) -> BlobError {
    BlobError(.unreachable, "a disk of \(id) is missing: it takes no blocks")
  }

  func members(of id: VolumeID) -> [BlobStore] { self.found(id)?.members ?? [] }

  private func volume(_ id: VolumeID) throws(BlobError) -> Volume {
    guard let volume = self.found(id) else { throw Self.notHere(id) }
    return volume
  }

  static func notHere(_ id: VolumeID) -> BlobError {
    BlobError(.wrongDevice, "\(id) is not here")
  }

  package func put(
    _ call: BlobCall, _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, checksum: UInt64
  ) async throws(BlobError) {
    let volume = try self.volume(block.volume)
    guard volume.isWhole else { throw Self.lacksDisk(volume.id) }
    if volume.members.count == 1 {
      try await volume.members[0].put(block, bytes, checksum: checksum, call)
      return
    }
    let memory = LentBytes(bytes)
    let error = await withTaskGroup(of: BlobError?.self) { group in
      for member in volume.members {
        group.addTask {
          do throws(BlobError) {
            try await member.put(block, memory.bytes, checksum: checksum, call)
            return nil
          } catch {
            return error
          }
        }
      }
      var failure: BlobError?
      for await error in group { failure = failure ?? error }
      return failure
    }
    if let error { throw error }
  }

  package func get(
    _ call: BlobCall, _ block: BlockAddress, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) async throws(BlobError) -> UInt64? {
    guard let volume = self.found(block.volume) else { throw Self.notHere(block.volume) }
    let first = volume.members.count == 1 ? 0 : Int(block.number) % volume.members.count
    let rotated = Array(volume.members[first...] + volume.members[..<first])
    switch await self.read(rotated, call, block, range, into: target) {
    case .success(let checksum): return checksum
    case .failure(let error): throw error
    }
  }

  /// Copies that a read found damaged: put right from another member, and not.
  package var selfRepairs: (repaired: Int, failed: Int) {
    (self.repaired.load(ordering: .relaxed), self.unrepaired.load(ordering: .relaxed))
  }

  /// The answer of the first member that has the block whole. Copies before it that were damaged are put
  /// right before the answer goes: it happens so rarely that nobody needs to be in a hurry.
  private func read(
    _ members: [BlobStore], _ call: BlobCall, _ block: BlockAddress, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) async -> Result<UInt64, BlobError> {
    var failure: BlobError?
    var damaged: [BlobStore] = []
    for member in members {
      let result = await member.result(of: block, range, into: target, call)
      guard case .failure(let error) = result else {
        for other in damaged { await self.repair(block, of: other, from: member) }
        return result
      }
      if error.code == .corrupted { damaged.append(member) }
      // A damaged copy says more than a missing one.
      if failure == nil || error.code == .corrupted { failure = error }
    }
    return .failure(failure ?? BlobError(.notFound, "there is no block \(block.number)"))
  }

  private func repair(_ block: BlockAddress, of member: BlobStore, from other: BlobStore) async {
    do throws(BlobError) {
      if try await self.copy(block, from: [other], to: member) {
        self.repaired.add(1, ordering: .relaxed)
        return
      }
    } catch {
      // The copy stays damaged: the next read, or a repair of the volume, tries again.
    }
    self.unrepaired.add(1, ordering: .relaxed)
  }

  package func delete(_ call: BlobCall, _ blob: BlobReference) async throws(BlobError) {
    let key = BlobKey(volume: blob.volume, id: blob.id)
    for member in try self.volume(blob.volume).members {
      try await member.delete(key, blocks: blob.blockCount, call)
    }
  }

  /// Each member of a volume for itself: what a repair compares.
  package func membersAlone(of id: VolumeID) -> [(name: String, node: any BlobNode)] {
    self.members(of: id).map { member in
      let alone = LocalBlobs(
        [Volume(id: id, members: [member])], blockByteCount: self.blockByteCount)
      return (member.name, alone)
    }
  }

  private func copy(
    _ block: BlockAddress, from others: [BlobStore], to member: BlobStore
  ) async throws(BlobError) -> Bool {
    for other in others {
      guard let count = other.byteCount(of: block) else { continue }
      let buffer = BlockBuffer(byteCount: count)
      buffer.count = count
      guard
        case .success(let checksum) = await other.result(
          of: block, 0..<count, into: buffer.bytes, BlobCall(priority: .repair))
      else { continue }
      try await member.put(
        block, buffer.filled, checksum: checksum, BlobCall(priority: .repair))
      return true
    }
    return false
  }
}

extension BlobStore {
  package func byteCount(of block: BlockAddress) -> Int? {
    self.state.withLock { $0.index.find(BlockEntry(block)).map { Int($0.byteCount) } }
  }
}
