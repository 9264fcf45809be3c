import Hosting
import Observability
import Runtime
import Synchronization
import Values

/// Looks at this process every two seconds: the rates of its services and what it uses of the machine.
/// Who asks gets the last look, so that asking costs nothing.
final class Observer: Sendable {
  static let interval = Duration.seconds(2)

  struct Look: Sendable {
    var at: MonotonicTime
    var machine = MachineFacts()
    var activities: [String: ServiceWindow.Activity] = [:]
  }

  private struct State {
    var windows: [String: ServiceWindow] = [:]
    var machine = MachineReader()
    var lag = ServiceLag()
    var look: Look
  }

  /// The lag of the loops over the last samples.
  private struct ServiceLag {
    var before: [HistogramSnapshot] = []
  }

  private let metrics: MetricRegistry
  private let servers: [(service: String, servers: [String])]
  private let disk: any Disk
  private let path: String
  private let lag: LoopLag
  private let state: Mutex<State>

  init(
    metrics: MetricRegistry, servers: [(service: String, servers: [String])], disk: any Disk,
    path: String, now: MonotonicTime
  ) {
    self.metrics = metrics
    self.servers = servers
    self.disk = disk
    self.path = path
    self.lag = LoopLag(metrics)
    self.state = Mutex(State(look: Look(at: now)))
  }

  var last: Look { self.state.withLock { $0.look } }

  /// Looks until the task is cancelled.
  func run(_ group: EventLoopGroup) async {
    await withTaskGroup(of: Void.self) { tasks in
      for loop in group.loops {
        tasks.addTask(executorPreference: loop) { await self.lag.measure(loop) }
      }
      tasks.addTask(executorPreference: group.loops[0]) {
        let clock = group.loops[0]
        while !Task.isCancelled {
          await self.look(at: clock.now)
          guard (try? await clock.sleep(for: Self.interval)) != nil else { return }
        }
      }
    }
  }

  func look(at moment: MonotonicTime) async {
    let space = try? await self.disk.space(self.path)
    let snapshot = self.metrics.snapshot()
    let lag = self.lag.histogram.snapshot()
    self.state.withLock { state in
      var look = Look(at: moment)
      for (service, servers) in self.servers {
        state.windows[service, default: ServiceWindow()].add(
          ServiceWindow.Sample(snapshot, servers: servers, at: moment))
        look.activities[service] = state.windows[service]?.activity
      }
      look.machine = state.machine.read(disk: space, at: moment)
      if let before = state.lag.before.first {
        let recent = lag.since(before)
        if recent.count > 0 {
          look.machine.loopP99Milliseconds = Double(recent.quantile(0.99)) / 1e6
        }
      }
      state.lag.before.append(lag)
      if state.lag.before.count > ServiceWindow.sampleMax { state.lag.before.removeFirst() }
      state.look = look
    }
  }
}
