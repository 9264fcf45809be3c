public import GRPC
public import Observability
public import Runtime
private import Synchronization
public import Values

/// Serves gRPC on every loop of a group.
public final class GRPCServer: Sendable {
  public struct Options: Sendable {
    public var name = "grpc"
    public var limits = GRPCLimits()
    public var keepalive = GRPCKeepalive()
    public var connectionsMax = 4096
    /// Must offer the protocol `h2`.
    public var tls: TLSContext?
    /// The first stands outermost.
    public var interceptors: [any GRPCInterceptor] = []
    public var metrics: MetricRegistry?
    /// Serves `grpc.reflection`, for tools that ask what there is.
    public var hasReflection = true

    public init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  /// Its connections, and where it listens.
  public let listener: Listener
  private let state: ServerState
  /// What `grpc.health.v1.Health` answers; the server as a whole is serving until it drains.
  public let health: HealthService

  /// Listens at `address`; port 0 picks a free one.
  ///
  /// - Precondition: no two services have the same name.
  public static func start(
    _ group: EventLoopGroup, at address: SocketAddress, _ services: [ServiceDefinition],
    _ options: Options = Options()
  ) async throws(IOFailure) -> GRPCServer {
    let health = HealthService()
    var all = services + [health.definition]
    if options.hasReflection {
      // Reflection tells of itself too.
      let nothing = ReflectionCatalog([])
      let catalog = ReflectionCatalog(
        all + [
          ReflectionService(nothing).definition, ReflectionAlphaService(nothing).definition,
        ])
      all += [
        ReflectionService(catalog).definition, ReflectionAlphaService(catalog).definition,
      ]
    }
    let state = ServerState(all, options, group)
    var listening = Listener.Options()
    listening.name = options.name
    listening.connectionsMax = options.connectionsMax
    listening.tls = options.tls
    let listener = try await Listener.start(group, at: address, listening) { connection in
      guard let loop = EventLoop.current else { return }
      await ServerConnection(connection, state, on: loop).run()
    }
    return GRPCServer(listener, state, health)
  }

  private init(_ listener: Listener, _ state: ServerState, _ health: HealthService) {
    self.listener = listener
    self.state = state
    self.health = health
  }

  public var address: SocketAddress { self.listener.address }
  public var connectionCount: Int { self.listener.connectionCount }

  /// Takes no further calls, lets those that run finish until `deadline`, and ends the rest. Clients are
  /// told first, so that their next calls go elsewhere. Called on a loop.
  public func drain(until deadline: MonotonicTime) async {
    self.health.shutDown()
    self.state.drain()
    await self.listener.drain(until: deadline)
  }
}

/// What the connections of a server share.
final class ServerState: Sendable {
  let options: GRPCServer.Options
  let routes: [String: Route]
  private let lanes: [Lane]
  private let draining = Atomic<Bool>(false)

  /// The connections of one loop.
  final class Lane: @unchecked Sendable {
    // Sendable: confined to its loop.
    let loop: EventLoop
    var connections: [ObjectIdentifier: ServerConnection] = [:]
    init(_ loop: EventLoop) { self.loop = loop }
  }

  init(_ services: [ServiceDefinition], _ options: GRPCServer.Options, _ group: EventLoopGroup) {
    self.options = options
    let metrics = options.metrics.map { ServerMetrics($0) }
    var routes: [String: Route] = [:]
    for method in services.flatMap(\.methods) {
      precondition(routes[method.path] == nil, "\(method.path) is served twice")
      routes[method.path] = Route(method, options.interceptors, metrics)
    }
    self.routes = routes
    self.lanes = group.loops.map { Lane($0) }
  }

  func lane(of loop: EventLoop) -> Lane { self.lanes[loop.index] }

  var isDraining: Bool { self.draining.load(ordering: .acquiring) }

  func drain() {
    self.draining.store(true, ordering: .releasing)
    for lane in self.lanes {
      lane.loop.spawn {
        for connection in lane.connections.values { connection.drain() }
      }
    }
  }
}
