import Journal
import Runtime
import Simulation
import Testing
import Values

@Suite("a reader of a journal", .simulated)
struct JournalReaderTests {
  @Test("follows the end and is woken by commits", arguments: 0..<20 as Range<UInt64>)
  func follows(seed: UInt64) throws {
    let options = SimulationOptions { $0.disk.latency = .microseconds(200) }
    let result = try Simulation.run(seed: seed, options: options) { world in
      let journal = try await Journal.open(
        "/j", on: world.disk, clock: world.clock,
        options: JournalOptions {
          $0.segmentBytes = 8 * 4096
          $0.blockBytesMax = 8192
          $0.batchBytesMax = 8192
        }
      ) { _ in }
      return try await journal.running {
        try await withThrowingTaskGroup(of: [JournalRecord].self) { group in
          for _ in 0..<3 {
            group.addTask {
              let reader = journal.reader()
              var records: [JournalRecord] = []
              while let record = try await reader.next() { records.append(record) }
              return records
            }
          }
          var positions: [JournalPosition] = []
          for number in 0..<60 {
            positions.append(try await journal.append(pattern(number, byteCount: number * 40)))
          }
          journal.close()
          var all: [[JournalRecord]] = []
          for try await records in group { all.append(records) }
          return (positions, all)
        }
      }
    }
    let (positions, all) = result.value
    #expect(all.count == 3)
    for records in all {
      #expect(records.map(\.position) == positions)
      #expect(
        records.enumerated().allSatisfy {
          $0.element.bytes == pattern($0.offset, byteCount: $0.offset * 40)
        })
    }
  }

  @Test("starts at any record")
  func fromPositions() async throws {
    let fixture = JournalFixture()
    let records = (0..<30).map { pattern($0, byteCount: $0 * 300) }
    let positions = try await fixture.write(records)
    let journal = try await fixture.open().journal
    for index in positions.indices {
      let reader = journal.reader(from: positions[index])
      let record = try await reader.next(waits: false)
      #expect(record?.position == positions[index])
      #expect(record?.bytes == records[index])
    }
    let end = journal.reader(from: journal.end)
    #expect(try await end.next(waits: false) == nil)
  }

  @Test("sees nothing that is not durable, though its bytes are in the file")
  func onlyDurable() async throws {
    let fixture = JournalFixture()
    let journal = try await fixture.open().journal
    do {
      try await journal.running {
        try await journal.append([1])
        fixture.disk.failsSyncs = true
        let error = await #expect(throws: JournalError.self) { try await journal.append([2]) }
        #expect(error?.code == .poisoned)
        let reader = journal.reader()
        #expect(try await reader.next()?.bytes == [1])
        let end = await #expect(throws: JournalError.self) { try await reader.next() }
        #expect(end?.code == .poisoned)
        let later = await #expect(throws: JournalError.self) { try await journal.append([3]) }
        #expect(later?.code == .poisoned)
      }
      Issue.record("a poisoned journal ended well")
    } catch {
      #expect((error as? JournalError)?.code == .poisoned)
    }
  }

  @Test("is told when the records it stands on were trimmed")
  func trimmed() async throws {
    let fixture = JournalFixture()
    let records = (0..<100).map { pattern($0, byteCount: 3000) }
    let journal = try await fixture.open().journal
    try await journal.running {
      var positions: [JournalPosition] = []
      for record in records { positions.append(try await journal.append(record)) }
      let slow = journal.reader()
      #expect(try await slow.next()?.bytes == records[0])
      let middle = positions[70]
      try await journal.trim(before: middle)
      // More records, so that the trimmed files are recycled and overwritten.
      for record in records { try await journal.append(record) }
      var seen = 1
      let error = await #expect(throws: JournalError.self) {
        while let record = try await slow.next() {
          #expect(record.bytes == records[seen])
          seen += 1
        }
      }
      #expect(error?.code == .trimmed)
      let early = journal.reader(from: positions[3])
      let refused = await #expect(throws: JournalError.self) { try await early.next() }
      #expect(refused?.code == .trimmed)
      let late = journal.reader(from: middle)
      #expect(try await late.next()?.bytes == records[70])
      let oldest = journal.reader()
      #expect(try await oldest.next()?.position.segment == middle.segment)
    }
  }

  @Test("does not hand over bytes that were changed under it")
  func damage() async throws {
    let fixture = JournalFixture()
    let positions = try await fixture.write((0..<10).map { pattern($0, byteCount: 3000) })
    let journal = try await fixture.open().journal
    fixture.disk.flipBit(Int(positions[5].offset + 100) * 8 + 3, of: fixture.segments[0])
    let reader = journal.reader()
    for number in 0..<5 {
      #expect(try await reader.next(waits: false)?.bytes == pattern(number, byteCount: 3000))
    }
    let error = await #expect(throws: JournalError.self) { try await reader.next(waits: false) }
    #expect(error?.code == .damaged)
    #expect(error?.file == fixture.segments[0])
  }

  @Test("wakes when its task is cancelled")
  func cancelled() throws {
    try Simulation.run(seed: 1) { world in
      let journal = try await Journal.open(
        "/j", on: world.disk, clock: world.clock, options: JournalFixture().options
      ) { _ in }
      try await journal.running {
        try await journal.append([1])
        let reader = JournalReaderBox(journal.reader(from: journal.end))
        await withTaskGroup(of: Bool.self) { group in
          group.addTask { (try? await reader.reader.next()) == nil }
          try? await world.clock.sleep(for: .seconds(1))
          group.cancelAll()
          #expect(await group.next() == true)
        }
      }
    }
  }
}

private final class JournalReaderBox: @unchecked Sendable {
  // Sendable: handed to one task.
  let reader: JournalReader
  init(_ reader: JournalReader) { self.reader = reader }
}
