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
  private let plan: ServingPlan
  let metrics: HTTPMetrics
  /// One for each loop, by its index.
  private let pools: [ExchangePool]

  public init(
    _ routes: HTTPRoutes, _ options: HTTPServerOptions = HTTPServerOptions(), loops: [EventLoop],
    metrics registry: MetricRegistry, random: any RandomSource = SystemRandom.shared
  ) {
    precondition(!loops.isEmpty, "a server without loops")
    precondition(options.accessLogEvery > 0, "access log of every \(options.accessLogEvery)")
    self.options = options
    self.plan = ServingPlan(options)
    self.metrics = HTTPMetrics(registry, server: options.name, groups: routes.groups)
    let table = routes.table()
    let (plan, metrics) = (self.plan, self.metrics)
    self.pools = loops.map { loop in
      let worker = HTTPWorker(
        loop, options, plan, routes, table, metrics, loopCount: loops.count, seed: random.next())
      return ExchangePool(worker)
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
    let pool = self.pool()
    let loop = pool.worker.loop
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
          pool.give(idle)
          exchange = nil
        }
        if connection.isDraining { break }
        connection.isBetweenRequests = true
        connection.deadline = loop.now.after(self.plan.idleTimeout)
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
      let active = exchange ?? pool.take(connection)
      if exchange == nil { headDeadline = loop.now.after(self.plan.headerTimeout) }
      exchange = active
      switch await active.serveReady() {
      case .waits: continue
      case .waitsAnew: headDeadline = loop.now.after(self.plan.headerTimeout)
      case .ends: return await self.finish(connection, pool, active)
      case .isGone: return pool.give(active)
      }
    }
    await self.finish(connection, pool, exchange)
  }

  private func pool() -> ExchangePool {
    guard let loop = EventLoop.current, loop.index < self.pools.count,
      self.pools[loop.index].worker.loop === loop
    else { preconditionFailure("BUG: a connection is served off the loops of its server") }
    return self.pools[loop.index]
  }

  /// Sends what is left and waits a little for the client to end its side: closing with input unread
  /// would reset the connection and might take the answer back that is on its way.
  private func finish(_ connection: Connection, _ pool: ExchangePool, _ exchange: HTTPExchange?)
    async
  {
    if let exchange { pool.give(exchange) }
    let loop = pool.worker.loop
    do throws(IOFailure) {
      connection.deadline = loop.now.after(self.plan.writeTimeout)
      try await connection.flush()
      await connection.shutdownOutput()
      connection.deadline = loop.now + .seconds(2)
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
