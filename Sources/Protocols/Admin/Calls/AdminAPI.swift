private import HTTP

// Every call of the admin API that is there whatever services run. A service adds a list of its own and
// puts it into `all`.

/// Calls about the daemons and the cluster they form.
public enum AdminAPI {
  /// All routes: the tests walk it and the OpenAPI document is made from it.
  public static let all: [AdminRoute] =
    HealthAPI.all + ClusterAPI.all + JobsAPI.all + LogsAPI.all + IdentityAPI.all + ObjectAPI.all
    + CatalogAPI.all + CatalogContentAPI.all + CatalogShapeAPI.all + CatalogUpkeepAPI.all
    + SeriesAPI.all
    + HistoryAPI.all
}

public enum HealthAPI {
  public static let status = AdminCall<AdminNothing, AdminItem<StatusRecord>>(
    .get, "/status", id: "getStatus", AdminPrivilege("cluster", .read),
    "the first screen of everything: services, alerts, running jobs")
  public static let alerts = AdminCall<AlertsInput, AdminList<AlertRecord>>(
    .get, "/alerts", id: "listAlerts", AdminPrivilege("cluster", .read),
    "what fires, and what fired in the last hour")
  public static let doctor = AdminCall<DoctorInput, AdminList<CheckRecord>>(
    .get, "/doctor", id: "runDoctor", AdminPrivilege("cluster", .read), "run the named checks")
  public static let fix = AdminCall<DoctorInput, AdminList<CheckRecord>>(
    .post, "/doctor/fix", id: "fixDoctor", AdminPrivilege("cluster", .operate), effect: .hardToUndo,
    "do what is listed as safe")
  public static let version = AdminCall<AdminNothing, AdminList<VersionRecord>>(
    .get, "/version", id: "getVersion", .anyone, "versions of the daemon and its libraries")
  public static let openAPI = AdminCall<AdminNothing, AdminDocument>(
    .get, "/openapi.json", id: "getOpenAPI", .anyone, "this API as an OpenAPI document")

  static let all = [
    status.route, alerts.route, doctor.route, fix.route, version.route, openAPI.route,
  ]
}

public enum ClusterAPI {
  public static let show = AdminCall<AdminNothing, AdminItem<ClusterRecord>>(
    .get, "/cluster", id: "getCluster", AdminPrivilege("cluster", .read), "the cluster")
  public static let settings = AdminCall<AdminNothing, AdminList<SettingRecord>>(
    .get, "/cluster/settings", id: "listSettings", AdminPrivilege("cluster", .read),
    "settings of the cluster")
  public static let setting = AdminCall<SettingInput, AdminItem<SettingRecord>>(
    .get, "/cluster/settings/{key}", id: "getSetting", AdminPrivilege("cluster", .read),
    "one setting")
  public static let set = AdminCall<SettingInput, AdminChange<SettingRecord>>(
    .put, "/cluster/settings/{key}", id: "setSetting", AdminPrivilege("cluster", .operate),
    "change a setting")
  public static let unset = AdminCall<SettingInput, AdminChange<SettingRecord>>(
    .delete, "/cluster/settings/{key}", id: "unsetSetting", AdminPrivilege("cluster", .operate),
    "go back to the default")

  public static let nodes = AdminCall<AdminNothing, AdminList<NodeRecord>>(
    .get, "/nodes", id: "listNodes", AdminPrivilege("node", .read), "members of the cluster")
  public static let node = AdminCall<NodeInput, AdminItem<NodeRecord>>(
    .get, "/nodes/{node}", id: "getNode", AdminPrivilege("node", .read), "one member")
  public static let drain = AdminCall<NodeInput, AdminChange<NodeRecord>>(
    .post, "/nodes/{node}/drain", id: "drainNode", AdminPrivilege("node", .operate),
    effect: .hardToUndo, isJob: true, "move what a node leads and holds to others")
  public static let undrain = AdminCall<NodeInput, AdminChange<NodeRecord>>(
    .post, "/nodes/{node}/undrain", id: "undrainNode", AdminPrivilege("node", .operate),
    "let a drained node take part again")
  public static let remove = AdminCall<NodeInput, AdminChange<NodeRecord>>(
    .delete, "/nodes/{node}", id: "removeNode", AdminPrivilege("node", .operate),
    effect: .destroys, isJob: true, "forget a node that is drained or dead")

  public static let services = AdminCall<ServicesInput, AdminList<ServiceRecord>>(
    .get, "/services", id: "listServices", AdminPrivilege("service", .read),
    "services on all nodes")
  public static let service = AdminCall<ServiceInput, AdminList<ServiceRecord>>(
    .get, "/services/{service}", id: "getService", AdminPrivilege("service", .read),
    "one service on all nodes")
  public static let reload = AdminCall<ServiceInput, AdminList<ReloadRecord>>(
    .post, "/services/{service}/reload", id: "reloadService", AdminPrivilege("service", .operate),
    "read the configuration again")
  public static let drainService = AdminCall<ServiceInput, AdminChange<ServiceRecord>>(
    .post, "/services/{service}/drain", id: "drainService", AdminPrivilege("service", .operate),
    effect: .hardToUndo, "finish what runs and refuse what is new")
  public static let undrainService = AdminCall<ServiceInput, AdminChange<ServiceRecord>>(
    .post, "/services/{service}/undrain", id: "undrainService", AdminPrivilege("service", .operate),
    "accept again")
  public static let stop = AdminCall<ServiceInput, AdminChange<ServiceRecord>>(
    .post, "/services/{service}/stop", id: "stopService", AdminPrivilege("service", .operate),
    effect: .hardToUndo, "end the daemon that runs the service, gracefully")
  public static let logLevel = AdminCall<LogLevelInput, AdminList<LogLevelRecord>>(
    .post, "/services/{service}/log-level", id: "setLogLevel", AdminPrivilege("logs", .write),
    "change what is logged, for a while")
  public static let config = AdminCall<AdminNothing, AdminList<SettingRecord>>(
    .get, "/config", id: "listConfig", AdminPrivilege("config", .read),
    "the configuration of the node that answers, with its origins")

  public static let facts = AdminCall<FactsInput, AdminList<FactRecord>>(
    .get, "/facts", id: "listFacts", AdminPrivilege("facts", .read), "names of facts")
  public static let fact = AdminCall<FactInput, AdminItem<FactRecord>>(
    .get, "/facts/{key...}", id: "getFact", AdminPrivilege("facts", .read), "one fact")
  public static let factsStatus = AdminCall<AdminNothing, AdminItem<FactsStatusRecord>>(
    .get, "/facts-status", id: "getFactsStatus", AdminPrivilege("facts", .read),
    "how the store of facts is")

  static let all = [
    show.route, settings.route, setting.route, set.route, unset.route, nodes.route, node.route,
    drain.route, undrain.route, remove.route, services.route, service.route, reload.route,
    drainService.route, undrainService.route, stop.route, logLevel.route, config.route, facts.route,
    fact.route, factsStatus.route,
  ]
}

public enum JobsAPI {
  public static let list = AdminCall<JobsInput, AdminList<JobRecord>>(
    .get, "/jobs", id: "listJobs", AdminPrivilege("job", .read),
    "jobs, running ones and those that ended in the last 7 days")
  public static let show = AdminCall<JobInput, AdminItem<JobRecord>>(
    .get, "/jobs/{job_id}", id: "getJob", AdminPrivilege("job", .read), "one job")
  public static let logs = AdminCall<JobLogInput, AdminList<JobLogRecord>>(
    .get, "/jobs/{job_id}/logs", id: "listJobLogs", AdminPrivilege("job", .read),
    "what a job said")
  public static let cancel = AdminCall<JobChangeInput, AdminChange<JobRecord>>(
    .post, "/jobs/{job_id}/cancel", id: "cancelJob", AdminPrivilege("job", .operate),
    effect: .hardToUndo, "end a job; what is done stays done")
  public static let pause = AdminCall<JobChangeInput, AdminChange<JobRecord>>(
    .post, "/jobs/{job_id}/pause", id: "pauseJob", AdminPrivilege("job", .operate), "hold a job")
  public static let resume = AdminCall<JobChangeInput, AdminChange<JobRecord>>(
    .post, "/jobs/{job_id}/resume", id: "resumeJob", AdminPrivilege("job", .operate),
    "let a job go on")

  static let all = [
    list.route, show.route, logs.route, cancel.route, pause.route, resume.route,
  ]
}

public enum LogsAPI {
  public static let logs = AdminCall<LogsInput, AdminList<LogLineRecord>>(
    .get, "/logs", id: "listLogs", AdminPrivilege("logs", .read),
    "the last log lines of all nodes, merged by time")
  public static let events = AdminCall<EventsInput, AdminList<EventRecord>>(
    .get, "/events", id: "listEvents", AdminPrivilege("audit", .read), "who did what")
  public static let metrics = AdminCall<MetricsInput, AdminList<MetricRecord>>(
    .get, "/metrics", id: "listMetrics", AdminPrivilege("metrics", .read),
    "values of metrics, a line for each series")
  public static let metricFamilies = AdminCall<MetricFamiliesInput, AdminDocument>(
    .get, "/metric-families", id: "listMetricFamilies", AdminPrivilege("metrics", .read),
    "metrics as families with their series, of the node that answers")
  public static let supportParts = AdminCall<AdminNothing, AdminList<SupportPartRecord>>(
    .get, "/support", id: "listSupportParts", AdminPrivilege("logs", .read),
    "what a support bundle holds")
  public static let supportPart = AdminCall<SupportInput, AdminItem<SupportPartRecord>>(
    .get, "/support/{part}", id: "getSupportPart", AdminPrivilege("logs", .read),
    "one part of a support bundle, secrets masked")

  static let all = [
    logs.route, events.route, metrics.route, metricFamilies.route, supportParts.route,
    supportPart.route,
  ]
}
