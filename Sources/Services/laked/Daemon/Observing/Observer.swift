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
    var lag = RecentTimes()
    var sync = RecentTimes()
    var look: Look
  }

  /// Times of nanoseconds over the last samples.
  private struct RecentTimes {
    private var before: [HistogramSnapshot] = []

    /// - Returns: the 99th percentile in milliseconds; nil when nothing was measured.
    mutating func add(_ snapshot: HistogramSnapshot) -> Double? {
      defer {
        self.before.append(snapshot)
        if self.before.count > ServiceWindow.sampleMax { self.before.removeFirst() }
      }
      guard let first = self.before.first else { return nil }
      let recent = snapshot.since(first)
      return recent.count == 0 ? nil : Double(recent.quantile(0.99)) / 1e6
    }
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
      look.machine.loopP99Milliseconds = state.lag.add(lag)
      look.machine.syncP99Milliseconds = Self.syncTimes(snapshot).flatMap { state.sync.add($0) }
      state.look = look
    }
  }

  /// Of every store in this process.
  private static func syncTimes(_ snapshot: MetricSnapshot) -> HistogramSnapshot? {
    var times: HistogramSnapshot?
    for series in snapshot["lake_kv_group_seconds"]?.series ?? [] {
      guard case .histogram(let histogram) = series.value else { continue }
      if times == nil { times = histogram } else { times?.merge(histogram) }
    }
    return times
  }
}
