package import Hosting
import SeriesEngine
import SeriesRemote
import SeriesSchema
import SeriesServing
import SeriesStorage
import Synchronization

/// The two roles of the time series, as services of the daemon.
package enum TimeSeries {
  /// In the order in which they start.
  package static func descriptors() -> [ServiceDescriptor] {
    let roles = SeriesRoles()
    return [
      ServiceDescriptor(
        name: "series-data", summary: "the rows of time series, on the disk of this node",
        sections: [SeriesKeys.section]
      ) { host in DataRole(host, roles) },
      ServiceDescriptor(
        name: "series-liaison", summary: "time series over gRPC and HTTP",
        sections: [SeriesKeys.section], after: ["series-data"], servers: ["series"]
      ) { host in LiaisonRole(host, roles) },
    ]
  }
}

/// What the data role of this process gives the liaison.
final class SeriesRoles: Sendable {
  private struct Parts: Sendable {
    var front: SeriesFront?
    var node: LocalSeriesNode?
    var registry: SchemaRegistry?
    var upkeep: (any SeriesUpkeep)?
    var shards: (any ShardDesk)?
    var hasAdmin = false
  }

  private let parts = Mutex(Parts())

  /// Everything: over the rows of this process, or with shared facts over all nodes, when a liaison is
  /// here too.
  var front: SeriesFront? { self.parts.withLock { $0.front } }
  func offer(_ front: SeriesFront) { self.parts.withLock { $0.front = front } }

  /// With shared facts: the rows of this process, as one node of several.
  var node: LocalSeriesNode? { self.parts.withLock { $0.node } }
  /// The schema, which the data role follows.
  var registry: SchemaRegistry? { self.parts.withLock { $0.registry } }
  func offer(_ node: LocalSeriesNode, _ registry: SchemaRegistry) {
    self.parts.withLock { parts in
      parts.node = node
      parts.registry = registry
    }
  }

  /// True for the first role of the process: that has the operator's side.
  func claimAdmin() -> Bool {
    self.parts.withLock { parts in
      defer { parts.hasAdmin = true }
      return !parts.hasAdmin
    }
  }

  /// What moves shards, where there are several nodes.
  var shards: (any ShardDesk)? { self.parts.withLock { $0.shards } }
  func offer(_ shards: any ShardDesk) { self.parts.withLock { $0.shards = shards } }

  /// What looks after the rows of this process, or of all nodes when a liaison is here.
  var upkeep: (any SeriesUpkeep)? { self.parts.withLock { $0.upkeep } }
  func offer(_ upkeep: any SeriesUpkeep) { self.parts.withLock { $0.upkeep = upkeep } }
}
