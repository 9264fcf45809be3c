import Configuration
import Hosting
import Observability
import Runtime
import SeriesIngest
import SeriesProperty
import SeriesQL
import SeriesQuery
import SeriesSchema
import SeriesServing
import Values

/// What watches over the doors: memory, the logs of queries and writes, and our own metrics.
struct LiaisonGuards: Sendable {
  let protector: MemoryProtector
  let disk: DiskGuard
  private let files: [LineFile]
  private let logs: LineFolder
  private let hasLogs: Bool
  private let statements: HotStatements
  private let statementFile: LineFile?
  private let statementInterval: Duration
  private let time: any TimeSource
  private let observation: SelfObservation?

  /// Puts the guards into `front`.
  init(_ host: ServiceHost, _ front: inout SeriesFront) async throws {
    let configuration = host.configuration
    let clock = host.group.loops[0]
    self.time = clock
    self.protector = Self.protector(host)
    front.protector = self.protector
    front.queries.budgetBytes = Int(clamping: configuration[SeriesKeys.queryMemory].bytes)
    front.queries.patience = configuration[SeriesKeys.schemaWait]
    front.writes.patience = configuration[SeriesKeys.schemaWait]
    let folder = try await host.data.folder("series")
    self.disk = DiskGuard(
      SeriesKeys.diskLimits(configuration), of: folder, on: host.disk, time: clock,
      metrics: host.metrics)
    let disk = self.disk
    await disk.look()
    front.writes.store = GuardedRowStore(front.writes.store, disk)
    front.properties.admit = { () throws(SeriesFault) in try disk.checkProperty() }
    let mismatches = host.metrics.counter(
      "lake_series_mismatches_total",
      "Cells that became null because their value was of another type than the schema's.")
    front.writes.mismatched = { mismatches.add(UInt64($0)) }
    let registry = front.registry
    front.calls = SeriesCalls(host.metrics, time: clock) { registry.current.group($0) != nil }
    let interval = configuration[SeriesKeys.selfInterval]
    self.observation =
      interval > .zero
      ? SelfObservation(
        front.writes, metrics: host.metrics, node: host.node, interval: interval,
        ttlDays: UInt32(clamping: configuration[SeriesKeys.selfTTL])) : nil
    try await host.disk.createDirectories(folder + "/log")
    let logBytes = configuration[SeriesKeys.logBytes].bytes
    func file(_ isOn: Bool, _ name: String) -> LineFile? {
      guard isOn else { return nil }
      return LineFile(
        folder + "/log/" + name, on: host.disk, time: clock, fileBytesMax: logBytes)
    }
    let logs = LineFolder(
      folder + "/log", on: host.disk, time: clock,
      options: .init { options in
        options.logBytesMax = logBytes
        options.isSampled = configuration[SeriesKeys.logSampled]
      })
    self.logs = logs
    self.hasLogs = configuration[SeriesKeys.queryLog] || configuration[SeriesKeys.ingestLog]
    self.statements = HotStatements(Self.statementOptions(configuration))
    self.statementInterval = configuration[SeriesKeys.statementInterval]
    self.statementFile = file(self.statementInterval > .zero, "statements.log")
    front.statements = StatementCache(
      countMax: configuration[SeriesKeys.cacheSize],
      byteCountMax: Int(clamping: configuration[SeriesKeys.cacheBytes].bytes))
    let threshold = configuration[SeriesKeys.slowQuery]
    let slow = file(threshold > .zero || configuration[SeriesKeys.slowText] > .zero, "slow.log")
    var slowSink: QueryLog.Sink?
    if let slow { slowSink = { line in slow.append(line) } }
    let sink: IngestLog.Sink = { line, log in await logs.append(line, to: log) }
    front.queryLog = QueryLog(
      access: configuration[SeriesKeys.queryLog] ? sink : nil,
      slow: slowSink,
      threshold: threshold, statements: self.statements, time: clock, metrics: host.metrics)
    if configuration[SeriesKeys.ingestLog] {
      front.writes.store = IngestLog(front.writes.store, time: clock, sink: sink)
    }
    self.files = [slow, self.statementFile].compactMap { $0 }
    self.observe(host, front.statements)
  }

  private static func protector(_ host: ServiceHost) -> MemoryProtector {
    let configuration = host.configuration
    let given = configuration[SeriesKeys.memoryLimit].bytes
    let share =
      Int64(clamping: ProcessMetrics.memoryLimitBytes()) / 100
      * Int64(configuration[SeriesKeys.memoryPercent])
    return MemoryProtector(
      limitBytes: Int(clamping: given > 0 ? given : share), time: host.group.loops[0],
      metrics: host.metrics
    ) { Int(clamping: ProcessMetrics.read().residentBytes) }
  }

  private static func statementOptions(_ configuration: Configuration) -> HotStatements.Options {
    HotStatements.Options {
      $0.slow = configuration[SeriesKeys.slowText]
      $0.form = configuration[SeriesKeys.parameterForm]
      $0.slowLife = configuration[SeriesKeys.slowLife]
      $0.reparsedLife = configuration[SeriesKeys.reparsedLife]
    }
  }

  private func observe(_ host: ServiceHost, _ cache: StatementCache) {
    let (lines, logs) = (self.files, self.logs)
    host.metrics.observed(
      "lake_series_log_dropped_total", "Lines of logs that were dropped.", counts: true,
      labels: [:]
    ) { Double(lines.reduce(logs.droppedCount) { $0 + $1.droppedCount }) }
    let processors = Double(host.group.loops.count)
    host.metrics.observed(
      "lake_series_processors", "Loops of this process, one for each processor.", labels: [:]
    ) { processors }
    func texts(_ use: StatementCache.Use, _ read: @escaping @Sendable () -> Int) {
      host.metrics.observed(
        "lake_series_texts_total", "Texts of BydbQL, by what became of them in the cache.",
        counts: true, labels: ["result": use.rawValue]
      ) { Double(read()) }
    }
    texts(.hit) { cache.hits }
    texts(.miss) { cache.misses }
    texts(.bypass) { cache.bypasses }
    host.metrics.observed(
      "lake_series_cached_texts", "Texts of BydbQL in the cache.", labels: [:]
    ) { Double(cache.count) }
    host.metrics.observed(
      "lake_series_cached_text_bytes", "Memory of texts in the cache.", labels: [:]
    ) { Double(cache.byteCount) }
  }

  /// Writes down now and then which texts cost most.
  private func reportStatements() async throws(CancellationError) {
    guard let file = self.statementFile else { return }
    while true {
      try await self.time.sleep(for: self.statementInterval)
      let now = self.time.wallNow
      for line in QueryLog.lines(self.statements.rows(at: now, limit: 20), at: now) {
        file.append(line)
      }
    }
  }

  /// Runs until the task is cancelled.
  func run() async {
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try? await self.protector.run() }
      tasks.addTask { try? await self.disk.run() }
      if self.hasLogs { tasks.addTask { try? await self.logs.run() } }
      tasks.addTask { try? await self.reportStatements() }
      if let observation { tasks.addTask { try? await observation.run() } }
      for file in self.files { tasks.addTask { try? await file.run() } }
      await tasks.waitForAll()
    }
  }
}
