import Runtime
package import SeriesColumns
package import SeriesQuery
package import SeriesSchema
package import SeriesStorage
import SeriesWire
import Values

/// Reading from one copy of each shard.
extension ClusterRowStore {
  /// How often it is begun anew because shards were moved.
  private static let attemptsMax = 40

  /// A shard of a tier.
  fileprivate struct Wanted: Hashable {
    var group: String
    var shard: UInt32
    var times: ClosedRange<Int64>
    var copies: [String]
  }

  /// What is to be read, as one placement of each group has it.
  fileprivate struct Plan {
    var epochs: [String: UInt64] = [:]
    var wanted: Set<Wanted> = []
  }

  /// Which nodes are asked for what.
  fileprivate typealias Shares = [String: [Wanted]]

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.view(group: group, times: times, ReadChoice())
  }

  package func partials(_ query: PartialQuery) async throws(SeriesFault) -> [[UInt8]] {
    try await self.partials(query, ReadChoice())
  }

  package func reading(_ choice: ReadChoice) -> any RowStore {
    ClusterReading(store: self, choice: choice)
  }

  package func reading(_ choice: ReadChoice) -> any PartialSource {
    ClusterReading(store: self, choice: choice)
  }

  // MARK: Planning

  func isWhole(_ node: String) -> Bool {
    !self.handOff.holds(node) && !self.behind.isBehind(node)
  }

  /// The names of the tiers that are read of a group.
  private func stages(_ group: String, _ choice: ReadChoice) -> Set<String> {
    guard let options = self.placements.registry.current.group(group)?.resourceOpts,
      !options.stages.isEmpty
    else { return [ShardPlacement.base] }
    let names = choice.stages.isEmpty ? options.defaultStages : choice.stages
    return names.isEmpty ? [ShardPlacement.base] : Set(names)
  }

  /// Every shard of the tiers. That nobody knows yet where they are is an error, not an empty answer.
  private func plan(
    _ groups: [String], _ times: ClosedRange<Int64>, _ choice: ReadChoice
  ) async throws(SeriesError) -> Plan {
    var plan = Plan()
    for group in groups {
      let placement = try await self.placements.shards(of: group)
      let stages = self.stages(group, choice)
      plan.epochs[group] = placement.epoch
      for span in placement.spans
      where stages.contains(span.stage) && span.times.overlaps(times) {
        for (shard, copies) in span.shards.enumerated() {
          plan.wanted.insert(
            Wanted(group: group, shard: UInt32(shard), times: span.times, copies: copies))
        }
      }
    }
    return plan
  }

  /// One node for each shard: one that answers, has everything, and was not tried before.
  private func shares(
    of wanted: Set<Wanted>, without tried: Set<String>, _ choice: ReadChoice
  ) throws(SeriesError) -> Shares {
    var shares: Shares = [:]
    let silent = self.silent.withLock { $0 }
    for want in wanted {
      let whole = want.copies.filter { !tried.contains($0) && self.isWhole($0) }
      let node =
        whole.first { $0 == self.own && !silent.contains($0) }
        ?? whole.first { !silent.contains($0) } ?? whole.first
      if let node {
        shares[node, default: []].append(want)
        continue
      }
      let why = self.reason(want)
      guard let missing = choice.missing else { throw SeriesError(.unavailable, why) }
      missing.note(group: want.group, shard: want.shard, why: why)
    }
    return shares
  }

  private func reason(_ want: Wanted) -> String {
    let late = want.copies.filter { !self.isWhole($0) }
    return "no copy of shard \(want.shard) of group \(want.group) can be read:"
      + " it is on \(want.copies.joined(separator: ", "))"
      + (late.isEmpty ? "" : "; \(late.joined(separator: ", ")) has not had everything yet")
  }

  private static func groupShares(
    _ wanted: [Wanted], _ plan: Plan
  ) -> [String: GroupShare] {
    var shares: [String: GroupShare] = [:]
    for (group, wanted) in Dictionary(grouping: wanted, by: \.group) {
      let byTimes = Dictionary(grouping: wanted, by: \.times)
      shares[group] = GroupShare(
        epoch: plan.epochs[group] ?? 0,
        shares: byTimes.map { ShardShare(times: $0.key, shards: Set($0.value.map(\.shard))) })
    }
    return shares
  }

  /// Waits for what moves to be where it goes, and hears of it.
  private func waitForMoves(_ groups: [String]) async throws(SeriesError) {
    do throws(CancellationError) { try await self.time.sleep(for: .milliseconds(50)) } catch {
      throw SeriesError(.closed, "nobody waits for the answer any more")
    }
    for group in groups { try await self.placements.refresh(group) }
  }

  // MARK: Views

  fileprivate func view(
    group: String, times: ClosedRange<Int64>, _ choice: ReadChoice
  ) async throws(SeriesError) -> [StoredSegment] {
    for _ in 0..<Self.attemptsMax {
      if let found = try await self.attempt(group, times, choice) { return Self.united(found) }
      try await self.waitForMoves([group])
    }
    throw SeriesError(.unavailable, "the shards of group \(group) move all the time")
  }

  /// Nil when some were moved.
  private func attempt(
    _ group: String, _ times: ClosedRange<Int64>, _ choice: ReadChoice
  ) async throws(SeriesError) -> [StoredSegment]? {
    let plan = try await self.plan([group], times, choice)
    var left = plan.wanted
    var tried: Set<String> = []
    var found: [StoredSegment] = []
    while !left.isEmpty {
      let shares = try self.shares(of: left, without: tried, choice)
      guard !shares.isEmpty else { break }
      for answer in await self.views(shares, plan, group, times) {
        switch answer.result {
        case .success(let segments):
          self.note(answer.node, answers: true)
          found += segments
          left.subtract(shares[answer.node] ?? [])
        case .failure(let error):
          if error.code == .moved { return nil }
          guard error.code == .unavailable || error.code == .closed else { throw error }
          self.note(answer.node, answers: false)
          tried.insert(answer.node)
        }
      }
    }
    return found
  }

  private struct ViewAnswer: Sendable {
    var node: String
    var result: Result<[StoredSegment], SeriesError>
  }

  private func views(
    _ shares: Shares, _ plan: Plan, _ group: String, _ times: ClosedRange<Int64>
  ) async -> [ViewAnswer] {
    await withTaskGroup(of: ViewAnswer.self) { tasks in
      for (name, wanted) in shares {
        guard let share = Self.groupShares(wanted, plan)[group] else { continue }
        tasks.addTask {
          guard let node = self.node(name) else {
            return ViewAnswer(node: name, result: .failure(Self.unknown(name)))
          }
          do throws(SeriesError) {
            return ViewAnswer(
              node: name,
              result: .success(try await node.view(group: group, times: times, share)))
          } catch {
            return ViewAnswer(node: name, result: .failure(error))
          }
        }
      }
      var answers: [ViewAnswer] = []
      for await answer in tasks { answers.append(answer) }
      return answers
    }
  }

  private static func unknown(_ name: String) -> SeriesError {
    SeriesError(.unavailable, "node \(name) is not known")
  }

  /// Segments of the same times as one, in the order of time.
  private static func united(_ segments: [StoredSegment]) -> [StoredSegment] {
    var byTimes: [Range<Int64>: [any StoredShard]] = [:]
    for segment in segments { byTimes[segment.times, default: []] += segment.shards }
    return byTimes.map { times, shards in
      StoredSegment(times: times, shards: shards.sorted { $0.shard < $1.shard })
    }
    .sorted { left, right in
      (left.times.lowerBound, left.times.upperBound)
        < (right.times.lowerBound, right.times.upperBound)
    }
  }

  // MARK: Partial answers

  private struct PartialReply: Sendable {
    var node: String
    var result: Result<[UInt8], SeriesFault>
  }

  fileprivate func partials(
    _ query: PartialQuery, _ choice: ReadChoice
  ) async throws(SeriesFault) -> [[UInt8]] {
    for _ in 0..<Self.attemptsMax {
      if let found = try await self.attempt(query, choice) { return found }
      do throws(SeriesError) { try await self.waitForMoves(query.groups) } catch {
        throw SeriesFault(error)
      }
    }
    throw SeriesFault(
      .unavailable, "the shards of group \(query.groups.joined(separator: ", ")) move all the time")
  }

  private func attempt(
    _ query: PartialQuery, _ choice: ReadChoice
  ) async throws(SeriesFault) -> [[UInt8]]? {
    let plan: Plan
    do throws(SeriesError) {
      plan = try await self.plan(query.groups, .min ... .max, choice)
    } catch {
      throw SeriesFault(error)
    }
    var left = plan.wanted
    var tried: Set<String> = []
    var found: [[UInt8]] = []
    while !left.isEmpty {
      let shares: Shares
      do throws(SeriesError) {
        shares = try self.shares(of: left, without: tried, choice)
      } catch {
        throw SeriesFault(error)
      }
      guard !shares.isEmpty else { break }
      for reply in await self.replies(shares, plan, query) {
        switch reply.result {
        case .success(let bytes):
          self.note(reply.node, answers: true)
          found.append(bytes)
          left.subtract(shares[reply.node] ?? [])
        case .failure(let fault):
          if fault.kind == .aborted { return nil }
          guard fault.kind == .unavailable else { throw fault }
          tried.insert(reply.node)
        }
      }
    }
    return found
  }

  private func replies(
    _ shares: Shares, _ plan: Plan, _ query: PartialQuery
  ) async -> [PartialReply] {
    await withTaskGroup(of: PartialReply.self) { tasks in
      for (name, wanted) in shares {
        let share = Self.groupShares(wanted, plan)
        tasks.addTask {
          guard let node = self.node(name) else {
            return PartialReply(node: name, result: .failure(SeriesFault(Self.unknown(name))))
          }
          return await self.reply(of: node, query, share)
        }
      }
      var replies: [PartialReply] = []
      for await reply in tasks { replies.append(reply) }
      return replies
    }
  }

  /// Not waited for any more when the node stops answering meanwhile: another copy is asked instead.
  private func reply(
    of node: any SeriesNode, _ query: PartialQuery, _ share: [String: GroupShare]
  ) async -> PartialReply {
    await withTaskGroup(of: PartialReply.self) { race in
      race.addTask {
        do throws(SeriesFault) {
          return PartialReply(
            node: node.name, result: .success(try await node.partial(query, share)))
        } catch {
          return PartialReply(node: node.name, result: .failure(error))
        }
      }
      if !self.isSilent(node.name) {
        race.addTask {
          while !self.isSilent(node.name), !Task.isCancelled {
            try? await self.time.sleep(for: .milliseconds(250))
          }
          let silent = SeriesError(.unavailable, "node \(node.name) does not answer")
          return PartialReply(node: node.name, result: .failure(SeriesFault(silent)))
        }
      }
      let first = await race.next()
      race.cancelAll()
      guard let first else { preconditionFailure("BUG: a race without runners") }
      return first
    }
  }
}

/// The rows of all nodes, for a query that reads only some of them.
struct ClusterReading: RowStore, PartialSource {
  let store: ClusterRowStore
  let choice: ReadChoice

  func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.store.view(group: group, times: times, self.choice)
  }

  func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    try await self.store.write(batches)
  }

  func partials(_ query: PartialQuery) async throws(SeriesFault) -> [[UInt8]] {
    try await self.store.partials(query, self.choice)
  }

  func reading(_ choice: ReadChoice) -> any RowStore {
    ClusterReading(store: self.store, choice: choice)
  }

  func reading(_ choice: ReadChoice) -> any PartialSource {
    ClusterReading(store: self.store, choice: choice)
  }
}
