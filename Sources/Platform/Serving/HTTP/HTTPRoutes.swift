public import HTTP

/// Answers one request. What it throws is answered too: an `HTTPError` with its status, anything else
/// with 500 and the request's id, and nothing of the error itself.
public typealias HTTPHandler = @Sendable (HTTPExchange) async throws -> Void

/// Wraps a handler in another one; done once for each route, when it is added.
public typealias HTTPMiddleware = @Sendable (@escaping HTTPHandler) -> HTTPHandler

/// The routes of a server, gathered at start.
///
/// ```swift
/// var routes = HTTPRoutes()
/// routes.use(authentication)
/// try routes.on(.get, "/v1/{prefix}/namespaces", group: "namespaces") { exchange in … }
/// ```
public struct HTTPRoutes: Sendable {
  struct Route: Sendable {
    var handler: HTTPHandler
    var group: Int
    var bodyBytesMax: Int64
  }

  private var builder: RouteTableBuilder
  var routes: [Route] = []
  /// Names for metrics; few, so that each can have its counters.
  var groups: [String] = ["none"]
  private var middleware: [HTTPMiddleware] = []
  /// Answers paths that have no route, instead of 404.
  public var fallback: HTTPHandler?

  public init(_ mode: RouteTableBuilder.PathMode = .text) { self.builder = RouteTableBuilder(mode) }

  /// Wraps every route that is added from now on; what was added first is called first.
  public mutating func use(_ middleware: @escaping HTTPMiddleware) {
    self.middleware.append(middleware)
  }

  /// Adds a route; see `RoutePattern` for patterns. GET answers HEAD too.
  ///
  /// - Parameter group: what the route is counted as.
  /// - Parameter bodyBytesMax: a longer body is answered 413; at most the server's own limit.
  public mutating func on(
    _ method: Method, _ pattern: String, group: String = "other", bodyBytesMax: Int64 = .max,
    _ handler: @escaping HTTPHandler
  ) throws(RouteError) {
    let number = try self.builder.add(method, pattern)
    precondition(number == self.routes.count, "route \(number) of \(self.routes.count)")
    var wrapped = handler
    for layer in self.middleware.reversed() { wrapped = layer(wrapped) }
    let groupIndex: Int
    if let known = self.groups.firstIndex(of: group) {
      groupIndex = known
    } else {
      self.groups.append(group)
      groupIndex = self.groups.count - 1
    }
    self.routes.append(Route(handler: wrapped, group: groupIndex, bodyBytesMax: bodyBytesMax))
  }

  func table() -> RouteTable { self.builder.build() }
}
