package import Observability
package import Runtime
private import Synchronization
private import HTTPServing
private import Values

/// Where every request of a gateway comes by when it has ended: histograms by operation always, hot names
/// of every 64th, and of each one while somebody asks for them, a trace while somebody reads it, the access
/// log where there is one.
///
/// Nobody listens: two histograms and a counter, no memory.
package final class RequestTap: Sendable {
  /// Of operations, in the order of `OperationStatistics`.
  package static var operations: [String] { Operation.allCases.map(\.rawValue) }

  package let trace = RequestTrace()
  package let hot: HotCounters
  private let time: any TimeSource
  private let log: AccessLog?
  private let totals: [Histogram]
  private let firstBytes: [Histogram]
  private let clientErrors: [Observability.Counter]
  private let serverErrors: [Observability.Counter]
  /// Until then every request is counted among the hot ones.
  private let hotUntil = Atomic<UInt64>(0)
  private let turn = Atomic<UInt32>(0)

  static let hotEvery: UInt32 = 64
  static let hotPatience = Duration.seconds(60)

  package init(_ registry: MetricRegistry, time: any TimeSource, log: AccessLog? = nil) {
    self.time = time
    self.log = log
    self.hot = HotCounters(at: time.now)
    let totals = registry.histograms(
      "object_request_seconds", "From the head of a request to the end of its answer.",
      labels: ["op"], scale: .nanoseconds)
    let firstBytes = registry.histograms(
      "object_first_byte_seconds", "From the head of a request to the begin of its answer.",
      labels: ["op"], scale: .nanoseconds)
    let errors = registry.counters(
      "object_request_errors_total", "Requests that were refused or failed, by class of status.",
      labels: ["op", "status"])
    let names = Operation.allCases.map(\.rawValue)
    self.totals = names.map { totals.with($0) }
    self.firstBytes = names.map { firstBytes.with($0) }
    self.clientErrors = names.map { errors.with($0, "4xx") }
    self.serverErrors = names.map { errors.with($0, "5xx") }
  }

  /// A request has ended.
  func note(_ request: S3Request, _ place: Int) {
    let total = request.exchange.elapsedNanoseconds
    let firstByte = min(request.firstByteNanoseconds ?? total, total)
    self.totals[place].record(total)
    self.firstBytes[place].record(firstByte)
    if request.status >= 400 {
      (request.status >= 500 ? self.serverErrors : self.clientErrors)[place].add()
    }
    let now = request.exchange.moment
    let isTraced = self.trace.isWanted(at: now.nanoseconds)
    let isHotWanted = now.nanoseconds < self.hotUntil.load(ordering: .relaxed)
    let isHot =
      isHotWanted || self.turn.wrappingAdd(1, ordering: .relaxed).oldValue % Self.hotEvery == 0
    guard isTraced || isHot || self.log != nil else { return }
    let observed = ObservedRequest(request, RequestTimes(total: total, firstByte: firstByte))
    if isHot {
      self.hot.note(observed, weight: isHotWanted ? 1 : UInt64(Self.hotEvery), at: now)
    }
    if isTraced { self.trace.note(observed, at: now, self.time.wallNow) }
    self.log?.note(observed, at: self.time.wallNow)
  }

  /// The hot names, and from now on, for a while, each request counts.
  package func top(_ kind: HotCounters.Kind, limit: Int) -> [HotCounters.Row] {
    let now = self.time.now
    self.hotUntil.store((now + Self.hotPatience).nanoseconds, ordering: .relaxed)
    return self.hot.top(kind, limit: limit, at: now)
  }

  package struct OperationStatistics: Sendable {
    package var operation: String
    package var total: HistogramSnapshot
    package var firstByte: HistogramSnapshot
    package var clientErrors: UInt64
    package var serverErrors: UInt64
  }

  /// Those that were asked for at all.
  package var statistics: [OperationStatistics] {
    Operation.allCases.indices.compactMap { place in
      let total = self.totals[place].snapshot()
      guard total.count > 0 else { return nil }
      return OperationStatistics(
        operation: Operation.allCases[place].rawValue, total: total,
        firstByte: self.firstBytes[place].snapshot(),
        clientErrors: self.clientErrors[place].value, serverErrors: self.serverErrors[place].value)
    }
  }
}
