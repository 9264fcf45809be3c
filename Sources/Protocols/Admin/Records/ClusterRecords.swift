public import Values

// What `cluster`, `node` and `facts` show.

public struct ClusterRecord: AdminRecord, Hashable {
  public var name = ""
  public var id = ""
  public var state = ServiceState.ok
  public var version = ""
  public var leader: String?
  public var nodeCount: Int64 = 0
  public var upCount: Int64 = 0
  public var facts = ""
  public var createdAt: Timestamp?

  public init() {}
  public static let kind = "Cluster"
  public static let fields: [AdminField<ClusterRecord>] = [
    .required("name", \.name, "what people call it"),
    .required("id", \.id, "made once, in every data directory"),
    .required("state", \.state, "the worst of its services"),
    AdminField("version", \.version, "of the node that answers"),
    AdminField("leader", \.leader, "the node that does what one must do"),
    AdminField("node_count", \.nodeCount, "members"),
    AdminField("up_count", \.upCount, "members that are up"),
    AdminField("facts", \.facts, "where small facts are kept: embedded or etcd"),
    AdminField("created_at", \.createdAt, "when it was made"),
  ]
}

public struct SettingRecord: AdminRecord, Hashable {
  public var key = ""
  public var value: String?
  public var defaultValue: String?
  public var source = ""
  public var type = ""
  public var range: String?
  public var summary = ""
  public var needsRestart = false
  public var previous: String?

  public init() {}
  public static let kind = "Setting"
  public static let fields: [AdminField<SettingRecord>] = [
    .required("key", \.key, "its name"),
    AdminField("value", \.value, "what holds"),
    AdminField("default", \.defaultValue, "what holds unless it is set"),
    AdminField("source", \.source, "where the value comes from"),
    AdminField("type", \.type, "what a value looks like"),
    AdminField("range", \.range, "what is allowed"),
    AdminField("description", \.summary, "what it does"),
    AdminField("restart_needed", \.needsRestart, "a change counts after a restart"),
    AdminField("previous", \.previous, "of a change: the value before"),
  ]
}

public struct SettingInput: AdminRecord {
  public var key = ""
  public var value: String?

  public init() {}
  public init(key: String, value: String? = nil) {
    self.key = key
    self.value = value
  }
  public static let kind = "SettingInput"
  public static let fields: [AdminField<SettingInput>] = [
    .required("key", \.key, "which setting"),
    AdminField("value", \.value, "the new value"),
  ]
}

public enum NodeState: String, AdminWord {
  case up, down, draining, drained, joining, leaving, unknown
}

public struct NodeRecord: AdminRecord, Hashable {
  public var node = ""
  public var id = ""
  public var state = NodeState.unknown
  public var roles: [String] = []
  public var address: String?
  public var cpuRatio: Double?
  public var memoryRatio: Double?
  public var memoryBytes: Int64?
  public var diskUsedRatio: Double?
  public var diskTotalBytes: Int64?
  public var uptimeSeconds: Int64?
  public var version = ""
  public var zone: String?
  public var labels: [String: String] = [:]
  public var syncP99Milliseconds: Double?
  public var clockOffsetMilliseconds: Double?
  public var loopP99Milliseconds: Double?
  public var threadCount: Int64?
  public var descriptorCount: Int64?
  public var backend: String?
  public var movingCount: Int64 = 0
  public var leftCount: Int64 = 0

  public init() {}
  public static let kind = "Node"
  public static let fields: [AdminField<NodeRecord>] = [
    .required("node", \.node, "its name"),
    AdminField("id", \.id, "made at its first start"),
    .required("state", \.state, "how it is"),
    AdminField("roles", \.roles, "what it runs"),
    AdminField("address", \.address, "its admin endpoint"),
    AdminField("cpu_ratio", \.cpuRatio, "share of its processors in use by laked"),
    AdminField("memory_ratio", \.memoryRatio, "share of its memory in use by laked"),
    AdminField("memory_bytes", \.memoryBytes, "resident memory of laked"),
    AdminField("disk_used_ratio", \.diskUsedRatio, "share of the data directory's disk in use"),
    AdminField("disk_total_bytes", \.diskTotalBytes, "size of that disk"),
    AdminField("uptime_s", \.uptimeSeconds, "since the start of laked"),
    AdminField("version", \.version, "of laked"),
    AdminField("zone", \.zone, "the label zone"),
    AdminField("labels", \.labels, "given in its configuration"),
    AdminField("fsync_p99_ms", \.syncP99Milliseconds, "of making writes durable"),
    AdminField("clock_offset_ms", \.clockOffsetMilliseconds, "against the node that answers"),
    AdminField("loop_p99_ms", \.loopP99Milliseconds, "of a turn of its event loops"),
    AdminField("thread_count", \.threadCount, "threads of laked"),
    AdminField("descriptor_count", \.descriptorCount, "open files and sockets"),
    AdminField("backend", \.backend, "io_uring or epoll"),
    AdminField("moving_count", \.movingCount, "of a drain: what is on its way"),
    AdminField("left_count", \.leftCount, "of a drain: what is still there"),
  ]
}

public struct NodeInput: AdminRecord {
  public var node = ""
  public var keepRoles: [String] = []
  public var force: [String] = []

  public init() {}
  public init(node: String) { self.node = node }
  public static let kind = "NodeInput"
  public static let fields: [AdminField<NodeInput>] = [
    .required("node", \.node, "which node"),
    AdminField("keep_roles", \.keepRoles, "roles that stay while it drains"),
    AdminField("force", \.force, "names of checks to pass over"),
  ]
}

public struct ServiceInput: AdminRecord {
  public var service = ""
  public var node: String?

  public init() {}
  public init(service: String, node: String? = nil) {
    self.service = service
    self.node = node
  }
  public static let kind = "ServiceInput"
  public static let fields: [AdminField<ServiceInput>] = [
    .required("service", \.service, "which service"),
    AdminField("node", \.node, "on which node; all by default"),
  ]
}

public struct ServicesInput: AdminRecord {
  public var node: String?

  public init() {}
  public static let kind = "ServicesInput"
  public static let fields: [AdminField<ServicesInput>] = [
    AdminField("node", \.node, "only those of this node")
  ]
}

public struct ReloadRecord: AdminRecord, Hashable {
  public var service = ""
  public var node = ""
  public var changedKeys: [String] = []
  public var needsRestart: [String] = []

  public init() {}
  public static let kind = "Reload"
  public static let fields: [AdminField<ReloadRecord>] = [
    .required("service", \.service, "which service"),
    .required("node", \.node, "on which node"),
    AdminField("changed_keys", \.changedKeys, "keys whose values are new"),
    AdminField("restart_needed", \.needsRestart, "keys that count after a restart only"),
  ]
}

public struct LogLevelInput: AdminRecord {
  public var service = ""
  public var level = ""
  public var node: String?
  public var forMilliseconds: Int64 = 900_000

  public init() {}
  public static let kind = "LogLevelInput"
  public static let fields: [AdminField<LogLevelInput>] = [
    .required("service", \.service, "a component, or all"),
    .required("level", \.level, "trace, debug, info, notice, warning or error"),
    AdminField("node", \.node, "on which node; all by default"),
    AdminField("for_ms", \.forMilliseconds, "it goes back by itself after this time"),
  ]
}

public struct LogLevelRecord: AdminRecord, Hashable {
  public var service = ""
  public var node = ""
  public var level = ""
  public var untilAt: Timestamp?

  public init() {}
  public static let kind = "LogLevel"
  public static let fields: [AdminField<LogLevelRecord>] = [
    .required("service", \.service, "a component, or all"),
    .required("node", \.node, "on which node"),
    .required("level", \.level, "what is written"),
    AdminField("until_at", \.untilAt, "when it goes back"),
  ]
}

// MARK: Facts

public struct FactRecord: AdminRecord, Hashable {
  public var key = ""
  public var sizeBytes: Int64 = 0
  public var createdRevision = ""
  public var modifiedRevision = ""
  public var lease: String?
  /// The value as text, when it is text and holds no secret.
  public var value: String?

  public init() {}
  public static let kind = "Fact"
  public static let fields: [AdminField<FactRecord>] = [
    .required("key", \.key, "its name"),
    AdminField("size_bytes", \.sizeBytes, "of the value"),
    AdminField("created_revision_id", \.createdRevision, "when the key came to be"),
    AdminField("modified_revision_id", \.modifiedRevision, "when it was changed last"),
    AdminField("lease_id", \.lease, "the lease it goes with"),
    AdminField("value", \.value, "when it is text and no secret"),
  ]
}

public struct FactsInput: AdminRecord {
  public var prefix = ""

  public init() {}
  public static let kind = "FactsInput"
  public static let fields: [AdminField<FactsInput>] = [
    AdminField("prefix", \.prefix, "only keys that begin with this")
  ]
}

public struct FactInput: AdminRecord {
  public var key = ""

  public init() {}
  public static let kind = "FactInput"
  public static let fields: [AdminField<FactInput>] = [.required("key", \.key, "its name")]
}

public struct FactsStatusRecord: AdminRecord, Hashable {
  public var store = ""
  public var state = ServiceState.ok
  public var revision = ""
  public var endpoints: [String] = []
  public var leader: String?
  public var sizeBytes: Int64?
  public var watchCount: Int64 = 0
  public var leaseCount: Int64 = 0
  public var commitP99Milliseconds: Double?
  public var reason: String?

  public init() {}
  public static let kind = "FactsStatus"
  public static let fields: [AdminField<FactsStatusRecord>] = [
    .required("facts", \.store, "embedded or etcd"),
    .required("state", \.state, "how it is"),
    AdminField("revision_id", \.revision, "its newest state"),
    AdminField("endpoints", \.endpoints, "of etcd"),
    AdminField("leader", \.leader, "who leads the cluster of daemons"),
    AdminField("size_bytes", \.sizeBytes, "on disk"),
    AdminField("watch_count", \.watchCount, "watches of this node"),
    AdminField("lease_count", \.leaseCount, "leases of this node"),
    AdminField("commit_p99_ms", \.commitP99Milliseconds, "of a change"),
    AdminField("reason", \.reason, "why it is not ok"),
  ]
}
