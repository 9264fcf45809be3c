import Admin
import JSON
import Values

/// A small cluster with one of everything, for the stored outputs.
enum SampleCluster {
  static func time(_ text: String) -> Timestamp {
    (try? Timestamp(parsing: text)) ?? .init(.init(nanoseconds: 0))
  }
  static let now = time("2026-11-20T14:03:21Z")

  static let script: Script = {
    var script = Script()
    Self.addHealth(&script)
    Self.addCluster(&script)
    Self.addJobs(&script)
    Self.addLogs(&script)
    Self.addUsers(&script)
    Self.addRights(&script)
    Self.addSecrets(&script)
    Self.addBuckets(&script)
    Self.addObjects(&script)
    Self.addStores(&script)
    Self.addCatalog(&script)
    Self.addSeries(&script)
    return script
  }()

  static let allowing: Script = {
    var script = Self.script
    var decision = DecisionRecord()
    decision.decision = "allowed"
    decision.rule = "allow * on *"
    decision.source = "role/admin"
    script.item(IdentityAPI.explain, decision)
    return script
  }()

  // MARK: Health

  static func service(_ name: String, _ node: String, _ state: ServiceState = .ok) -> ServiceRecord
  {
    var record = ServiceRecord()
    record.service = name
    record.node = node
    record.state = state
    record.reason = state == .ok ? nil : "its disk is nearly full"
    record.listen = ["127.0.0.1:7300"]
    record.ratePerSecond = 12.5
    record.p99Milliseconds = node == "n1" ? 4.1 : 7.9
    record.errorRatio = 0.01
    record.openConnections = 0
    record.requestCount = 143_712_004
    record.errorCount = 12
    record.version = "0.1.0"
    record.pid = 4711
    record.startedAt = Self.time("2026-11-20T09:00:00Z")
    record.configRevision = "77c0a9"
    return record
  }

  static let services = [
    service("admin", "n1"), service("admin", "n2"), service("facts", "n1", .degraded),
  ]

  static let alert: AlertRecord = {
    var record = AlertRecord()
    record.alert = "disk-filling"
    record.level = .warning
    record.resource = "node/n1 facts"
    record.message = "n1 93% used, full in 9 h at this rate"
    record.value = 0.93
    record.limit = 0.9
    record.sinceAt = Self.time("2026-11-20T13:51:00Z")
    record.look = "lakectl node show n1"
    return record
  }()

  static func check(_ name: String, _ state: CheckState, _ found: String, _ advice: String?)
    -> CheckRecord
  {
    var record = CheckRecord()
    record.check = name
    record.state = state
    record.found = found
    record.advice = advice
    record.node = "n1"
    record.tookMilliseconds = 1.5
    record.isSafe = advice != nil
    return record
  }

  static func addHealth(_ script: inout Script) {
    var status = StatusRecord()
    status.cluster = "lab"
    status.state = .degraded
    status.services = Self.services
    status.alerts = [Self.alert]
    status.jobs = [Self.job("01J9FZ7K2M", .running)]
    status.nodeCount = 2
    status.upCount = 2
    script.item(HealthAPI.status, status)
    script.list(HealthAPI.alerts, [Self.alert])
    let checks = [
      Self.check("clock.offset", .ok, "0.2 ms apart", nil),
      Self.check("jobs.orphans", .warn, "1 job without a node", "lakectl job cancel 01J9FZ7K2M"),
    ]
    script.list(HealthAPI.doctor, checks)
    script.list(HealthAPI.fix, checks)
    var daemon = VersionRecord()
    daemon.component = "laked"
    daemon.version = "0.1.0"
    daemon.commit = "0aca074"
    script.list(HealthAPI.version, [daemon])
  }

  // MARK: Cluster

  static func node(_ name: String, _ state: NodeState = .up) -> NodeRecord {
    var record = NodeRecord()
    record.node = name
    record.id = "01J9\(name.uppercased())"
    record.state = state
    record.roles = ["admin", "facts"]
    record.address = "http://127.0.0.1:7300"
    record.cpuRatio = 0.31
    record.memoryRatio = 0.44
    record.memoryBytes = 88_000_000
    record.diskUsedRatio = 0.93
    record.diskTotalBytes = 549_755_813_888
    record.uptimeSeconds = 18_201
    record.version = "0.1.0"
    record.labels = ["zone": "a"]
    record.zone = "a"
    record.syncP99Milliseconds = 1.8
    record.clockOffsetMilliseconds = 0.2
    record.loopP99Milliseconds = 0.9
    record.threadCount = 14
    record.descriptorCount = 61
    record.backend = "io_uring"
    return record
  }

  static func setting(_ value: String?, previous: String? = nil) -> SettingRecord {
    var record = SettingRecord()
    record.key = "jobs.keep_days"
    record.value = value ?? "7"
    record.defaultValue = "7"
    record.source = value == nil ? "default" : "cluster"
    record.type = "count"
    record.range = "1 to 365"
    record.summary = "how long ended jobs are listed"
    record.previous = previous
    return record
  }

  static func addCluster(_ script: inout Script) {
    var cluster = ClusterRecord()
    cluster.name = "lab"
    cluster.id = "01J9CLUSTER"
    cluster.state = .degraded
    cluster.version = "0.1.0"
    cluster.leader = "n1"
    cluster.nodeCount = 2
    cluster.upCount = 2
    cluster.facts = "embedded"
    cluster.createdAt = Self.time("2026-11-01T00:00:00Z")
    script.item(ClusterAPI.show, cluster)
    script.list(ClusterAPI.settings, [Self.setting("14")])
    script.item(ClusterAPI.setting, Self.setting("14"), SettingInput(key: "jobs.keep_days"))
    script.change(
      ClusterAPI.set, Self.setting("14", previous: "7"), SettingInput(key: "jobs.keep_days"),
      undo: "lakectl cluster settings unset jobs.keep_days")
    script.change(
      ClusterAPI.unset, Self.setting(nil, previous: "14"), SettingInput(key: "jobs.keep_days"),
      undo: "lakectl cluster settings set jobs.keep_days 14")
    script.list(ClusterAPI.config, [Self.setting(nil)])
    script.list(ClusterAPI.nodes, [Self.node("n1"), Self.node("n2", .draining)])
    script.item(ClusterAPI.node, Self.node("n1"), NodeInput(node: "n1"))
    var drained = Self.node("n2", .draining)
    drained.movingCount = 3
    drained.leftCount = 12
    let n2 = NodeInput(node: "n2")
    script.change(
      ClusterAPI.drain, drained, n2, job: "01J9DRAIN0", undo: "lakectl node undrain n2")
    script.change(ClusterAPI.undrain, Self.node("n2"), n2)
    script.change(ClusterAPI.remove, Self.node("n2", .leaving), n2, job: "01J9REMOVE")
    script.list(ClusterAPI.services, Self.services)
    let admin = ServiceInput(service: "admin")
    script.list(ClusterAPI.service, Array(Self.services.prefix(2)), admin)
    script.change(
      ClusterAPI.drainService, Self.service("admin", "n1", .draining), admin,
      undo: "lakectl service undrain admin")
    script.change(ClusterAPI.undrainService, Self.service("admin", "n1"), admin)
    script.change(ClusterAPI.stop, Self.service("admin", "n1", .stopped), admin)
    var reload = ReloadRecord()
    reload.service = "admin"
    reload.node = "n1"
    reload.changedKeys = ["log.level"]
    script.list(ClusterAPI.reload, [reload], admin)
    var level = LogLevelRecord()
    level.service = "admin"
    level.node = "n1"
    level.level = "debug"
    level.untilAt = Self.time("2026-11-20T14:18:21Z")
    var input = LogLevelInput()
    input.service = "admin"
    script.list(ClusterAPI.logLevel, [level], input)
    Self.addFacts(&script)
  }

  static func addFacts(_ script: inout Script) {
    var fact = FactRecord()
    fact.key = "node/n1"
    fact.sizeBytes = 412
    fact.createdRevision = "12"
    fact.modifiedRevision = "9223372036854775807"
    fact.lease = "7"
    script.list(ClusterAPI.facts, [fact])
    fact.value = #"{"name":"n1"}"#
    var input = FactInput()
    input.key = "node/n1"
    script.item(ClusterAPI.fact, fact, input)
    var status = FactsStatusRecord()
    status.store = "embedded"
    status.revision = "9223372036854775807"
    status.leader = "n1"
    status.sizeBytes = 1 << 20
    status.watchCount = 3
    status.leaseCount = 2
    status.commitP99Milliseconds = 1.8
    script.item(ClusterAPI.factsStatus, status)
  }

  // MARK: Jobs and logs

  static func job(_ id: String, _ state: JobState) -> JobRecord {
    var record = JobRecord()
    record.job = id
    record.kindOfJob = "data-key-rotation"
    record.what = "seal 120 secrets again"
    record.state = state
    record.phase = state == .running ? "sealing" : nil
    record.doneCount = state == .succeeded ? 120 : 60
    record.totalCount = 120
    record.doneRatio = state == .succeeded ? 1 : 0.5
    record.node = "n1"
    record.actor = "root"
    record.createdAt = Self.time("2026-11-20T14:00:00Z")
    record.startedAt = Self.time("2026-11-20T14:00:01Z")
    record.attempt = 1
    if state == .failed {
      record.error = "the master key is not there"
      record.errorCode = "keys.master_missing"
    }
    return record
  }

  static func addJobs(_ script: inout Script) {
    let jobs = [
      Self.job("01J9DONE00", .succeeded), Self.job("01J9FAILED", .failed),
      Self.job("01J9FZ7K2M", .running),
    ]
    script.list(JobsAPI.list, jobs)
    for job in jobs + [Self.job("01J9DRAIN0", .succeeded)] {
      script.item(JobsAPI.show, job, JobInput(job: job.job))
    }
    script.item(JobsAPI.show, Self.job("01J9FZ7K2M", .running), JobInput(job: "last"))
    let running = JobChangeInput(job: "01J9FZ7K2M")
    script.change(JobsAPI.cancel, Self.job("01J9FZ7K2M", .cancelling), running)
    script.change(
      JobsAPI.pause, Self.job("01J9FZ7K2M", .pausing), running,
      undo: "lakectl job resume 01J9FZ7K2M")
    script.change(JobsAPI.resume, Self.job("01J9FZ7K2M", .running), running)
    var line = JobLogRecord()
    line.line = 1
    line.at = Self.time("2026-11-20T14:00:01Z")
    line.message = "60 of 120 sealed"
    var input = JobLogInput()
    input.job = "01J9DONE00"
    script.list(JobsAPI.logs, [line], input)
  }

  static func addLogs(_ script: inout Script) {
    var line = LogLineRecord()
    line.at = Self.now
    line.node = "n1"
    line.service = "cluster.facts"
    line.level = "warning"
    line.message = "a commit took 1.2 s"
    line.code = "facts.slow_commit"
    line.requestID = "01J9G2M8QX"
    line.fields = ["revision": "12"]
    line.sequence = "4711"
    var other = line
    other.level = "error"
    other.message = "\u{1B}[2Jthe disk is full"
    script.list(
      LogsAPI.logs, [line, other], next: "n1:4712",
      warnings: [AdminWarning("logs.gap", "120 lines of n1 are gone")])
    var event = EventRecord()
    event.event = "01J9EVENT0"
    event.at = Self.now
    event.actor = "root"
    event.kindOfEvent = "user"
    event.resource = "user/ann"
    event.action = "create"
    event.result = "done"
    event.requestID = "01J9G2M8QX"
    event.source = "127.0.0.1"
    event.details = ["roles": ["reader"]]
    script.list(LogsAPI.events, [event])
    var metric = MetricRecord()
    metric.metric = "lake_http_request_seconds"
    metric.labels = "server=\"admin\""
    metric.type = "histogram"
    metric.value = 0.0012
    metric.count = 4711
    metric.p50 = 0.001
    metric.p99 = 0.0041
    metric.max = 0.5
    metric.node = "n1"
    metric.help = "from a request's head to its answer"
    script.list(LogsAPI.metrics, [metric])
    var past = MetricHistoryRecord()
    past.at = Self.now
    past.metric = metric.metric
    past.labels = "server=admin"
    past.node = "n1"
    past.value = 0.0012
    past.rate = 12.5
    past.p50 = 0.001
    past.p99 = 0.0041
    past.max = 0.5
    var history = MetricHistoryInput()
    history.metric = metric.metric
    script.list(HistoryAPI.metrics, [past], history)
    var part = SupportPartRecord()
    part.part = "n1/config.yaml"
    part.node = "n1"
    part.sizeBytes = 17
    part.redactedCount = 1
    part.state = "ready"
    script.list(LogsAPI.supportParts, [part])
    part.text = "secret: (masked)\n"
    var input = SupportInput()
    input.part = part.part
    script.item(LogsAPI.supportPart, part, input)
  }
}
