package import ObjectModel
internal import Synchronization

extension ClusterBlobs: Blobs {
  package func place(_ wish: BlobPlacement) async throws(BlobError) -> VolumeID {
    if self.state.withLock({ $0.order.isEmpty }) { try? await self.refresh() }
    return try self.choose(wish)
  }

  /// The caller's memory, which stays until `put` returns.
  private struct LentBytes: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
  }

  /// What became of a change on one node.
  private struct Outcome: Sendable {
    var memberCount: Int
    var error: BlobError?
  }

  package func put(
    _ call: BlobCall, _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, checksum: UInt64
  ) async throws(BlobError) {
    let volume = try await self.volume(block.volume)
    if volume.parts.count == 1 {
      guard let node = self.node(volume.parts[0]) else { throw Self.noAddress(volume.parts[0]) }
      try await node.put(call, block, bytes, checksum: checksum)
      return
    }
    let lent = LentBytes(bytes: bytes)
    // All are waited for: the bytes are the caller's again when this returns.
    let outcomes = await self.onEach(volume) { node async throws(BlobError) in
      try await node.put(call, block, lent.bytes, checksum: checksum)
    }
    let done = outcomes.reduce(0) { $0 + ($1.error == nil ? $1.memberCount : 0) }
    guard done < volume.record.writeQuorum else { return }
    throw Self.telling(outcomes.compactMap(\.error))
      ?? BlobError(.internal, "\(done) of \(volume.record.writeQuorum) members have the block")
  }

  private func onEach(
    _ volume: Volume, _ body: @escaping @Sendable (any BlobNode) async throws(BlobError) -> Void
  ) async -> [Outcome] {
    await withTaskGroup(of: Outcome.self) { group in
      for part in volume.parts {
        group.addTask {
          guard let node = self.node(part) else {
            return Outcome(memberCount: part.count, error: Self.noAddress(part))
          }
          do throws(BlobError) {
            try await body(node)
            return Outcome(memberCount: part.count)
          } catch {
            return Outcome(memberCount: part.count, error: error)
          }
        }
      }
      var outcomes: [Outcome] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
  }

  /// The error that says most: one of the request or of the disk before one of the way.
  private static func telling(_ errors: [BlobError]) -> BlobError? {
    errors.first { $0.code == .corrupted } ?? errors.first { $0.code != .unreachable }
      ?? errors.first
  }

  package func get(
    _ call: BlobCall, _ block: BlockAddress, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) async throws(BlobError) -> UInt64? {
    let volume = try await self.volume(block.volume)
    var errors: [BlobError] = []
    for part in self.order(volume, for: block) {
      guard let node = self.node(part) else {
        errors.append(Self.noAddress(part))
        continue
      }
      do throws(BlobError) {
        return try await node.get(call, block, range, into: target)
      } catch {
        errors.append(error)
      }
    }
    // A node that was away may have the block: it is not gone because another does not have it.
    throw errors.first { $0.code == .corrupted } ?? errors.first { $0.code == .unreachable }
      ?? errors.first ?? BlobError(.notFound, "there is no block \(block.number)")
  }

  /// Done when every node of the volume has done it: what one would keep would never be collected.
  package func delete(_ call: BlobCall, _ blob: BlobReference) async throws(BlobError) {
    let volume = try await self.volume(blob.volume)
    let outcomes = await self.onEach(volume) { node async throws(BlobError) in
      try await node.delete(call, blob)
    }
    if let error = Self.telling(outcomes.compactMap(\.error)) { throw error }
  }
}

/// A cursor is the number of the part (one byte), then the node's own.
extension ClusterBlobs: BlobInventory {
  package var volumes: [VolumeID] { self.state.withLock { $0.order } }

  package var storedBlockCount: Int {
    self.state.withLock { state in
      state.order.reduce(0) { sum, id in
        sum + (state.standings.values.compactMap { $0?[id]?.blockCount }.max() ?? 0)
      }
    }
  }

  package func stored(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> StoredPage {
    let parts = try await self.volume(volume).parts
    let index = cursor.first.map { Int($0) } ?? 0
    guard index < parts.count else { return StoredPage(blocks: [], cursor: []) }
    guard let node = self.node(parts[index]) else { throw Self.noAddress(parts[index]) }
    var page = try await node.stored(
      in: volume, after: Array(cursor.dropFirst()), limit: limit)
    if !page.cursor.isEmpty {
      page.cursor.insert(UInt8(index), at: 0)
    } else if index + 1 < parts.count {
      page.cursor = [UInt8(index + 1)]
    }
    return page
  }

  /// A page of one node's part of a volume, every block read and compared.
  package func verified(
    in volume: VolumeID, part: Int, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> (node: String, page: VerifiedPage) {
    let part = try await self.volume(volume).parts[part]
    guard let node = self.node(part) else { throw Self.noAddress(part) }
    return (part.node, try await node.verified(in: volume, after: cursor, limit: limit))
  }

  /// A blob is whole when one node has all of it.
  package func missing(_ blobs: [BlobReference]) async throws(BlobError) -> [BlobReference] {
    var missing: [BlobReference] = []
    for (id, group) in Dictionary(grouping: blobs, by: \.volume) {
      var left = group
      for part in try await self.volume(id).parts where !left.isEmpty {
        guard let node = self.node(part) else { throw Self.noAddress(part) }
        left = try await node.missing(left)
      }
      missing += left
    }
    return missing
  }
}
