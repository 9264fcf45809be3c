/// A piece of a query's text.
struct Token: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case keyword(Keyword)
    case identifier
    case integer
    /// With its content, quotes and escapes taken away.
    case string(String)
    case placeholder
    case symbol(Symbol)
    case end
  }

  var kind: Kind
  /// As written.
  var text: String
  /// Bytes before it.
  var offset: Int
}

enum Symbol: String, Sendable, CaseIterable {
  case notEqual = "!="
  case atLeast = ">="
  case atMost = "<="
  case scope = "::"
  case equal = "="
  case greater = ">"
  case less = "<"
  case open = "("
  case close = ")"
  case comma = ","
  case dot = "."
  case star = "*"

  /// The longest that two bytes of a text begin.
  init?(_ byte: UInt8, _ following: UInt8) {
    switch (byte, following) {
    case (UInt8(ascii: "!"), UInt8(ascii: "=")): self = .notEqual
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): self = .atLeast
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): self = .atMost
    case (UInt8(ascii: ":"), UInt8(ascii: ":")): self = .scope
    case (UInt8(ascii: "="), _): self = .equal
    case (UInt8(ascii: ">"), _): self = .greater
    case (UInt8(ascii: "<"), _): self = .less
    case (UInt8(ascii: "("), _): self = .open
    case (UInt8(ascii: ")"), _): self = .close
    case (UInt8(ascii: ","), _): self = .comma
    case (UInt8(ascii: "."), _): self = .dot
    case (UInt8(ascii: "*"), _): self = .star
    default: return nil
    }
  }
}

enum Keyword: String, Sendable, CaseIterable {
  case select, show, top, from, stream, measure, trace, property, `in`, on, stages, time, between
  case and, or, `where`, group, by, order, asc, desc, limit, offset, with
  case queryTrace = "query_trace"
  case sum, mean, avg, count, max, min, tag, field, not, having, match, aggregate, null

  private static let byText = Dictionary(
    uniqueKeysWithValues: Keyword.allCases.map { ($0.rawValue, $0) })
  private static let byteCounts = 2...11

  /// The one that a word is, in letters of any case.
  init?(_ word: ArraySlice<UInt8>) {
    guard Self.byteCounts.contains(word.count) else { return nil }
    let lowered = word.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    guard let keyword = Self.byText[String(decoding: lowered, as: UTF8.self)] else { return nil }
    self = keyword
  }
}

/// Why a text is no query.
package struct BydbQLError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Stage: Sendable {
    case parse
    case bind
    case transform
  }

  package var stage: Stage
  package var message: String

  /// Names of a client may be as long as its text: what is told of them is not.
  private static let shownMax = 1000

  package var description: String {
    let message = self.message.prefix(Self.shownMax)
    return switch self.stage {
    case .parse: "failed to parse query: \(message)"
    case .bind: "failed to bind parameters: \(message)"
    case .transform: "failed to transform to native request: \(message)"
    }
  }

  static func parse(_ message: String) -> BydbQLError {
    BydbQLError(stage: .parse, message: message)
  }
  static func bind(_ message: String) -> BydbQLError {
    BydbQLError(stage: .bind, message: message)
  }
  static func transform(_ message: String) -> BydbQLError {
    BydbQLError(stage: .transform, message: message)
  }
}
