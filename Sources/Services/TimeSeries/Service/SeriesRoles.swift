package import Hosting
import SeriesEngine
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
  private let parts = Mutex<SeriesFront?>(nil)
  private let keeper = Mutex<(any SeriesUpkeep)?>(nil)

  var front: SeriesFront? { self.parts.withLock { $0 } }
  func offer(_ front: SeriesFront) { self.parts.withLock { $0 = front } }

  /// What looks after the rows of this process.
  var upkeep: (any SeriesUpkeep)? { self.keeper.withLock { $0 } }
  func offer(_ upkeep: any SeriesUpkeep) { self.keeper.withLock { $0 = upkeep } }
}
