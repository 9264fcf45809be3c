import Bytes
import Compression
import JSON
import Runtime
import SeriesColumns
import SeriesEngine
import SeriesLocal
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Testing

@testable import SeriesRemote

@Suite("rows whose object was deleted, when they are to go to the next tier")
struct OrphanTests {
  /// Rows of `t`, which the schema has, and of `gone`, which it has not.
  private static func write(_ made: MoveWorld) async throws {
    // One part has both tables, another one only that which goes.
    for numbers in [0..<15, 15..<30] {
      let when = made.batch(0, hoursAgo: 5, numbers)
      var orphans = NodeWorld.batch(.stream, shard: 0, rows: numbers, table: "gone")
      orphans.timestamps = when.timestamps
      var batches = [orphans]
      if numbers.lowerBound == 0 {
        batches += [made.batch(0, hoursAgo: 5, 0..<10), made.batch(1, hoursAgo: 4, 10..<20)]
      }
      _ = try await made.store.write(batches)
      try await ClusterUpkeep(made.store).flush()
    }
  }

  /// By node, the rows that parts have of a table.
  private static func rows(_ made: MoveWorld, _ table: String) async throws -> [String: Int64] {
    try await ClusterUpkeep(made.store).flush()
    var found: [String: Int64] = [:]
    for part in try await ClusterUpkeep(made.store).parts(group: "g") {
      for stored in part.tables where stored.name == table {
        found[part.node, default: 0] += stored.rows
      }
    }
    return found
  }

  private static func run(
    _ made: MoveWorld, _ policy: OrphanPolicy
  ) async throws -> MoveReport {
    let shards = ClusterShards(made.store, random: made.world.random, orphans: policy)
    let plan = try await shards.migrations(group: "g")
    let move = try #require(plan.first { $0.problem == nil })
    return try await shards.run(move) { (_) throws(SeriesError) in }
  }

  private static func archived(
    _ made: MoveWorld, _ folder: String
  ) async throws -> [(path: String, bytes: [UInt8])] {
    var found: [(String, [UInt8])] = []
    for entry in (try? await made.world.disk.list(folder)) ?? [] {
      let path = folder + "/" + entry.name
      if entry.isDirectory {
        found += try await Self.archived(made, path)
      } else {
        found.append((path, try await made.world.disk.readAll(path, limit: 1 << 20)))
      }
    }
    return found
  }

  @Test("are archived as lines that can be written again, and do not go on; the others do")
  func archives() throws {
    try MoveWorld.run(seed: 51) { made in
      try await Self.write(made)
      let report = try await Self.run(made, .archive)
      #expect(report.orphans == [OrphanTable("gone", rows: 30, isArchived: true)])
      #expect(try await made.numbers() == Array(0..<20))
      #expect(try await Self.rows(made, "gone").filter { $0.key.hasPrefix("warm") } == [:])
      #expect(
        try await Self.rows(made, "t").filter { $0.key.hasPrefix("warm") }.values.reduce(0, +) == 40
      )
      var files: [(path: String, bytes: [UInt8])] = []
      for node in made.nodes { files += try await Self.archived(made, "/\(node.name)/archive") }
      #expect(files.count == 2, "\(files.map(\.path))")
      let manifest = try #require(files.first { $0.path.hasSuffix("/shard-0/manifest.json") })
      #expect(manifest.path.contains("/archive/g/gone/"))
      let value = try JSONValue(parsing: String(decoding: manifest.bytes, as: UTF8.self))
      #expect(value["rows"]?.int64 == 30 && value["kind"]?.string == "stream")
      let packed = try #require(files.first { $0.path.hasSuffix("/rows.jsonl.gz") })
      var text = ByteWriter()
      try Compression.gzip.decompress(packed.bytes.span.bytes, to: &text, byteCountMax: 1 << 20)
      let lines = String(decoding: text.bytes.array, as: UTF8.self).split(separator: "\n")
      #expect(lines.count == 30)
      let first = try JSONValue(parsing: String(lines[0]))
      #expect(first["stream"]?.string == "g/gone")
      #expect(first["tags"]?["s"]?.string != nil, "\(lines[0])")
      #expect(Set(lines).count == 30)
    }
  }

  @Test("go when nobody wants them, and go on when they are to be kept", arguments: [true, false])
  func policies(isDiscarded: Bool) throws {
    try MoveWorld.run(seed: 52) { made in
      try await Self.write(made)
      let report = try await Self.run(made, isDiscarded ? .discard : .keep)
      #expect(
        report.orphans
          == (isDiscarded ? [OrphanTable("gone", rows: 30, isArchived: false)] : []))
      #expect(try await made.numbers() == Array(0..<20))
      let warm = try await Self.rows(made, "gone").filter { $0.key.hasPrefix("warm") }
      #expect(warm.values.reduce(0, +) == (isDiscarded ? 0 : 60))
      for node in made.nodes {
        #expect(try await Self.archived(made, "/\(node.name)/archive").isEmpty)
      }
    }
  }

  @Test("counters of rankings are none: they go on")
  func counters() throws {
    try MoveWorld.run(seed: 53) { made in
      try await Self.write(made)
      var counters = NodeWorld.batch(.stream, rows: 0..<7, table: InternalTable.counters)
      counters.timestamps = made.batch(0, hoursAgo: 5, 0..<7).timestamps
      _ = try await made.store.write([counters])
      let report = try await Self.run(made, .discard)
      #expect(report.orphans.map(\.name) == ["gone"])
      let warm = try await Self.rows(made, InternalTable.counters).filter {
        $0.key.hasPrefix("warm")
      }
      #expect(warm.values.allSatisfy { $0 == 7 } && warm.count == 2)
    }
  }
}
