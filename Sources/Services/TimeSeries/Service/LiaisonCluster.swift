import Cluster
import Configuration
import Hosting
import Link
import LinkServing
import Observability
import Protobuf
import Runtime
import SeriesColumns
import SeriesIngest
import SeriesProperty
import SeriesQuery
import SeriesRemote
import SeriesSchema
import SeriesServing
import SeriesWire
import Synchronization
import Values

/// What a liaison has when facts are shared: the nodes with the rows, here and elsewhere, and what it keeps for
/// those that are away.
final class LiaisonCluster: Sendable {
  /// Ways to the data nodes, each made once for each of its starts.
  private typealias Ways = [String: (stamp: WallTime, address: String, node: RemoteSeriesNode)]

  let registry: SchemaRegistry
  let members: SeriesMembers
  let store: ClusterRowStore
  let deletions: GroupDeletions
  private let placements: PlacementTable
  private let behind: BehindMarks
  private let handOff: HandOff
  /// The schema is followed here, and not by the data role of this process.
  private let followsSchema: Bool
  private let host: ServiceHost

  init(_ host: ServiceHost, _ roles: SeriesRoles) async throws {
    try await host.link.prepare()
    let clock = host.group.loops[0]
    self.host = host
    self.registry = roles.registry ?? SchemaRegistry(host.facts, time: clock)
    self.followsSchema = roles.registry == nil
    self.members = SeriesMembers(host.facts, time: clock)
    self.placements = PlacementTable(
      host.facts, self.registry, self.members, baseSelector: try Self.baseSelector(host),
      time: clock)
    self.behind = BehindMarks(
      host.facts, own: host.node, self.members, time: clock, log: host.log)
    self.handOff = try await Self.openQueue(host)
    let ways = Guarded<Ways>([:])
    self.store = ClusterRowStore(
      own: host.node, placements: self.placements, members: self.members, handOff: self.handOff,
      behind: self.behind, time: clock, log: host.log, metrics: host.metrics
    ) { [roles] member in
      if member.name == host.node, let node = roles.node { return node }
      return Self.node(member, host, ways)
    }
    self.deletions = GroupDeletions(
      self.registry, data: ClusterGroupData(self.store), node: host.node)
  }

  private static func baseSelector(_ host: ServiceHost) throws -> NodeSelector {
    do throws(SeriesFault) {
      return try NodeSelector(host.configuration[SeriesKeys.baseSelector])
    } catch {
      throw HostingError(.configuration, "series.data_node_selector: \(error.message)")
    }
  }

  private static func openQueue(_ host: ServiceHost) async throws -> HandOff {
    let folder = try await host.data.folder("series-liaison")
    do throws(SeriesError) {
      return try await HandOff.open(
        folder, on: host.disk, time: host.group.loops[0], log: host.log,
        options: HandOff.Options {
          $0.byteCountMax = Int64(clamping: host.configuration[SeriesKeys.handOffMax].bytes)
        })
    } catch {
      throw HostingError(
        .directoryDamaged, "the queue for nodes that are away: \(error.message)",
        hint: error.hint)
    }
  }

  private static func node(
    _ member: SeriesMember, _ host: ServiceHost, _ ways: borrowing Guarded<Ways>
  ) -> RemoteSeriesNode {
    ways.withLock { ways in
      if let way = ways[member.name], way.stamp == member.startedAt, way.address == member.link {
        return way.node
      }
      let channel = host.link.channel(
        to: "series-data \(member.name)", at: member.link,
        stamp: UInt64(clamping: member.startedAt.nanoseconds / 1_000_000)
      ) { options in
        options.connectTimeout = .seconds(2)
        // It is asked every second anyway, and must be found when it is back.
        options.breaker = CircuitBreaker(openFor: .seconds(1))
      }
      let node = RemoteSeriesNode(member.name, channel, clock: host.group.loops[0])
      ways[member.name] = (member.startedAt, member.link, node)
      return node
    }
  }

  // MARK: Life

  /// Follows the facts and the nodes until the task is cancelled.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      self.follow(&tasks)
      tasks.addTask { try await self.store.run() }
      tasks.addTask { try await self.deletions.run() }
      tasks.addTask { try await self.handOff.runJournal() }
      try await tasks.waitForAll()
    }
  }

  private func follow(_ tasks: inout ThrowingTaskGroup<Void, any Error>) {
    if self.followsSchema { tasks.addTask { try await self.registry.run() } }
    tasks.addTask { try await self.members.run() }
    tasks.addTask { try await self.placements.run() }
  }

  /// Waits until everything was read from the facts once.
  func ready() async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      self.follow(&tasks)
      tasks.addTask { try await self.behind.run() }
      try await self.registry.ready()
      try await self.members.ready()
      try await self.placements.ready()
      try await self.behind.ready()
      tasks.cancelAll()
    }
  }

  var front: SeriesFront {
    let clock = self.host.group.loops[0]
    var queries = QueryEnvironment(self.registry, self.store, time: clock)
    queries.partials = self.store
    let (registry, store, name) = (self.registry, self.store, self.host.node)
    var front = SeriesFront(
      queries: queries,
      writes: WriteEnvironment(registry, store, time: clock, random: self.host.random),
      properties: PropertyService(
        self.host.facts, registry, time: clock,
        tombstoneLife: self.host.configuration[SeriesKeys.tombstoneLife]),
      deletions: self.deletions, data: ClusterGroupData(store),
      barrier: SchemaBarrier(registry) {
        [LocalSchemaPeer(name, registry)] + store.activeNodes.filter { $0.name != name }
      }, node: self.host.member(keepsRows: false) { _ in }.wire)
    let members = self.members
    front.knownNode = { members[name]?.wire }
    front.routes = { store.routes }
    front.snapshots = { request throws(SeriesFault) in
      try await store.snapshots(request)
    }
    return front
  }

  func observe() {
    func metric(
      _ name: String, _ help: String, counts: Bool = false,
      _ read: @escaping @Sendable () -> Double
    ) {
      self.host.metrics.observed(
        "lake_series_\(name)", help, counts: counts, labels: [:], read: read)
    }
    let (handOff, store, placements) = (self.handOff, self.store, self.placements)
    metric("hand_off_records", "Deliveries kept for nodes that are away.") {
      Double(handOff.waitingRecords)
    }
    metric("hand_off_bytes", "Bytes kept for nodes that are away.") {
      Double(handOff.waitingBytes)
    }
    metric(
      "hand_off_delivered_total", "Deliveries that nodes took after they were back.", counts: true
    ) { Double(handOff.deliveredRecords) }
    metric(
      "hand_off_refused_total", "Deliveries refused because too much waits.", counts: true
    ) { Double(handOff.refusedRecords) }
    metric("nodes_silent", "Data nodes that do not answer.") {
      Double(store.nodes.count - store.activeNodes.count)
    }
    metric("copies_missing", "Copies of shards for which there was no node.") {
      Double(placements.missingCopies)
    }
  }

  /// What an operator should know; nil when all is well.
  var problem: String? {
    let silent = self.store.nodes.map(\.name).filter { self.store.isSilent($0) }
    guard silent.isEmpty else {
      return "\(silent.joined(separator: ", ")) does not answer;"
        + " \(self.handOff.waitingBytes) bytes are kept for it"
    }
    guard self.handOff.waitingRecords == 0 else {
      return "\(self.handOff.waitingRecords) deliveries wait for nodes that were away"
    }
    return self.registry.isCurrent ? nil : "the schema is that of some time ago"
  }
}

extension ServiceHost {
  /// This process as a node of the time series.
  func member(
    keepsRows: Bool, _ change: (inout SeriesMember) -> Void
  ) -> SeriesMember {
    var member = SeriesMember(
      name: self.node, keepsRows: keepsRows, hasDoors: !keepsRows,
      startedAt: self.group.loops[0].wallNow)
    if !self.zone.isEmpty { member.labels["zone"] = self.zone }
    // They were checked when the role started.
    if let labels = try? NodeLabels.read(self.configuration[SeriesKeys.labels]) {
      member.labels.merge(labels) { $1 }
    }
    change(&member)
    return member
  }
}
