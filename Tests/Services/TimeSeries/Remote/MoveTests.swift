import Runtime
import SeriesColumns
import SeriesLocal
import SeriesStorage
import Simulation
import Synchronization
import Testing
import Values

@testable import SeriesRemote

/// Rows that were acknowledged.
private final class Written: Sendable {
  private let made: MoveWorld
  private let numbers = Mutex<[Int64]>([])

  init(_ made: MoveWorld) { self.made = made }

  var all: [Int64] { self.numbers.withLock { $0.sorted() } }

  func write(_ shard: UInt32, hoursAgo: Int64, _ numbers: Range<Int>) async throws {
    _ = try await self.made.store.write([self.made.batch(shard, hoursAgo: hoursAgo, numbers)])
    self.numbers.withLock { $0 += numbers.map(Int64.init) }
  }
}

@Suite("moving shards from node to node")
struct MoveTests {
  @Test("old rows go to the next tier, each is there once, and late ones go there straight")
  func migrates() throws {
    try MoveWorld.run(seed: 1) { made in
      _ = try await made.store.write([
        made.batch(0, hoursAgo: 5, 0..<10), made.batch(1, hoursAgo: 4, 10..<20),
        made.batch(0, hoursAgo: 0, 20..<30),
      ])
      #expect(try await made.numbers(stages: []) == Array(0..<30))
      let plan = try await made.shards.migrations(group: "g")
      #expect(plan.map(\.segments) == [2] && plan.first?.problem == nil)
      #expect(plan.first?.rows == 20)
      try await made.move(plan)
      #expect(try await made.numbers() == Array(0..<30))
      #expect(try await made.numbers(stages: []) == Array(20..<30))
      #expect(try await made.numbers(stages: ["warm"]) == Array(0..<20))
      let watermark = made.base - 3 * MoveWorld.hour
      #expect(made.strays(before: watermark).isEmpty, "\(made.strays(before: watermark))")
      _ = try await made.store.write([made.batch(1, hoursAgo: 6, 30..<40)])
      #expect(try await made.numbers(stages: ["warm"]) == Array(0..<20) + Array(30..<40))
      #expect(made.strays(before: watermark).isEmpty)
      #expect(try await made.shards.migrations(group: "g").isEmpty)
    }
  }

  @Test(
    "a move that is cut at any step loses nothing and shows nothing twice, while rows come",
    arguments: [3, 20, 24], [false, true])
  func cuts(step: Int, answerIsLost: Bool) throws {
    try MoveWorld.run(seed: UInt64(step) + 1) { made in
      let written = Written(made)
      try await written.write(0, hoursAgo: 5, 0..<10)
      try await written.write(1, hoursAgo: 4, 10..<20)
      made.cut.arm(after: step, answerIsLost: answerIsLost)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          for number in 20..<40 {
            try await written.write(
              UInt32(number % 2), hoursAgo: number % 4 == 0 ? 5 : 0, number..<(number + 1))
            try await made.world.clock.sleep(for: .milliseconds(3))
          }
        }
        tasks.addTask {
          do { try await made.move(try await made.shards.migrations(group: "g")) } catch {}
        }
        try await tasks.waitForAll()
      }
      #expect(try await made.numbers() == written.all)
      try await made.finish()
      #expect(try await made.numbers() == written.all, "done again")
      let watermark = made.base - 3 * MoveWorld.hour
      var strays = made.strays(before: watermark)
      for _ in 0..<60 where !strays.isEmpty {
        try await made.world.clock.sleep(for: .seconds(1))
        strays = made.strays(before: watermark)
      }
      #expect(strays.isEmpty, "\(strays)")
    }
  }

  @Test("a fence that nobody ends is ended by the nodes, and who began finds that")
  func abandoned() throws {
    try MoveWorld.run(seed: 2) { made in
      _ = try await made.store.write([made.batch(0, hoursAgo: 0, 0..<10)])
      let placement = made.store.placements.placed("g")
      let range = ShardRange(group: "g", times: .min ... .max, shards: [0, 1])
      for node in made.nodes.prefix(2) {
        _ = try await node.moves?.link(range, as: "lost", epoch: placement.epoch + 1)
      }
      // It waits, and is taken when the nodes have given the move up.
      _ = try await made.store.write([made.batch(0, hoursAgo: 0, 10..<20)])
      #expect(try await made.numbers() == Array(0..<20))
      #expect(made.store.placements.placed("g").epoch == placement.epoch + 1)
      await #expect {
        try await made.store.placements.change("g", of: placement.epoch) { _ in }
      } throws: { ($0 as? SeriesError)?.code == .moved }
    }
  }

  @Test("shards spread over a node that comes, and copies of one that is gone are made anew")
  func spreads() throws {
    try MoveWorld.run(seed: 3) { made in
      for shard in 0..<2 as Range<UInt32> {
        _ = try await made.store.write([
          made.batch(shard, hoursAgo: 0, Int(shard) * 10..<Int(shard) * 10 + 10)
        ])
      }
      #expect(try await made.shards.moves(group: nil).isEmpty)
      // Both warm nodes become hot ones: some shards belong to them now.
      for name in ["warm-a", "warm-b"] {
        var member = SeriesMember(
          name: name, keepsRows: true, hasDoors: false, startedAt: made.world.clock.wallNow)
        member.labels["tier"] = "hot"
        try await made.members.register(member)
      }
      while made.members.all.filter({ $0.labels["tier"] == "hot" }).count < 4 {
        try await made.world.clock.sleep(for: .milliseconds(10))
      }
      var left = try await made.shards.moves(group: nil)
      #expect(!left.isEmpty && left.allSatisfy { $0.problem == nil && $0.kind == .nodes })
      while !left.isEmpty {
        try await made.move(left)
        #expect(try await made.numbers(stages: []) == Array(0..<20))
        left = try await made.shards.moves(group: nil)
      }
      let placed = try await made.shards.placed(group: "g")
      #expect(placed.allSatisfy { $0.nodes.count == 2 && $0.troubled.isEmpty })
      for node in made.nodes {
        let held = Set(EngineShards(node.engine).held().map(\.shard))
        let own = Set(placed.filter { $0.nodes.contains(node.name) }.map(\.shard))
        #expect(held == own, "\(node.name)")
      }
    }
  }
}
