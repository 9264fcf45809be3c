import Configuration
import Hosting
import Observability
import Runtime
import SeriesColumns
import SeriesEngine
import SeriesIngest
import SeriesLocal
import SeriesProperty
import SeriesQuery
import SeriesRemote
import SeriesSchema
import SeriesServing
import SeriesWire
import Protobuf
import Synchronization
import Values

/// The role `series-data`: schema, rows and properties of this node.
final class DataRole: HostedService {
  private struct Parts: Sendable {
    var engine: SeriesEngine
    var registry: SchemaRegistry
    var groups: EngineGroups
    var rankings: RankingKeeper
    /// Nil with shared facts: a liaison does it, for all nodes.
    var deletions: GroupDeletions?
    /// With shared facts.
    var moves: LocalMoves?
  }

  let host: ServiceHost
  let roles: SeriesRoles
  let places: BackupPlaces
  private let parts = Mutex<Parts?>(nil)
  private let failure = Mutex<String?>(nil)
  private let waiting = Mutex<String?>(nil)
  private let server: SeriesNodeServer

  init(_ host: ServiceHost, _ roles: SeriesRoles) {
    self.host = host
    self.roles = roles
    let server = SeriesNodeServer(
      time: host.group.loops[0], random: host.random, metrics: host.metrics
    ) { [roles] in roles.node }
    self.server = server
    if host.link.isShared { host.link.offer { server.add(to: &$0) } }
    self.places = BackupPlaces(host)
  }

  func start() async throws {
    let host = self.host
    let clock = host.group.loops[0]
    let configuration = host.configuration
    let folder = try await host.data.folder("series")
    let options = EngineOptions { options in
      options.memoryBytesMax = Int(clamping: configuration[SeriesKeys.memory].bytes)
      options.diskHighPercent = configuration[SeriesKeys.diskHigh]
      options.diskLowPercent = configuration[SeriesKeys.diskLow]
    }
    let engine: SeriesEngine
    do throws(SeriesError) {
      engine = try await SeriesEngine.open(folder, on: host.disk, clock: clock, options: options)
    } catch {
      throw HostingError(
        .directoryDamaged, "the time series in \(folder) cannot be opened: \(error.message)",
        hint: error.hint)
    }
    let registry = SchemaRegistry(host.facts, time: clock)
    let properties = PropertyService(
      host.facts, registry, time: clock, tombstoneLife: configuration[SeriesKeys.tombstoneLife])
    let groups = EngineGroups(engine, registry, properties: properties, node: self.node())
    do throws(SeriesFault) { _ = try NodeLabels.read(configuration[SeriesKeys.labels]) } catch {
      throw HostingError(.configuration, "series.node_labels: \(error.message)")
    }
    if host.link.isShared {
      try await self.join(engine, registry, groups, folder)
    } else {
      self.offerAll(engine, registry, groups, properties)
    }
    self.observe(engine)
    host.metrics.derive { _ in
      let schema = registry.current
      return BanyanStorageMetrics.families(engine.inventory()) { schema.group($0)?.catalog }
        + BanyanStorageMetrics.families(engine.statistics)
    }
  }

  /// The rows of this node, with the counters of its rankings.
  private func rows(
    _ engine: SeriesEngine, _ registry: SchemaRegistry, _ groups: EngineGroups
  ) -> (queries: QueryEnvironment, rankings: RankingKeeper) {
    let store = EngineRowStore(engine, groups)
    var queries = QueryEnvironment(registry, store, time: self.host.group.loops[0])
    let rankings = RankingKeeper(queries, node: self.host.node)
    queries.store = RankedRowStore(store, rankings)
    queries.keepsRankings = self.host.node
    queries.turns = QueryTurns(lanes: self.host.group.loops.count)
    self.observe(rankings)
    return (queries, rankings)
  }

  /// All that there is, in this process.
  private func offerAll(
    _ engine: SeriesEngine, _ registry: SchemaRegistry, _ groups: EngineGroups,
    _ properties: PropertyService
  ) {
    let clock = self.host.group.loops[0]
    let (queries, rankings) = self.rows(engine, registry, groups)
    self.roles.offer(EngineUpkeep(engine, node: self.host.node, rankings: rankings))
    let deletions = GroupDeletions(registry, data: groups, node: self.host.node)
    let name = self.host.node
    var front = SeriesFront(
      queries: queries,
      writes: WriteEnvironment(
        registry, queries.store, time: clock, random: self.host.random),
      properties: properties, deletions: deletions, data: groups,
      barrier: SchemaBarrier(registry) { [LocalSchemaPeer(name, registry)] }, node: self.node())
    let snapshots = EngineSnapshots(engine, registry, time: clock, random: self.host.random)
    front.snapshots = { request throws(SeriesFault) in try await snapshots.snapshot(request) }
    self.parts.withLock {
      $0 = Parts(
        engine: engine, registry: registry, groups: groups, rankings: rankings,
        deletions: deletions)
    }
    self.roles.offer(front)
  }

  /// One node of several: liaisons of this process and of others read and write its rows.
  private func join(
    _ engine: SeriesEngine, _ registry: SchemaRegistry, _ groups: EngineGroups, _ folder: String
  ) async throws {
    let clock = self.host.group.loops[0]
    let snapshots = EngineSnapshots(engine, registry, time: clock, random: self.host.random)
    let (queries, rankings) = self.rows(engine, registry, groups)
    let upkeep = EngineUpkeep(engine, node: self.host.node, rankings: rankings)
    self.roles.offer(upkeep)
    let moves = try await LocalMoves.open(
      own: self.host.node,
      EngineShards(
        engine,
        archives: TableArchive(folder + "/archive", on: self.host.disk, time: clock)),
      self.host.facts, folder: folder,
      on: self.host.disk, time: clock, log: self.host.log)
    let node = LocalSeriesNode(
      self.host.node, queries, data: groups, moves: moves, upkeep: upkeep
    ) { request throws(SeriesFault) in try await snapshots.snapshot(request) }
    self.parts.withLock {
      $0 = Parts(
        engine: engine, registry: registry, groups: groups, rankings: rankings, deletions: nil,
        moves: moves)
    }
    self.roles.offer(node, registry)
    let address = try await self.host.link.open()
    let members = SeriesMembers(self.host.facts, time: clock)
    try await members.register(self.host.member(keepsRows: true) { $0.link = address }) { why in
      self.waiting.withLock { $0 = why }
    }
  }

  /// As clients see this process.
  private func node() -> DatabaseWire.Node {
    DatabaseWire.Node {
      $0.metadata = CommonWire.Metadata { $0.name = self.host.node }
      $0.roles = self.host.link.isShared ? [.data] : [.data, .liaison, .meta]
    }
  }

  func run() async throws {
    guard let parts = self.parts.withLock({ $0 }) else { return }
    // Flushes and merges take a loop for tenths of a second: not the first, which answers most.
    let background = self.host.group.loops.last
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        do throws(SeriesError) {
          try await parts.engine.run(background: background)
        } catch {
          self.failure.withLock { $0 = error.message }
          throw error
        }
      }
      tasks.addTask { try await parts.registry.run() }
      tasks.addTask { try await parts.groups.run() }
      tasks.addTask { try await parts.rankings.run() }
      if let deletions = parts.deletions { tasks.addTask { try await deletions.run() } }
      if let moves = parts.moves { tasks.addTask { try await moves.run() } }
      tasks.addTask { try await self.prune() }
      tasks.addTask { try await self.pruneSnapshots(parts.engine) }
      try await tasks.waitForAll()
    }
  }

  /// Lets go of views that nobody reads any more.
  private func prune() async throws(CancellationError) {
    while true {
      try await self.host.group.loops[0].sleep(for: .seconds(30))
      self.server.prune()
    }
  }

  private func pruneSnapshots(_ engine: SeriesEngine) async throws(CancellationError) {
    let configuration = self.host.configuration
    let upkeep = EngineUpkeep(engine, node: self.host.node)
    let pruning = SnapshotPruning(
      countMax: configuration[SeriesKeys.snapshotsMax],
      ageMin: configuration[SeriesKeys.snapshotAge], list: { try await upkeep.snapshots() },
      remove: { try await upkeep.removeSnapshot($0) })
    let counter = self.host.metrics.counter(
      "lake_series_snapshots_removed_total", "Snapshots that went because there were too many.")
    try await pruning.run(self.host.group.loops[0]) { counter.add(UInt64($0)) }
  }

  func stop() async {
    self.parts.withLock { $0 }?.engine.close()
    let places = self.places
    try? await self.host.pool.run { places.stop() }
  }

  var health: ServiceHealth {
    if let failure = self.failure.withLock({ $0 }) { return .degraded(failure) }
    if let waiting = self.waiting.withLock({ $0 }) { return .degraded(waiting) }
    guard let parts = self.parts.withLock({ $0 }) else { return .starting }
    let statistics = parts.engine.statistics
    if statistics.isDiskFull { return .degraded("the disk is too full for more rows") }
    if statistics.damagedParts > 0 {
      return .degraded("\(statistics.damagedParts) parts are damaged: see the log")
    }
    return parts.registry.isCurrent ? .ok : .behind("the schema is that of some time ago")
  }

  private func observe(_ engine: SeriesEngine) {
    func metric(
      _ name: String, _ help: String, counts: Bool = true,
      _ read: @escaping @Sendable (EngineStatistics) -> Double
    ) {
      self.host.metrics.observed("lake_series_\(name)", help, counts: counts, labels: [:]) {
        read(engine.statistics)
      }
    }
    metric("rows_written_total", "Rows that were taken.") { Double($0.rowsWritten) }
    metric("rows_expired_total", "Rows refused because their time was over.") {
      Double($0.rowsExpired)
    }
    metric("rows_replayed_total", "Rows that the journal brought back at the start.") {
      Double($0.rowsReplayed)
    }
    metric("writes_refused_total", "Writes refused for want of memory or disk.") {
      Double($0.writesRefused)
    }
    metric("flushes_total", "Times memory became a part.") { Double($0.flushes) }
    metric("merges_total", "Times parts became one.") { Double($0.merges) }
    metric("segments_dropped_total", "Segments whose time was over.") {
      Double($0.segmentsDropped)
    }
    metric("memory_bytes", "Memory of rows in no part yet.", counts: false) {
      Double($0.memoryBytes)
    }
    metric("memory_rows", "Rows in no part yet.", counts: false) { Double($0.memoryRows) }
    metric("journal_commits_total", "Writes of the journal with a sync.") {
      Double($0.journalCommits)
    }
    metric("journal_bytes_total", "Bytes of them.") { Double($0.journalBytes) }
    metric("journal_commit_seconds", "How long the latest of them took.", counts: false) {
      Double($0.journalNanoseconds) / 1e9
    }
    metric("journal_commit_seconds_max", "How long the longest took.", counts: false) {
      Double($0.journalNanosecondsMax) / 1e9
    }
    metric("page_cache_hits_total", "Pages of indexes that were in memory.") {
      Double($0.cacheHits)
    }
    metric("page_cache_misses_total", "Pages of indexes that were read.") {
      Double($0.cacheMisses)
    }
    metric("page_cache_bytes", "Memory of pages of indexes.", counts: false) {
      Double($0.cacheBytes)
    }
    metric("damaged_parts", "Parts that were found damaged.", counts: false) {
      Double($0.damagedParts)
    }
  }

  private func observe(_ rankings: RankingKeeper) {
    func metric(
      _ name: String, _ help: String, counts: Bool = true,
      _ read: @escaping @Sendable (RankingKeeper.Statistics) -> Int
    ) {
      self.host.metrics.observed("lake_series_ranking_\(name)", help, counts: counts, labels: [:]) {
        Double(read(rankings.statistics))
      }
    }
    metric("windows_total", "Windows of rankings whose counters were written.") { $0.windowsKept }
    metric("late_windows_total", "Windows of rankings that points came late for.") {
      $0.windowsLate
    }
    metric("waiting_windows", "Windows of rankings that wait to be made again.", counts: false) {
      $0.windowsWaiting
    }
    metric("failures_total", "Times counters of rankings could not be made.") { $0.failures }
  }
}
