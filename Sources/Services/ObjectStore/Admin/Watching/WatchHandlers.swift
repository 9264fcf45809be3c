import Admin
import AdminServing
import Hosting
import ObjectGateway
import Observability
import Runtime
import Values

/// Operations, hot names, and the trace.
struct WatchHandlers: Sendable {
  let sources: ObjectAdminSources
  let window: OperationWindow
  let started: MonotonicTime

  static let waitMax = Duration.seconds(30)
  static let pollInterval = Duration.milliseconds(100)

  init(sources: ObjectAdminSources, window: OperationWindow) {
    self.sources = sources
    self.window = window
    self.started = sources.time.now
  }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.operations) { _, context in
      context.paging.page(self.operations(), by: \.operation)
    }
    try routes.on(ObjectAPI.hot) { input, context in
      let rows = self.sources.tap.top(input.by.model, limit: context.paging.limit)
      return AdminList(rows.map { HotRecord($0, input.by) })
    }
    try routes.on(ObjectAPI.trace) { input, context in try await self.trace(input, context) }
  }

  private func operations() -> [ObjectOperationRecord] {
    let statistics = self.sources.tap.statistics
    let spans = self.window.spans(
      statistics, at: self.sources.time.now, since: self.started)
    return statistics.map { one in
      var record = ObjectOperationRecord()
      record.operation = one.operation
      record.node = self.sources.node
      record.requests = Int64(clamping: one.total.count)
      record.clientErrors = Int64(clamping: one.clientErrors)
      record.serverErrors = Int64(clamping: one.serverErrors)
      guard let span = spans[one.operation] else { return record }
      record.ratePerSecond = Double(span.total.count) / span.seconds
      record.windowSeconds = span.seconds
      guard span.total.count > 0 else { return record }
      func milliseconds(_ quantile: Double) -> Double {
        Double(span.total.quantile(quantile)) / 1e6
      }
      record.p50 = milliseconds(0.5)
      record.p90 = milliseconds(0.9)
      record.p99 = milliseconds(0.99)
      record.p999 = milliseconds(0.999)
      record.max = Double(span.total.max) / 1e6
      record.firstByteP99 = Double(span.firstByte.quantile(0.99)) / 1e6
      return record
    }.sorted { $0.operation < $1.operation }
  }

  // MARK: Trace

  private func trace(
    _ input: TraceInput, _ context: AdminContext
  ) async throws -> AdminList<TraceRecord> {
    let filter = try TraceFilter(input)
    var cursor: UInt64?
    if let text = input.after {
      guard let number = UInt64(text) else {
        throw AdminError.badValue("no request was traced", why: "after is none of ours")
      }
      cursor = number
    }
    let wait = min(Self.waitMax, .milliseconds(max(0, input.waitMilliseconds)))
    let end = self.sources.time.now + wait
    var missed: UInt64 = 0
    while true {
      let batch = self.sources.tap.trace.read(
        after: cursor, filter, limit: context.paging.limit, at: self.sources.time.now)
      missed += batch.missed
      cursor = batch.next
      if !batch.lines.isEmpty || self.sources.time.now >= end {
        var list = AdminList(batch.lines.map(TraceRecord.init), next: "\(batch.next)")
        if missed > 0 {
          list.warnings = [
            AdminWarning("trace.gap", "\(missed) lines were overwritten before they were read")
          ]
        }
        return list
      }
      try await self.sources.time.sleep(for: Self.pollInterval)
    }
  }
}

extension HotKind {
  var model: HotCounters.Kind {
    switch self {
    case .bucket: .bucket
    case .prefix: .prefix
    case .key: .key
    case .client: .client
    case .accessKey: .accessKey
    }
  }
}

extension HotRecord {
  init(_ row: HotCounters.Row, _ kind: HotKind) {
    self.init()
    self.name = row.name
    self.by = kind
    self.ratePerSecond = row.requestsPerSecond
    self.bytesPerSecond = row.bytesPerSecond
    self.share = row.share
    self.uncertainty = row.uncertainty
  }
}

extension TraceFilter {
  init(_ input: TraceInput) throws(AdminError) {
    self.init()
    self.bucket = input.bucket
    self.prefix = input.prefix
    self.client = input.client
    self.accessKey = input.accessKey
    if let operation = input.operation {
      guard RequestTap.operations.contains(operation) else {
        let near = Suggestions.nearest(to: operation, in: Set(RequestTap.operations))
        throw AdminError.badValue(
          "there is no operation \(operation.prefix(40).debugDescription)",
          why: near.isEmpty
            ? "there are \(RequestTap.operations.joined(separator: ", "))"
            : "did you mean \(near.joined(separator: " or "))?")
      }
      self.operation = operation
    }
    if let text = input.status { self.status = try Self.statuses(text) }
    if let slower = input.slowerMilliseconds, slower > 0 {
      self.slowerNanoseconds = UInt64(min(slower, 1e9) * 1e6)
    }
  }

  /// `404`, or a class of them: `5xx`.
  private static func statuses(_ text: String) throws(AdminError) -> ClosedRange<UInt16> {
    if let number = UInt16(text), (100...599).contains(number) || number == 0 {
      return number...number
    }
    if text.count == 3, text.lowercased().hasSuffix("xx"), let digit = text.first?.wholeNumberValue,
      (1...5).contains(digit)
    {
      let first = UInt16(digit) * 100
      return first...first + 99
    }
    throw AdminError.badValue(
      "\(text.prefix(20).debugDescription) is no status", why: "it is a number, or a class: 5xx")
  }
}

extension TraceRecord {
  init(_ line: TraceLine) {
    self.init()
    self.at = Timestamp(line.at)
    self.operation = line.operation
    self.bucket = line.bucket
    self.key = line.key
    self.status = Int64(line.status)
    self.total = Double(line.totalNanoseconds) / 1e6
    self.firstByte = Double(line.firstByteNanoseconds) / 1e6
    self.received = line.received
    self.sent = line.sent
    self.client = line.client
    self.accessKey = line.accessKey
    self.requestID = line.requestID
    self.standsFor = Int64(line.standsFor)
    self.error = line.error
  }
}
