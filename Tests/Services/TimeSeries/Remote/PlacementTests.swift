import Cluster
import SeriesColumns
@testable import SeriesRemote
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
    for count in 0..<placement.value.count {
      #expect(throws: ColumnError.self) {
        try ShardPlacement(value: Array(placement.value[..<count]))
      }
    }
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
