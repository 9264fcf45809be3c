/// Where rows lie: a shard of a segment of a group.
public struct StoredShardPlace: Sendable, Hashable {
  public var group: String
  public var segment: Range<Int64>
  public var shard: UInt32

  public init(group: String, segment: Range<Int64>, shard: UInt32) {
    self.group = group
    self.segment = segment
    self.shard = shard
  }
}
