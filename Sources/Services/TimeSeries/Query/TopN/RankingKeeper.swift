import Runtime
import SeriesColumns
import SeriesSchema
import SeriesStorage
import SeriesWire
import Synchronization
import Values

// Of each ranking the best entities of each window are kept beside the points, so that a query reads a few
// rows instead of all points. They are made from the points themselves once a window is over, and again when
// a point comes late, so that they say what the points say.
//
// The order of things is what makes that true. To close windows the keeper (1) says from where on they are
// closed and takes a version, (2) waits for the writes that began before, (3) reads the points, (4) writes
// counters with that version. A write that begins after (1) and has points of closed windows takes a higher
// version and writes a row of late points together with them: such windows are not covered until they are
// made again.

/// Keeps the counters of rankings for the shards of one node.
package final class RankingKeeper: Sendable {
  package struct Options: Sendable {
    /// Points may come so long after the end of their window before they count as late.
    package var lateness = Duration.seconds(60)
    /// A closed window that late points came for is made again when none has come for so long.
    package var quiet = Duration.seconds(10)
    package var passInterval = Duration.seconds(5)
    package init() {}
  }

  package struct Statistics: Sendable, Hashable {
    /// Windows whose counters were written, of one ranking and shard each.
    package var windowsKept = 0
    /// Windows that points came late for.
    package var windowsLate = 0
    /// Those that wait to be made again.
    package var windowsWaiting = 0
    package var failures = 0
  }

  struct Place: Hashable {
    var shard: UInt32
    var window: Int64
  }

  /// A measure that rankings are made of.
  struct Source {
    /// Windows that begin before this may have counters.
    var closedBelow = Int64.min
    /// By ranking: windows before this are done.
    var doneBelow: [SchemaKey: Int64] = [:]
    /// When points came last for windows that are to be made again.
    var late: [Place: MonotonicTime] = [:]
    /// Writes under way, by whether they began in an even or odd pass.
    var writing = [0, 0]
    var turn = 0
    /// Whether it is known what was kept before this process.
    var isLoaded = false
    /// By ranking that is to be made anew.
    var rebuilds: [SchemaKey: Rebuild] = [:]
  }

  /// Who asks for a ranking anew gets a number; all up to `done` were made, or failed for a reason.
  struct Rebuild {
    var asked = 0
    var done = 0
    var failure: String?
  }

  struct State {
    var sources: [SchemaKey: Source] = [:]
    var version: Int64 = 0
    var statistics = Statistics()
    var rules: [SchemaKey: [RankingSource]] = [:]
    var generation: UInt64?
  }

  /// More late windows than this are not remembered: their points are read by each query.
  private static let lateMax = 1 << 16

  let environment: QueryEnvironment
  /// The name of this node: counters of others, which may have come here with their points, are not used.
  let node: String
  let options: Options
  let state = Mutex(State())

  /// - Parameter environment: of this node alone.
  package init(
    _ environment: QueryEnvironment, node: String, _ options: Options = Options()
  ) {
    self.environment = environment
    self.node = node
    self.options = options
  }

  package var statistics: Statistics {
    self.state.withLock { state in
      var statistics = state.statistics
      statistics.windowsWaiting = state.sources.values.reduce(0) { $0 + $1.late.count }
      return statistics
    }
  }

  // MARK: Rules

  /// The rankings that are kept, by their source.
  func rules() -> [SchemaKey: [RankingSource]] {
    let schema = self.environment.registry.current
    return self.state.withLock { state in
      if state.generation == schema.generation { return state.rules }
      var rules: [SchemaKey: [RankingSource]] = [:]
      for group in schema.groups {
        guard let name = group.metadata?.name else { continue }
        for rule in schema.objects(DatabaseWire.TopNAggregation.self, in: name) {
          let key = SchemaKey(.topN, name, rule.metadata?.name ?? "")
          guard let source = try? RankingSource(key, rule, self.environment), source.isKept else {
            continue
          }
          rules[source.mapping.subject.key, default: []].append(source)
        }
      }
      state.rules = rules
      state.generation = schema.generation
      for key in state.sources.keys where rules[key] == nil { state.sources[key] = nil }
      return rules
    }
  }

  private static func version(_ state: inout State, _ time: any TimeSource) -> Int64 {
    state.version = max(state.version + 1, time.wallNow.nanoseconds)
    return state.version
  }

  // MARK: Writes

  /// A write under way: the sources it writes points of, and the rows that go with it.
  struct Write {
    var turns: [(key: SchemaKey, turn: Int)] = []
    var late: [RowBatch] = []
  }

  /// To be called before rows are written; `end` must follow.
  func begin(_ batches: [RowBatch]) -> Write {
    let rules = self.rules()
    var write = Write()
    guard !rules.isEmpty else { return write }
    let now = self.environment.time.now
    for batch in batches where batch.schema.kind == .measure {
      let key = SchemaKey(.measure, batch.group, batch.schema.name)
      guard let interval = rules[key]?.first?.interval else { continue }
      let (closedBelow, version) = self.state.withLock { state -> (Int64, Int64) in
        let turn = state.sources[key, default: Source()].turn
        state.sources[key, default: Source()].writing[turn] += 1
        write.turns.append((key, turn))
        return (
          state.sources[key]?.closedBelow ?? .min, Self.version(&state, self.environment.time)
        )
      }
      var windows: Set<Int64> = []
      var last = Int64.min
      for time in batch.timestamps where time < closedBelow {
        let start = WindowFold.start(of: time, interval)
        guard start != last, start < closedBelow else { continue }
        last = start
        windows.insert(start)
      }
      guard !windows.isEmpty else { continue }
      write.late.append(self.late(windows, batch, version))
      self.note(windows, of: key, batch.shard, at: now)
    }
    return write
  }

  private func late(_ windows: Set<Int64>, _ batch: RowBatch, _ version: Int64) -> RowBatch {
    var late = RowBatch(group: batch.group, schema: RankingTable.schema, shard: batch.shard)
    let series = RankingTable.lateSeries(batch.schema.name, shard: batch.shard)
    for window in windows.sorted() {
      RankingTable.add(
        series: series, of: batch.schema.name, window: window, version: version, counters: nil,
        to: &late)
    }
    return late
  }

  private func note(
    _ windows: Set<Int64>, of key: SchemaKey, _ shard: UInt32, at now: MonotonicTime
  ) {
    self.state.withLock { state in
      state.statistics.windowsLate += windows.count
      for window in windows {
        guard state.sources[key]?.late.count ?? 0 < Self.lateMax else { return }
        state.sources[key]?.late[Place(shard: shard, window: window)] = now
      }
    }
  }

  func end(_ write: Write) {
    guard !write.turns.isEmpty else { return }
    self.state.withLock { state in
      for (key, turn) in write.turns { state.sources[key]?.writing[turn] -= 1 }
    }
  }

  // MARK: Passes

  /// Until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      try await self.environment.time.sleep(for: self.options.passInterval)
      try await self.pass()
    }
  }

  /// Closes what is over, and makes again what points came late for.
  package func pass() async throws(CancellationError) {
    for (key, rules) in self.rules().sorted(by: { "\($0.key)" < "\($1.key)" }) {
      do throws(SeriesFault) {
        try await self.load(key, rules)
      } catch {
        self.state.withLock { state in
          state.statistics.failures += 1
          for rule in rules { state.sources[key]?.rebuilds[rule.key]?.fail(error.message) }
        }
        continue
      }
      guard let round = self.open(key, rules) else { continue }
      try await self.drain(key, round.turn)
      do throws(SeriesFault) {
        let kept = try await RankingRound(round, rules, self.environment, on: self.node).run()
        self.state.withLock { $0.statistics.windowsKept += kept }
        self.close(key, rules, round)
      } catch {
        self.putBack(key, round, error.message)
      }
    }
  }

  private func open(_ key: SchemaKey, _ rules: [RankingSource]) -> RankingRound.Work? {
    guard let interval = rules.first?.interval else { return nil }
    let (now, wall) = (self.environment.time.now, self.environment.time.wallNow.nanoseconds)
    let closable = WindowFold.start(
      of: wall - self.options.lateness.nanosecondsClamped, interval)
    return self.state.withLock { state in
      var source = state.sources[key] ?? Source()
      defer { state.sources[key] = source }
      for rule in rules where source.doneBelow[rule.key] == nil {
        source.doneBelow[rule.key] = min(closable, rule.keptFrom)
        source.closedBelow = max(source.closedBelow, min(closable, rule.keptFrom))
      }
      let rebuilds = source.rebuilds.filter { $0.value.asked > $0.value.done }.mapValues(\.asked)
      let from = rules.map {
        rebuilds[$0.key] != nil ? .min : source.doneBelow[$0.key] ?? closable
      }
      let quiet = source.late.filter { $0.value + self.options.quiet <= now }
      guard from.contains(where: { $0 < closable }) || !quiet.isEmpty else { return nil }
      for place in quiet.keys { source.late[place] = nil }
      source.closedBelow = max(source.closedBelow, closable)
      let turn = source.turn
      source.turn = 1 - turn
      return RankingRound.Work(
        from: from, through: closable, late: Array(quiet.keys), rebuilds: rebuilds, turn: turn,
        version: Self.version(&state, self.environment.time))
    }
  }

  /// Waits for the writes that began before the windows were closed.
  private func drain(_ key: SchemaKey, _ turn: Int) async throws(CancellationError) {
    while self.state.withLock({ $0.sources[key]?.writing[turn] ?? 0 }) > 0 {
      try await self.environment.time.sleep(for: .milliseconds(5))
    }
  }

  private func close(_ key: SchemaKey, _ rules: [RankingSource], _ work: RankingRound.Work) {
    self.state.withLock { state in
      for rule in rules {
        let done = state.sources[key]?.doneBelow[rule.key] ?? .min
        state.sources[key]?.doneBelow[rule.key] = max(done, work.through)
        guard let number = work.rebuilds[rule.key] else { continue }
        state.sources[key]?.rebuilds[rule.key]?.done = number
        state.sources[key]?.rebuilds[rule.key]?.failure = nil
      }
    }
  }

  private func putBack(_ key: SchemaKey, _ work: RankingRound.Work, _ why: String) {
    let now = self.environment.time.now
    self.state.withLock { state in
      state.statistics.failures += 1
      for place in work.late { state.sources[key]?.late[place] = now }
      for rule in work.rebuilds.keys { state.sources[key]?.rebuilds[rule]?.fail(why) }
    }
  }

  // MARK: Start

  /// Finds out what is kept already of what `batches` write, before they are written: once.
  func prepare(_ batches: [RowBatch]) async throws(SeriesFault) {
    guard self.state.withLock({ $0.generation != nil }) else {
      // Until the schema is known, nobody can tell for which points counters are kept.
      do {
        try await self.environment.registry.ready()
      } catch {
        throw SeriesFault(.unavailable, "the schema was not read yet")
      }
      _ = self.rules()
      return try await self.prepare(batches)
    }
    let rules = self.rules()
    guard !rules.isEmpty else { return }
    for batch in batches where batch.schema.kind == .measure {
      let key = SchemaKey(.measure, batch.group, batch.schema.name)
      if let rules = rules[key] { try await self.load(key, rules) }
    }
  }

  func load(_ key: SchemaKey, _ rules: [RankingSource]) async throws(SeriesFault) {
    guard !self.state.withLock({ $0.sources[key]?.isLoaded ?? false }) else { return }
    let found = try await RankingRound.stored(key, rules, self.environment, on: self.node)
    let now = self.environment.time.now
    self.state.withLock { state in
      state.version = max(state.version, found.version)
      var source = state.sources[key] ?? Source()
      guard !source.isLoaded else { return }
      for (rule, done) in zip(rules, found.doneBelow) {
        guard let done else { continue }
        source.doneBelow[rule.key] = done
        source.closedBelow = max(source.closedBelow, done)
      }
      for place in found.late.prefix(Self.lateMax) { source.late[place] = now }
      source.isLoaded = true
      state.sources[key] = source
    }
  }
}
