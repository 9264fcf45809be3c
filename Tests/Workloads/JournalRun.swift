import Journal
import Runtime
import Simulation
import Values

/// One journal through several lives on one simulated disk: each opens it, checks what is there, works on
/// it, and ends by a power cut or a clean close.
final class JournalRun: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  let world: World
  let plan: JournalPlan
  let model = JournalModel()
  /// Records that were refused for want of space: they need not be there, though later ones may.
  private(set) var refused: Set<UInt64> = []
  private var nextAppender: UInt64 = 1

  init(_ world: World, _ plan: JournalPlan) {
    self.world = world
    self.plan = plan
  }

  /// One life. Returns whether it ended without a power cut; with `isKill` only the process is cut off,
  /// and the page cache stays.
  func live(cutAfter limit: Int?, isKill: Bool = false) async throws -> Bool {
    let disk = self.world.disk
    disk.cutAfterChange = limit.map { disk.changeCount + $0 }
    defer { self.end(isKill: isKill) }
    do {
      let journal = try await self.open()
      try await journal.running { try await self.workAndRead(journal) }
      return true
    } catch let error as JournalError {
      guard disk.isCut, error.code != .damaged else {
        throw CheckFailure("without a power cut: \(error)")
      }
      return false
    }
  }

  private func end(isKill: Bool) {
    let disk = self.world.disk
    guard disk.isCut else {
      disk.cutAfterChange = nil
      return
    }
    if isKill { disk.kill() } else { disk.restart() }
  }

  /// Opens the journal and holds what it recovered against the model.
  func open() async throws -> Journal {
    var records: [JournalRecord] = []
    let journal = try await Journal.open(
      "/journal", on: self.world.disk, clock: self.world.clock, random: self.world.random,
      options: self.plan.options
    ) { records.append($0.owned) }
    try self.model.check(recovered: records)
    try self.model.checkPrefixes(recovered: records, refused: self.refused)
    self.world.note("recovered \(records.count)")
    return journal
  }

  private func work(_ journal: Journal) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<self.plan.appenders {
        let appender = self.nextAppender
        self.nextAppender += 1
        group.addTask { try await self.append(journal, appender) }
      }
      if self.plan.trims { group.addTask { try await self.trim(journal) } }
      if self.plan.raisesEpoch {
        group.addTask { try await self.raiseEpoch(journal) }
      }
      try await group.waitForAll()
    }
  }

  /// The reader ends when the journal does.
  private func workAndRead(_ journal: Journal) async throws {
    try await withThrowingTaskGroup(of: Void.self) { readers in
      if self.plan.reads { readers.addTask { try await self.follow(journal) } }
      let failure: (any Error)?
      do {
        try await self.work(journal)
        failure = nil
      } catch {
        failure = error
      }
      journal.close()
      if let failure {
        _ = try? await readers.waitForAll()
        throw failure
      }
      try await readers.waitForAll()
    }
  }

  private func append(_ journal: Journal, _ appender: UInt64) async throws {
    var generator = self.world.generator("appender \(appender)")
    var tickets: [(UInt64, JournalTicket)] = []
    for turn in 0..<self.plan.recordsEach {
      let number = appender << 24 | UInt64(turn)
      let count = Int.random(in: 8...self.plan.recordBytesMax, using: &generator)
      let bytes = JournalModel.bytes(number, byteCount: count)
      self.model.attempt(number)
      if self.plan.usesTickets {
        tickets.append((number, try journal.appendNoWait(bytes)))
      } else {
        try await self.settle(number) { () throws(JournalError) in try await journal.append(bytes) }
      }
      if generator.chance(0.3) { await Task.yield() }
    }
    for (number, ticket) in tickets {
      try await self.settle(number) { () throws(JournalError) in try await ticket.position() }
    }
  }

  /// A record is acknowledged, or refused for want of space.
  private func settle(
    _ number: UInt64, _ append: () async throws(JournalError) -> JournalPosition
  ) async throws {
    do {
      let position = try await append()
      try self.model.acknowledge(number, at: position)
      self.world.note("\(number) at \(position)")
    } catch let error as JournalError where error.code == .outOfSpace || error.code == .io {
      // Not `poisoned`: the record is certainly not there.
      self.refused.insert(number)
      if self.world.disk.isCut { throw error }
    }
  }

  private func raiseEpoch(_ journal: Journal) async throws {
    do {
      try await journal.raiseEpoch(to: journal.epoch + 1)
    } catch {
      guard error.code == .outOfSpace || error.code == .io else { throw error }
    }
  }

  private func trim(_ journal: Journal) async throws {
    var generator = self.world.generator("trimmer")
    for _ in 0..<3 {
      let pause = Int.random(in: 1...1500, using: &generator)
      try await self.world.clock.sleep(for: .microseconds(pause))
      let end = journal.end
      guard end.segment > 1 else { continue }
      let segment = UInt64.random(in: 1...end.segment, using: &generator)
      self.model.beginTrim(segment)
      try await journal.trim(before: JournalPosition(segment: segment, offset: 0))
      self.model.endTrim(segment)
    }
  }

  /// What a reader was given must survive, and it must be given everything in order.
  private func follow(_ journal: Journal) async throws {
    let reader = journal.reader()
    var last = JournalPosition.start
    var count = 0
    do throws(JournalError) {
      while let record = try await reader.next() {
        try self.see(record, after: last)
        last = record.position
        count += 1
      }
    } catch {
      if error.code == .trimmed, self.plan.trims { return }
      throw error
    }
    let expected = self.model.expected(from: .start)
    guard self.plan.trims || count == expected.count else {
      throw CheckFailure("a reader was given \(count) of \(expected.count) records")
    }
  }

  private func see(
    _ record: JournalRecord, after last: JournalPosition
  ) throws(JournalError) {
    do {
      guard record.position > last else { throw CheckFailure("read \(record.position) twice") }
      try self.model.acknowledge(try JournalModel.number(record.bytes), at: record.position)
    } catch {
      preconditionFailure("seed \(self.world.seed): \(error)")
    }
  }
}
