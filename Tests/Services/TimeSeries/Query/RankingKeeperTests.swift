import ClusterTesting
import Protobuf
import Runtime
import SeriesColumns
import SeriesIngest
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Testing
import Values

/// Rankings that are made of counters, beside those that are made of points.
@Suite("Counters of rankings")
struct RankingKeeperTests {
  private typealias Dice = ModelCheckTests.Dice

  /// A node: its rows, its keeper, and both ways to ask.
  private struct Node {
    let fixture: SeriesFixture
    let store: GatedStore
    var keeper: RankingKeeper
    var kept: QueryEnvironment
    let plain: QueryEnvironment

    let name: String

    init(_ fixture: SeriesFixture, _ name: String = "n") {
      self.name = name
      self.fixture = fixture
      self.store = GatedStore(fixture.store)
      var plain = fixture.queries
      plain.store = self.store
      self.plain = plain
      self.kept = plain
      self.keeper = RankingKeeper(plain, node: name)
      self.begin()
    }

    /// As a process that begins anew over the same rows.
    mutating func begin() {
      self.keeper = RankingKeeper(self.plain, node: self.name)
      self.kept.store = RankedRowStore(self.store, self.keeper)
      self.kept.keepsRankings = self.name
    }

    /// - Parameter isUnseen: past the keeper, as before there was a ranking.
    func write(
      _ points: [MeasureWire.DataPointValue], isUnseen: Bool = false
    ) async throws {
      var writes = self.fixture.writes
      writes.store = isUnseen ? self.plain.store : self.kept.store
      var session = WriteSession(.measure, in: writes)
      for (index, point) in points.enumerated() {
        _ = try await session.take(
          MeasureWire.WriteRequest {
            if index == 0 { $0.metadata = SchemaFixture.names("ms", "m") }
            $0.dataPoint = point
            $0.messageID = UInt64(index + 1)
          })
      }
      #expect(await session.handOver().allSatisfy { $0.status == .succeed })
    }

    func advance(_ seconds: Int) { self.fixture.schema.clock.advance(by: .seconds(seconds)) }
    var now: Int64 { self.fixture.schema.clock.wallNow.nanoseconds }
  }

  private static func schema(_ fixture: SeriesFixture) async throws {
    let registry = fixture.registry
    _ = try await registry.create(SchemaFixture.group("ms", .measure, shards: 3))
    _ = try await registry.create(SchemaFixture.measure("ms", "m"))
    _ = try await registry.create(SchemaFixture.rule("ms", "by_layer", ["layer"]))
    try await fixture.bind("ms", .measure, "m", ["by_layer"])
    for (name, tags, sort, count) in [
      ("all", ["layer"], .unspecified, 4), ("few", ["layer"], .desc, 2),
      ("rows", ["id"], .unspecified, 4), ("ungrouped", [], .asc, 3),
    ] as [(String, [String], ModelWire.Sort, Int32)] {
      _ = try await registry.create(
        DatabaseWire.TopNAggregation {
          $0.metadata = SchemaFixture.names("ms", name)
          $0.sourceMeasure = SchemaFixture.names("ms", "m")
          $0.fieldName = "value"
          $0.fieldValueSort = sort
          $0.groupByTagNames = tags
          if name != "few" { $0.criteria = SeriesFixture.condition("layer", .ne, .int(3)) }
          $0.countersNumber = count
        })
    }
  }

  private static func points(_ dice: Dice, around now: Int64) -> [MeasureWire.DataPointValue] {
    (0..<(1 + dice.below(30))).map { _ in
      let entity = dice.pick(["a", "b", "c", "d", "e", "f", "g", "h", ""])
      let layer = SeriesValue.int(Int64(entity.utf8.first ?? 0) % 4)
      // Most come in time, some late, some early.
      let age = dice.hits(70) ? dice.below(90) : dice.below(3000) - 200
      let second = SeriesFixture.second
      return SeriesFixture.point(
        (now / second - Int64(age)) * second,
        [[.string(dice.pick(["x", "y"])), .string(entity), layer]],
        [dice.hits(10) ? .null : .int(Int64(dice.below(12)))], version: Int64(dice.below(4)))
    }
  }

  private static func request(_ dice: Dice, now: Int64) -> MeasureWire.TopNRequest {
    let (name, tag) = dice.pick([
      ("all", "layer"), ("few", "layer"), ("rows", "id"), ("ungrouped", ""),
    ])
    let isAscending = name == "ungrouped" || name != "few" && dice.hits(50)
    let begin = now - Int64(dice.below(4000)) * SeriesFixture.second
    return MeasureWire.TopNRequest {
      $0.groups = ["ms"]
      $0.name = name
      $0.timeRange = SeriesFixture.range(
        begin, begin + Int64(dice.below(4000)) * SeriesFixture.second)
      $0.topN = Int32(1 + dice.below(4))
      $0.fieldValueSort = isAscending ? .asc : .desc
      guard dice.hits(50), !tag.isEmpty else { return }
      $0.conditions = [
        ModelWire.Condition {
          $0.name = tag
          $0.op = .eq
          $0.value =
            (tag == "id" ? SeriesValue.string("x") : .int(Int64(dice.below(4)))).tagValue
        }
      ]
    }
  }

  private static func check(_ node: Node, _ dice: Dice, _ label: String) async throws {
    let request = Self.request(dice, now: node.now)
    let wanted = try await TopNQuery.run(request, in: node.plain)
    let nodes: UInt32 = dice.hits(30) ? 2 : 1
    let found = try await TopNQuery.run(
      request, in: SeriesFixture.shared(node.kept, nodes: nodes))
    #expect(found == wanted, "\(label), \(nodes) nodes: \(request)")
  }

  @Test(
    "answer as the points do, through late points, new versions and restarts",
    arguments: 0..<8)
  func sameAsPoints(seed: Int) async throws {
    let dice = Dice(UInt64(seed) + 500)
    // Segments of an hour, or such that cut windows in two.
    let fixture = SeriesFixture(
      segmentSeconds: seed % 2 == 0 ? 3600 : 3600 - 90, seed: UInt64(seed))
    try await fixture.running { _ in
      try await Self.schema(fixture)
      var node = Node(fixture)
      for step in 0..<30 {
        try await node.write(Self.points(dice, around: node.now))
        node.advance(dice.below(80))
        if dice.hits(60) { try await node.keeper.pass() }
        if dice.hits(10) { node.begin() }
        for round in 0..<4 { try await Self.check(node, dice, "seed \(seed) \(step) \(round)") }
      }
      #expect(node.store.counterRows > 30, "counters are made")
      // All that is over and quiet is read from counters alone.
      node.advance(300)
      try await node.keeper.pass()
      node.advance(300)
      try await node.keeper.pass()
      #expect(node.keeper.statistics.failures == 0)
      #expect(node.keeper.statistics.windowsWaiting == 0)
    }
  }

  @Test("covered windows are answered without reading their points")
  func readsNoPoints() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let node = Node(fixture)
      try await node.keeper.pass()
      for step in 0..<10 {
        let points = ["a", "b", "c"].enumerated().map { index, entity in
          SeriesFixture.point(
            node.now, [[.string("x"), .string(entity), .int(1)]], [.int(Int64(step * 3 + index))])
        }
        try await node.write(points)
        node.advance(60)
      }
      node.advance(120)
      try await node.keeper.pass()
      let request = MeasureWire.TopNRequest {
        $0.groups = ["ms"]
        $0.name = "all"
        $0.timeRange = SeriesFixture.range(
          SeriesFixture.start, SeriesFixture.start + 10 * SeriesFixture.minute - 1)
        $0.topN = 2
        $0.fieldValueSort = .desc
      }
      node.store.note()
      let answer = try await TopNQuery.run(request, in: node.kept)
      #expect(
        answer.lists.first?.items.map { SeriesValue($0.value ?? .init()) } == [.int(29), .int(28)])
      #expect(node.store.tablesRead == ["_top_n_result"])
      // A rule that goes takes its counters with it: who makes it anew begins with the points.
      let names = SchemaFixture.names("ms", "all")
      var rule = try fixture.registry.get(DatabaseWire.TopNAggregation.self, names)
      _ = try await fixture.registry.delete(SchemaKey(.topN, "ms", "all"))
      rule.metadata = names
      rule.updatedAt = nil
      _ = try await fixture.registry.create(rule)
      node.store.note()
      #expect(try await TopNQuery.run(request, in: node.kept) == answer)
      #expect(node.store.tablesRead == ["_top_n_result", "m"])
    }
  }

  @Test("the operator sees what is kept, and has it made anew")
  func operatorsView() async throws {
    let fixture = SeriesFixture(segmentSeconds: 3600, seed: 3)
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let before = SeriesFixture.point(
        fixture.schema.clock.wallNow.nanoseconds - 30 * SeriesFixture.minute,
        [[.string("x"), .string("a"), .int(1)]], [.int(7)])
      let node = Node(fixture)
      try await node.keeper.pass()
      try await node.write([before], isUnseen: true)
      for step in 0..<5 {
        try await self.writeOne(node, Int64(step), at: node.now)
        node.advance(60)
      }
      func report(_ name: String) async throws -> StoredRankingReport {
        let all = try await node.keeper.rankings(group: "ms")
        #expect(all.map(\.name) == ["all", "few", "rows", "ungrouped"])
        return try #require(all.first { $0.name == name })
      }
      let open = try await report("all")
      #expect(open.windows == 0)
      #expect(open.behind >= 4 * SeriesFixture.minute)
      node.advance(120)
      try await node.keeper.pass()
      let made = try await report("all")
      #expect(made.windows == 5)
      #expect(made.entries == 1)
      #expect((made.behind, made.waiting) == (0, 0))
      #expect(made.reason == nil)
      try await self.writeOne(node, 50, at: SeriesFixture.start)
      #expect(try await report("all").waiting == 1)
      #expect(try await report("all").windows == 4)
      // What was there before the ranking is kept when it is made anew, and late points with it.
      try await self.rebuild(node, "all")
      let anew = try await report("all")
      #expect(anew.windows > made.windows)
      #expect(anew.waiting == 0)
      #expect((anew.times?.lowerBound ?? .max) <= before.timestamp?.nanoseconds ?? 0)
      #expect(try await report("few").waiting == 1, "another one is left as it was")
      try await self.expectBest(node, 50, "made anew")
      await #expect(throws: SeriesError.self) {
        try await node.keeper.rebuildRanking(group: "ms", name: "none")
      }
    }
  }

  @Test("all of time is asked for and made anew, in segments of a hundred years")
  func allOfTime() async throws {
    let fixture = SeriesFixture(segmentSeconds: 36_500 * 86_400, seed: 4)
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let node = Node(fixture)
      // 1912 and 1990.
      let times: [Int64] = [
        -1_830_000_000 * SeriesFixture.second, 640_000_000 * SeriesFixture.second, node.now,
      ]
      for (index, time) in times.enumerated() {
        try await node.write(
          [
            SeriesFixture.point(
              time, [[.string("x"), .string("e\(index)"), .int(1)]], [.int(Int64(index))])
          ], isUnseen: true)
      }
      node.advance(200)
      try await self.rebuild(node, "all")
      let report = try await node.keeper.rankings(group: nil).first { $0.name == "all" }
      #expect(report?.windows ?? 0 >= 3)
      #expect(report?.windows ?? 0 < 100, "years of nothing have no counters")
      for first in [Int64.min, -6_213_559_680_000_000_000, 0] {
        let request = MeasureWire.TopNRequest {
          $0.groups = ["ms"]
          $0.name = "all"
          $0.timeRange = SeriesFixture.range(first, .max)
          $0.topN = 10
          $0.fieldValueSort = .desc
        }
        let wanted = try await TopNQuery.run(request, in: node.plain)
        let found = try await TopNQuery.run(request, in: node.kept)
        #expect(found == wanted, "from \(first)")
        #expect(found.lists.first?.items.count == (first == 0 ? 2 : 3), "from \(first)")
      }
    }
  }

  @Test("a ranking that cannot be made anew says why, and is tried again when asked for")
  func failedRebuild() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let node = Node(fixture)
      try await node.keeper.pass()
      try await self.writeOne(node, 5, at: node.now)
      node.advance(200)
      node.store.fail(true)
      do {
        try await self.rebuild(node, "all")
        Issue.record("counters were made of a store that takes none")
      } catch let error as SeriesError {
        #expect(error.message.contains("no counters are taken now"))
      }
      node.store.fail(false)
      try await self.rebuild(node, "all")
      let report = try await node.keeper.rankings(group: nil).first { $0.name == "all" }
      #expect(report?.windows == 1)
    }
  }

  @Test("a write that began before its window was closed is in its counters")
  func waitsForWrites() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let node = Node(fixture)
      try await node.keeper.pass()
      try await self.writeOne(node, 5, at: node.now)
      let time = node.now
      node.store.hold(points: true)
      async let slow: Void = self.writeOne(node, 50, at: time)
      await node.store.waitUntilHeld()
      node.advance(200)
      async let pass: Void = node.keeper.pass()
      await self.sleeping(node)
      node.store.release()
      try await slow
      node.advance(1)
      try await pass
      #expect(node.keeper.statistics.windowsKept > 0)
      try await self.expectBest(node, 50, "windows: \(node.keeper.statistics)")
    }
  }

  @Test("a point that comes while counters are made is not lost behind them")
  func lateDuringPass() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let node = Node(fixture)
      try await node.keeper.pass()
      let time = node.now
      try await self.writeOne(node, 5, at: time)
      node.advance(200)
      node.store.hold(points: false)
      async let pass: Void = node.keeper.pass()
      await node.store.waitUntilHeld()
      try await self.writeOne(node, 50, at: time)
      node.store.release()
      try await pass
      try await self.expectBest(node, 50, "right after")
      #expect(node.keeper.statistics.windowsWaiting == 1)
      node.advance(20)
      try await node.keeper.pass()
      #expect(node.keeper.statistics.windowsWaiting == 0)
      try await self.expectBest(node, 50, "when it was made again")
    }
  }

  @Test("points that another node wrote late are seen when the rows come back")
  func comesBack() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { _ in
      try await Self.schema(fixture)
      let first = Node(fixture, "first")
      let second = Node(fixture, "second")
      try await first.keeper.pass()
      let time = first.now
      try await self.writeOne(first, 5, at: time)
      first.advance(200)
      try await first.keeper.pass()
      try await self.expectBest(first, 5, "before they went")
      // The same rows, as a move brings them.
      try await second.keeper.pass()
      second.advance(1)
      try await self.writeOne(second, 50, at: time)
      try await self.expectBest(second, 50, "where they were meanwhile")
      try await self.expectBest(first, 50, "where they came back to")
    }
  }

  /// Asks for a ranking anew while passes go on.
  private func rebuild(_ node: Node, _ name: String) async throws {
    let (keeper, clock) = (node.keeper, node.fixture.schema.clock)
    try await withThrowingTaskGroup(of: Bool.self) { tasks in
      tasks.addTask {
        try await keeper.rebuildRanking(group: "ms", name: name)
        return true
      }
      tasks.addTask {
        while !Task.isCancelled {
          try await keeper.pass()
          clock.advance(by: .milliseconds(2))
          await Task.yield()
        }
        return false
      }
      defer { tasks.cancelAll() }
      let isMade = try await tasks.next()
      #expect(isMade == true)
    }
  }

  private func writeOne(_ node: Node, _ value: Int64, at time: Int64) async throws {
    try await node.write([
      SeriesFixture.point(
        time, [[.string("x"), .string("a"), .int(1)]], [.int(value)], version: value)
    ])
  }

  private func sleeping(_ node: Node) async {
    // The registry's own task may sleep as well: the pass is there when it sleeps for milliseconds.
    for _ in 0..<200 where node.fixture.schema.clock.sleeperCount == 0 { await Task.yield() }
    for _ in 0..<50 { await Task.yield() }
  }

  private func expectBest(_ node: Node, _ value: Int64, _ label: String) async throws {
    let request = MeasureWire.TopNRequest {
      $0.groups = ["ms"]
      $0.name = "all"
      $0.timeRange = SeriesFixture.range(
        SeriesFixture.start, SeriesFixture.start + 10 * SeriesFixture.minute)
      $0.topN = 1
      $0.fieldValueSort = .desc
    }
    let answer = try await TopNQuery.run(request, in: node.kept)
    #expect(
      answer.lists.first?.items.map { SeriesValue($0.value ?? .init()) } == [.int(value)],
      "\(label)")
  }
}
