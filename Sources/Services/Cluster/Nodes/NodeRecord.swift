import JSON
package import Values

/// What a node says of itself when it joins. It stays when the node goes down.
package struct NodeDescription: Hashable, Sendable {
  package static let nameByteCountMax = 63

  /// Unique in the cluster; letters, digits, `-`, `_` and `.`.
  package var name: String
  /// Of the data directory: another machine under the same name has another one.
  package var id: ULID
  /// Where its admin endpoint listens, as others reach it.
  package var address: String
  package var roles: [String]
  /// `zone` among them.
  package var labels: [String: String]
  package var version: String
  package var startedAt: WallTime

  package init(
    name: String, id: ULID, address: String, roles: [String], labels: [String: String] = [:],
    version: String, startedAt: WallTime
  ) {
    self.name = name
    self.id = id
    self.address = address
    self.roles = roles
    self.labels = labels
    self.version = version
    self.startedAt = startedAt
  }

  /// Whether a name may stand in the facts and in the words of a command.
  package static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= self.nameByteCountMax, first != UInt8(ascii: "-")
    else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
      default: false
      }
    }
  }
}

/// What is wanted of a node, by itself or by an operator.
package enum NodeIntent: String, Hashable, Sendable, CaseIterable, JSONEncodable, JSONDecodable {
  case joining, serving, draining, drained, leaving
}

package enum NodeState: String, Hashable, Sendable, CaseIterable {
  case up, down, draining, drained, joining, leaving
  /// The facts cannot be reached, so that nobody can tell.
  case unknown
}

/// A node as the cluster sees it.
package struct NodeStatus: Hashable, Sendable {
  package var node: NodeDescription
  package var intent: NodeIntent
  package var isAlive: Bool
  package var state: NodeState
  /// The last numbers it gave, such as `cpu_ratio` and `disk_total_bytes`; empty while it is down.
  package var numbers: [String: Double]
  package var heardAt: WallTime?

  init(_ record: NodeRecord, _ heartbeat: NodeHeartbeat?, isCurrent: Bool) {
    self.node = record.node
    self.intent = record.intent
    let heard = heartbeat.flatMap { $0.id == record.node.id ? $0 : nil }
    self.isAlive = heard != nil
    self.numbers = heard?.numbers ?? [:]
    self.heardAt = heard?.at
    guard isCurrent else {
      self.state = .unknown
      return
    }
    switch (self.isAlive, record.intent) {
    case (true, .serving): self.state = .up
    case (true, .joining): self.state = .joining
    case (true, .draining): self.state = .draining
    case (true, .leaving): self.state = .leaving
    // Nothing is on it: it may be away as it may be there.
    case (_, .drained): self.state = .drained
    case (false, _): self.state = .down
    }
  }
}

/// `nodes/NAME`: stays until the node is removed.
struct NodeRecord: Hashable, Sendable {
  static let prefix = "nodes/"
  static func key(_ name: String) -> FactKey { FactKey(self.prefix + name) }

  var node: NodeDescription
  var intent: NodeIntent
}

/// `alive/NAME`: goes with the node's lease.
struct NodeHeartbeat: Hashable, Sendable {
  static let prefix = "alive/"
  static func key(_ name: String) -> FactKey { FactKey(self.prefix + name) }

  var id: ULID
  var at: WallTime
  var numbers: [String: Double]
}
