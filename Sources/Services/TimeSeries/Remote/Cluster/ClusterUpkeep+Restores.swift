import Cluster
package import SeriesColumns
package import SeriesStorage

/// Groups that come back on several nodes: every copy gets the files, and one change of the placement shows the rows on
/// all of them. DESIGN.md has the order of the steps.
extension ClusterUpkeep {
  package func openRestore(_ restore: GroupRestore) async throws(SeriesError) -> Bool {
    let group = restore.group
    let isEmpty = try await self.shards(group: group).isEmpty
    if !isEmpty, try await self.store.placements.refresh(group).restored == restore.name {
      return false
    }
    guard isEmpty else { throw Self.holdsRows(group) }
    try await self.store.placements.renew(group)
    let call = UpkeepCall(.openRestore, group: group, name: restore.name)
    for answer in try await self.ask(call, on: self.holders(group).keys.sorted())
    where answer.bytes != [1] { throw Self.holdsRows(group) }
    return true
  }

  private static func holdsRows(_ group: String) -> SeriesError {
    SeriesError(.alreadyThere, "the group \(group) holds rows: they would be mixed")
  }

  /// The nodes that have copies of a group without rows, and of which shards.
  private func holders(_ group: String) async throws(SeriesError) -> [String: Set<UInt32>] {
    var holders: [String: Set<UInt32>] = [:]
    let placement = try await self.store.placements.shards(of: group)
    for (shard, nodes) in placement.shards.enumerated() {
      for node in nodes { holders[node, default: []].insert(UInt32(shard)) }
    }
    return holders
  }

  private func holders(
    of path: String, _ group: String
  ) async throws(SeriesError) -> [String] {
    let shard = ShardFile(path: path, bytes: 0).shard
    let nodes = try await self.holders(group).filter { node, shards in
      shard.map { shards.contains($0) } ?? false
    }
    guard !nodes.isEmpty else {
      throw SeriesError(.malformed, "no node keeps the shard of \(path) of group \(group)")
    }
    return nodes.keys.sorted()
  }

  /// What all copies have alike.
  package func piecesKept(
    of path: String, _ restore: GroupRestore, pieceBytes: Int
  ) async throws(SeriesError) -> [String] {
    var call = UpkeepCall(.piecesKept, group: restore.group, name: restore.name)
    call.path = path
    call.count = pieceBytes
    let nodes = try await self.holders(of: path, restore.group)
    let found = try Self.items(try await self.ask(call, on: nodes)) {
      (reader) throws(ColumnError) in try reader.text()
    }
    let byNode = Dictionary(grouping: found, by: \.node).mapValues { $0.map(\.item) }
    guard byNode.count == nodes.count, let first = byNode.values.first else { return [] }
    return byNode.values.reduce(first) { known, pieces in
      zip(known, pieces).map { $0 == $1 ? $0 : "" }
    }
  }

  /// To every node that has a copy of the shard.
  package func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, _ restore: GroupRestore
  ) async throws(SeriesError) {
    var call = UpkeepCall(.write, group: restore.group, name: restore.name)
    call.path = path
    call.offset = offset
    call.content = bytes
    try await self.ask(call, on: self.holders(of: path, restore.group))
  }

  package func prepareRestore(
    _ restore: GroupRestore, files: [ShardFile]
  ) async throws(SeriesError) {
    for (node, shards) in try await self.holders(restore.group).sorted(by: { $0.key < $1.key }) {
      var call = UpkeepCall(.prepareRestore, group: restore.group, name: restore.name)
      let own = files.filter { file in file.shard.map { shards.contains($0) } ?? false }
      call.content = FilesMessage(own).body
      try await self.ask(call, on: [node])
    }
  }

  package func discardRestore(_ restore: GroupRestore) async throws(SeriesError) {
    try await self.ask(
      UpkeepCall(.discardRestore, group: restore.group, name: restore.name),
      on: self.holders(restore.group).keys.sorted())
  }

  package func restored(group: String) async throws(SeriesError) -> String? {
    let restored = try await self.store.placements.refresh(group).restored
    guard !restored.isEmpty, try await !self.shards(group: group).isEmpty else { return nil }
    return restored
  }

  // MARK: Showing

  /// Every copy promises to show what has come, under the next epoch; the placement of that epoch, with the name of
  /// the restore, is the moment at which the rows are there.
  package func closeRestore(_ restore: GroupRestore) async throws(SeriesError) {
    let placements = self.store.placements
    let placement = try await placements.refresh(restore.group)
    let holders = try await self.holders(restore.group)
    if placement.restored != restore.name {
      do throws(SeriesError) {
        try await self.checkWhole(placement, restore.group)
        for (node, shards) in holders.sorted(by: { $0.key < $1.key }) {
          try await self.moves(node).promise(restore, shards: shards, epoch: placement.epoch + 1)
        }
        // From here on nobody takes rows for the group; none must wait for it in a queue.
        try await self.checkWhole(placement, restore.group)
        try await placements.change(restore.group, of: placement.epoch) {
          $0.restored = restore.name
        }
      } catch {
        let isShown = try? await self.isShown(restore, of: placement.epoch, holders)
        guard isShown == true else { throw error }
      }
    }
    await self.settle(restore.group, holders)
  }

  /// Whether the rows are there although the last step failed: its answer may have been lost. When they are not,
  /// nodes take rows again.
  private func isShown(
    _ restore: GroupRestore, of epoch: UInt64, _ holders: [String: Set<UInt32>]
  ) async throws(SeriesError) -> Bool {
    let placements = self.store.placements
    // The caller may be cancelled: nodes must not refuse rows for that.
    await uncancelled {
      _ = try? await placements.change(restore.group, of: epoch) { _ in }
      await self.settle(restore.group, holders)
    }
    return try await placements.refresh(restore.group).restored == restore.name
  }

  private func moves(_ name: String) throws(SeriesError) -> any NodeMoves {
    guard let node = self.store.node(name) else {
      throw SeriesError(.unavailable, "node \(name) is not there any more")
    }
    guard let moves = node.moves else {
      throw SeriesError(.unavailable, "the shards of node \(name) do not move")
    }
    return moves
  }

  /// All copies answer, and no rows wait for them.
  private func checkWhole(
    _ placement: ShardPlacement, _ group: String
  ) async throws(SeriesError) {
    var nodes: [UInt32: [String]] = [:]
    for (shard, names) in placement.shards.enumerated() { nodes[UInt32(shard)] = names }
    let move = PlannedMove(
      .nodes, group: group, stage: ShardPlacement.base, times: .min ... .max, from: nodes,
      to: nodes, epoch: placement.epoch)
    if let problem = await self.store.trouble(of: move) {
      throw SeriesError(.unavailable, problem)
    }
  }

  /// Who does not hear of it now finds it himself.
  private func settle(_ group: String, _ holders: [String: Set<UInt32>]) async {
    for node in holders.keys.sorted() { try? await self.moves(node).settle(group) }
  }
}
