import AdminServing
import Cluster
import Configuration
import Hosting
import Runtime
import SeriesAdmin
import SeriesBackup

/// The operator's side: its routes and jobs are those of the role that has the rows.
extension DataRole {
  private var sources: SeriesAdminSources {
    let roles = self.roles
    let places = self.places
    return SeriesAdminSources(
      desk: self.host.desk, time: self.host.group.loops[0], random: self.host.random,
      node: self.host.node, front: { roles.front }, upkeep: { roles.upkeep },
      store: { try places.store($0) })
  }

  var jobKinds: [JobKind] { SeriesJobs(self.sources).kinds }

  func reload(_ configuration: Configuration) async { self.places.reload(configuration) }

  func register(in routes: inout AdminRoutes) throws {
    try SeriesAdmin(self.sources).register(in: &routes)
  }
}
