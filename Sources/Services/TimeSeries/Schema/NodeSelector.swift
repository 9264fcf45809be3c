/// Which nodes a tier has, by their labels: `tier=warm`, `zone in (a,b),disk!=hdd`, `gpu`. All conditions hold;
/// without one every node is meant.
package struct NodeSelector: Sendable, Hashable {
  private enum Condition: Sendable, Hashable {
    case isOne(String, of: [String])
    case isNone(String, of: [String])
    case exists(String)
  }

  private var conditions: [Condition] = []

  package init() {}

  /// Throws a text that says what is wrong.
  package init(_ text: String) throws(SeriesFault) {
    for part in try Self.parts(text) { self.conditions.append(try Self.condition(part, text)) }
  }

  /// Cut at commas that are not inside of parentheses.
  private static func parts(_ text: String) throws(SeriesFault) -> [Substring] {
    guard text.contains(where: { !$0.isWhitespace }) else { return [] }
    var parts: [Substring] = []
    var start = text.startIndex
    var depth = 0
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")": depth -= 1
      case "," where depth == 0:
        parts.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
      guard (0...1).contains(depth) else { throw self.wrong(text, "its parentheses do not match") }
    }
    guard depth == 0 else { throw self.wrong(text, "its parentheses do not match") }
    return parts + [text[start...]]
  }

  private static func condition(
    _ part: Substring, _ text: String
  ) throws(SeriesFault) -> Condition {
    for (sign, isWanted) in [("!=", false), ("==", true), ("=", true)] {
      guard let at = part.firstRange(of: sign) else { continue }
      let key = try self.word(part[..<at.lowerBound], text)
      let value = try self.word(part[at.upperBound...], text)
      return isWanted ? .isOne(key, of: [value]) : .isNone(key, of: [value])
    }
    guard let open = part.firstIndex(of: "(") else { return .exists(try self.word(part, text)) }
    let words = part[..<open].split(whereSeparator: \.isWhitespace)
    guard words.count == 2, words[1] == "in" || words[1] == "notin",
      let close = part.lastIndex(of: ")"),
      part[part.index(after: close)...].allSatisfy(\.isWhitespace)
    else { throw self.wrong(text, "\(part.debugDescription) is no condition") }
    let key = try self.word(words[0], text)
    var values: [String] = []
    for value in part[part.index(after: open)..<close].split(
      separator: ",", omittingEmptySubsequences: false)
    {
      values.append(try self.word(value, text))
    }
    return words[1] == "in" ? .isOne(key, of: values) : .isNone(key, of: values)
  }

  private static func word(_ text: Substring, _ whole: String) throws(SeriesFault) -> String {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1, let word = words.first,
      word.allSatisfy({ $0.isLetter || $0.isNumber || "-_./".contains($0) })
    else { throw self.wrong(whole, "\(text.debugDescription) is no name") }
    return String(word)
  }

  private static func wrong(_ text: String, _ why: String) -> SeriesFault {
    SeriesFault(
      .invalidArgument, "\(text.prefix(200).debugDescription) chooses no nodes: \(why)")
  }

  package func matches(_ labels: [String: String]) -> Bool {
    self.conditions.allSatisfy { condition in
      switch condition {
      case .isOne(let key, let values): labels[key].map { values.contains($0) } ?? false
      case .isNone(let key, let values): labels[key].map { !values.contains($0) } ?? true
      case .exists(let key): labels[key] != nil
      }
    }
  }
}

/// The labels of a node as a text: `tier=hot,zone=a`.
package enum NodeLabels {
  package static func read(_ text: String) throws(SeriesFault) -> [String: String] {
    var labels: [String: String] = [:]
    for part in text.split(separator: ",") {
      let words = part.split(separator: "=", omittingEmptySubsequences: false).map {
        $0.split(whereSeparator: \.isWhitespace)
      }
      guard words.count == 2, words.allSatisfy({ $0.count == 1 }) else {
        throw SeriesFault(
          .invalidArgument, "\(part.debugDescription) is no label: it is NAME=VALUE")
      }
      labels[String(words[0][0])] = String(words[1][0])
    }
    return labels
  }
}
