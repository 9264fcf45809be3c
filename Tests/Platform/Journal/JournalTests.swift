import Bytes
import Crypto
import Journal
import Runtime
import Simulation
import Testing
import Values

@Suite("a journal", .simulated)
struct JournalTests {
  static func key(_ number: UInt8) throws -> JournalKey {
    var secret = [UInt8](repeating: number, count: 32)
    let name = [UInt8](repeating: number, count: 16)
    guard let id = JournalKeyID(name.rawBytes) else {
      throw JournalTestFailure(text: "no key id of \(number)")
    }
    return JournalKey(id: id, secret: SecretBytes(taking: &secret))
  }

  @Test(
    "gives records of every length back, whatever the border they meet",
    arguments: [false, true])
  func lengths(isSealed: Bool) async throws {
    var fixture = JournalFixture()
    if isSealed { fixture.options.sealing = JournalSealing(current: try Self.key(1)) }
    // Empty, around a block's room, around pages, over several blocks, over several segments.
    let room = 8192 - 96 - 8 - (isSealed ? 16 : 0)
    let lengths =
      [0, 1, 7, 8, 500, 3983, 3984, 4000, 4096]
      + (room - 9...room + 9) + [2 * room, 20_000, 65_536, 200_000]
    let records = lengths.enumerated().map { pattern($0.offset, byteCount: $0.element) }
    let positions = try await fixture.write(records)
    #expect(positions == positions.sorted())
    #expect(Set(positions).count == positions.count)
    let recovered = try await fixture.open().records
    #expect(recovered.map(\.bytes) == records)
    #expect(recovered.map(\.position) == positions)
  }

  @Test("recovers only what is asked for, from the position of any record")
  func fromPosition() async throws {
    let fixture = JournalFixture()
    let records = (0..<40).map { pattern($0, byteCount: 100 * $0) }
    let positions = try await fixture.write(records)
    for index in stride(from: 0, to: 40, by: 7) {
      let recovered = try await fixture.open(from: positions[index]).records
      #expect(recovered.map(\.position) == Array(positions[index...]))
    }
  }

  @Test("carries many appenders in few commits")
  func groupCommit() throws {
    let options = SimulationOptions { $0.disk.latency = .milliseconds(1) }
    let statistics = try Simulation.run(seed: 1, options: options) { world in
      let journal = try await Journal.open(
        "/j", on: world.disk, clock: world.clock, options: JournalFixture().options
      ) { _ in }
      try await journal.running {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<64 {
            group.addTask {
              for turn in 0..<10 {
                try await journal.append(pattern(writer * 10 + turn, byteCount: 100))
              }
            }
          }
          try await group.waitForAll()
        }
      }
      return journal.statistics
    }.value
    #expect(statistics.recordsAppended == 640)
    #expect(statistics.commits <= 25, "\(statistics)")
    #expect(statistics.queuedRecords == 0)
    #expect(statistics.queuedBytes == 0)
  }

  @Test("waits for company when it is told to")
  func batchDelay() throws {
    let commits = try Simulation.run(seed: 1) { world in
      var options = JournalFixture().options
      options.batchDelay = .milliseconds(5)
      let journal = try await Journal.open(
        "/j", on: world.disk, clock: world.clock, options: options
      ) { _ in }
      try await journal.running {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<20 {
            group.addTask {
              try await world.clock.sleep(for: .microseconds(100 * writer))
              try await journal.append(pattern(writer, byteCount: 10))
            }
          }
          try await group.waitForAll()
        }
      }
      return journal.statistics.commits
    }.value
    #expect(commits == 1)
  }

  @Test("tickets settle in order, and say whether they have")
  func tickets() async throws {
    let fixture = JournalFixture()
    let journal = try await fixture.open().journal
    let tickets = try (0..<10).map { try journal.appendNoWait(pattern($0, byteCount: 50)) }
    #expect(!tickets[0].isSettled)
    let positions = try await journal.running {
      var positions: [JournalPosition] = []
      for ticket in tickets { positions.append(try await ticket.position()) }
      return positions
    }
    #expect(positions == positions.sorted())
    #expect(tickets.count { $0.isSettled } == 10)
    #expect(journal.statistics.commits == 1)
  }

  @Test("refuses what is too much, too large, too late")
  func refusals() async throws {
    let fixture = JournalFixture()
    let journal = try await fixture.open {
      $0.queueRecordsMax = 3
      $0.queueBytesMax = 1000
      $0.recordBytesMax = 800
    }.journal
    func refusal(_ byteCount: Int, epoch: UInt64? = nil) -> JournalError.Code? {
      do throws(JournalError) {
        _ = try journal.appendNoWait(pattern(0, byteCount: byteCount), epoch: epoch)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(refusal(801) == .recordTooLarge)
    #expect(refusal(1, epoch: 7) == .fenced)
    #expect(refusal(600) == nil)
    #expect(refusal(600) == .overloaded)
    #expect(refusal(1) == nil)
    #expect(refusal(1) == nil)
    #expect(refusal(0) == .overloaded)
    journal.close()
    #expect(refusal(1) == .closed)
    try await journal.run()
    #expect(journal.statistics.recordsAppended == 3)
    #expect(journal.statistics.recordsRefused == 5)
  }

  @Test("a greater epoch fences the owner of a smaller one, also after reopening")
  func epochs() async throws {
    let fixture = JournalFixture()
    let journal = try await fixture.open { $0.epoch = 5 }.journal
    try await journal.running {
      try await journal.append([1], epoch: 5)
      try await journal.raiseEpoch(to: 9)
      let fenced = await #expect(throws: JournalError.self) {
        try await journal.append([2], epoch: 5)
      }
      #expect(fenced?.code == .fenced)
      let stale = await #expect(throws: JournalError.self) { try await journal.raiseEpoch(to: 9) }
      #expect(stale?.code == .staleEpoch)
      try await journal.append([3], epoch: 9)
    }
    fixture.disk.crash()
    let before = fixture.content
    let stale = await #expect(throws: JournalError.self) { try await fixture.open { $0.epoch = 8 } }
    #expect(stale?.code == .staleEpoch)
    #expect(fixture.content == before, "a stale owner changed the disk")
    let (reopened, records) = try await fixture.open()
    #expect(reopened.epoch == 9)
    #expect(records.map(\.epoch) == [5, 9])
    #expect(records.map(\.bytes) == [[1], [3]])
  }

  @Test("lets one in at a time")
  func locking() async throws {
    let fixture = JournalFixture()
    let first = try await fixture.open().journal
    let refused = await #expect(throws: JournalError.self) { try await fixture.open() }
    #expect(refused?.code == .locked)
    withExtendedLifetime(first) {}
  }

  @Test("what replays may refuse a record, which is then named")
  func replayRefused() async throws {
    struct NotMine: Error {}
    let fixture = JournalFixture()
    let positions = try await fixture.write([[1], [2]])
    let refused = await #expect(throws: JournalError.self) {
      try await Journal.open(
        "/j", on: fixture.disk, clock: fixture.clock, options: fixture.options
      ) { if $0.bytes.array == [2] { throw NotMine() } }
    }
    #expect(refused?.code == .replayRefused)
    #expect(refused?.cause is NotMine)
    #expect(refused?.message.contains("\(positions[1])") == true)
  }

  @Test("a journal that is never written to opens again and again")
  func emptyJournal() async throws {
    let fixture = JournalFixture()
    for _ in 0..<4 {
      try await fixture.write([])
      fixture.disk.crash()
    }
    #expect(try await fixture.open().records.isEmpty)
  }

  @Test("goes on behind its end after any number of openings")
  func reopening() async throws {
    let fixture = JournalFixture()
    var all: [[UInt8]] = []
    for life in 0..<20 {
      let records = (0..<5).map { pattern(life * 5 + $0, byteCount: 900 * $0) }
      try await fixture.write(records)
      all += records
      if life % 3 == 0 { fixture.disk.crash() }
    }
    #expect(try await fixture.open().records.map(\.bytes) == all)
  }

  @Test("cancelling the task that runs it closes it, and what is queued is written")
  func cancellation() async throws {
    let fixture = JournalFixture()
    let journal = try await fixture.open().journal
    let ticket = try journal.appendNoWait([1, 2, 3])
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await journal.run() }
      group.cancelAll()
      await group.waitForAll()
    }
    #expect(ticket.isSettled)
    _ = try await ticket.position()
    await #expect(throws: JournalError.self) { try await journal.append([4]) }
  }
}
