import Cluster
import Hosting
import ObjectControl
import ObjectGateway
import ObjectModel
import Runtime
import Values

/// The role `object-control`: buckets and volumes in the facts, and what is done with whole buckets.
final class ControlRole: HostedService {
  private let host: ServiceHost
  private let roles: ObjectRoles
  private let control: FactsControl

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
    self.control = roles.control(host)
  }

  var jobKinds: [JobKind] { BucketJobs(self.host, self.roles, self.control).kinds }

  func start() async throws {
    if self.host.link.isShared { try await self.host.link.prepare() }
  }

  func run() async throws {
    let jobs = BucketJobs(self.host, self.roles, self.control)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.roles.keep(self.host) }
      group.addTask { try await self.control.keepHouse() }
      group.addTask { try await jobs.askDaily() }
      try await group.waitForAll()
    }
  }

  func stop() async {}

  var health: ServiceHealth {
    guard let since = self.control.staleSince else { return .ok }
    let seconds = (self.host.group.loops[0].now - since).components.seconds
    return seconds < 10
      ? .ok : .degraded("the facts have not been heard for \(seconds) s; what is known is used")
  }
}
