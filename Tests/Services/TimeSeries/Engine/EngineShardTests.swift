import Runtime
import SeriesColumns
import SeriesWorkloads
import Simulation
import Testing
import Values

@testable import SeriesEngine

@Suite("shards that move from engine to engine")
struct EngineShardTests {
  private static let group = TestTables.group
  private static let all = ClosedRange(uncheckedBounds: (Int64.min, Int64.max))

  private static func write(_ engine: SeriesEngine, _ rows: [TestRow]) async throws {
    _ = try await engine.write([TestTables.batch(.stream, shard: 1, rows)])
  }

  private struct File: Sendable {
    var path: String
    var bytes: [UInt8]
  }

  private static func give(_ engine: SeriesEngine, _ name: String) async throws -> [File] {
    var files: [File] = []
    let linked = try await engine.linkShards(
      name, group: Self.group, times: Self.all, shards: [1])
    for file in linked {
      var bytes: [UInt8] = []
      while bytes.count < Int(file.bytes) {
        bytes += try await engine.read(
          file.path, ofLink: name, from: Int64(bytes.count), count: 1000)
      }
      files.append(File(path: file.path, bytes: bytes))
    }
    return files
  }

  private static func stage(
    _ engine: SeriesEngine, _ files: [File], _ name: String
  ) async throws {
    for file in files {
      let half = file.bytes.count / 2
      try await engine.stage(Array(file.bytes[half...]), at: Int64(half), of: file.path, as: name)
      let early = try await engine.checksum(of: file.path, as: name, byteCount: 1 << 40)
      #expect(early == nil)
      try await engine.stage(Array(file.bytes[..<half]), at: 0, of: file.path, as: name)
      let sum = try await engine.checksum(
        of: file.path, as: name, byteCount: Int64(file.bytes.count))
      #expect(sum != nil)
    }
  }

  private static func show(
    _ engine: SeriesEngine, _ files: [File], _ name: String
  ) async throws -> Int64 {
    try await engine.show(
      Set(files.map(\.path)), as: name, group: Self.group, times: Self.all, shards: [1])
  }

  @Test("rows that are shown take the place of those that were there, also after a power cut")
  func moves() throws {
    try Simulation.run(seed: 21) { world in
      let rows = (0..<6 as Range<Int64>).map { row(1, $0, 5) }
      let files = try await withEngine(world) { engine in
        for row in rows[..<3] { try await Self.write(engine, [row]) }
        try await engine.flush()
        for row in rows[3...] { try await Self.write(engine, [row]) }
        // What is in memory goes as well.
        return try await Self.give(engine, "a")
      }
      try await withEngine(world, at: "/other") { engine in
        // What is left of an earlier try, in a part and in memory.
        try await Self.write(engine, [rows[0], row(3, 1, 9)])
        try await engine.flush()
        try await Self.write(engine, [row(4, 1, 9)])
        try await Self.stage(engine, files, "in")
        #expect(try await Self.show(engine, files, "in") == 6)
        #expect(try await Set(allRows(engine, .stream)) == Set(rows))
        try await Self.write(engine, [row(2, 1, 7)])
      }
      world.disk.crash()
      try await withEngine(world, at: "/other") { engine in
        #expect(try await Set(allRows(engine, .stream)) == Set(rows + [row(2, 1, 7)]))
        #expect(try await engine.scrub().isEmpty)
        try await engine.merge(group: Self.group)
        #expect(try await allRows(engine, .stream).count == 7)
      }
    }
  }

  @Test("files that are missing or damaged show nothing, and a second try does")
  func refusals() throws {
    try Simulation.run(seed: 22) { world in
      let files = try await withEngine(world) { engine in
        try await Self.write(engine, [row(1, 0, 5)])
        return try await Self.give(engine, "a")
      }
      try await withEngine(world, at: "/other") { engine in
        try await Self.stage(engine, Array(files.dropLast()), "in")
        await #expect {
          _ = try await Self.show(engine, files, "in")
        } throws: { ($0 as? SeriesError)?.code == .unavailable }
        for at in files.indices {
          var broken = files
          broken[at].bytes[broken[at].bytes.count - 20] ^= 1
          let name = "broken-\(at)"
          try await Self.stage(engine, broken, name)
          let copy = broken
          await #expect {
            _ = try await Self.show(engine, copy, name)
          } throws: { ($0 as? SeriesError)?.code == .damaged }
        }
        #expect(try await allRows(engine, .stream).isEmpty)
        try await Self.stage(engine, files, "again")
        #expect(try await Self.show(engine, files, "again") == 1)
        #expect(try await allRows(engine, .stream) == [row(1, 0, 5)])
        await #expect {
          try await engine.stage([1], at: 0, of: "../drops", as: "x")
        } throws: { ($0 as? SeriesError)?.code == .malformed }
      }
    }
  }

  @Test("what is let go of is gone, and a view that holds it goes on")
  func clear() throws {
    try Simulation.run(seed: 23) { world in
      try await withEngine(world) { engine in
        try await Self.write(engine, [row(1, 0, 5)])
        try await engine.flush()
        try await Self.write(engine, [row(1, 1, 5)])
        let view = try await engine.view(group: Self.group, times: Self.all)
        try await engine.clear(group: Self.group, times: Self.all, shards: [2])
        #expect(try await allRows(engine, .stream).count == 2)
        try await engine.clear(group: Self.group, times: Self.all, shards: [1])
        #expect(try await allRows(engine, .stream).isEmpty)
        #expect(view.segments.flatMap(\.shards).contains { !$0.parts.isEmpty })
        // It takes rows again.
        try await Self.write(engine, [row(1, 2, 5)])
        #expect(try await allRows(engine, .stream) == [row(1, 2, 5)])
      }
    }
  }
}
