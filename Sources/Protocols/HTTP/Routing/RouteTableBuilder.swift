/// Gathers routes in a tree, from which `RouteTable` is flattened once.
public struct RouteTableBuilder: Sendable {
  struct Node: Sendable {
    var literals: [String: Int] = [:]
    var parameter: Int?
    var rest: Int?
    var routes: [Int?] = Array(repeating: nil, count: Method.count)
  }

  /// What parameters are matched as.
  public enum PathMode: Sendable {
    /// Percent-encoded UTF-8; anything else is answered 400.
    case text
    /// Bytes as they came, for keys that mean what their client says.
    case raw
  }

  var nodes = [Node()]
  var names: [[String]] = []
  let mode: PathMode

  public init(_ mode: PathMode = .text) { self.mode = mode }

  /// Adds a route and returns its number: 0 for the first, then counting up. Throws when the pattern is
  /// not well formed, or the same method and shape of path is there already.
  public mutating func add(_ method: Method, _ pattern: String) throws(RouteError) -> Int {
    let parsed = try RoutePattern(pattern)
    var at = 0
    for segment in parsed.segments {
      switch segment {
      case .literal(let text):
        at = self.child(of: at, self.nodes[at].literals[text]) { $0.literals[text] = $1 }
      case .parameter:
        at = self.child(of: at, self.nodes[at].parameter) { $0.parameter = $1 }
      case .rest:
        at = self.child(of: at, self.nodes[at].rest) { $0.rest = $1 }
      }
    }
    let slot = Int(method.rawValue)
    guard self.nodes[at].routes[slot] == nil else {
      throw RouteError(pattern: pattern, reason: "\(method.text) is there already")
    }
    self.nodes[at].routes[slot] = self.names.count
    self.names.append(parsed.names)
    return self.names.count - 1
  }

  private mutating func child(of parent: Int, _ known: Int?, link: (inout Node, Int) -> Void) -> Int
  {
    if let known { return known }
    self.nodes.append(Node())
    link(&self.nodes[parent], self.nodes.count - 1)
    return self.nodes.count - 1
  }

  public func build() -> RouteTable { RouteTable(self) }
}
