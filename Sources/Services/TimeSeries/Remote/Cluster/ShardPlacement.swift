import Bytes
import Crypto
import SeriesColumns

// Where the shards of a group are, as a fact: series/place/GROUP. Little-endian:
//
//   1 byte form 3; varint epoch; shards; varint tiers, each: text name, 8 bytes watermark, shards; text restored
//   shards: varint shards, each: varint copies, each the name of a node
//
// Form 2, which is written while nothing was restored, has no last text. Form 1 has no epoch and no tiers.

/// Which nodes have the copies of each shard of a group, tier by tier.
///
/// Where a new shard goes is drawn by the names of group, shard and node alone (rendezvous hashing), so that every
/// liaison would choose the same. It stays until it is moved; whoever moves something raises the epoch, and
/// nodes refuse what was sent to them under an older one when it is about what was moved.
package struct ShardPlacement: Sendable, Hashable {
  /// What the tier is called that rows are written to.
  package static let base = "hot"
  private static let form: UInt8 = 2
  private static let formRestored: UInt8 = 3

  /// A later tier: the rows before its watermark that no tier after it has. Shards keep their numbers.
  package struct Tier: Sendable, Hashable {
    package var name: String
    package var watermark: Int64
    package var shards: [[String]]
  }

  /// The rows of one tier.
  package struct Span: Sendable, Hashable {
    package var stage: String
    package var times: ClosedRange<Int64>
    package var shards: [[String]]
  }

  package var epoch: UInt64 = 0
  /// By shard, the first copy first.
  package var shards: [[String]] = []
  /// The later in life, the later here; watermarks fall.
  package var tiers: [Tier] = []
  /// The name of what the group began with: nodes show the rows that have come under it. Empty when it began
  /// with nothing.
  package var restored = ""

  init() {}

  /// The tiers that have a time, the first one first. Together they have all times, each once.
  package var spans: [Span] {
    var spans: [Span] = []
    var upper = Int64.max
    var (name, shards) = (Self.base, self.shards)
    for tier in self.tiers where tier.watermark > .min {
      if tier.watermark <= upper {
        spans.append(Span(stage: name, times: tier.watermark...upper, shards: shards))
        upper = tier.watermark - 1
      }
      (name, shards) = (tier.name, tier.shards)
    }
    spans.append(Span(stage: name, times: .min...upper, shards: shards))
    return spans
  }

  /// Whether a node has a copy of a shard for some of these times.
  func has(_ node: String, _ shard: UInt32, _ times: ClosedRange<Int64>) -> Bool {
    self.spans.contains { span in
      span.times.overlaps(times) && span.shards.indices.contains(Int(shard))
        && span.shards[Int(shard)].contains(node)
    }
  }

  /// Adds the shards that are missing. False when there is nothing to add, or nowhere to go.
  mutating func grow(
    _ group: String, to count: Int, copies: Int, among nodes: [String]
  ) -> Bool {
    guard self.shards.count < count, !nodes.isEmpty else { return false }
    for shard in self.shards.count..<count {
      let chosen = Self.choose(group, shard: shard, copies: copies, among: nodes)
      self.shards.append(chosen)
      // Its rows before the watermarks have nowhere else to be.
      for tier in self.tiers.indices { self.tiers[tier].shards.append(chosen) }
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
    writer.append(self.restored.isEmpty ? Self.form : Self.formRestored)
    writer.append(varint: self.epoch)
    Self.append(self.shards, to: &writer)
    writer.append(varint: UInt64(self.tiers.count))
    for tier in self.tiers {
      writer.append(counted: tier.name)
      writer.append(littleEndian: tier.watermark)
      Self.append(tier.shards, to: &writer)
    }
    if !self.restored.isEmpty { writer.append(counted: self.restored) }
    return writer.bytes.array
  }

  private static func append(_ shards: [[String]], to writer: inout ByteWriter) {
    writer.append(varint: UInt64(shards.count))
    for nodes in shards {
      writer.append(varint: UInt64(nodes.count))
      for node in nodes { writer.append(counted: node) }
    }
  }

  init(value: [UInt8]) throws(ColumnError) {
    var reader = DirectoryReader(value)
    let form = try reader.byte()
    guard (1...Self.formRestored).contains(form) else {
      throw ColumnError("a placement of another form")
    }
    if form > 1 { self.epoch = try reader.varint() }
    self.shards = try Self.shards(&reader)
    guard form > 1 else { return }
    for _ in 0..<(try reader.count()) {
      let name = try reader.text()
      let watermark = try reader.number(Int64.self)
      let shards = try Self.shards(&reader)
      guard watermark <= self.tiers.last?.watermark ?? .max, shards.count == self.shards.count
      else { throw ColumnError("tiers of a placement that do not fit") }
      self.tiers.append(Tier(name: name, watermark: watermark, shards: shards))
    }
    if form == Self.formRestored { self.restored = try reader.text() }
  }

  private static func shards(
    _ reader: inout DirectoryReader
  ) throws(ColumnError) -> [[String]] {
    var shards: [[String]] = []
    for _ in 0..<(try reader.count()) {
      var nodes: [String] = []
      for _ in 0..<(try reader.count()) { nodes.append(try reader.text()) }
      shards.append(nodes)
    }
    return shards
  }
}
