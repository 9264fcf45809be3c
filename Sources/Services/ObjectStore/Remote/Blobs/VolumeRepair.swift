package import ObjectModel
package import Runtime
internal import Values

/// Makes the peers of a volume equal, nodes or disks: each goes over what it has, and what another one misses
/// is copied to it. What was deleted on one is deleted on all: it never comes back.
///
/// Begun again it finds what is left. Blocks of the last seconds are left alone: their writer is at it.
package struct VolumeRepair: Sendable {
  package struct Options: Sendable {
    package var pageLimit = 256
    package var youngest = Duration.seconds(15)
    package init() {}
  }

  package typealias Peer = (name: String, node: any BlobNode)

  private let peers: [Peer]
  private let clock: any TimeSource
  private let options: Options

  /// - Parameter peers: those that should have the same blocks: nodes, or the disks of one.
  package init(_ peers: [Peer], clock: any TimeSource, options: Options = Options()) {
    self.peers = peers
    self.clock = clock
    self.options = options
  }

  /// - Parameter reads: also reads every block and puts good copies over damaged ones; else only what is
  ///   not there at all is found.
  package func run(
    _ id: VolumeID, reads: Bool, _ progress: @Sendable (VolumeRepairReport) throws -> Void
  ) async throws -> VolumeRepairReport {
    let peers = self.peers
    var report = VolumeRepairReport()
    for (index, peer) in peers.enumerated() {
      let others = peers[..<index] + peers[(index + 1)...]
      var cursor: [UInt8] = []
      repeat {
        let page: VerifiedPage
        if reads {
          page = try await peer.node.verified(
            in: id, after: cursor, limit: self.options.pageLimit)
        } else {
          page = VerifiedPage(
            page: try await peer.node.stored(
              in: id, after: cursor, limit: self.options.pageLimit), damaged: [])
        }
        try await self.settle(page, of: peer, others, &report)
        cursor = page.page.cursor
        try progress(report)
      } while !cursor.isEmpty
    }
    return report
  }

  private func settle(
    _ page: VerifiedPage, of peer: Peer, _ others: ArraySlice<Peer>,
    _ report: inout VolumeRepairReport
  ) async throws {
    let now = UInt64(clamping: self.clock.wallNow.nanoseconds / 1_000_000)
    let young = now - min(now, UInt64(max(0, self.options.youngest / .milliseconds(1))))
    let blocks = page.page.blocks.filter { $0.milliseconds < young }
    report.scanned += page.page.blocks.count + page.damaged.count
    for other in others where !blocks.isEmpty {
      let states = try await other.node.states(of: blocks.map(\.address))
      for (block, state) in zip(blocks, states) {
        switch state {
        case .present: break
        case .absent: await self.copy(block, from: peer, to: other, &report)
        case .deleted: await self.forget(block.address, on: peer, &report)
        }
      }
    }
    for block in page.damaged { await self.mend(block, on: peer, others, &report) }
  }

  private func copy(
    _ block: StoredBlock, from source: Peer, to target: Peer, _ report: inout VolumeRepairReport
  ) async {
    let buffer = BlockBuffer(byteCount: max(block.byteCount, 1))
    buffer.count = block.byteCount
    let call = BlobCall(priority: .repair)
    let memory = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<buffer.count])
    do throws(BlobError) {
      guard
        let checksum = try await source.node.get(
          call, block.address, 0..<block.byteCount, into: memory)
      else { throw BlobError(.internal, "a whole block came without its checksum") }
      try await target.node.put(call, block.address, buffer.filled, checksum: checksum)
      report.repaired += 1
    } catch {
      // Deleted meanwhile, on either side.
      guard error.code != .versionSkipped, error.code != .notFound else { return }
      report.note("\(block.address.blob) from \(source.name) to \(target.name): \(error)")
    }
  }

  private func forget(
    _ block: BlockAddress, on peer: Peer, _ report: inout VolumeRepairReport
  ) async {
    let blob = BlobReference(
      volume: block.volume, id: block.blob, byteCount: Int64(block.number) + 1, blockSizeLog2: 0)
    do throws(BlobError) {
      try await peer.node.delete(BlobCall(priority: .repair), blob)
      report.deleted += 1
    } catch {
      report.note("deleting \(block.blob) on \(peer.name): \(error)")
    }
  }

  /// A damaged block: the first other node that has it whole gives it back.
  private func mend(
    _ block: StoredBlock, on peer: Peer, _ others: ArraySlice<Peer>,
    _ report: inout VolumeRepairReport
  ) async {
    for other in others {
      let before = report.repaired
      await self.copy(block, from: other, to: peer, &report)
      if report.repaired > before { return }
    }
    report.lost.append(block.address)
  }
}

package struct VolumeRepairReport: Sendable, Hashable {
  package var scanned = 0
  /// Copied to a node that did not have them, or had them damaged.
  package var repaired = 0
  /// Deleted because another node had deleted them.
  package var deleted = 0
  package var failed = 0
  /// What failed, the first few.
  package var failures: [String] = []
  /// Damaged, and whole nowhere.
  package var lost: [BlockAddress] = []

  package init() {}

  package mutating func add(_ other: VolumeRepairReport) {
    self.scanned += other.scanned
    self.repaired += other.repaired
    self.deleted += other.deleted
    self.failed += other.failed
    self.failures += other.failures
    self.lost += other.lost
  }

  mutating func note(_ failure: String) {
    self.failed += 1
    if self.failures.count < 20 { self.failures.append(failure) }
  }
}
