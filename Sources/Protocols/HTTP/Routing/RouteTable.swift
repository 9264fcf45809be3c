/// The routes of a server as arrays and indices: nothing in it is allocated, hashed or counted per
/// request.
///
/// A literal wins over a parameter, a parameter over the rest of the path; what does not lead to a route
/// for the method is given up for the next possibility.
public final class RouteTable: Sendable {
  struct Node {
    /// Edges of literals, in `edges`, sorted by byte count, then bytes.
    var firstEdge: Int32 = 0
    var edgeCount: Int32 = 0
    /// Nodes, or -1.
    var parameter: Int32 = -1
    var rest: Int32 = -1
    /// Where the node's routes begin in `routes`, one for each method, or -1.
    var routes: Int32 = -1
    var allowed: MethodSet = []
  }

  struct Edge {
    var textStart: Int32
    var textCount: Int32
    var node: Int32
  }

  let nodes: [Node]
  let edges: [Edge]
  let text: [UInt8]
  /// Numbers of routes, or -1.
  let routes: [Int32]
  let mode: RouteTableBuilder.PathMode
  /// The names of a route's parameters, in the order of its pattern.
  public let parameterNames: [[String]]

  public var routeCount: Int { self.parameterNames.count }

  init(_ builder: RouteTableBuilder) {
    var nodes = [Node](repeating: Node(), count: builder.nodes.count)
    var edges: [Edge] = []
    var text: [UInt8] = []
    var routes: [Int32] = []
    for (index, built) in builder.nodes.enumerated() {
      nodes[index].firstEdge = Int32(edges.count)
      nodes[index].edgeCount = Int32(built.literals.count)
      let sorted = built.literals.map { (Array($0.key.utf8), $0.value) }.sorted { left, right in
        left.0.count != right.0.count
          ? left.0.count < right.0.count : left.0.lexicographicallyPrecedes(right.0)
      }
      for (bytes, child) in sorted {
        edges.append(
          Edge(
            textStart: Int32(text.count), textCount: Int32(bytes.count), node: Int32(child)))
        text += bytes
      }
      nodes[index].parameter = Int32(built.parameter ?? -1)
      nodes[index].rest = Int32(built.rest ?? -1)
      guard built.routes.contains(where: { $0 != nil }) else { continue }
      nodes[index].routes = Int32(routes.count)
      for method in Method.allCases {
        var route = built.routes[Int(method.rawValue)]
        // HEAD is GET without the content, unless it has a route of its own.
        if method == .head, route == nil { route = built.routes[Int(Method.get.rawValue)] }
        routes.append(Int32(route ?? -1))
        if route != nil { nodes[index].allowed.insert(MethodSet(method)) }
      }
    }
    self.nodes = nodes
    self.edges = edges
    self.text = text
    self.routes = routes
    self.mode = builder.mode
    self.parameterNames = builder.names
  }
}

/// Where the parameters of a route are in the path that it matched.
public struct RouteMatch: Sendable {
  public static let parametersMax = 8

  public internal(set) var route = -1
  public internal(set) var count = 0
  var extents = InlineArray<8, Extent>(repeating: .empty)

  public init() {}

  /// The raw bytes of a parameter, as an extent of the path.
  public subscript(index: Int) -> Extent {
    precondition(index >= 0 && index < self.count, "parameter \(index) of \(self.count)")
    return self.extents[index]
  }
}

public enum RouteOutcome: Equatable, Sendable {
  case found
  case notFound
  /// The path has routes for these methods.
  case methodNotAllowed(MethodSet)
  /// A parameter is not percent-encoded UTF-8.
  case badParameter
}
