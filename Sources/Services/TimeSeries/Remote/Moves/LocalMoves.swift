package import Cluster
package import Observability
package import Runtime
package import SeriesColumns
package import SeriesStorage
import Values

/// The moves of the shards of this node.
///
/// What a fence has refused stays refused after a kill: the ledger is on disk before anything relies on it. Fences and
/// shards that came are resolved by what the placement says; when nobody moves the placement in time, the
/// node does, and whoever began the move finds that it was.
package final class LocalMoves: NodeMoves {
  package struct Options: Sendable {
    /// How long rows are refused for a move that does not end.
    package var openMax = Duration.seconds(20)
    package var settleInterval = Duration.seconds(2)
    package init() {}
    package init(_ change: (inout Options) -> Void) { change(&self) }
  }

  struct State: Sendable {
    var ledger: MoveLedger
    /// When entries became open in this process.
    var openedAt: [MoveLedger.Entry: MonotonicTime] = [:]
    var lastTicket: UInt64 = 0
    /// Writes under way.
    var tickets: Set<UInt64> = []
  }

  let own: String
  let store: any ShardStore
  let facts: PlacementFacts
  private let folder: String
  private let disk: any Disk
  private let time: any TimeSource
  private let options: Options
  let log: Logger
  let state: Guarded<State>
  /// Changes of the ledger, one at a time, with their file.
  private let changing = Turnstile()
  /// What comes and what goes, one at a time.
  let placing = Turnstile()

  private init(
    own: String, _ store: any ShardStore, _ facts: any Facts, folder: String, on disk: any Disk,
    time: any TimeSource, log: Logger, options: Options, ledger: MoveLedger
  ) {
    self.own = own
    self.store = store
    self.facts = PlacementFacts(facts)
    self.folder = folder
    self.disk = disk
    self.time = time
    self.log = log
    self.options = options
    self.state = Guarded(State(ledger: ledger))
  }

  /// Opens the ledger in a folder.
  package static func open(
    own: String, _ store: any ShardStore, _ facts: any Facts, folder: String, on disk: any Disk,
    time: any TimeSource, log: Logger, options: Options = Options()
  ) async throws(SeriesError) -> LocalMoves {
    var ledger = MoveLedger()
    do {
      let bytes = try await disk.readAll(folder + "/ledger", limit: 64 << 20)
      do throws(ColumnError) { ledger = try MoveLedger(bytes) } catch {
        throw SeriesError(.damaged, "\(folder)/ledger: \(error.message)")
      }
    } catch let error as SeriesError {
      throw error
    } catch {
      guard (error as? IOFailure)?.isNotFound ?? false else {
        throw SeriesError(.io, "\(folder)/ledger cannot be read: \(error)")
      }
    }
    return LocalMoves(
      own: own, store, facts, folder: folder, on: disk, time: time, log: log, options: options,
      ledger: ledger)
  }

  // MARK: The way of rows

  /// Lets a write in, when its shards are here for whoever sends it. It is under way until `leave`.
  func enter(_ batches: [Delivery.Batch]) throws(SeriesError) -> UInt64 {
    let ticket = self.state.withLock { state -> UInt64? in
      guard batches.allSatisfy({ state.ledger.takes($0.rows, $0.epoch) }) else { return nil }
      state.lastTicket += 1
      state.tickets.insert(state.lastTicket)
      return state.lastTicket
    }
    guard let ticket else { throw self.moved() }
    return ticket
  }

  func leave(_ ticket: UInt64) { self.state.withLock { _ = $0.tickets.remove(ticket) } }

  /// Called with a view in hand, or an answer: what was let go of before was not seen.
  func check(_ shares: [String: GroupShare]) throws(SeriesError) {
    let isHere = self.state.withLock { state in
      shares.allSatisfy { state.ledger.answers($0.key, $0.value) }
    }
    guard isHere else { throw self.moved() }
  }

  private func moved() -> SeriesError {
    SeriesError(.moved, "shards that are asked for have been moved from or to node \(self.own)")
  }

  // MARK: The ledger

  func change(
    _ body: (inout MoveLedger) -> Void
  ) async throws(SeriesError) {
    await self.changing.enter()
    defer { self.changing.leave() }
    let (before, ledger) = self.state.withLock { state in
      let before = state.ledger
      body(&state.ledger)
      return (before, state.ledger)
    }
    guard ledger != before else { return }
    let now = self.time.now
    self.state.withLock { state in
      for entry in ledger.entries where entry.state == .open && state.openedAt[entry] == nil {
        state.openedAt[entry] = now
      }
      state.openedAt = state.openedAt.filter { ledger.entries.contains($0.key) }
    }
    do throws(IOFailure) {
      try await self.disk.createDirectories(self.folder)
      try await self.disk.replace(self.folder + "/ledger", with: ledger.bytes)
    } catch {
      // It stays refused in memory: that is right, and who asked hears that it is not durable.
      throw SeriesError(.io, "the ledger of moves cannot be written: \(error)")
    }
  }

  static func opened(_ range: ShardRange, _ epoch: UInt64) -> [MoveLedger.Entry] {
    range.shards.sorted().map {
      MoveLedger.Entry(
        group: range.group, shard: $0, times: range.times, epoch: epoch, state: .open)
    }
  }

  package var files: any ShardFiles { self.store }

  // MARK: Going

  package func link(
    _ range: ShardRange, as name: String, epoch: UInt64
  ) async throws(SeriesError) -> [ShardFile] {
    try await self.bringBack(range.group, epoch: .max)
    if epoch > 0 {
      try await self.change { ledger in
        for entry in Self.opened(range, epoch) { ledger.set(entry) }
      }
      try await self.waitForWrites()
    }
    return try await self.store.link(range, as: name)
  }

  /// Waits until the writes that are under way are not any more.
  func waitForWrites() async throws(SeriesError) {
    let tickets = self.state.withLock { $0.tickets }
    while !self.state.withLock({ $0.tickets.isDisjoint(with: tickets) }) {
      do throws(CancellationError) { try await self.time.sleep(for: .milliseconds(2)) } catch {
        throw SeriesError(.closed, "nobody waits for the move any more")
      }
    }
  }

  // MARK: Coming

  package func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>,
    epoch: UInt64
  ) async throws(SeriesError) -> Int64 {
    await self.placing.enter()
    defer { self.placing.leave() }
    // What is here of them goes; it must not be what somebody reads.
    if let found = try await self.facts.get(range.group) {
      guard found.placement.epoch < epoch,
        !range.shards.contains(where: { found.placement.has(self.own, $0, range.times) })
      else { throw SeriesError(.moved, "node \(self.own) has shards that are to come to it") }
    }
    try await self.change { ledger in
      for entry in Self.opened(range, epoch) { ledger.set(entry) }
    }
    return try await self.store.show(files, as: name, range, without: tables)
  }

  // MARK: What becomes of it

  /// Resolves what is open, now and then, until the task is cancelled.
  package func run() async throws(CancellationError) {
    // What an earlier start has let go of may be back from the journal.
    var left = self.state.withLock { $0.ledger.groups }
    while true {
      for group in left {
        do throws(SeriesError) {
          try await self.settle(group)
          left.remove(group)
        } catch {
          self.log.warning(
            "moves of group \(group) are not settled", ["error": .text(error.message)])
        }
      }
      try await self.time.sleep(for: self.options.settleInterval)
      left.formUnion(self.state.withLock { $0.ledger.openGroups })
    }
  }

  package func settle(_ group: String) async throws(SeriesError) {
    guard var found = try await self.facts.get(group) else { return }
    let open = self.state.withLock { state in
      state.ledger.entries(of: group).filter { $0.state == .open }.map { entry in
        (entry, state.openedAt[entry] ?? MonotonicTime(nanoseconds: 0))
      }
    }
    for (entry, since) in open
    where found.placement.epoch < entry.epoch && self.time.now - since > self.options.openMax {
      // Whoever began has not ended it: its last step must fail from now on.
      var placement = found.placement
      placement.epoch = entry.epoch
      _ = try await self.facts.put(group, placement, over: found)
      guard let now = try await self.facts.get(group) else { return }
      found = now
    }
    try await self.resolve(group, found.placement)
  }

  private func resolve(_ group: String, _ placement: ShardPlacement) async throws(SeriesError) {
    await self.placing.enter()
    defer { self.placing.leave() }
    try await self.keepPromise(group, placement)
    try await self.change { ledger in
      for var entry in ledger.entries(of: group) where placement.epoch >= entry.epoch {
        let isHere = placement.has(self.own, entry.shard, entry.times)
        let here = entry.state == .restored ? entry.state : .held
        entry.state = isHere ? here : .released
        ledger.set(entry)
      }
    }
    let held = self.store.held().filter { $0.group == group }
    let entries = self.state.withLock { $0.ledger.entries(of: group) }
    for entry in entries where entry.state == .released {
      // Some that came meanwhile may stand in the place of what went.
      let isComing = entries.contains {
        $0.state == .open && $0.shard == entry.shard && $0.times.overlaps(entry.times)
      }
      guard !isComing,
        held.contains(where: { $0.shard == entry.shard && entry.times.overlaps($0.segment) })
      else { continue }
      try await self.store.clear(entry.range)
      self.log.info(
        "shard \(entry.shard) of group \(group) is elsewhere now",
        ["group": .text(group), "epoch": .integer(Int64(clamping: entry.epoch))])
    }
  }
}
