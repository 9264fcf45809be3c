import Cluster
import SeriesColumns
@testable import SeriesRemote
import SeriesSchema
import SeriesStorage
import Testing
import Values

@Suite("where shards are")
struct PlacementTests {
  private static let nodes = (0..<5).map { "node-\($0)" }

  @Test("copies are on different nodes, as many as there are")
  func copies() {
    for shard in 0..<100 {
      let two = ShardPlacement.choose("g", shard: shard, copies: 2, among: Self.nodes)
      #expect(Set(two).count == 2)
      let all = ShardPlacement.choose("g", shard: shard, copies: 9, among: Self.nodes)
      #expect(Set(all) == Set(Self.nodes))
    }
  }

  @Test("nodes have about as many shards each")
  func spread() {
    var counts: [String: Int] = [:]
    for shard in 0..<1000 {
      for node in ShardPlacement.choose("g", shard: shard, copies: 2, among: Self.nodes) {
        counts[node, default: 0] += 1
      }
    }
    #expect(counts.values.allSatisfy { (300...500).contains($0) }, "\(counts)")
  }

  @Test("what was placed stays, whoever comes and goes")
  func stays() throws {
    var placement = ShardPlacement()
    let isPlaced = placement.grow("g", to: 4, copies: 2, among: Self.nodes)
    #expect(isPlaced)
    let before = placement.shards
    let isMoved = placement.grow("g", to: 4, copies: 2, among: ["other"])
    #expect(!isMoved)
    let isGrown = placement.grow("g", to: 6, copies: 2, among: ["other", "another"])
    #expect(isGrown)
    #expect(Array(placement.shards[..<4]) == before)
    #expect(Set(placement.shards[4]) == ["other", "another"])
    #expect(try ShardPlacement(value: placement.value) == placement)
    let hasNowhere = !placement.grow("g", to: 8, copies: 1, among: [])
    #expect(hasNowhere)
    placement.restored = "backup"
    #expect(try ShardPlacement(value: placement.value) == placement)
    for count in 0..<placement.value.count {
      #expect(throws: ColumnError.self) {
        try ShardPlacement(value: Array(placement.value[..<count]))
      }
    }
  }

  @Test("every time is in one tier, and shards keep their numbers in all of them")
  func tiers() throws {
    var placement = ShardPlacement()
    _ = placement.grow("g", to: 2, copies: 1, among: ["hot"])
    #expect(placement.spans.map(\.times) == [.min ... .max])
    let warm = PlannedMove(
      .stage, group: "g", stage: "hot", times: .min...99, from: [:],
      to: [0: ["warm"], 1: ["warm"]], nextStage: "warm", epoch: 0)
    placement.apply(warm)
    let cold = PlannedMove(
      .stage, group: "g", stage: "warm", times: .min...49, from: [:],
      to: [0: ["cold"], 1: ["warm"]], nextStage: "cold", epoch: 1)
    placement.apply(cold)
    #expect(placement.spans.map(\.stage) == ["hot", "warm", "cold"])
    #expect(placement.spans.map(\.times) == [100 ... .max, 50...99, .min...49])
    #expect(placement.has("hot", 0, 100...100) && !placement.has("hot", 0, .min...99))
    #expect(placement.has("warm", 1, .min...0) && !placement.has("warm", 0, .min...49))
    // All that was warm is cold: the tier in between has no time, and no row is in it.
    var empty = cold
    empty.times = .min...99
    placement.apply(empty)
    #expect(placement.spans.map(\.stage) == ["hot", "cold"])
    #expect(placement.spans.map(\.times) == [100 ... .max, .min...99])
    placement.epoch = 77
    #expect(try ShardPlacement(value: placement.value) == placement)
    // A group that grows has its new shards in all tiers.
    _ = placement.grow("g", to: 3, copies: 1, among: ["hot"])
    #expect(placement.spans.allSatisfy { $0.shards.count == 3 && $0.shards[2] == ["hot"] })
    let move = PlannedMove(
      .nodes, group: "g", stage: "cold", times: .min...99, from: [1: ["warm"]],
      to: [1: ["other"]], epoch: 77)
    placement.apply(move)
    #expect(placement.spans[1].shards == [["cold"], ["other"], ["hot"]])
  }

  @Test("a placement of before the tiers is read")
  func before() throws {
    let old = try ShardPlacement(value: [1, 2, 1, 1, 97, 2, 1, 98, 1, 99])
    #expect(old.shards == [["a"], ["b", "c"]])
    #expect(old.epoch == 0 && old.tiers.isEmpty)
  }

  @Test(
    "nodes are chosen by their labels",
    arguments: [
      ("", true), (" ", true), ("tier=warm", true), ("tier==warm", true), ("tier=hot", false),
      ("tier!=hot", true), ("tier != warm", false), ("disk!=ssd", true), ("tier", true),
      ("disk", false), ("tier in (hot, warm)", true), ("tier in (hot)", false),
      ("tier notin (hot,cold)", true), ("disk notin (hdd)", true), ("disk in (hdd)", false),
      ("tier=warm,zone=a", true), ("tier=warm,zone in (b,c)", false),
      ("zone notin (b,c) , tier in (warm)", true),
    ] as [(String, Bool)])
  func selector(text: String, isChosen: Bool) throws {
    #expect(try NodeSelector(text).matches(["tier": "warm", "zone": "a"]) == isChosen)
  }

  @Test(
    "what chooses nothing is told",
    arguments: [
      ",", "a=", "=b", "a=b,", "a in b", "a in (b", "a in b)", "a in ()", "a on (b)", "a=b=c",
      "in (a)", "a b", "a in (b),(c)", "a in ((b))",
    ])
  func badSelector(text: String) {
    #expect(throws: SeriesFault.self) { try NodeSelector(text) }
  }

  @Test("labels are names and values")
  func labels() throws {
    #expect(try NodeLabels.read("tier=warm, disk = hdd") == ["tier": "warm", "disk": "hdd"])
    #expect(try NodeLabels.read("").isEmpty)
    #expect(throws: SeriesFault.self) { try NodeLabels.read("tier") }
    #expect(throws: SeriesFault.self) { try NodeLabels.read("a=b=c") }
  }

  @Test("a node is read as it was written")
  func member() throws {
    var member = SeriesMember(
      name: "n-1", keepsRows: true, hasDoors: false,
      startedAt: WallTime(nanoseconds: 1_767_225_600_000_000_000))
    member.link = "10.0.0.1:7301"
    member.labels = ["zone": "a", "tier": "hot"]
    let fact = Fact(
      key: SeriesMember.key("n-1"), value: member.value, createdAt: .zero, modifiedAt: .zero)
    #expect(try SeriesMember(fact) == member)
  }
}
