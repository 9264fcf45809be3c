import Link
import LinkServing
import Runtime
import SeriesColumns
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Synchronization
import Testing
import Values

@testable import SeriesRemote

@Suite("a data node behind a link")
struct RemoteNodeTests {
  private static let share = GroupShare(shares: [ShardShare(shards: Set(0..<8))])
  private static let all = ClosedRange(uncheckedBounds: (Int64.min, Int64.max))
  private static let columns = [
    ColumnSchema("v", .integer), ColumnSchema("w", .string), ColumnSchema("l", .strings),
    ColumnSchema("f", .float), ColumnSchema("none", .binary),
  ]

  /// All rows of a store as text, segment by segment and shard by shard.
  private static func rows(_ segments: [StoredSegment]) async throws -> [String] {
    var lines: [String] = []
    for segment in segments {
      for shard in segment.shards {
        let series = try await shard.series(
          table: "t", terms: [], columns: [ColumnSchema("s", .string)])
        for (row, id) in series.ids.enumerated() {
          lines.append("\(segment.times) \(shard.shard) \(id) \(series.columns[0].value(row))")
        }
        var cursor = shard.scan(
          ScanRequest(table: "t", times: self.all, columns: self.columns))
        while let block = try await cursor.next() {
          let ids = block.seriesIDs()
          for row in 0..<block.count {
            let values = block.columns.map { "\($0.value(row))" }.joined(separator: " ")
            lines.append("\(ids[row]) \(block.timestamps[row]) \(block.versions[row]) \(values)")
          }
        }
      }
    }
    return lines
  }

  private static func groups(_ fixture: SeriesFixture) async throws {
    _ = try await fixture.registry.create(SchemaFixture.group("g", .stream, shards: 2))
  }

  @Test("gives the rows and series that it was given", arguments: [TableKind.measure, .stream])
  func rows(kind: TableKind) throws {
    try NodeWorld.run { made in
      try await Self.groups(made.fixture)
      let batches = [
        NodeWorld.batch(kind, shard: 0, rows: 0..<300),
        NodeWorld.batch(kind, shard: 1, rows: 300..<400),
      ]
      try await made.node.deliver(NodeWorld.delivery(batches))
      let local = try await Self.rows(
        try await made.fixture.store.view(group: "g", times: Self.all))
      let remote = try await Self.rows(
        try await made.node.view(group: "g", times: Self.all, Self.share))
      #expect(local.count > 400)
      #expect(local == remote)
    }
  }

  @Test("takes what comes again once", arguments: [TableKind.measure, .stream, .trace])
  func again(kind: TableKind) throws {
    try NodeWorld.run { made in
      try await Self.groups(made.fixture)
      var delivery = NodeWorld.delivery([NodeWorld.batch(kind, rows: 0..<50)])
      made.channel.trouble.withLock { $0.losesAnswers = true }
      await #expect(throws: SeriesError.self) { try await made.node.deliver(delivery) }
      made.channel.trouble.withLock { $0.losesAnswers = false }
      let once = try await Self.rows(
        try await made.node.view(group: "g", times: Self.all, Self.share))
      delivery.isAgain = true
      try await made.node.deliver(delivery)
      let twice = try await made.node.view(group: "g", times: Self.all, Self.share)
      #expect(try await Self.rows(twice) == once)
      // What is new of it is taken.
      var more = NodeWorld.delivery([NodeWorld.batch(kind, rows: 25..<75)])
      more.isAgain = true
      try await made.node.deliver(more)
      let view = try await made.node.view(group: "g", times: Self.all, Self.share)
      #expect(try await Self.rows(view).filter { !$0.contains("series-") }.count == 75)
    }
  }

  @Test("says what its errors are")
  func errors() throws {
    try NodeWorld.run { made in
      let size = try await made.node.size(of: "g")
      #expect(size == 17)
      let data = try await made.node.inspect("g")
      #expect(data.map(\.dataSizeBytes) == [23])
      await #expect {
        try await made.node.drop("g")
      } throws: { error in
        (error as? SeriesFault)?.kind == .failedPrecondition
      }
      made.channel.trouble.withLock { $0.isCut = true }
      await #expect {
        _ = try await made.node.view(group: "g", times: Self.all, Self.share)
      } throws: { error in
        (error as? SeriesError)?.code == .unavailable
      }
      #expect(await made.node.revisions([.group("g")]) == nil)
    }
  }

  /// How long the node was waited for, and what was said then.
  private static func waited(
    _ made: NodeWorld, for call: UpkeepCall
  ) async -> (seconds: Int64, said: String) {
    let start = made.world.clock.now
    var said = "nothing"
    do throws(SeriesError) {
      _ = try await made.node.upkeep(call.bytes)
    } catch {
      said = error.message
    }
    return ((made.world.clock.now - start).components.seconds, said)
  }

  @Test(
    "an operator does not wait for a node that hangs, whatever it was asked, and is told its name",
    arguments: [
      UpkeepCall(.read, group: "g", name: "backup"), UpkeepCall(.scrub), UpkeepCall(.snapshots),
      UpkeepCall(.takeSnapshot, name: "backup", groups: ["g"]),
    ])
  func hangs(call: UpkeepCall) throws {
    try NodeWorld.run { made in
      made.channel.trouble.withLock { $0.hangs = true }
      let (seconds, said) = await Self.waited(made, for: call)
      #expect(seconds >= 60 && seconds <= 75)
      #expect(said == "node n hangs: it has not answered for 60 s")
    }
  }

  @Test("work that takes hours is waited for while the node answers, but no piece of a file")
  func works() throws {
    try NodeWorld.run { made in
      made.channel.trouble.withLock { $0.worksForEver = true }
      #expect(await Self.waited(made, for: UpkeepCall(.scrub)).seconds == 6 * 3600)
      #expect(await Self.waited(made, for: UpkeepCall(.read)).seconds == 60)
    }
  }

  @Test("lets a view go after a while, and says so")
  func views() throws {
    try NodeWorld.run { made in
      try await Self.groups(made.fixture)
      try await made.node.deliver(
        NodeWorld.delivery([NodeWorld.batch(.stream, rows: 0..<10)]))
      let view = try await made.node.view(group: "g", times: Self.all, Self.share)
      try await made.world.clock.sleep(for: .seconds(100))
      #expect(try await Self.rows(view).count == 17)
      try await made.world.clock.sleep(for: .seconds(119))
      #expect(try await Self.rows(view).count == 17)
    }
  }

  @Test("answers broken bodies with errors, and never traps")
  func damage() throws {
    try NodeWorld.run { made in
      try await Self.groups(made.fixture)
      try await made.node.deliver(
        NodeWorld.delivery([NodeWorld.batch(.stream, rows: 0..<10)]))
      _ = try await Self.rows(
        try await made.node.view(group: "g", times: Self.all, Self.share))
      _ = await made.node.revisions([.group("g"), SchemaKey(.stream, "g", "t")])
      for (command, body) in made.channel.bodies.withLock({ $0 }) {
        for count in 0..<body.count {
          #expect(
            await Self.send(command, Array(body[..<count]), made) != nil,
            "the first \(count) bytes of command \(command)")
        }
        for index in body.indices {
          var changed = body
          changed[index] ^= 0xFF
          _ = await Self.send(command, changed, made)
        }
      }
    }
  }

  private static func send(
    _ command: UInt32, _ bytes: [UInt8], _ made: NodeWorld
  ) async -> LinkError? {
    let request = LinkRequest(command, body: bytes, deadline: made.world.clock.now + .seconds(5))
    do throws(LinkError) {
      let isStream = (402...405).contains(command)
      if isStream {
        _ = try await made.channel.stream(request).collect(limit: 1 << 20)
      } else {
        _ = try await made.channel.call(request)
      }
      return nil
    } catch {
      return error
    }
  }
}
