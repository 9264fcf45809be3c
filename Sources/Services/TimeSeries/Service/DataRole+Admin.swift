import AdminServing
import Cluster
import Configuration
import Hosting
import Runtime
import SeriesAdmin
import Values

/// The operator's side: its routes and jobs are those of the role that has the rows, and of a liaison where rows
/// are on other nodes.
extension DataRole {
  /// Where rows are on several nodes a liaison does the jobs: it reaches all of them.
  var jobKinds: [JobKind] {
    self.host.link.isShared ? [] : SeriesJobs(self.roles.sources(self.host, self.places)).kinds
  }

  func reload(_ configuration: Configuration) async { self.places.reload(configuration) }

  func register(in routes: inout AdminRoutes) throws {
    guard self.roles.claimAdmin() else { return }
    try SeriesAdmin(self.roles.sources(self.host, self.places)).register(in: &routes)
  }
}

extension SeriesRoles {
  /// What the operator's side stands on, in whichever role it is.
  func sources(_ host: ServiceHost, _ places: BackupPlaces) -> SeriesAdminSources {
    var sources = SeriesAdminSources(
      desk: host.desk, time: host.group.loops[0], random: host.random, node: host.node,
      front: { self.front }, upkeep: { self.upkeep }, shards: { self.shards },
      store: { try places.store($0) })
    sources.moveBytesPerSecond = Int64(clamping: host.configuration[SeriesKeys.moveRate].bytes)
    sources.orphans = host.configuration[SeriesKeys.migrateOrphans]
    sources.backupConcurrency = host.configuration[SeriesKeys.backupConcurrency]
    return sources
  }
}
