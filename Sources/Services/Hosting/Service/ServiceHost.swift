package import Cluster
package import Configuration
package import Observability
package import Runtime
package import Security

/// What a service stands on: the daemon gives it everything, so that it opens nothing behind its back.
package struct ServiceHost: Sendable {
  package var name: String
  package var configuration: Configuration
  package var group: EventLoopGroup
  /// For calls that block: RocksDB beyond its cache, files without io_uring.
  package var pool: BlockingPool
  package var metrics: MetricRegistry
  package var log: Logger
  package var data: DataDirectory
  package var doors: Doors
  package var facts: any Facts
  package var keys: KeyRing
  package var node: String
  package var random: any RandomSource

  package init(
    name: String, configuration: Configuration, group: EventLoopGroup, pool: BlockingPool,
    metrics: MetricRegistry, log: Logger, data: DataDirectory, doors: Doors, facts: any Facts,
    keys: KeyRing, node: String, random: any RandomSource
  ) {
    self.name = name
    self.configuration = configuration
    self.group = group
    self.pool = pool
    self.metrics = metrics
    self.log = log
    self.data = data
    self.doors = doors
    self.facts = facts
    self.keys = keys
    self.node = node
    self.random = random
  }

  package var disk: SystemDisk { self.group.disk }
}
