import Journal
import Runtime
import TestSupport
import Testing
import Values

@Suite("a journal on the machine's disk")
struct JournalSystemTests {
  @Test(
    "keeps the records of many writers on several loops, through recycled segments",
    arguments: [BackendChoice.automatic, .epoll], [true, false])
  func manyWriters(backend: BackendChoice, isDirect: Bool) async throws {
    let folder = TemporaryDirectory("journal")
    let options = JournalOptions {
      $0.segmentBytes = 256 << 10
      $0.blockBytesMax = 64 << 10
      $0.batchBytesMax = 128 << 10
      $0.isDirect = isDirect
    }
    try await withLoops(2, backend: backend) { group in
      let clock = group.loops[0]
      let journal = try await Journal.open(
        folder.file("j"), on: group.disk, clock: clock, options: options
      ) { _ in }
      let positions = try await journal.running {
        try await withThrowingTaskGroup(of: [JournalPosition].self) { writers in
          for writer in 0..<16 {
            let loop = group.loops[writer % 2]
            writers.addTask(executorPreference: loop) {
              var positions: [JournalPosition] = []
              for turn in 0..<40 {
                let bytes = pattern(writer * 100 + turn, byteCount: 50 * turn)
                positions.append(try await journal.append(bytes))
              }
              return positions
            }
          }
          var all: [JournalPosition] = []
          for try await positions in writers {
            #expect(positions == positions.sorted())
            all += positions
          }
          return all.sorted()
        }
      }
      #expect(Set(positions).count == 640)
      #expect(journal.statistics.commits < 640)
      try await Self.reopen(folder, group, options, positions)
    }
  }

  private static func reopen(
    _ folder: TemporaryDirectory, _ group: EventLoopGroup, _ options: JournalOptions,
    _ positions: [JournalPosition]
  ) async throws {
    let middle = positions[400]
    var found: [JournalPosition] = []
    let journal = try await Journal.open(
      folder.file("j"), on: group.disk, clock: group.loops[0], options: options
    ) { found.append($0.position) }
    #expect(found == positions)
    try await journal.running {
      try await journal.trim(before: middle)
      let reader = journal.reader(from: middle)
      #expect(try await reader.next()?.position == middle)
      for number in 0..<20 { try await journal.append(pattern(number, byteCount: 30_000)) }
    }
  }

  @Test("is locked against a second opening while it lives")
  func locking() async throws {
    let folder = TemporaryDirectory("journal")
    try await withLoops { group in
      let options = JournalOptions { $0.segmentBytes = 64 << 10 }
      var first: Journal? = try await Journal.open(
        folder.file("j"), on: group.disk, clock: group.loops[0], options: options
      ) { _ in }
      let refused = await #expect(throws: JournalError.self) {
        try await Journal.open(
          folder.file("j"), on: group.disk, clock: group.loops[0], options: options
        ) { _ in }
      }
      #expect(refused?.code == .locked)
      withExtendedLifetime(first) {}
      first = nil
      _ = try await Journal.open(
        folder.file("j"), on: group.disk, clock: group.loops[0], options: options
      ) { _ in }
    }
  }
}
