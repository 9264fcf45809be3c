import Cluster
import Configuration
import Hosting
import Identity
import Observability
import Runtime
import Security
import Values

/// Everything a daemon has opened.
struct DaemonParts: Sendable {
  var node: String
  var startedAt: WallTime
  var data: DataDirectory
  var pool: BlockingPool
  var metrics: MetricRegistry
  var doors: Doors
  var opened: OpenedFacts
  var keys: KeyRing
  var identity: IdentityService
  var observer: Observer
  var peers: Peers
  var services: HostedServices
  var members: ClusterMembers
  var link: LinkDesk
  var adminListener: Listener
  var adminTLS: TLSContext?
  /// Work that lasts as long as the daemon.
  var background: [(name: String, body: @Sendable () async throws -> Void)]
}
