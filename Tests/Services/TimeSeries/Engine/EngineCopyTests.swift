import Bytes
import Crypto
import Runtime
import SeriesColumns
import SeriesWorkloads
import Simulation
import Testing
import Values

@testable import SeriesEngine

@Suite("copies of an engine")
struct EngineCopyTests {
  private static let group = TestTables.group

  private static func write(
    _ engine: SeriesEngine, _ rows: [TestRow]
  ) async throws {
    _ = try await engine.write([TestTables.batch(.measure, shard: 1, rows)])
  }

  /// All bytes of a snapshot, by path below the group.
  private static func copy(
    _ engine: SeriesEngine, _ name: String
  ) async throws -> [(path: String, bytes: [UInt8])] {
    let snapshot = try #require(try await engine.snapshots().first { $0.name == name })
    var files: [(path: String, bytes: [UInt8])] = []
    for file in snapshot.files {
      #expect(file.group == Self.group)
      var bytes: [UInt8] = []
      while bytes.count < Int(file.bytes) {
        bytes += try await engine.read(
          file.path, ofSnapshot: name, from: Int64(bytes.count), count: 100)
      }
      let path = file.path.split(separator: "/").dropFirst(2).joined(separator: "/")
      files.append((path, bytes))
    }
    return files
  }

  private static func take(
    _ engine: SeriesEngine, _ files: [(path: String, bytes: [UInt8])]
  ) async throws {
    _ = try await engine.openRestore(group: Self.group, as: "b")
    for file in files {
      let half = file.bytes.count / 2
      try await engine.write(
        Array(file.bytes[..<half]), at: 0, to: file.path, restoring: Self.group, as: "b")
      try await engine.write(
        Array(file.bytes[half...]), at: Int64(half), to: file.path, restoring: Self.group,
        as: "b")
    }
    var sizes: [String: Int64] = [:]
    for file in files { sizes[file.path] = Int64(file.bytes.count) }
    try await engine.prepareRestore(group: Self.group, as: "b", files: sizes)
  }

  private static func restore(
    _ engine: SeriesEngine, _ files: [(path: String, bytes: [UInt8])]
  ) async throws {
    try await self.take(engine, files)
    try await engine.showRestore(group: Self.group, as: "b")
  }

  @Test("a group comes back from a snapshot's files, and takes rows that stay")
  func restore() throws {
    try Simulation.run(seed: 11) { world in
      let files = try await withEngine(world) { engine in
        for step in 0..<5 as Range<Int64> { try await Self.write(engine, [row(1, step, 5)]) }
        _ = try await engine.snapshot("a")
        return try await Self.copy(engine, "a")
      }
      let later = row(2, 9, 6)
      try await withEngine(world, at: "/other") { engine in
        try await Self.restore(engine, files)
        #expect(try await allRows(engine, .measure).count == 5)
        // An engine that has just begun counts from below what the parts hold.
        try await Self.write(engine, [later])
        #expect(try await allRows(engine, .measure).count == 6)
        try await engine.flush()
      }
      try await withEngine(world, at: "/other") { engine in
        let rows = try await allRows(engine, .measure)
        #expect(rows.count == 6)
        #expect(rows.contains(later))
      }
    }
  }

  @Test("a group that holds rows, a damaged manifest and a path that leads away are refused")
  func refusals() throws {
    try Simulation.run(seed: 12) { world in
      let files = try await withEngine(world) { engine in
        try await Self.write(engine, [row(1, 0, 5)])
        _ = try await engine.snapshot("a")
        await #expect { try await engine.openRestore(group: Self.group, as: "b") } throws: {
          ($0 as? SeriesError)?.code == .alreadyThere
        }
        await #expect {
          try await engine.read("../drops", ofSnapshot: "a", from: 0, count: 1)
        } throws: { ($0 as? SeriesError)?.code == .malformed }
        return try await Self.copy(engine, "a")
      }
      try await withEngine(world, at: "/other") { engine in
        var broken = files
        for index in broken.indices where broken[index].path.hasSuffix("manifest") {
          broken[index].bytes[20] ^= 1
        }
        let copy = broken
        await #expect { try await Self.restore(engine, copy) } throws: {
          ($0 as? SeriesError)?.code == .damaged
        }
        // Nothing of it is shown, and a second try takes its place.
        #expect(try await allRows(engine, .measure).isEmpty)
        try await Self.restore(engine, files)
        #expect(try await allRows(engine, .measure) == [row(1, 0, 5)])
      }
    }
  }

  @Test("what has come stays through a kill and is shown once; rows that went come again")
  func goesOn() throws {
    try Simulation.run(seed: 14) { world in
      let files = try await withEngine(world) { engine in
        try await Self.write(engine, [row(1, 0, 5)])
        _ = try await engine.snapshot("a")
        return try await Self.copy(engine, "a")
      }
      try await withEngine(world, at: "/other") { engine in try await Self.take(engine, files) }
      try await withEngine(world, at: "/other") { engine in
        #expect(try await allRows(engine, .measure).isEmpty)
        for file in files {
          let kept = try await engine.piecesKept(
            of: file.path, restoring: Self.group, as: "b", pieceBytes: 1 << 20)
          #expect(kept == ["\(SHA256.digest(of: file.bytes.rawBytes))"])
        }
        try await engine.showRestore(group: Self.group, as: "b")
        try await engine.showRestore(group: Self.group, as: "b")
        #expect(try await engine.restored(group: Self.group) == "b")
        #expect(try await !engine.openRestore(group: Self.group, as: "b"), "it is there")
        #expect(try await allRows(engine, .measure) == [row(1, 0, 5)])
      }
      try await withEngine(world, at: "/other") { engine in
        try await engine.showRestore(group: Self.group, as: "b")
        #expect(try await allRows(engine, .measure) == [row(1, 0, 5)])
        try await engine.dropGroup(Self.group)
        #expect(try await engine.restored(group: Self.group) == nil)
        #expect(try await engine.openRestore(group: Self.group, as: "b"))
        await #expect {
          try await engine.showRestore(group: Self.group, as: "b")
        } throws: { ($0 as? SeriesError)?.code == .unavailable }
        try await Self.restore(engine, files)
        #expect(try await allRows(engine, .measure) == [row(1, 0, 5)])
      }
    }
  }

  @Test(
    "rows that are written while others come back are refused or there",
    arguments: 1..<25 as Range<UInt64>)
  func writesMeanwhile(seed: UInt64) throws {
    var options = SimulationOptions()
    options.disk.latency = .microseconds(100)
    try Simulation.run(seed: seed, options: options) { world in
      let files = try await withEngine(world) { engine in
        try await Self.write(engine, [row(1, 0, 5)])
        _ = try await engine.snapshot("a")
        return try await Self.copy(engine, "a")
      }
      try await withEngine(world, at: "/other") { engine in
        try await Self.take(engine, files)
        async let shown: Void? = try? await engine.showRestore(group: Self.group, as: "b")
        // At another step of the restore each time.
        try await world.clock.sleep(for: .microseconds(Int64(seed) * 100))
        var taken: [TestRow] = []
        for step in 1..<4 as Range<Int64> {
          let next = row(2, step, 6)
          if (try? await Self.write(engine, [next])) != nil { taken.append(next) }
        }
        let isShown = await shown != nil
        let rows = try await allRows(engine, .measure)
        #expect(rows.count == taken.count + (isShown ? 1 : 0))
        #expect(taken.allSatisfy { rows.contains($0) })
      }
    }
  }

  @Test("snapshots are listed with their files and removed once")
  func snapshots() throws {
    try Simulation.run(seed: 13) { world in
      try await withEngine(world) { engine in
        #expect(try await engine.snapshots().isEmpty)
        try await Self.write(engine, [row(1, 0, 5)])
        _ = try await engine.snapshot("b")
        _ = try await engine.snapshot("a/b")
        #expect(try await engine.snapshots().map(\.name) == ["a/b", "b"])
        #expect(try await engine.removeSnapshot("a/b"))
        #expect(try await !engine.removeSnapshot("a/b"))
        #expect(try await engine.snapshots().map(\.name) == ["b"])
      }
    }
  }

  @Test("an analysis adds up to what the parts are, and the backlog is what merges save")
  func analysis() throws {
    try Simulation.run(seed: 14) { world in
      try await withEngine(world) { engine in
        for step in 0..<3 as Range<Int64> {
          try await Self.write(engine, [row(1, step, 5), row(2, step, 6)])
          try await engine.flush()
        }
        let parts = try await engine.analysis(group: Self.group)
        let tables = parts.flatMap(\.tables)
        #expect(tables.reduce(0) { $0 + $1.rows } == 6)
        #expect(tables.reduce(0) { $0 + $1.entries } == 2)
        #expect(parts.allSatisfy { $0.problem == nil })
        for part in parts {
          let inner = part.tables.reduce(0) { $0 + $1.dataBytes + $1.entryBytes + $1.indexBytes }
          #expect(inner < part.part.bytes)
        }
      }
    }
    let policy = MergePolicy()
    #expect(policy.backlog([]) == 0)
    #expect(policy.backlog([10, 10, 10]) == 0)
    #expect(policy.backlog([10, 10, 10, 10]) == 3)
  }
}
