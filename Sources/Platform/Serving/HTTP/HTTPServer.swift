internal import HTTP
public import Observability
public import Runtime
internal import Values

/// An HTTP/1.1 server: routes, options and counts. Its listeners may be several; they share the limits.
///
/// ```swift
/// let server = HTTPServer(routes, options, metrics: registry)
/// let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
/// …
/// await listener.drain(until: loop.now + .seconds(10))
/// ```
public final class HTTPServer: Sendable {
  public let options: HTTPServerOptions
  let plan: ServingPlan
  let table: RouteTable
  let routes: [HTTPRoutes.Route]
  let fallback: HTTPHandler?
  let metrics: HTTPMetrics
  /// One for each loop, by its index.
  private let workers: [HTTPWorker]

  public init(
    _ routes: HTTPRoutes, _ options: HTTPServerOptions = HTTPServerOptions(), loops: [EventLoop],
    metrics registry: MetricRegistry, random: any RandomSource = SystemRandom.shared
  ) {
    precondition(!loops.isEmpty, "a server without loops")
    precondition(options.accessLogEvery > 0, "access log of every \(options.accessLogEvery)")
    self.options = options
    self.plan = ServingPlan(options)
    self.table = routes.table()
    self.routes = routes.routes
    self.fallback = routes.fallback
    self.metrics = HTTPMetrics(registry, server: options.name, groups: routes.groups)
    let inFlightMax = (options.inFlightMax + loops.count - 1) / loops.count
    self.workers = loops.map { loop in
      HTTPWorker(
        loop: loop, inFlightMax: inFlightMax, serverField: options.serverField,
        seed: random.next())
    }
  }

  /// Accepts at `address` on every loop of the group.
  public func start(
    _ group: EventLoopGroup, at address: SocketAddress,
    _ change: (inout Listener.Options) -> Void = { _ in }
  ) async throws(IOFailure) -> Listener {
    let overLimit: StaticString = """
      HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
      Content-Length: 0\r\n\r\n
      """
    var options = Listener.Options { listener in
      listener.name = self.options.name
      listener.overLimit = overLimit.withUTF8Buffer { Array($0) }
    }
    change(&options)
    return try await Listener.start(group, at: address, options) { [self] connection in
      await self.serve(connection)
    }
  }

  /// Answers the requests of one connection until it ends. Called on one of the server's loops.
  ///
  /// While it waits it holds this small frame and no exchange: what is deeper costs memory only for
  /// requests under way.
  public func serve(_ connection: Connection) async {
    let worker = self.worker()
    self.metrics.connections.increment()
    defer { self.metrics.connections.decrement() }
    connection.inputLimit = self.plan.inputLimit
    var exchange: HTTPExchange?
    var headDeadline = MonotonicTime.distantFuture
    while true {
      if connection.inputCount > 0 {
        connection.deadline = headDeadline
      } else {
        if let idle = exchange {
          worker.give(idle)
          exchange = nil
        }
        if connection.isDraining { break }
        connection.isBetweenRequests = true
        connection.deadline = worker.loop.now.after(self.plan.idleTimeout)
      }
      do throws(IOFailure) {
        guard try await connection.flushAndRead() > 0 else { break }
      } catch {
        connection.isBetweenRequests = false
        // Nobody is told who had not begun: a head that was begun is refused.
        guard let exchange, exchange.refuse(error) else { return }
        break
      }
      connection.isBetweenRequests = false
      let active = exchange ?? worker.take(self, connection)
      if exchange == nil { headDeadline = worker.loop.now.after(self.plan.headerTimeout) }
      exchange = active
      switch await active.serveReady() {
      case .waits: continue
      case .waitsAnew: headDeadline = worker.loop.now.after(self.plan.headerTimeout)
      case .ends: return await self.finish(connection, worker, active)
      case .isGone: return worker.give(active)
      }
    }
    await self.finish(connection, worker, exchange)
  }

  private func worker() -> HTTPWorker {
    guard let loop = EventLoop.current, loop.index < self.workers.count,
      self.workers[loop.index].loop === loop
    else { preconditionFailure("BUG: a connection is served off the loops of its server") }
    return self.workers[loop.index]
  }

  /// Sends what is left and waits a little for the client to end its side: closing with input unread
  /// would reset the connection and might take the answer back that is on its way.
  private func finish(_ connection: Connection, _ worker: HTTPWorker, _ exchange: HTTPExchange?)
    async
  {
    if let exchange { worker.give(exchange) }
    do throws(IOFailure) {
      connection.deadline = worker.loop.now.after(self.plan.writeTimeout)
      try await connection.flush()
      await connection.shutdownOutput()
      connection.deadline = worker.loop.now + .seconds(2)
      var left = 256 << 10
      while left > 0 {
        left -= connection.inputCount
        connection.consume(connection.inputCount)
        guard try await connection.read() > 0 else { return }
      }
    } catch {
      // The client is gone or too slow: there is nobody to tell.
    }
  }
}

/// What the connections of one loop share: touched by that loop's thread only.
final class HTTPWorker: @unchecked Sendable {
  // Sendable: everything that changes belongs to the loop.
  let loop: EventLoop
  let inFlightMax: Int
  var inFlight = 0
  var encoder: ResponseEncoder
  var identifiers: RequestIDSource
  var untilAccessLog = 0
  /// Exchanges that no request is using.
  private var exchanges: [HTTPExchange] = []
  /// The calendar, read from the clock once in a while: milliseconds at `wallRead`.
  private var wallMilliseconds: Int64 = 0
  private var wallRead = MonotonicTime(nanoseconds: 0)

  init(loop: EventLoop, inFlightMax: Int, serverField: String?, seed: UInt64) {
    self.loop = loop
    self.inFlightMax = inFlightMax
    self.encoder = ResponseEncoder(server: serverField)
    self.identifiers = RequestIDSource(seed: seed)
  }

  func take(_ server: HTTPServer, _ connection: Connection) -> HTTPExchange {
    let exchange = self.exchanges.popLast() ?? HTTPExchange(server, self, connection)
    exchange.attach(connection)
    return exchange
  }

  func give(_ exchange: HTTPExchange) {
    exchange.detach()
    if self.exchanges.count < 256 { self.exchanges.append(exchange) }
  }

  /// Milliseconds since 1970, from the time at which the loop's turn began; it follows a clock that is
  /// set within a second.
  func milliseconds() -> Int64 {
    let now = self.loop.now
    let passed = now.nanoseconds &- self.wallRead.nanoseconds
    if passed > 1_000_000_000 {
      self.wallRead = now
      self.wallMilliseconds = self.loop.wallNow.nanoseconds / 1_000_000
      return self.wallMilliseconds
    }
    return self.wallMilliseconds &+ Int64(passed / 1_000_000)
  }
}
