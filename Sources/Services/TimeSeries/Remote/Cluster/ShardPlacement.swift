import Bytes
import Crypto
import SeriesColumns

// Where the shards of a group are, as a fact: series/place/GROUP. 1 byte form 1; varint shards, each: varint
// copies, each the name of a node.

/// Which nodes have the copies of each shard of a group.
///
/// What is written once stays: a shard does not move when nodes come or go, so that its rows are always where
/// the table says. Where a new shard goes is drawn by the names of group, shard and node alone (rendezvous
/// hashing), so that every liaison would choose the same.
struct ShardPlacement: Sendable, Hashable {
  private static let form: UInt8 = 1

  /// By shard, the first copy first.
  var shards: [[String]] = []

  init() {}

  /// Adds the shards that are missing. False when there is nothing to add, or nowhere to go.
  mutating func grow(
    _ group: String, to count: Int, copies: Int, among nodes: [String]
  ) -> Bool {
    guard self.shards.count < count, !nodes.isEmpty else { return false }
    for shard in self.shards.count..<count {
      self.shards.append(Self.choose(group, shard: shard, copies: copies, among: nodes))
    }
    return true
  }

  /// The nodes with the highest scores; never one twice.
  static func choose(
    _ group: String, shard: Int, copies: Int, among nodes: [String]
  ) -> [String] {
    let scored = nodes.map { node in
      (score: XXH64.hash(of: Array("\(group)/\(shard)/\(node)".utf8).rawBytes), node: node)
    }
    return scored.sorted { ($0.score, $0.node) > ($1.score, $1.node) }.prefix(copies).map(\.node)
  }

  var value: [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.append(Self.form)
    writer.append(varint: UInt64(self.shards.count))
    for nodes in self.shards {
      writer.append(varint: UInt64(nodes.count))
      for node in nodes { writer.append(counted: node) }
    }
    return writer.bytes.array
  }

  init(value: [UInt8]) throws(ColumnError) {
    var reader = DirectoryReader(value)
    guard try reader.byte() == Self.form else { throw ColumnError("a placement of another form") }
    for _ in 0..<(try reader.count()) {
      var nodes: [String] = []
      for _ in 0..<(try reader.count()) { nodes.append(try reader.text()) }
      self.shards.append(nodes)
    }
  }
}
