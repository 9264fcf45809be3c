private import Synchronization
package import Values

/// Which requests somebody wants to see.
package struct TraceFilter: Sendable, Hashable {
  package var bucket: String?
  package var prefix: String?
  package var operation: String?
  /// The status, or its class: 500 up to 599.
  package var status: ClosedRange<UInt16>?
  package var client: String?
  package var accessKey: String?
  package var slowerNanoseconds: UInt64 = 0

  package init() {}

  func matches(_ request: borrowing ObservedRequest) -> Bool {
    if request.totalNanoseconds < self.slowerNanoseconds { return false }
    if let operation = self.operation, request.operation.rawValue != operation { return false }
    if let bucket = self.bucket, request.bucket != bucket { return false }
    if let status = self.status, !status.contains(request.status) { return false }
    if let client = self.client, request.client != client { return false }
    if let id = self.accessKey, request.accessKey != id { return false }
    if let prefix = self.prefix {
      guard let key = request.key, key.hasPrefix(prefix) else { return false }
    }
    return true
  }
}

/// A request that has ended, as a trace shows it.
package struct TraceLine: Sendable {
  package var number: UInt64
  package var at: WallTime
  package var operation: String
  package var bucket: String
  package var key: String?
  package var status: UInt16
  package var totalNanoseconds: UInt64
  package var firstByteNanoseconds: UInt64
  package var received: Int64
  package var sent: Int64
  package var client: String
  package var accessKey: String?
  package var requestID: String
  package var error: String?
  /// Requests that it stands for, when there are more than a trace takes.
  package var standsFor: Int
}

/// The last requests that somebody wants to see, for as long as somebody asks. Nobody: one look at a
/// number for each request.
package final class RequestTrace: Sendable {
  /// Lines a second; of more, each n-th.
  static let linesPerSecondMax = 1000
  static let lineCountMax = 4096
  /// How long a listener counts as one without asking again.
  static let patience = Duration.seconds(40)
  static let listenersMax = 32

  private struct Listener {
    var filter: TraceFilter
    var until: MonotonicTime
  }

  private struct State {
    var listeners: [Listener] = []
    var lines: [TraceLine] = []
    /// The place of the oldest line, when the ring is full.
    var head = 0
    var next: UInt64 = 1
    // Sampling: of this second and the one before.
    var second: UInt64 = 0
    var seen = 0
    var kept = 0
    var stride = 1
  }

  private let state = Mutex(State())
  private let until = Atomic<UInt64>(0)

  init() {}

  @inline(__always) func isWanted(at nanoseconds: UInt64) -> Bool {
    nanoseconds < self.until.load(ordering: .relaxed)
  }

  func note(_ request: borrowing ObservedRequest, at now: MonotonicTime, _ wall: WallTime) {
    self.state.withLock { state in
      let isWanted = state.listeners.contains { $0.until > now && $0.filter.matches(request) }
      guard isWanted else { return }
      let second = now.nanoseconds / 1_000_000_000
      if second != state.second {
        state.stride = max(1, (state.seen + Self.linesPerSecondMax - 1) / Self.linesPerSecondMax)
        state.second = second
        state.seen = 0
        state.kept = 0
      }
      state.seen += 1
      guard state.seen % state.stride == 0, state.kept < Self.linesPerSecondMax else { return }
      state.kept += 1
      let line = TraceLine(
        number: state.next, at: wall, operation: request.operation.rawValue,
        bucket: request.bucket, key: request.key, status: request.status,
        totalNanoseconds: request.totalNanoseconds,
        firstByteNanoseconds: request.firstByteNanoseconds, received: request.received,
        sent: request.sent, client: request.client, accessKey: request.accessKey,
        requestID: request.requestID, error: request.error, standsFor: state.stride)
      state.next += 1
      if state.lines.count < Self.lineCountMax {
        state.lines.append(line)
      } else {
        state.lines[state.head] = line
        state.head = (state.head + 1) % Self.lineCountMax
      }
    }
  }

  /// Counts the caller as a listener, and answers the lines behind `after` that it wants, oldest first.
  ///
  /// - Parameter after: nil: from now on.
  /// - Returns: also what to ask with next, and how many lines were overwritten meanwhile.
  package func read(
    after: UInt64?, _ filter: TraceFilter, limit: Int, at now: MonotonicTime
  ) -> (lines: [TraceLine], next: UInt64, missed: UInt64) {
    let end = now + Self.patience
    self.until.store(end.nanoseconds, ordering: .relaxed)
    return self.state.withLock { state in
      state.listeners.removeAll { $0.until <= now || $0.filter == filter }
      if state.listeners.count >= Self.listenersMax { state.listeners.removeFirst() }
      state.listeners.append(Listener(filter: filter, until: end))
      guard let after else { return ([], state.next - 1, 0) }
      let oldest = state.next - UInt64(state.lines.count)
      let missed = after + 1 < oldest ? oldest - after - 1 : 0
      var found: [TraceLine] = []
      var last = max(after, oldest - 1)
      let skipped = Int(clamping: last + 1 - oldest)
      for offset in skipped..<max(skipped, state.lines.count) {
        guard found.count < limit else { break }
        let line = state.lines[(state.head + offset) % state.lines.count]
        last = line.number
        if filter.matches(ObservedRequest(line)) { found.append(line) }
      }
      return (found, last, missed)
    }
  }
}
