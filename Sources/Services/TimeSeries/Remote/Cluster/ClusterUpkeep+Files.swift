import Runtime
package import SeriesColumns
import SeriesSchema
package import SeriesStorage
import Values

/// How things were when a copy of several nodes was begun: which nodes had had everything and took a snapshot, and of
/// which epoch the placements were. With the same epochs afterwards no shard has moved meanwhile.
final class SnapshotStates: Sendable {
  struct One: Sendable {
    var whole: Set<String> = []
    var taken: [String] = []
    /// What the others said.
    var leftOut: [String] = []
    var epochs: [String: UInt64] = [:]
  }

  /// More copies than this are not remembered: who copies one does so right after it was begun.
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

/// Files of several nodes: read from one copy of each shard.
extension ClusterUpkeep {
  /// After how long a snapshot that was to be copied was forgotten.
  private static let copyAgeMax = Duration.seconds(2 * 24 * 3600)

  package func beginCopy(
    _ name: String, groups: [String]
  ) async throws(SeriesError) -> [String] {
    try await self.endCopy(name)
    var state = SnapshotStates.One()
    for group in groups {
      state.epochs[group] = try await self.store.placements.refresh(group).epoch
    }
    // What was acknowledged before is on these.
    let nodes = self.store.activeNodes
    state.whole = Set(nodes.map(\.name).filter { self.store.isWhole($0) })
    // One that does not answer must not be waited for as long as work may take.
    state.leftOut = self.store.nodes.map(\.name).filter { self.store.isSilent($0) }
      .map { "node \($0) does not answer" }
    for answer in await Self.answers(
      UpkeepCall(.takeSnapshot, name: name, groups: groups), nodes)
    {
      switch answer.result {
      case .success: state.taken.append(answer.node)
      case .failure(let error): state.leftOut.append("node \(answer.node): \(error.message)")
      }
    }
    state.whole.formIntersection(state.taken)
    self.snapshotStates.note(name, state)
    return state.leftOut
  }

  package func endCopy(_ name: String) async throws(SeriesError) {
    // One on a node that is away now goes when a later copy begins.
    _ = await Self.answers(UpkeepCall(.removeSnapshot, name: name), self.store.activeNodes)
  }

  package func files(
    ofSnapshot name: String
  ) async throws(SeriesError) -> [StoredSnapshot.File] {
    guard let state = self.snapshotStates[name] else {
      throw SeriesError(
        .unavailable, "it is not known how the nodes were when snapshot \(name) was taken",
        hint: "take another one")
    }
    var sources: [String: [Source]] = [:]
    for (group, epoch) in state.epochs {
      let placement = try await self.store.placements.refresh(group)
      guard placement.epoch == epoch else {
        throw SeriesError(
          .moved, "shards of group \(group) moved while the snapshot was taken",
          hint: "try again when series placement plan has nothing to do")
      }
      sources[group] = try Self.sources(placement, state, group)
    }
    guard !state.taken.isEmpty else { return [] }
    let all = try Self.snapshots(try await self.ask(UpkeepCall(.snapshots), on: state.taken))
    await self.removeForgotten(all)
    var found: [StoredSnapshot.File] = []
    for snapshot in all where snapshot.name == name {
      for file in snapshot.files {
        guard let segment = file.segment, let shard = file.shard,
          let source = sources[file.group]?.first(where: { source in
            // Tiers begin where segments do: a segment is in one of them.
            source.shard == shard && source.times.contains(segment.lowerBound)
          }), source.node == snapshot.node
        else { continue }
        var file = file
        file.node = snapshot.node
        found.append(file)
      }
    }
    return found.sorted { $0.path < $1.path }
  }

  /// A shard in the times of a tier, and the node whose copy is taken.
  private struct Source {
    var shard: UInt32
    var times: ClosedRange<Int64>
    var node: String
  }

  /// Of every shard the first copy that had everything.
  private static func sources(
    _ placement: ShardPlacement, _ state: SnapshotStates.One, _ group: String
  ) throws(SeriesError) -> [Source] {
    var sources: [Source] = []
    for span in placement.spans {
      for (shard, nodes) in span.shards.enumerated() {
        guard let node = nodes.first(where: { state.whole.contains($0) }) else {
          let said = state.leftOut.map { "; " + $0 }.joined()
          throw SeriesError(
            .unavailable,
            "no node that answers has everything of shard \(shard) of group \(group)"
              + " (\(span.stage)): it is on \(nodes.joined(separator: ", "))\(said)",
            hint: "lakectl series placement list says which nodes are troubled")
        }
        sources.append(Source(shard: UInt32(shard), times: span.times, node: node))
      }
    }
    return sources
  }

  /// Of a copy that ended while the node was away.
  static func isForgotten(_ snapshot: StoredSnapshot, now: WallTime) -> Bool {
    guard snapshot.name.hasPrefix(StoredSnapshot.copyPrefix), let taken = snapshot.takenAt else {
      return false
    }
    return now - WallTime(nanoseconds: taken) > Self.copyAgeMax
  }

  private func removeForgotten(_ snapshots: [StoredSnapshot]) async {
    let now = self.store.time.wallNow
    for snapshot in snapshots where Self.isForgotten(snapshot, now: now) {
      guard let node = self.store.node(snapshot.node) else { continue }
      _ = try? await node.upkeep(UpkeepCall(.removeSnapshot, name: snapshot.name).bytes)
    }
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
}
