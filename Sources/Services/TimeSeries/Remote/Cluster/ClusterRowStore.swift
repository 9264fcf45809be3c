import Cluster
package import Observability
package import Runtime
package import SeriesColumns
package import SeriesQuery
package import SeriesSchema
package import SeriesStorage
import Values

/// The rows of all data nodes as one store: who has a shard is in the placements, who is behind or away is left
/// out, and what an absent node misses is kept for it.
///
/// A write is done when every copy of its rows is durable: on its node, or, for a node that is away, in the
/// queue of this liaison, and on at least one node unless all of them are away. A read takes one copy of each
/// shard, another one when the first does not answer, and is an error when there is none.
package final class ClusterRowStore: RowStore, PartialSource {
  package typealias NodeSource = @Sendable (SeriesMember) -> any SeriesNode

  let placements: PlacementTable
  let members: SeriesMembers
  let handOff: HandOff
  let behind: BehindMarks
  let time: any TimeSource
  private let own: String
  private let log: Logger
  private let source: NodeSource
  /// Nodes that did not answer when they were last asked.
  private let silent = Guarded<Set<String>>([])

  /// - Parameters:
  ///   - own: the node of this process.
  ///   - node: the way to a data node.
  package init(
    own: String, placements: PlacementTable, members: SeriesMembers, handOff: HandOff,
    behind: BehindMarks, time: any TimeSource, log: Logger, node: @escaping NodeSource
  ) {
    self.own = own
    self.placements = placements
    self.members = members
    self.handOff = handOff
    self.behind = behind
    self.time = time
    self.log = log
    self.source = node
  }

  // MARK: Nodes

  package func node(_ name: String) -> (any SeriesNode)? {
    self.members[name].map { self.source($0) }
  }

  /// Every data node that was ever registered and not removed.
  package var nodes: [any SeriesNode] {
    self.members.all.filter(\.keepsRows).map { self.source($0) }
  }

  /// Those that answered when they were last asked.
  package var activeNodes: [any SeriesNode] {
    let silent = self.silent.withLock { $0 }
    return self.nodes.filter { !silent.contains($0.name) }
  }

  package func isSilent(_ name: String) -> Bool { self.silent.withLock { $0.contains(name) } }

  func note(_ name: String, answers: Bool) {
    let isNew = self.silent.withLock { silent in
      answers ? silent.remove(name) != nil : silent.insert(name).inserted
    }
    guard isNew else { return }
    self.log.info(
      answers ? "node \(name) answers" : "node \(name) does not answer", ["node": .text(name)])
  }

  /// Asks every node now and then, and hands over what was kept for those that are back, until the task is
  /// cancelled.
  package func run() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.watch() }
      group.addTask { try? await self.behind.run() }
      group.addTask { try? await self.tell() }
      group.addTask {
        try? await self.handOff.run(
          node: { self.node($0) }, isOver: { await self.isWhole(again: $0) })
      }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  /// Tells the others what they could not be told when it happened, and takes back what an earlier start of
  /// this liaison could not take back.
  private func tell() async throws(CancellationError) {
    try await self.behind.ready()
    for name in self.behind.told where !self.handOff.holds(name) {
      await self.isWhole(again: name)
    }
    while true {
      for (name, line) in self.handOff.lines where !line.isTold {
        if await self.behind.set(name) { self.handOff.told(name) }
        // It may have had everything meanwhile.
        if !self.handOff.holds(name) { await self.behind.clear(name) }
      }
      try await self.time.sleep(for: .seconds(1))
    }
  }

  private func isWhole(again node: String) async {
    await self.behind.clear(node)
    // It may have gone away once more meanwhile.
    if self.handOff.holds(node) { _ = await self.behind.set(node) }
  }

  private func watch() async throws(CancellationError) {
    while true {
      await withTaskGroup(of: Void.self) { group in
        for node in self.nodes {
          group.addTask {
            let answers = (try? await node.ping()) != nil
            if !Task.isCancelled { self.note(node.name, answers: answers) }
          }
        }
      }
      try await self.time.sleep(for: .seconds(1))
    }
  }

  // MARK: Reading

  /// Which nodes are asked for which shards.
  private typealias Shares = [String: [String: Set<UInt32>]]

  private struct Wanted: Hashable {
    var group: String
    var shard: UInt32
  }

  /// One node for each shard: one that answers, has everything, and was not tried before.
  private func shares(
    of wanted: Set<Wanted>, without tried: Set<String>
  ) throws(SeriesError) -> Shares {
    var shares: Shares = [:]
    let silent = self.silent.withLock { $0 }
    for want in wanted {
      let copies = self.placements.placed(want.group).shards[Int(want.shard)]
      let whole = copies.filter { !tried.contains($0) && self.isWhole($0) }
      let node =
        whole.first { $0 == self.own && !silent.contains($0) }
        ?? whole.first { !silent.contains($0) } ?? whole.first
      guard let node else {
        let late = copies.filter { !self.isWhole($0) }
        throw SeriesError(
          .unavailable,
          "no copy of shard \(want.shard) of group \(want.group) can be read:"
            + " it is on \(copies.joined(separator: ", "))"
            + (late.isEmpty ? "" : "; \(late.joined(separator: ", ")) has not had everything yet"))
      }
      shares[node, default: [:]][want.group, default: []].insert(want.shard)
    }
    return shares
  }

  private func isWhole(_ node: String) -> Bool {
    !self.handOff.holds(node) && !self.behind.isBehind(node)
  }

  /// Every shard. That nobody knows yet where they are is an error, not an empty answer.
  private func wanted(_ groups: [String]) async throws(SeriesError) -> Set<Wanted> {
    var wanted: Set<Wanted> = []
    for group in groups {
      for shard in try await self.placements.shards(of: group).shards.indices {
        wanted.insert(Wanted(group: group, shard: UInt32(shard)))
      }
    }
    return wanted
  }

  package func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    var left = try await self.wanted([group])
    var tried: Set<String> = []
    var found: [StoredSegment] = []
    while !left.isEmpty {
      let shares = try self.shares(of: left, without: tried)
      for answer in await self.views(shares, group, times) {
        switch answer.result {
        case .success(let segments):
          self.note(answer.node, answers: true)
          let shards = shares[answer.node]?[group] ?? []
          found += segments.map { segment in
            StoredSegment(
              times: segment.times, shards: segment.shards.filter { shards.contains($0.shard) })
          }
          for shard in shards { left.remove(Wanted(group: group, shard: shard)) }
        case .failure(let error):
          guard error.code == .unavailable || error.code == .closed else { throw error }
          self.note(answer.node, answers: false)
          tried.insert(answer.node)
        }
      }
    }
    return Self.united(found)
  }

  private struct ViewAnswer: Sendable {
    var node: String
    var result: Result<[StoredSegment], SeriesError>
  }

  private func views(
    _ shares: Shares, _ group: String, _ times: ClosedRange<Int64>
  ) async -> [ViewAnswer] {
    await withTaskGroup(of: ViewAnswer.self) { tasks in
      for name in shares.keys {
        tasks.addTask {
          guard let node = self.node(name) else {
            return ViewAnswer(node: name, result: .failure(Self.unknown(name)))
          }
          do throws(SeriesError) {
            return ViewAnswer(
              node: name, result: .success(try await node.view(group: group, times: times)))
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

  package func partials(_ query: PartialQuery) async throws(SeriesFault) -> [[UInt8]] {
    var left: Set<Wanted>
    do throws(SeriesError) { left = try await self.wanted(query.groups) } catch {
      throw SeriesFault(error)
    }
    var tried: Set<String> = []
    var found: [[UInt8]] = []
    while !left.isEmpty {
      let shares: Shares
      do throws(SeriesError) { shares = try self.shares(of: left, without: tried) } catch {
        throw SeriesFault(error)
      }
      for reply in await self.replies(shares, query) {
        switch reply.result {
        case .success(let bytes):
          self.note(reply.node, answers: true)
          found.append(bytes)
          for (group, shards) in shares[reply.node] ?? [:] {
            for shard in shards { left.remove(Wanted(group: group, shard: shard)) }
          }
        case .failure(let fault):
          guard fault.kind == .unavailable else { throw fault }
          tried.insert(reply.node)
        }
      }
    }
    return found
  }

  private func replies(_ shares: Shares, _ query: PartialQuery) async -> [PartialReply] {
    await withTaskGroup(of: PartialReply.self) { tasks in
      for (name, shards) in shares {
        tasks.addTask {
          guard let node = self.node(name) else {
            return PartialReply(node: name, result: .failure(SeriesFault(Self.unknown(name))))
          }
          return await self.reply(of: node, query, shards)
        }
      }
      var replies: [PartialReply] = []
      for await reply in tasks { replies.append(reply) }
      return replies
    }
  }

  /// Not waited for any more when the node stops answering meanwhile: another copy is asked instead.
  private func reply(
    of node: any SeriesNode, _ query: PartialQuery, _ shards: [String: Set<UInt32>]
  ) async -> PartialReply {
    await withTaskGroup(of: PartialReply.self) { race in
      race.addTask {
        do throws(SeriesFault) {
          return PartialReply(
            node: node.name, result: .success(try await node.partial(query, shards: shards)))
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
