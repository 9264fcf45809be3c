/// A path pattern: literals, `{name}` for one segment that is not empty, and at the end `{name...}` for
/// the rest of the path, which is not empty either. `/a` and `/a/` are different paths.
struct RoutePattern {
  enum Segment: Equatable {
    case literal(String)
    case parameter(String)
    case rest(String)
  }

  let segments: [Segment]

  var names: [String] {
    self.segments.compactMap { segment in
      switch segment {
      case .literal: nil
      case .parameter(let name), .rest(let name): name
      }
    }
  }

  init(_ text: String) throws(RouteError) {
    guard text.hasPrefix("/") else {
      throw RouteError(pattern: text, reason: "it does not begin with a slash")
    }
    var segments: [Segment] = []
    for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      if case .rest = segments.last {
        throw RouteError(pattern: text, reason: "something follows the rest of the path")
      }
      segments.append(try Self.segment(part, of: text))
    }
    self.segments = segments
    let names = self.names
    guard names.count <= RouteMatch.parametersMax else {
      throw RouteError(pattern: text, reason: "it has more than \(RouteMatch.parametersMax) names")
    }
    guard Set(names).count == names.count else {
      throw RouteError(pattern: text, reason: "a name is used twice")
    }
  }

  private static func segment(_ part: Substring, of text: String) throws(RouteError) -> Segment {
    guard part.contains(where: { $0 == "{" || $0 == "}" }) else { return .literal(String(part)) }
    guard part.hasPrefix("{"), part.hasSuffix("}") else {
      throw RouteError(pattern: text, reason: "a name must fill its segment: \(part)")
    }
    let inner = part.dropFirst().dropLast()
    let isRest = inner.hasSuffix("...")
    let name = String(isRest ? inner.dropLast(3) : inner)
    guard !name.isEmpty, name.utf8.allSatisfy({ Grammar.isToken($0) && $0 != UInt8(ascii: ".") })
    else {
      throw RouteError(pattern: text, reason: "\(part) holds no name")
    }
    return isRest ? .rest(name) : .parameter(name)
  }
}

/// A pattern that cannot be routed: a mistake in our source, found when the table is built.
public struct RouteError: Error, Sendable, CustomStringConvertible {
  public var pattern: String
  public var reason: String

  public var description: String { "route \(self.pattern): \(self.reason)" }
}
