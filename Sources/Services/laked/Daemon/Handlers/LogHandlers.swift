import Admin
import AdminServing
private import JSON
import Observability
import Runtime
import Values

/// `logs` and `metrics`: this node's own, and those of the others.
struct LogHandlers: Sendable {
  let node: String
  let logs: LogSystem
  let metrics: MetricRegistry
  let peers: Peers

  static let waitMax = Duration.seconds(30)
  static let pollInterval = Duration.milliseconds(100)

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(LogsAPI.metricFamilies) { input, _ in
      var snapshot = self.metrics.snapshot()
      if let name = input.name { snapshot.families.removeAll { $0.name != name } }
      return AdminDocument(try JSONValue(parsing: snapshot.text()))
    }
    try routes.on(LogsAPI.logs) { input, context in try await self.lines(input, context) }
    try routes.on(LogsAPI.metrics) { input, context in await self.metrics(input, context) }
  }

  // MARK: Logs

  private func lines(
    _ input: LogsInput, _ context: AdminContext
  ) async throws -> AdminList<LogLineRecord> {
    var cursor = LogCursor(input.cursor)
    var lines: [LogLineRecord] = []
    var warnings: [AdminWarning] = []
    let isOurs = input.node == nil || input.node == self.node
    let wait = min(Self.waitMax, .milliseconds(max(0, input.waitMilliseconds)))
    let start = cursor[self.node]
    let (own, others) = try await self.peers.ask(
      LogsAPI.logs, input, node: input.node, context: context, patience: wait
    ) {
      isOurs ? try await self.own(input, from: start, context.paging.limit, wait) : nil
    }
    if let own {
      lines += own.lines
      cursor[self.node] = own.next
      if own.missed > 0 {
        warnings.append(
          AdminWarning("logs.gap", "\(own.missed) lines of node \(self.node) were gone already"))
      }
    }
    for other in others {
      switch other.result {
      case .success(let list):
        lines += list.items
        cursor.take(LogCursor(list.next))
        warnings += list.warnings
      case .failure(let error): warnings.append(other.warning(of: error))
      }
    }
    lines.sort {
      ($0.at ?? Timestamp.earliest, $0.node, $0.sequence)
        < ($1.at ?? Timestamp.earliest, $1.node, $1.sequence)
    }
    return AdminList(lines, next: cursor.text, warnings: warnings)
  }

  private func own(
    _ input: LogsInput, from start: UInt64?, _ limit: Int, _ wait: Duration
  ) async throws -> (lines: [LogLineRecord], next: UInt64, missed: UInt64) {
    let level = try self.level(input.level)
    guard let loop = EventLoop.current else { preconditionFailure("BUG: asked off the loops") }
    let end = loop.now + wait
    var cursor = start ?? 0
    var missed: UInt64 = 0
    while true {
      let batch = self.logs.recent(
        from: cursor, limit: limit, component: input.service, level: level)
      // Who begins anew misses nothing.
      if start != nil { missed += batch.missed }
      cursor = batch.next
      let lines = batch.records.filter { record in
        input.since.map { Timestamp(record.time) >= $0 } ?? true
      }
      if !lines.isEmpty || loop.now >= end {
        return (lines.map { LogLineRecord($0, node: self.node) }, cursor, missed)
      }
      try await loop.sleep(for: Self.pollInterval)
    }
  }

  private func level(_ word: String?) throws(AdminError) -> LogLevel {
    guard let word else { return .trace }
    guard let level = LogLevel(word) else {
      throw AdminError(
        .badRequest, "request.bad_value",
        "there is no log level \(word.prefix(40).debugDescription)",
        try: ["use trace, debug, info, warning or error"])
    }
    return level
  }

  // MARK: Metrics

  private func metrics(
    _ input: MetricsInput, _ context: AdminContext
  ) async -> AdminList<MetricRecord> {
    if let node = input.node, node != self.node {
      let answers = await self.peers.ask(LogsAPI.metrics, input, node: node, context: context)
      guard case .success(let list)? = answers.first?.result else {
        return AdminList(
          [], warnings: [AdminWarning("node.unreachable", "node \(node) gave no answer")])
      }
      return list
    }
    var records: [MetricRecord] = []
    for family in self.metrics.snapshot().families {
      guard input.match.map({ family.name.contains($0) }) ?? true else { continue }
      for series in family.series {
        records.append(MetricRecord(family, series, node: self.node))
      }
    }
    return context.paging.page(records, by: \.name)
  }
}

extension Timestamp {
  static var earliest: Timestamp { Timestamp(WallTime(nanoseconds: 0)) }
}

extension LogLineRecord {
  init(_ record: LogRecord, node: String) {
    self.init()
    self.at = Timestamp(record.time)
    self.node = node
    self.service = record.component
    self.level = record.level.description
    self.message = record.message
    let redaction = Redaction()
    for field in record.fields.all {
      let text = redaction.hides(field.name) ? Redaction.mark : field.value.text
      switch field.name {
      case "request_id": self.requestID = text
      case "code": self.code = text
      default: self.fields[field.name] = text
      }
    }
    let digits = String(record.sequence)
    self.sequence = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }
}

extension MetricRecord {
  /// Orders series by name and labels; page tokens are made of it.
  var name: String { "\(self.metric){\(self.labels)}" }

  init(_ family: MetricSnapshot.Family, _ series: MetricSnapshot.Series, node: String) {
    self.init()
    self.metric = family.name
    self.labels = zip(family.labels, series.labelValues).map { "\($0)=\($1)" }
      .joined(separator: ",")
    self.node = node
    self.help = family.help
    switch series.value {
    case .count(let count):
      self.type = "counter"
      self.value = Double(count)
    case .number(let number):
      self.type = family.isCounter ? "counter" : "gauge"
      self.value = number.isFinite ? number : nil
    case .histogram(let histogram):
      let factor = histogram.scale.factor
      self.type = "histogram"
      self.value = histogram.mean * factor
      self.count = Int64(clamping: histogram.count)
      self.p50 = Double(histogram.quantile(0.5)) * factor
      self.p99 = Double(histogram.quantile(0.99)) * factor
      self.max = Double(histogram.max) * factor
    }
  }
}
