import Configuration
import Hosting
import Observability
import Runtime
import SeriesIngest
import SeriesQuery
import SeriesServing
import Values

/// What watches over the doors: memory, the logs of queries and writes, and our own metrics.
struct LiaisonGuards: Sendable {
  let protector: MemoryProtector
  private let files: [LineFile]
  private let observation: SelfObservation?

  /// Puts the guards into `front`.
  init(_ host: ServiceHost, _ front: inout SeriesFront) async throws {
    let configuration = host.configuration
    let clock = host.group.loops[0]
    let given = configuration[SeriesKeys.memoryLimit].bytes
    let share =
      Int64(clamping: ProcessMetrics.memoryLimitBytes()) / 100
      * Int64(configuration[SeriesKeys.memoryPercent])
    self.protector = MemoryProtector(
      limitBytes: Int(clamping: given > 0 ? given : share), time: clock, metrics: host.metrics
    ) { Int(clamping: ProcessMetrics.read().residentBytes) }
    let interval = configuration[SeriesKeys.selfInterval]
    self.observation =
      interval > .zero
      ? SelfObservation(
        front.writes, metrics: host.metrics, node: host.node, interval: interval,
        ttlDays: UInt32(clamping: configuration[SeriesKeys.selfTTL])) : nil
    var files: [LineFile] = []
    func file(_ isOn: Bool, _ name: String) async throws -> QueryLog.Sink? {
      guard isOn else { return nil }
      let folder = try await host.data.folder("series") + "/log"
      try await host.disk.createDirectories(folder)
      let file = LineFile(
        folder + "/" + name, on: host.disk, time: clock,
        fileBytesMax: configuration[SeriesKeys.logBytes].bytes)
      files.append(file)
      return { file.append($0) }
    }
    let threshold = configuration[SeriesKeys.slowQuery]
    let access = try await file(configuration[SeriesKeys.queryLog], "queries.log")
    let slow = try await file(threshold > .zero, "slow.log")
    let writes = try await file(configuration[SeriesKeys.ingestLog], "writes.log")
    front.protector = self.protector
    front.queries.budgetBytes = Int(clamping: configuration[SeriesKeys.queryMemory].bytes)
    if access != nil || slow != nil {
      front.queryLog = QueryLog(
        access: access, slow: slow, threshold: threshold, time: clock, metrics: host.metrics)
    }
    if let writes {
      front.writes.store = IngestLog(front.writes.store, time: clock, sink: writes)
    }
    self.files = files
    let lines = files
    host.metrics.observed(
      "lake_series_log_dropped_total", "Lines of logs that were dropped.", counts: true,
      labels: [:]
    ) { Double(lines.reduce(0) { $0 + $1.droppedCount }) }
  }

  /// Runs until the task is cancelled.
  func run() async {
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try? await self.protector.run() }
      if let observation { tasks.addTask { try? await observation.run() } }
      for file in self.files { tasks.addTask { try? await file.run() } }
      await tasks.waitForAll()
    }
  }
}
