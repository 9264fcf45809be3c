import Cluster
import Configuration
import Hosting
import Observability
import Runtime
import Synchronization
import Values

/// This node as a member of its cluster: registered, in the election, with a view of the others, its jobs
/// and its settings.
final class ClusterMembers: Sendable {
  let nodes: Nodes
  let settings: Settings
  let election: Election
  let jobs: Jobs
  let requests: RequestMemory
  private let core: DaemonCore
  private let description: Mutex<NodeDescription>
  private let registration = Mutex<NodeRegistration?>(nil)
  private let numbers: @Sendable () -> [String: Double]
  private let clock: EventLoop
  private let log: Logger

  /// The one that does what one must do.
  static let leaderElection = "leader"

  init(
    _ core: DaemonCore, _ plan: DaemonPlan, _ configuration: Configuration, _ loop: EventLoop,
    kinds: [JobKind], log: Logger, numbers: @escaping @Sendable () -> [String: Double]
  ) {
    let facts = core.facts
    let random = SystemRandom.shared
    self.core = core
    self.clock = loop
    self.log = log
    self.numbers = numbers
    self.nodes = Nodes(facts, time: loop)
    self.settings = Settings(ClusterSettings.all, facts, time: loop)
    self.election = Election(
      Self.leaderElection, candidate: core.node, facts, time: loop, random: random, log: log)
    self.jobs = Jobs(
      kinds, node: core.node, facts, time: loop, random: random, metrics: core.metrics, log: log)
    self.requests = RequestMemory(facts, time: loop)
    var labels: [String: String] = [:]
    for label in configuration[DaemonKeys.labels] {
      let parts = label.split(separator: "=", maxSplits: 1)
      labels[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
    }
    if let zone = configuration[DaemonKeys.zone] { labels["zone"] = zone }
    self.description = Mutex(
      NodeDescription(
        name: core.node, id: (try? ULID(parsing: core.data.node)) ?? ULID(bits: 0), address: "",
        roles: plan.roles, labels: labels, version: DaemonCommand.version,
        startedAt: loop.wallNow))
  }

  var own: NodeDescription { self.description.withLock { $0 } }

  /// Says how others reach this node; it registers as soon as it runs.
  func advertise(_ address: String) {
    let node = self.description.withLock { node in
      node.address = address
      return node
    }
    let registration = NodeRegistration(
      node, self.core.facts, time: self.clock, log: self.log, numbers: self.numbers)
    self.registration.withLock { $0 = registration }
  }

  /// This node can serve.
  func serve() { self.registration.withLock { $0 }?.serve() }

  /// Keeps the membership until the task is cancelled.
  func run() async throws {
    guard let registration = self.registration.withLock({ $0 }) else {
      preconditionFailure("BUG: a member without an address")
    }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await self.nodes.run() }
      tasks.addTask { try await self.settings.run() }
      tasks.addTask { try await registration.run() }
      tasks.addTask { try await self.jobs.run() }
      tasks.addTask {
        try await self.election.run { leadership in try await self.lead(leadership) }
      }
      while try await tasks.next() != nil {}
    }
  }

  /// What only the leader does, for as long as it leads.
  private func lead(_ leadership: Leadership) async throws {
    while true {
      do {
        try await self.requests.sweep()
      } catch {
        self.log.debug("cannot forget old requests", ["error": .describing(error)])
      }
      try await self.clock.sleep(for: .seconds(600))
    }
  }

  /// The other nodes that can be asked.
  var peers: [Peers.Peer] {
    self.nodes.all.filter {
      $0.isAlive && $0.node.name != self.core.node && !$0.node.address.isEmpty
    }
    .map { Peers.Peer(node: $0.node.name, url: $0.node.address) }
  }
}

/// Settings of the cluster as a whole.
enum ClusterSettings {
  static let logsLevelFor = SettingDeclaration(
    "logs.level_for", .duration(.seconds(10) ... .seconds(86_400)), default: "15m",
    "how long a changed log level lasts unless --for says otherwise")

  static let all: [SettingDeclaration] = [logsLevelFor]
}
