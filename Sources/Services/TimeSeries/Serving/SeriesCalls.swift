package import Observability
package import Runtime
import Values

/// A method as those who count and those who allow see it.
package struct SeriesMethod: Sendable, Hashable {
  /// `/package.Service/Method`.
  package var path: String
  package var right: SeriesRight
  /// `measure`, `index-rule`: what the service is of; and the method's own name.
  var service: String
  var name: String

  package init(_ path: String, _ right: SeriesRight = .read) {
    self.path = path
    self.right = right
    let parts = path.split(separator: "/")
    self.name = parts.last.map(String.init) ?? ""
    self.service = parts.first?.split(separator: ".").last.map(String.init) ?? ""
  }
}

/// Counts calls and the messages of streams by group, through whichever door they came.
package final class SeriesCalls: Sendable {
  private static let labels = ["group", "service", "method"]
  /// Groups times methods; what is more is counted together.
  private static let seriesMax = 1024

  private let started: CounterFamily
  private let finished: CounterFamily
  private let errors: CounterFamily
  private let nanoseconds: CounterFamily
  private let messages: CounterFamily
  private let barriers: HistogramFamily
  private let time: any TimeSource
  /// Whether there is such a group: labels stay for as long as the process lives, and names come from callers.
  private let knows: @Sendable (String) -> Bool

  package init(
    _ metrics: MetricRegistry, time: any TimeSource, knows: @escaping @Sendable (String) -> Bool
  ) {
    func counters(_ name: String, _ help: String, _ more: [String] = []) -> CounterFamily {
      metrics.counters(
        "lake_series_\(name)_total", help, labels: Self.labels + more, seriesMax: Self.seriesMax)
    }
    self.started = counters("calls_started", "Calls that began, by their first group.")
    self.finished = counters("calls", "Calls that ended.")
    self.errors = counters("call_errors", "Calls that ended with an error.")
    self.nanoseconds = counters("call_nanoseconds", "Time of all calls together.")
    self.messages = counters(
      "messages",
      "Messages of streams of writes: received, refused, of an old or of an unknown revision, sent.",
      ["what"])
    self.barriers = metrics.histograms(
      "lake_series_barrier_seconds", "How long clients waited until all nodes knew a change.",
      labels: ["barrier"], scale: .nanoseconds)
    self.time = time
    self.knows = knows
  }

  /// A call that runs.
  struct Running: Sendable {
    fileprivate let calls: SeriesCalls
    fileprivate let labels: (String, String, String)
    fileprivate let start: Int64

    func end(isError: Bool) {
      let (group, service, method) = self.labels
      self.calls.finished.with(group, service, method).add(1)
      if isError { self.calls.errors.with(group, service, method).add(1) }
      // A loop's own time stands still for a turn, and a call may be one turn.
      let now = self.calls.time.wallNow.nanoseconds
      let took = UInt64(max(0, now - self.start))
      self.calls.nanoseconds.with(group, service, method).add(took)
      if service == "SchemaBarrierService" { self.calls.barriers.with(method).record(took) }
    }
  }

  func begin(_ method: SeriesMethod, group: String) -> Running {
    let group = self.label(group)
    self.started.with(group, method.service, method.name).add(1)
    return Running(
      calls: self, labels: (group, method.service, method.name),
      start: self.time.wallNow.nanoseconds)
  }

  private func label(_ group: String) -> String { self.knows(group) ? group : "" }

  /// What a stream of writes did with messages of one group.
  struct Tally: Sendable {
    var received: UInt64 = 0
    var refused: UInt64 = 0
    /// Of those: the client knew an older schema, and one that this node does not know yet.
    var expired: UInt64 = 0
    var unapplied: UInt64 = 0
    var sent: UInt64 = 0
    var isEmpty: Bool { self.received + self.refused + self.sent == 0 }
  }

  func add(_ tally: Tally, _ method: SeriesMethod, group: String) {
    let group = self.label(group)
    for (what, count) in [
      ("received", tally.received), ("refused", tally.refused), ("sent", tally.sent),
      ("expired", tally.expired), ("unapplied", tally.unapplied),
    ] where count > 0 {
      self.messages.with(group, method.service, method.name, what).add(count)
    }
  }
}
