import Bytes
import Crypto
import Runtime
package import SeriesQL
import SeriesSchema
package import SeriesWire
package import Values

/// Texts of BydbQL that cost more than they should: those that are parsed again and again, because the cache does not
/// keep them, and those that are slow.
package final class HotStatements: Sendable {
  /// What is kept of parameters.
  package enum ParameterForm: String, Sendable, CaseIterable {
    case none
    /// Of texts their length and the beginning of their SHA-256.
    case fingerprint
    case raw
  }

  package enum Reason: String, Sendable, CaseIterable {
    /// It was parsed more than once.
    case reparsed
    case slow
  }

  package struct Row: Sendable, Hashable {
    package var text: String
    package var reason: Reason
    package var count: Int
    package var longest: Duration
    package var lastAt: WallTime
    package var parameters: [String]
  }

  package struct Options: Sendable {
    /// From here on a text is slow; zero: none is.
    package var slow = Duration.seconds(1)
    package var form = ParameterForm.fingerprint
    /// After how long without another time a text is forgotten.
    package var slowLife = Duration.seconds(24 * 3600)
    package var reparsedLife = Duration.seconds(24 * 3600)
    package init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  private struct Seen: Sendable {
    var count = 0
    var longest = Duration.zero
    var lastAt = WallTime(nanoseconds: 0)
    var parameters: [String] = []
  }

  /// Of each reason; the one that was seen longest ago makes room.
  private static let textsMax = 512
  /// Of a text; longer ones are told apart by that.
  private static let textBytesMax = 4096
  /// Of a list, and how many parameters.
  private static let elementsMax = 8
  private static let parametersMax = 64

  package let options: Options
  private let seen = Guarded<[Reason: [String: Seen]]>([:])

  package init(_ options: Options = Options()) { self.options = options }

  package func isSlow(_ duration: Duration) -> Bool {
    self.options.slow > .zero && duration >= self.options.slow
  }

  package func note(
    _ text: String, _ parameters: [ModelWire.TagValue], _ use: StatementCache.Use,
    _ duration: Duration, at now: WallTime
  ) {
    var reasons: [Reason] = []
    if use == .miss { reasons.append(.reparsed) }
    if self.isSlow(duration) { reasons.append(.slow) }
    guard !reasons.isEmpty else { return }
    let key = String(decoding: text.utf8.prefix(Self.textBytesMax), as: UTF8.self)
    let shown = Self.shown(parameters, self.options.form)
    self.seen.withLock { seen in
      for reason in reasons {
        var known = seen[reason]?[key] ?? Seen()
        known.count += 1
        known.longest = max(known.longest, duration)
        known.lastAt = now
        known.parameters = shown
        if seen[reason]?[key] == nil { Self.makeRoom(&seen[reason, default: [:]]) }
        seen[reason, default: [:]][key] = known
      }
    }
  }

  private static func makeRoom(_ texts: inout [String: Seen]) {
    guard texts.count >= self.textsMax else { return }
    // An eighth at a time: no list is kept in order.
    for (text, _) in texts.sorted(by: { $0.value.lastAt < $1.value.lastAt })
      .prefix(self.textsMax / 8)
    {
      texts[text] = nil
    }
  }

  /// The worst of each reason: the slowest, and those that were parsed most often.
  package func rows(at now: WallTime, limit: Int = 100) -> [Row] {
    self.seen.withLock { seen in
      var rows: [Row] = []
      for reason in Reason.allCases {
        let life = reason == .slow ? self.options.slowLife : self.options.reparsedLife
        for (text, known) in seen[reason] ?? [:] where now - known.lastAt > life {
          seen[reason]?[text] = nil
        }
        let worst = (seen[reason] ?? [:]).filter { reason == .slow || $0.value.count > 1 }.sorted {
          reason == .slow
            ? ($0.value.longest, $1.key) > ($1.value.longest, $0.key)
            : ($0.value.count, $1.key) > ($1.value.count, $0.key)
        }
        rows += worst.prefix(limit).map { text, known in
          Row(
            text: text, reason: reason, count: known.count, longest: known.longest,
            lastAt: known.lastAt, parameters: known.parameters)
        }
      }
      return rows
    }
  }

  // MARK: Parameters

  /// Parameters as logs may have them.
  package static func shown(
    _ parameters: [ModelWire.TagValue], _ form: ParameterForm
  ) -> [String] {
    guard form != .none else { return [] }
    return parameters.prefix(self.parametersMax).map { self.shown($0, form) }
  }

  private static func shown(_ value: ModelWire.TagValue, _ form: ParameterForm) -> String {
    switch value.value {
    case nil, .null?: "null"
    case .str(let text)?: self.shown(text.value, form)
    case .int(let number)?: "\(number.value)"
    case .binaryData(let bytes)?: self.fingerprint(bytes, "bytes")
    case .timestamp(let time)?:
      time.exactNanoseconds.map { Timestamp(WallTime(nanoseconds: $0)).description } ?? "time"
    case .strArray(let texts)?: self.list(texts.value.map { self.shown($0, form) })
    case .intArray(let numbers)?: self.list(numbers.value.map { "\($0)" })
    }
  }

  private static func shown(_ text: String, _ form: ParameterForm) -> String {
    form == .raw ? text : self.fingerprint(Array(text.utf8), "text")
  }

  private static func fingerprint(_ bytes: [UInt8], _ what: String) -> String {
    "\(what) of \(bytes.count), \("\(SHA256.digest(of: bytes.rawBytes))".prefix(12))"
  }

  private static func list(_ elements: [String]) -> String {
    let more = elements.count > self.elementsMax ? ", … of \(elements.count)" : ""
    return "[" + elements.prefix(self.elementsMax).joined(separator: ", ") + more + "]"
  }
}
