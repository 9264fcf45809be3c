package import Cluster
package import Runtime
import SeriesColumns
package import SeriesSchema
import SeriesStorage
import SeriesWire
import Values

/// The placements of all groups, from the facts; made when a group is first seen.
package final class PlacementTable: Sendable {
  static let prefix = "series/place/"
  private static let attemptsMax = 16

  private let facts: any Facts
  private let registry: SchemaRegistry
  private let members: SeriesMembers
  private let mirror: FactMirror
  private struct State: Sendable {
    var known: [String: (revision: FactRevision, placement: ShardPlacement)] = [:]
  }
  private let state = Guarded(State())

  package init(
    _ facts: any Facts, _ registry: SchemaRegistry, _ members: SeriesMembers, time: any TimeSource
  ) {
    self.facts = facts
    self.registry = registry
    self.members = members
    self.mirror = FactMirror(facts, Self.prefix, time: time)
  }

  private static func key(_ group: String) -> FactKey {
    FactKey(self.prefix + SchemaRecord.escaped(group))
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
    let bell = Bell()
    self.mirror.add(bell)
    defer { self.mirror.remove(bell) }
    while self.mirror.revision == nil { try await bell.wait() }
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
  func placed(_ group: String) -> ShardPlacement {
    let fact = self.mirror[Self.key(group)]
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

  private func options(of group: String) -> (count: Int, copies: Int)? {
    guard let wire = self.registry.current.group(group), let options = wire.resourceOpts else {
      return nil
    }
    return (Int(options.shardNum), Int(options.replicas) + 1)
  }

  private func attempt(
    _ group: String, _ options: (count: Int, copies: Int)
  ) async throws(SeriesError) -> ShardPlacement? {
    do throws(FactsError) {
      let key = Self.key(group)
      let fact = try await self.facts.get(key)
      var placement = ShardPlacement()
      if let fact {
        do throws(ColumnError) { placement = try ShardPlacement(value: fact.value) } catch {
          throw FactsError(.damaged, "\(key): \(error.message)")
        }
      }
      let nodes = self.members.candidates
      guard
        placement.grow(group, to: options.count, copies: options.copies, among: nodes)
      else {
        guard placement.shards.count >= options.count else {
          throw FactsError(.unavailable, "no node keeps rows")
        }
        if let fact { self.note(group, placement, fact.modifiedAt) }
        return placement
      }
      let outcome = try await self.facts.put(
        key, placement.value,
        if: fact.map { .isUnchanged(key, since: $0.modifiedAt) } ?? .isAbsent(key))
      guard let revision = outcome.revision else { return nil }
      self.note(group, placement, revision)
      return placement
    } catch {
      throw SeriesError(
        .unavailable, "the shards of group \(group) are not placed: \(error.message)")
    }
  }

  private func note(_ group: String, _ placement: ShardPlacement, _ revision: FactRevision) {
    self.state.withLock { state in
      guard revision > (state.known[group]?.revision ?? .zero) else { return }
      state.known[group] = (revision, placement)
    }
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
