public import Values

// What `status`, `service`, `alerts` and `doctor` show.

public enum ServiceState: String, AdminWord {
  case ok, degraded, behind, starting, draining, stopped, unreachable
}

public struct ServiceRecord: AdminRecord, Hashable {
  public var service = ""
  public var node = ""
  public var state = ServiceState.starting
  /// Why it is not ok.
  public var reason: String?
  public var listen: [String] = []
  public var ratePerSecond: Double?
  public var p99Milliseconds: Double?
  public var errorRatio: Double?
  public var openConnections: Int64?
  public var requestCount: Int64?
  public var errorCount: Int64?
  public var version = ""
  public var pid: Int64 = 0
  public var startedAt: Timestamp?
  public var configRevision: String?

  public init() {}
  public static let kind = "Service"
  public static let fields: [AdminField<ServiceRecord>] = [
    .required("service", \.service, "its name"),
    .required("node", \.node, "where it runs"),
    .required("state", \.state, "how it is"),
    AdminField("reason", \.reason, "why it is not ok"),
    AdminField("listen", \.listen, "addresses it accepts at"),
    AdminField("rate_per_s", \.ratePerSecond, "requests a second, over the last ten"),
    AdminField("p99_ms", \.p99Milliseconds, "99 % of answers took at most this long"),
    AdminField("error_ratio", \.errorRatio, "share of answers that were errors of ours"),
    AdminField("open_connections", \.openConnections, "connections"),
    AdminField("request_count", \.requestCount, "requests since the start"),
    AdminField("error_count", \.errorCount, "answers that were errors of ours, since the start"),
    AdminField("version", \.version, "version of the daemon"),
    AdminField("pid", \.pid, "process id"),
    AdminField("started_at", \.startedAt, "start of the process"),
    AdminField("config_revision", \.configRevision, "digest of the configuration in force"),
  ]
}

public enum AlertLevel: String, AdminWord {
  case warning, critical
}

public enum AlertState: String, AdminWord {
  case firing, ended
}

public struct AlertsInput: AdminRecord {
  public var state: AlertState?

  public init() {}
  public init(state: AlertState?) { self.state = state }
  public static let kind = "AlertsInput"
  public static let fields: [AdminField<AlertsInput>] = [
    AdminField("state", \.state, "only those in this state")
  ]
}

public struct AlertRecord: AdminRecord, Hashable {
  public var alert = ""
  public var level = AlertLevel.warning
  public var resource = ""
  public var message = ""
  public var value: Double?
  public var limit: Double?
  public var sinceAt: Timestamp?
  public var state = AlertState.firing
  public var endedAt: Timestamp?
  /// A command that looks deeper.
  public var look: String?

  public init() {}
  public static let kind = "Alert"
  public static let fields: [AdminField<AlertRecord>] = [
    .required("alert", \.alert, "its name, such as disk-filling"),
    .required("severity", \.level, "how bad"),
    .required("resource", \.resource, "what it is about"),
    AdminField("message", \.message, "one line for people"),
    AdminField("value", \.value, "what was measured"),
    AdminField("limit", \.limit, "what is allowed"),
    AdminField("since_at", \.sinceAt, "when it began"),
    AdminField("state", \.state, "whether it fires or has ended in the last hour"),
    AdminField("ended_at", \.endedAt, "when it ended"),
    AdminField("command", \.look, "a command that looks deeper"),
  ]
}

public enum CheckState: String, AdminWord {
  case ok, warn, fail, skipped
}

public struct CheckRecord: AdminRecord, Hashable {
  public var check = ""
  public var state = CheckState.ok
  public var found = ""
  public var advice: String?
  public var node = ""
  public var tookMilliseconds = 0.0
  /// `doctor --fix` may do what the advice says.
  public var isSafe = false

  public init() {}
  public static let kind = "Check"
  public static let fields: [AdminField<CheckRecord>] = [
    .required("check", \.check, "area and name, such as disk.space"),
    .required("state", \.state, "what came of it"),
    AdminField("found", \.found, "what was found"),
    AdminField("advice", \.advice, "a command that helps"),
    AdminField("node", \.node, "where"),
    AdminField("took_ms", \.tookMilliseconds, "how long the check took"),
    AdminField("fixable", \.isSafe, "--fix does what is advised"),
  ]
}

public struct DoctorInput: AdminRecord {
  public var only: [String] = []

  public init() {}
  public static let kind = "DoctorInput"
  public static let fields: [AdminField<DoctorInput>] = [
    AdminField("only", \.only, "areas to look at, all by default")
  ]
}

public struct StatusRecord: AdminRecord {
  public var cluster = ""
  public var state = ServiceState.ok
  public var services: [ServiceRecord] = []
  public var alerts: [AlertRecord] = []
  public var jobs: [JobRecord] = []
  public var nodeCount: Int64 = 0
  public var upCount: Int64 = 0

  public init() {}
  public static let kind = "Status"
  public static let fields: [AdminField<StatusRecord>] = [
    .required("cluster", \.cluster, "its name"),
    .required("state", \.state, "the worst of what follows"),
    AdminField("services", \.services, "services on all nodes"),
    AdminField("alerts", \.alerts, "what fires"),
    AdminField("jobs", \.jobs, "running jobs"),
    AdminField("node_count", \.nodeCount, "members"),
    AdminField("up_count", \.upCount, "members that are up"),
  ]
}

public struct VersionRecord: AdminRecord, Hashable {
  public var component = ""
  public var version = ""
  public var commit: String?
  public var adminProtocol = "v1"

  public init() {}
  public static let kind = "Version"
  public static let fields: [AdminField<VersionRecord>] = [
    .required("component", \.component, "laked, or a library"),
    .required("version", \.version, "its version"),
    AdminField("commit", \.commit, "the source it was built from"),
    AdminField("protocol", \.adminProtocol, "version of the admin API"),
  ]
}
