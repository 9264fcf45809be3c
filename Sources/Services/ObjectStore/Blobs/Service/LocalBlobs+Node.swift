package import ObjectModel
private import Runtime
private import Synchronization

/// The stores of this machine as other nodes ask about them.
extension LocalBlobs: BlobNode {
  package func states(of blocks: [BlockAddress]) async throws(BlobError) -> [BlockState] {
    var states: [BlockState] = []
    states.reserveCapacity(blocks.count)
    for block in blocks {
      let members = self.members(of: block.volume)
      guard !members.isEmpty else { throw Self.notHere(block.volume) }
      let own = members.map { $0.state(of: block) }
      states.append(
        own.contains(.deleted) ? .deleted : own.contains(.absent) ? .absent : .present)
    }
    return states
  }

  package func verified(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> VerifiedPage {
    var page = try await self.stored(in: volume, after: cursor, limit: limit)
    let members = self.members(of: volume)
    var damaged: [StoredBlock] = []
    var whole: [StoredBlock] = []
    for stored in page.blocks {
      if Task.isCancelled { throw BlobError(.unreachable, "the caller has gone") }
      // As slowly as a scrub: requests come first.
      let pause = Double(stored.byteCount) / Double(max(1, members[0].options.scrubBytesPerSecond))
      try? await members[0].clock.sleep(for: .nanoseconds(Int64(pause * 1e9)))
      switch try await Self.proof(of: stored.address, in: members) {
      case .present: whole.append(stored)
      case .absent: damaged.append(stored)
      case .deleted: break
      }
    }
    page.blocks = whole
    return VerifiedPage(page: page, damaged: damaged)
  }

  /// Reads a block from every member that has it.
  private static func proof(
    of block: BlockAddress, in members: [BlobStore]
  ) async throws(BlobError) -> BlockState {
    let nowhere = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    var state = BlockState.present
    for member in members {
      let result = await member.result(of: block, 0..<0, into: nowhere, BlobCall(priority: .scrub))
      guard case .failure(let error) = result else { continue }
      switch error.code {
      case .corrupted: state = .absent
      // It was deleted since the page was read, or another member has it.
      case .notFound: if member.state(of: block) == .deleted { return .deleted }
      default: throw error
      }
    }
    return state
  }

  package func standing() async throws(BlobError) -> [VolumeStanding] {
    self.order.compactMap { id in
      guard let volume = self.found(id) else { return nil }
      let members = volume.members
      let all = members.map(\.statistics)
      // One that has failed, or is missing, takes no blocks, and is as good as full.
      guard volume.isWhole, !members.contains(where: \.hasFailed), let fill = all.map(\.fill).max(),
        let limit = all.map(\.limitBytes).min()
      else { return nil }
      return VolumeStanding(
        volume: id, fill: fill, fillMax: members[0].options.refuseAbove, byteCountMax: limit,
        blockCount: all.map(\.blocks).max() ?? 0, byteCount: all.map(\.bytes).max() ?? 0)
    }
  }
}

extension BlobStore {
  /// Whether nothing can be done with it any more.
  var hasFailed: Bool { self.state.withLock { $0.refusal != nil } }

  /// A block that was found damaged is as good as absent: another copy may be put over it.
  func state(of block: BlockAddress) -> BlockState {
    self.state.withLock { state in
      if state.tombstones[BlobKey(volume: block.volume, id: block.blob)] != nil { return .deleted }
      guard let entry = state.index.find(BlockEntry(block)) else { return .absent }
      return entry.flags & BlockEntry.damaged == 0 ? .present : .absent
    }
  }
}
