import Runtime
package import SeriesColumns
import SeriesSchema
package import SeriesStorage

/// How things were when snapshots of several nodes were begun: which nodes had had everything, and of which
/// epoch the placements were. With the same epochs afterwards no shard has moved meanwhile.
final class SnapshotStates: Sendable {
  struct One: Sendable {
    var whole: Set<String>
    var epochs: [String: UInt64]
  }

  /// More snapshots than this are not remembered: who copies one does so right after it was taken.
  private static let countMax = 64
  private let states = Guarded<[(name: String, state: One)]>([])

  func note(_ name: String, _ state: One) {
    self.states.withLock { states in
      states.removeAll { $0.name == name }
      states.append((name, state))
      if states.count > Self.countMax { states.removeFirst() }
    }
  }

  subscript(name: String) -> One? {
    self.states.withLock { states in states.last { $0.name == name }?.state }
  }
}

/// Files of several nodes: read from one copy of each shard, given back to every copy.
extension ClusterUpkeep {
  func noteState(_ name: String, _ groups: [String]) async throws(SeriesError) {
    var state = SnapshotStates.One(whole: [], epochs: [:])
    for group in groups {
      state.epochs[group] = try await self.store.placements.refresh(group).epoch
    }
    // What was acknowledged before is on these.
    state.whole = Set(self.store.nodes.map(\.name).filter { self.store.isWhole($0) })
    self.snapshotStates.note(name, state)
  }

  package func files(
    ofSnapshot name: String
  ) async throws(SeriesError) -> [StoredSnapshot.File] {
    guard let state = self.snapshotStates[name] else {
      throw SeriesError(
        .unavailable, "it is not known how the nodes were when snapshot \(name) was taken",
        hint: "take another one")
    }
    var placements: [String: ShardPlacement] = [:]
    let all = try await self.snapshots().filter { $0.name == name }
    for (group, epoch) in state.epochs {
      let placement = try await self.store.placements.refresh(group)
      guard placement.epoch == epoch else {
        throw SeriesError(
          .moved, "shards of group \(group) moved while the snapshot was taken",
          hint: "try again when series placement plan has nothing to do")
      }
      placements[group] = placement
    }
    var found: [StoredSnapshot.File] = []
    for snapshot in all {
      for file in snapshot.files {
        guard let segment = file.segment, let shard = file.shard,
          let placement = placements[file.group],
          try Self.source(placement, segment, shard, state, file.group) == snapshot.node
        else { continue }
        var file = file
        file.node = snapshot.node
        found.append(file)
      }
    }
    return found.sorted { $0.path < $1.path }
  }

  /// The node whose copy of a shard is taken: the first one that had everything.
  private static func source(
    _ placement: ShardPlacement, _ segment: Range<Int64>, _ shard: UInt32,
    _ state: SnapshotStates.One, _ group: String
  ) throws(SeriesError) -> String? {
    // Tiers begin where segments do: a segment is in one of them.
    let span = placement.spans.first { $0.times.contains(segment.lowerBound) }
    guard let span, span.shards.indices.contains(Int(shard)) else { return nil }
    let nodes = span.shards[Int(shard)]
    guard let node = nodes.first(where: { state.whole.contains($0) }) else {
      throw SeriesError(
        .unavailable, "no copy of shard \(shard) of group \(group) has had everything",
        hint: "lakectl series placement list says which nodes are troubled")
    }
    return node
  }

  package func read(
    _ file: StoredSnapshot.File, ofSnapshot name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    guard let node = self.store.node(file.node) else {
      throw SeriesError(.unavailable, "node \(file.node) is not there any more")
    }
    var call = UpkeepCall(.read, group: file.group, name: name)
    call.path = file.path
    call.offset = offset
    call.count = count
    return try await node.upkeep(call.bytes)
  }

  // MARK: Coming back

  package func openRestore(group: String) async throws(SeriesError) {
    try await self.store.placements.forgetTiers(group)
    _ = try await self.store.placements.shards(of: group)
    try await self.ask(UpkeepCall(.openRestore, group: group))
  }

  /// To every node that has a copy of the shard.
  package func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, restoring group: String
  ) async throws(SeriesError) {
    let parts = path.split(separator: "/")
    let placement = try await self.store.placements.shards(of: group)
    guard parts.count == 3, let shard = Int(parts[1].dropFirst("shard-".count)),
      placement.shards.indices.contains(shard), !placement.shards[shard].isEmpty
    else {
      throw SeriesError(.malformed, "no node keeps the shard of \(path) of group \(group)")
    }
    var call = UpkeepCall(.write, group: group)
    call.path = path
    call.offset = offset
    call.content = bytes
    for name in placement.shards[shard] {
      guard let node = self.store.node(name) else {
        throw SeriesError(.unavailable, "node \(name) is not there any more")
      }
      _ = try await node.upkeep(call.bytes)
    }
  }

  package func closeRestore(group: String) async throws(SeriesError) {
    try await self.ask(UpkeepCall(.closeRestore, group: group))
  }
}
