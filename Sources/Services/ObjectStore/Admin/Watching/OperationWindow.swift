import ObjectGateway
import Observability
import Synchronization
import Values

/// Latencies of the last while: what the histograms say now, less what they said 30 to 60 s ago. It looks
/// when it is asked, and keeps two pictures.
final class OperationWindow: Sendable {
  private struct Picture {
    var at: MonotonicTime
    var totals: [String: HistogramSnapshot]
    var firstBytes: [String: HistogramSnapshot]
  }

  private struct State {
    var old: Picture?
    var young: Picture?
  }

  static let interval = Duration.seconds(30)
  private let state = Mutex(State())

  struct Span {
    var total: HistogramSnapshot
    var firstByte: HistogramSnapshot
    var seconds: Double
  }

  /// By operation; of the time since the start when nobody has asked for long.
  func spans(
    _ statistics: [RequestTap.OperationStatistics], at now: MonotonicTime,
    since start: MonotonicTime
  ) -> [String: Span] {
    self.state.withLock { state in
      // A picture from long ago would make the window as long.
      if let old = state.old, now - old.at > Self.interval * 4 { state.old = nil }
      if let young = state.young, now - young.at > Self.interval * 4 { state.young = nil }
      let base = state.old
      var spans: [String: Span] = [:]
      for one in statistics {
        let before = base?.totals[one.operation]
        let firstBefore = base?.firstBytes[one.operation]
        let begin = base?.at ?? start
        spans[one.operation] = Span(
          total: before.map { one.total.since($0) } ?? one.total,
          firstByte: firstBefore.map { one.firstByte.since($0) } ?? one.firstByte,
          seconds: max(1, Double((now - begin).nanosecondsClamped) / 1e9))
      }
      if state.young.map({ now - $0.at >= Self.interval }) ?? true {
        state.old = state.young ?? state.old
        state.young = Picture(
          at: now,
          totals: Dictionary(statistics.map { ($0.operation, $0.total) }) { first, _ in first },
          firstBytes: Dictionary(statistics.map { ($0.operation, $0.firstByte) }) { first, _ in
            first
          })
      }
      return spans
    }
  }
}
