import Bytes
import JSON
package import Observability
import Protobuf
package import Runtime
package import SeriesQL
package import SeriesSchema
import SeriesWire
package import Values

/// Writes queries down: all of them (the access log, a row of files for each kind), and those that took long (the slow
/// log). A line is one JSON object; where lines go is said by whoever makes it.
package final class QueryLog: Sendable {
  package struct Entry: Sendable {
    /// `stream`, `measure`, `topn`, `trace`, `property`; `bydbql` for texts.
    package var kind: String
    package var groups: [String] = []
    package var name = ""
    package var duration = Duration.zero
    /// The status and the text of what went wrong.
    package var fault: SeriesFault?
    /// What was asked, as JSON.
    package var request: String?
    /// Of a text: what became of it in the cache, and its parameters.
    package var text: String?
    package var use: StatementCache.Use?
    package var parameters: [String] = []

    package init(kind: String) { self.kind = kind }
  }

  /// Takes lines for a file; must not block.
  package typealias Sink = @Sendable ([UInt8]) -> Void

  private let access: IngestLog.Sink?
  private let slow: Sink?
  private let threshold: Duration
  /// Texts have a threshold of their own.
  package let statements: HotStatements
  private let time: any TimeSource
  private let slowCount: Counter
  private let slowTexts: Counter

  package init(
    access: IngestLog.Sink?, slow: Sink?, threshold: Duration,
    statements: HotStatements = HotStatements(), time: any TimeSource, metrics: MetricRegistry
  ) {
    self.access = access
    self.slow = slow
    self.threshold = threshold
    self.statements = statements
    self.time = time
    self.slowCount = metrics.counter(
      "lake_series_slow_queries_total", "Queries that took longer than series.slow_query.")
    self.slowTexts = metrics.counter(
      "lake_series_slow_texts_total", "Texts of BydbQL that took longer than series.slow_text.")
  }

  /// A query that is native.
  func note(_ entry: Entry, _ request: any ProtobufMessage) async {
    let isSlow = self.threshold > .zero && entry.duration >= self.threshold
    if isSlow { self.slowCount.add(1) }
    guard self.access != nil || isSlow && self.slow != nil else { return }
    var entry = entry
    entry.request = Self.json(request)
    await self.write(entry, isSlow: isSlow)
  }

  /// A text, with what it stood for when that was found out.
  func note(_ entry: Entry, _ request: BydbQLWire.QueryRequest) async {
    let now = self.time.wallNow
    self.statements.note(
      request.query, request.params, entry.use ?? .bypass, entry.duration, at: now)
    let isSlow = self.statements.isSlow(entry.duration)
    if isSlow { self.slowTexts.add(1) }
    guard self.access != nil || isSlow && self.slow != nil else { return }
    var entry = entry
    entry.text = request.query
    entry.parameters = HotStatements.shown(request.params, self.statements.options.form)
    await self.write(entry, isSlow: isSlow)
  }

  private func write(_ entry: Entry, isSlow: Bool) async {
    let line = Self.line(entry, at: self.time.wallNow)
    if isSlow { self.slow?(line) }
    await self.access?(line, (entry.kind == "topn" ? "measure" : entry.kind) + "-query")
  }

  private static func json(_ message: any ProtobufMessage) -> String? {
    var target = ByteWriter(capacity: 512)
    do throws(ProtobufError) {
      try message.encodeJSON(to: &target, JSONEncodingOptions())
    } catch {
      return nil
    }
    return String(decoding: target.bytes.array, as: UTF8.self)
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
      json.member("cache", ifPresent: entry.use?.rawValue)
      json.member("query", ifPresent: entry.text)
      if !entry.parameters.isEmpty {
        json.member("parameters") { json in
          json.array { json in for parameter in entry.parameters { json.value(parameter) } }
        }
      }
      if let request = entry.request {
        json.name("request")
        json.raw(request)
      }
      if let fault = entry.fault {
        json.member("code", fault.kind.rawValue)
        json.member("error", fault.message)
      }
    }
    var text = writer.finish()
    text.append(UInt8(ascii: "\n"))
    return text.bytes.array
  }

  /// Lines of the texts that cost most.
  package static func lines(_ rows: [HotStatements.Row], at moment: WallTime) -> [[UInt8]] {
    rows.map { row in
      var writer = JSONWriter(appendingTo: ByteWriter())
      writer.object { json in
        json.member("at", "\(Timestamp(moment))")
        json.member("reason", row.reason.rawValue)
        json.member("count", row.count)
        json.member("longest_ms", Double(row.longest.nanosecondsClamped) / 1e6)
        json.member("last_at", "\(Timestamp(row.lastAt))")
        json.member("query", row.text)
        json.member("parameters") { json in
          json.array { json in for parameter in row.parameters { json.value(parameter) } }
        }
      }
      var text = writer.finish()
      text.append(UInt8(ascii: "\n"))
      return text.bytes.array
    }
  }
}
