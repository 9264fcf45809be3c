package import Cluster
package import Configuration
package import Identity
package import Observability
package import Runtime
package import Security
private import Synchronization

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
  package var identity: IdentityService
  /// Authentication is off: whoever reaches a listener may do everything.
  package var isOpen: Bool
  /// Where jobs are asked for; a service names the kinds that it does by `jobKinds`.
  package var desk: JobDesk
  /// The door for other daemons, and the ways to them.
  package var link: LinkDesk
  /// What clients are told, and sign for: `us-east-1`.
  package var region: String
  package var node: String
  /// Where the node stands; empty when nobody said.
  package var zone: String
  package var random: any RandomSource

  package init(
    name: String, configuration: Configuration, group: EventLoopGroup, pool: BlockingPool,
    metrics: MetricRegistry, log: Logger, data: DataDirectory, doors: Doors, facts: any Facts,
    keys: KeyRing, identity: IdentityService, isOpen: Bool, region: String,
    node: String, zone: String, desk: JobDesk, link: LinkDesk, random: any RandomSource
  ) {
    self.link = link
    self.region = region
    self.desk = desk
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
    self.identity = identity
    self.isOpen = isOpen
    self.node = node
    self.zone = zone
    self.random = random
  }

  package var disk: SystemDisk { self.group.disk }
}

/// Gives services the jobs of the cluster, which are opened once every service has said which kinds it does.
package final class JobDesk: Sendable {
  private let opened = Mutex<Jobs?>(nil)

  package init() {}

  package func open(_ jobs: Jobs) { self.opened.withLock { $0 = jobs } }

  /// - Precondition: a service has been started.
  package var jobs: Jobs {
    guard let jobs = self.opened.withLock({ $0 }) else {
      preconditionFailure("BUG: jobs are asked for before services start")
    }
    return jobs
  }
}
