import Runtime
import SeriesColumns
import SeriesEngine
import SeriesWorkloads
import TestSupport
import Testing
import Values

@Suite("an engine on a real disk")
struct EngineSystemTests {
  @Test("keeps its rows from one opening to the next, and in a snapshot")
  func lives() async throws {
    let folder = TemporaryDirectory("series")
    var written: [TestRow] = []
    for life in 0..<4 as Range<Int64> {
      let rows = (0..<200).map { row(UInt64($0 % 20 + 1), life * 100 + Int64($0 / 20), life) }
      let before = written
      let snapshot = try await withLoops(2) { group in
        let engine = try await SeriesEngine.open(
          folder.file("series"), on: group.disk, clock: group.loops[0])
        engine.apply(group: TestTables.group, TestTables.options)
        return try await engine.running(background: group.loops[1]) { () -> String? in
          let found = try await allRows(engine, .measure)
          #expect(found.sorted() == before.sorted())
          _ = try await engine.write([TestTables.batch(.measure, shard: 0, rows)])
          if life == 1 { try await engine.flush() }
          guard life == 2 else { return nil }
          try await engine.merge(group: TestTables.group)
          return try await engine.snapshot("one")
        }
      }
      written += rows
      guard let snapshot else { continue }
      let expected = written
      try await withLoops { group in
        let engine = try await SeriesEngine.open(
          snapshot, on: group.disk, clock: group.loops[0])
        let found = try await allRows(engine, .measure)
        #expect(found.sorted() == expected.sorted())
        let damaged = try await engine.scrub()
        #expect(damaged.isEmpty)
      }
    }
  }
}
