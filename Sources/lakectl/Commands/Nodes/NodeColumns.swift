import Admin
import CommandTable

enum NodeColumns {
  static let all = RecordColumns(
    NodeRecord.self,
    [
      "node", "state", "roles", "address", "cpu_ratio", "memory_ratio", "disk_used_ratio",
      "uptime_s",
    ],
    titles: [
      "memory_bytes": "RESIDENT", "moving_count": "MOVING", "left_count": "LEFT",
      "disk_used_ratio": "DISK",
    ])

  /// What a drain moves.
  static let drain = RecordColumns(
    NodeRecord.self, ["node", "state", "moving_count", "left_count"],
    hidden: Set(NodeRecord.fields.map { "\($0.name)" })
      .subtracting(["node", "state", "moving_count", "left_count"]))

  static let node = Argument<PlainName>("node", "the node", source: .resources("node"))
}
