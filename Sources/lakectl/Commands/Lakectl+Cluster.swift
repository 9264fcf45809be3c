import CommandTable

/// Groups about the cluster and what it runs.
extension Lakectl {
  static let alerts = Command(
    name: "alert", summary: "look at what fires", heading: .look,
    detail: """
      Alerts are judged by the platform, so that status, doctor, the dashboard and exit codes agree.
      An alert ends when it was below its limit for two intervals.
      """,
    children: [AlertList.command])

  static let metrics = Command(
    name: "metrics", summary: "look at what is measured", heading: .look,
    detail: "What every daemon measures about itself, as it also tells Prometheus at /metrics.",
    children: [MetricsList.command, MetricsHistory.command])

  static let cluster = Command(
    name: "cluster", summary: "look at and set up the cluster", heading: .operate,
    detail: """
      A cluster is one or several daemons over one store of facts.
      Its settings hold on all nodes, and come before what the files of a node say.
      """,
    children: [
      ClusterShow.command,
      Command(
        name: "settings", summary: "look at and change settings of the cluster",
        children: [
          ClusterSettingsList.command, ClusterSettingsShow.command, ClusterSettingsSet.command,
          ClusterSettingsUnset.command,
        ]),
    ])

  static let nodes = Command(
    name: "node", summary: "look at, drain and remove nodes", heading: .operate,
    detail: """
      A node is one daemon.
      Its states are up, down, draining, drained, joining, leaving and unknown.
      """,
    children: [
      NodeList.command, NodeShow.command, NodeDrain.command, NodeUndrain.command,
      NodeRemove.command,
      Command(
        name: "settings", summary: "look at the configuration of a node",
        children: [NodeSettingsList.command]),
    ])

  static let services = Command(
    name: "service", summary: "look at and steer services", heading: .operate,
    detail: """
      A service runs on one or several nodes.
      Its states are ok, degraded, behind, starting, draining, stopped and unreachable.
      """,
    children: [
      ServiceList.command, ServiceShow.command, ServiceReload.command, ServiceDrain.command,
      ServiceUndrain.command, ServiceStop.command, ServiceLogLevel.command,
    ])

  static let jobs = Command(
    name: "job", summary: "follow and end what lasts", heading: .operate,
    detail: """
      What lasts over two seconds is a job: accepted durably, resumed after a restart.
      The word last stands for the newest job of this user.
      """,
    children: [
      JobList.command, JobShow.command, JobWait.command, JobLogs.command, JobCancel.command,
      JobPause.command, JobResume.command,
    ])

  static let facts = Command(
    name: "facts", summary: "look into the store of small facts", heading: .operate,
    detail: """
      Facts are what daemons agree on: members, leases, jobs, settings.
      These commands look; nothing here changes a fact.
      """,
    children: [FactsStatus.command, FactsList.command, FactsShow.command])

  static let support = Command(
    name: "support", summary: "gather what helps to find a problem", heading: .operate,
    detail: "Nothing is ever sent anywhere.", children: [SupportBundle.command])
}
