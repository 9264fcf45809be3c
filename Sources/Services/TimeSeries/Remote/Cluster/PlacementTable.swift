package import Cluster
package import Runtime
import SeriesColumns
package import SeriesSchema
import SeriesStorage
import SeriesWire
import Values

/// The placements of all groups, from the facts; made when a group is first seen.
package final class PlacementTable: Sendable {
  private static let attemptsMax = 16

  private let facts: PlacementFacts
  let registry: SchemaRegistry
  let members: SeriesMembers
  /// Which nodes rows are written to.
  let baseSelector: NodeSelector
  private let mirror: FactMirror
  private struct State: Sendable {
    var known: [String: (revision: FactRevision, placement: ShardPlacement)] = [:]
  }
  private let state = Guarded(State())

  package init(
    _ facts: any Facts, _ registry: SchemaRegistry, _ members: SeriesMembers,
    baseSelector: NodeSelector = NodeSelector(), time: any TimeSource
  ) {
    self.facts = PlacementFacts(facts)
    self.registry = registry
    self.members = members
    self.baseSelector = baseSelector
    self.mirror = FactMirror(facts, PlacementFacts.prefix, time: time)
  }

  /// Follows the facts, and places the shards of groups that come and grow, until the task is cancelled.
  package func run() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.mirror.run() }
      group.addTask { try? await self.place() }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  package func ready() async throws(CancellationError) {
    try await self.mirror.ready()
  }

  private func place() async throws(CancellationError) {
    let bell = Bell()
    self.registry.add(bell)
    defer { self.registry.remove(bell) }
    while true {
      for group in self.registry.current.groups {
        guard let name = group.metadata?.name, GroupOptions(group) != nil else { continue }
        _ = try? await self.shards(of: name)
      }
      try await bell.wait(until: self.registry.time.now + .seconds(10), on: self.registry.time)
    }
  }

  /// The nodes of each shard, as far as they are placed: nothing for a group that is not.
  package func placed(_ group: String) -> ShardPlacement {
    let fact = self.mirror[PlacementFacts.key(group)]
    return self.state.withLock { state in
      let known = state.known[group]
      guard let fact, fact.modifiedAt > (known?.revision ?? .zero) else {
        return known?.placement ?? ShardPlacement()
      }
      // What cannot be read is left as it was.
      guard let placement = try? ShardPlacement(value: fact.value) else {
        return known?.placement ?? ShardPlacement()
      }
      state.known[group] = (fact.modifiedAt, placement)
      return placement
    }
  }

  /// The nodes of each shard of a group; places those that are not placed yet.
  func shards(of group: String) async throws(SeriesError) -> ShardPlacement {
    let placement = self.placed(group)
    guard let options = self.options(of: group) else { return placement }
    guard placement.shards.count < options.count else { return placement }
    for _ in 0..<Self.attemptsMax {
      if let made = try await self.attempt(group, options) { return made }
    }
    throw SeriesError(
      .unavailable, "the shards of group \(group) are placed by others all the time")
  }

  func options(of group: String) -> (count: Int, copies: Int)? {
    guard let wire = self.registry.current.group(group), let options = wire.resourceOpts else {
      return nil
    }
    return (Int(options.shardNum), Int(options.replicas) + 1)
  }

  private func attempt(
    _ group: String, _ options: (count: Int, copies: Int)
  ) async throws(SeriesError) -> ShardPlacement? {
    let found = try await self.facts.get(group)
    var placement = found?.placement ?? ShardPlacement()
    let nodes = self.members.candidates(self.baseSelector)
    guard placement.grow(group, to: options.count, copies: options.copies, among: nodes) else {
      guard placement.shards.count >= options.count else {
        throw SeriesError(
          .unavailable, "the shards of group \(group) are not placed: no node keeps rows")
      }
      if let found { self.note(group, placement, found.revision) }
      return placement
    }
    let made = placement
    guard let revision = try await self.facts.put(group, made, over: found) else { return nil }
    self.note(group, made, revision)
    return made
  }

  private func note(_ group: String, _ placement: ShardPlacement, _ revision: FactRevision) {
    self.state.withLock { state in
      guard revision > (state.known[group]?.revision ?? .zero) else { return }
      state.known[group] = (revision, placement)
    }
  }

  // MARK: Moving

  /// What the facts say now, whatever was heard before.
  @discardableResult
  func refresh(_ group: String) async throws(SeriesError) -> ShardPlacement {
    guard let found = try await self.facts.get(group) else { return ShardPlacement() }
    self.note(group, found.placement, found.revision)
    return found.placement
  }

  /// Changes a placement that is of an epoch; the new one is of the next. Throws `moved` when it is not of
  /// that epoch any more.
  @discardableResult
  func change(
    _ group: String, of epoch: UInt64, _ body: (inout ShardPlacement) -> Void
  ) async throws(SeriesError) -> ShardPlacement {
    let found = try await self.facts.get(group)
    guard let found, found.placement.epoch == epoch else { throw Self.changed(group) }
    var placement = found.placement
    body(&placement)
    placement.epoch = epoch + 1
    let made = placement
    guard let revision = try await self.facts.put(group, made, over: found) else {
      throw Self.changed(group)
    }
    self.note(group, made, revision)
    return made
  }

  /// Of a group without rows: they begin in the first tier again, and with nothing.
  func renew(_ group: String) async throws(SeriesError) {
    let placement = try await self.refresh(group)
    guard !placement.tiers.isEmpty || !placement.restored.isEmpty else { return }
    try await self.change(group, of: placement.epoch) { placement in
      placement.tiers = []
      placement.restored = ""
    }
  }

  private static func changed(_ group: String) -> SeriesError {
    SeriesError(.moved, "the shards of group \(group) were moved by somebody else meanwhile")
  }

  /// How many copies of shards have no node, over all groups.
  package var missingCopies: Int {
    self.registry.current.groups.reduce(0) { sum, group in
      guard let name = group.metadata?.name, let options = self.options(of: name) else {
        return sum
      }
      return sum
        + self.placed(name).shards.reduce(0) { $0 + max(0, options.copies - $1.count) }
    }
  }
}
