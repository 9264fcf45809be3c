import Bytes
package import Observability
package import Runtime
package import SeriesSchema
import JSON
package import Values

/// Writes queries down: all of them (the access log), and those that took long (the slow log). A line is one
/// JSON object; where lines go is said by whoever makes it.
package final class QueryLog: Sendable {
  package struct Entry: Sendable, Equatable {
    package var kind: String
    package var groups: [String]
    package var name: String
    package var duration: Duration
    /// The status and the text of what went wrong.
    package var fault: SeriesFault?
  }

  /// Takes lines for a file; must not block.
  package typealias Sink = @Sendable ([UInt8]) -> Void

  private let access: Sink?
  private let slow: Sink?
  private let threshold: Duration
  private let time: any TimeSource
  private let slowCount: Counter

  package init(
    access: Sink?, slow: Sink?, threshold: Duration, time: any TimeSource,
    metrics: MetricRegistry
  ) {
    self.access = access
    self.slow = slow
    self.threshold = threshold
    self.time = time
    self.slowCount = metrics.counter(
      "lake_series_slow_queries_total", "Queries that took longer than series.slow_query.")
  }

  func note(
    _ kind: StaticString, _ groups: [String], _ name: String, _ duration: Duration,
    fault: SeriesFault?
  ) {
    let isSlow = self.threshold > .zero && duration >= self.threshold
    if isSlow { self.slowCount.add(1) }
    guard self.access != nil || (isSlow && self.slow != nil) else { return }
    let line = Self.line(
      Entry(kind: "\(kind)", groups: groups, name: name, duration: duration, fault: fault),
      at: self.time.wallNow)
    self.access?(line)
    if isSlow { self.slow?(line) }
  }

  package static func line(_ entry: Entry, at moment: WallTime) -> [UInt8] {
    var writer = JSONWriter(appendingTo: ByteWriter())
    writer.object { json in
      json.member("at", "\(Timestamp(moment))")
      json.member("kind", entry.kind)
      json.member("groups") { json in
        json.array { json in for group in entry.groups { json.value(group) } }
      }
      json.member("name", entry.name)
      json.member("ms", Double(entry.duration.nanosecondsClamped) / 1e6)
      if let fault = entry.fault {
        json.member("code", fault.kind.rawValue)
        json.member("error", fault.message)
      }
    }
    var text = writer.finish()
    text.append(UInt8(ascii: "\n"))
    return text.bytes.array
  }
}
