private import Bytes

/// The headers of a request, as a signature looks at them. The HTTP server's header block conforms by an
/// extension where both are known.
public protocol SigV4Headers {
  /// Calls `body` with the name of each header line, in any case.
  func forEachName(_ body: (RawSpan) -> Void)
  /// Calls `body` with the value of each line of that name, in order. `name` is lower-case.
  func forEachValue(of name: RawSpan, _ body: (RawSpan) -> Void)
}

/// Headers as a list, for requests that we sign.
public struct SigV4HeaderList: SigV4Headers, Sendable {
  public var lines: [(name: String, value: String)]

  public init(_ lines: [(name: String, value: String)]) { self.lines = lines }

  public func forEachName(_ body: (RawSpan) -> Void) {
    for line in self.lines { body(Array(line.name.utf8).rawBytes) }
  }

  public func forEachValue(of name: RawSpan, _ body: (RawSpan) -> Void) {
    for line in self.lines where name.isEqual(to: Array(line.name.lowercased().utf8).rawBytes) {
      body(Array(line.value.utf8).rawBytes)
    }
  }

  /// Every name once, lower-case, sorted, joined with `;`.
  public var signedNames: String {
    Set(self.lines.map { $0.name.lowercased() }).sorted {
      Array($0.utf8).lexicographicallyPrecedes($1.utf8)
    }
    .joined(separator: ";")
  }
}
