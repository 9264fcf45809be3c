import Admin
import AdminServing
import Cluster
import Hosting
import Observability
import Runtime
import Synchronization
import Values

/// What this node knows of itself and, asking them, of the others; and what needs attention.
final class ClusterView: Sendable {
  let node: String
  let core: DaemonCore
  let members: ClusterMembers
  let observer: Observer
  let peers: Peers
  let startedAt: WallTime
  let group: EventLoopGroup
  let live: LiveConfiguration
  let identity: ClusterIdentity
  let adminTLS: TLSContext?
  let isReady: @Sendable () -> Bool
  private let alarm = Mutex(Alarm())
  /// Free bytes of the data disk over the last hour, a reading a minute.
  private let space = Mutex<[(at: MonotonicTime, free: Int64)]>([])

  static let watchInterval = Duration.seconds(5)

  init(
    node: String, core: DaemonCore, members: ClusterMembers, observer: Observer, peers: Peers,
    startedAt: WallTime, group: EventLoopGroup, live: LiveConfiguration,
    identity: ClusterIdentity, adminTLS: TLSContext?,
    isReady: @escaping @Sendable () -> Bool
  ) {
    self.node = node
    self.core = core
    self.members = members
    self.observer = observer
    self.peers = peers
    self.startedAt = startedAt
    self.group = group
    self.live = live
    self.identity = identity
    self.adminTLS = adminTLS
    self.isReady = isReady
  }

  // MARK: Services

  /// The services of this process.
  var ownServices: [ServiceRecord] {
    let look = self.observer.last
    let own = self.core.services.all
    let listen = self.core.doors.all
    return [self.record("admin", self.isReady() ? .ok : .starting, look, listen)]
      + own.map { hosted in
        let health = self.core.services.health(of: hosted.descriptor.name)
        return self.record(hosted.descriptor.name, health, look, [])
      }
  }

  private func record(
    _ name: String, _ health: ServiceHealth, _ look: Observer.Look, _ doors: [Doors.Opened]
  ) -> ServiceRecord {
    var record = ServiceRecord()
    record.service = name
    record.node = self.node
    switch health {
    case .ok: record.state = .ok
    case .degraded(let reason):
      record.state = .degraded
      record.reason = reason
    case .behind(let reason):
      record.state = .behind
      record.reason = reason
    case .starting: record.state = .starting
    case .draining: record.state = .draining
    }
    record.listen = doors.filter { $0.name == name }.map(\.text)
    if let activity = look.activities[name] {
      record.ratePerSecond = activity.ratePerSecond
      record.p99Milliseconds = activity.p99Milliseconds
      record.errorRatio = activity.errorRatio
      record.openConnections = Int64(activity.connections)
      record.requestCount = Int64(clamping: activity.requestCount)
      record.errorCount = Int64(clamping: activity.errorCount)
    }
    record.version = DaemonCommand.version
    record.pid = Int64(ProcessIdentity.pid)
    record.startedAt = Timestamp(self.startedAt)
    record.configRevision = self.live.revision
    return record
  }

  /// Services on all nodes; those of a node that does not answer are `unreachable`.
  func services(_ context: AdminContext) async -> [ServiceRecord] {
    var records = self.ownServices
    for other in await self.peers.ask(ClusterAPI.services, ServicesInput(), context: context) {
      switch other.result {
      case .success(let list): records += list.items
      case .failure(let error):
        records += self.unreachable(other.node, why: error.why ?? error.message)
      }
    }
    if !context.isForwarded {
      let known = Set(records.map(\.node))
      for node in self.members.nodes.all where !known.contains(node.node.name) {
        records += self.unreachable(node.node.name, why: "the node is down")
      }
    }
    return records.sorted { ($0.service, $0.node) < ($1.service, $1.node) }
  }

  private func unreachable(_ name: String, why: String) -> [ServiceRecord] {
    guard let status = self.members.nodes[name] else { return [] }
    return (["admin"] + status.node.roles).map { role in
      var record = ServiceRecord()
      record.service = role
      record.node = name
      record.state = .unreachable
      record.reason = why
      record.version = status.node.version
      return record
    }
  }

  // MARK: Nodes

  var nodes: [NodeRecord] {
    let now = self.group.loops[0].wallNow
    return self.members.nodes.all.map { self.record($0, now) }.sorted { $0.node < $1.node }
  }

  private func record(_ status: NodeStatus, _ now: WallTime) -> NodeRecord {
    var record = NodeRecord()
    record.node = status.node.name
    record.id = status.node.id.description
    record.state = Admin.NodeState(rawValue: status.state.rawValue) ?? .unknown
    record.roles = status.node.roles
    record.address = status.node.address.isEmpty ? nil : status.node.address
    record.version = status.node.version
    record.labels = status.node.labels
    record.zone = status.node.labels["zone"]
    // Our own numbers are those of this moment.
    let numbers =
      status.node.name == self.node ? NodeNumbers.read(self.observer, self.group) : status.numbers
    if status.isAlive {
      record.uptimeSeconds = (now - status.node.startedAt).nanosecondsClamped / 1_000_000_000
    }
    NodeNumbers.write(numbers, into: &record)
    return record
  }

  func leader() async -> String? {
    try? await self.members.election.leader()?.name
  }

  // MARK: Attention

  func alerts(_ state: AlertState?) -> [AlertRecord] {
    self.alarm.withLock { alarm in
      (state != .ended ? alarm.firing : []) + (state != .firing ? alarm.recent : [])
    }
  }

  /// Takes readings until the task is cancelled.
  func watch() async {
    let clock = self.group.loops[0]
    while !Task.isCancelled {
      guard (try? await clock.sleep(for: Self.watchInterval)) != nil else { return }
      let readings = await self.readings()
      self.alarm.withLock {
        $0.take(readings.all, at: clock.now, wall: Timestamp(clock.wallNow))
      }
    }
  }

  private func readings() async -> Readings {
    let clock = self.group.loops[0]
    var readings = Readings()
    readings.node = self.node
    readings.nodes = self.nodes
    readings.services = self.ownServices
    readings.machine = self.observer.last.machine
    readings.fillBytesPerSecond = self.fillRate(readings.machine.disk?.freeBytes, at: clock.now)
    let yesterday = clock.wallNow + .seconds(-86_400)
    readings.failedJobs = await self.failedJobs(since: yesterday)
    readings.certificateSeconds = self.adminTLS?.certificateEnd.map {
      Double(($0 - clock.wallNow).nanosecondsClamped) / 1e9
    }
    return readings
  }

  private func failedJobs(since moment: WallTime) async -> Int {
    let failed = try? await self.members.jobs.list(JobFilter { $0.states = [.failed] })
    return (failed?.jobs ?? []).filter { ($0.endedAt ?? $0.createdAt) >= moment }.count
  }

  private func fillRate(_ free: Int64?, at now: MonotonicTime) -> Double? {
    guard let free else { return nil }
    return self.space.withLock { space in
      if space.last.map({ now - $0.at >= .seconds(60) }) ?? true { space.append((now, free)) }
      space.removeAll { now - $0.at > .seconds(3600) }
      guard let first = space.first, now - first.at >= .seconds(600) else { return nil }
      return Double(first.free - free) / (Double((now - first.at).nanosecondsClamped) / 1e9)
    }
  }
}

/// The numbers of a node in its heartbeat, by name.
enum NodeNumbers {
  static func read(_ observer: Observer, _ group: EventLoopGroup) -> [String: Double] {
    let machine = observer.last.machine
    var numbers: [String: Double] = [
      "memory_bytes": Double(machine.memoryBytes), "thread_count": Double(machine.threadCount),
      "descriptor_count": Double(machine.descriptorCount),
      "is_uring": group.backend == .uring ? 1 : 0,
    ]
    numbers["cpu_ratio"] = machine.cpuRatio
    numbers["memory_ratio"] = machine.memoryRatio
    numbers["disk_used_ratio"] = machine.diskUsedRatio
    numbers["disk_total_bytes"] = machine.disk.map { Double($0.totalBytes) }
    numbers["loop_p99_ms"] = machine.loopP99Milliseconds
    numbers["fsync_p99_ms"] = machine.syncP99Milliseconds
    return numbers
  }

  static func write(_ numbers: [String: Double], into record: inout NodeRecord) {
    func whole(_ name: String) -> Int64? { numbers[name].flatMap { Int64(exactly: $0.rounded()) } }
    record.cpuRatio = numbers["cpu_ratio"]
    record.memoryRatio = numbers["memory_ratio"]
    record.memoryBytes = whole("memory_bytes")
    record.diskUsedRatio = numbers["disk_used_ratio"]
    record.diskTotalBytes = whole("disk_total_bytes")
    record.loopP99Milliseconds = numbers["loop_p99_ms"]
    record.syncP99Milliseconds = numbers["fsync_p99_ms"]
    record.threadCount = whole("thread_count")
    record.descriptorCount = whole("descriptor_count")
    record.backend = numbers["is_uring"].map { $0 == 1 ? "io_uring" : "epoll" }
  }
}
