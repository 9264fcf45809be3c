/// The screens there are, in the order of their keys. Those of `3 4` are kept for the
/// services to come.
package enum StandardScreens {
  package static let all: [ScreenDefinition] = [
    OverviewScreen.definition, CatalogScreen.definition, ObjectsScreen.definition,
    SeriesScreen.definition, NodesScreen.definition, JobsScreen.definition,
    LogsScreen.definition, AlertsScreen.definition, IdentityScreen.definition,
    MetricsScreen.definition, EventsScreen.definition, SettingsScreen.definition,
  ]

  /// What the header counts.
  package static let header = HeaderDefinition(
    nodes: ResourceRequest(NodesScreen.path, nameKeys: ["node"]), nodeStateKey: "state",
    upWord: "up",
    alerts: ResourceRequest(
      AlertsScreen.path, query: [AlertsScreen.firing], nameKeys: AlertsScreen.nameKeys),
    alertStateKey: "state", firingWord: "firing")

  /// The names of the screens that keys outside the table of screens lead to.
  package static let logs = "logs"
  package static let events = "events"
}

/// Where the numbers of line 1 come from.
package struct HeaderDefinition: Sendable {
  package var nodes: ResourceRequest
  package var nodeStateKey: String
  package var upWord: String
  package var alerts: ResourceRequest
  package var alertStateKey: String
  package var firingWord: String
}
