import Admin
import AdminServing
import Cluster
import Runtime
import Values

/// `status`, `alerts` and `version`.
struct HealthHandlers: Sendable {
  let view: ClusterView

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(HealthAPI.status) { _, context in AdminItem(await self.status(context)) }
    try routes.on(HealthAPI.alerts) { input, context in
      let (alerts, warnings) = await self.alerts(input, context)
      return AdminList(alerts, warnings: warnings)
    }
    try routes.on(HealthAPI.version) { _, _ in
      var record = VersionRecord()
      record.component = "laked"
      record.version = DaemonCommand.version
      record.commit = DaemonCommand.commit
      return AdminList([record])
    }
  }

  private func status(_ context: AdminContext) async -> StatusRecord {
    var record = StatusRecord()
    record.cluster = self.view.identity.name
    record.services = await self.view.services(context)
    record.alerts = await self.alerts(AlertsInput(state: .firing), context).alerts
    record.jobs =
      (try? await JobHandlers.active(
        self.view.members.jobs, at: self.view.group.loops[0].wallNow)) ?? []
    let nodes = self.view.nodes
    record.nodeCount = Int64(nodes.count)
    record.upCount = Int64(nodes.filter { $0.state == .up }.count)
    record.state = record.services.map(\.state).worst
    return record
  }

  private func alerts(
    _ input: AlertsInput, _ context: AdminContext
  ) async -> (alerts: [AlertRecord], warnings: [AdminWarning]) {
    var alerts = self.view.alerts(input.state)
    var warnings: [AdminWarning] = []
    await self.view.peers.ask(HealthAPI.alerts, input, context: context)
      .add(to: &alerts, &warnings)
    // Several nodes see the same thing.
    var seen: Set<String> = []
    alerts = alerts.filter { seen.insert("\($0.alert)/\($0.resource)/\($0.state)").inserted }
    alerts.sort { $0.urgency < $1.urgency }
    return (alerts, warnings)
  }
}

extension AlertRecord {
  /// What fires comes first, then what is worse.
  var urgency: (Int, Int, String, String) {
    (self.state == .firing ? 0 : 1, self.level == .critical ? 0 : 1, self.alert, self.resource)
  }
}

extension [ServiceState] {
  /// The one that needs attention most.
  var worst: ServiceState {
    let order: [ServiceState] = [
      .unreachable, .stopped, .degraded, .behind, .starting, .draining, .ok,
    ]
    return order.first { self.contains($0) } ?? .ok
  }
}
