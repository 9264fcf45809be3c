internal import HTTP
internal import Runtime
internal import Values

/// What the exchanges of one loop share: touched by that loop's thread only.
///
/// Everything they need of the server is here, in constants: reading one counts no reference, which was
/// a twentieth of a small request.
final class HTTPWorker: @unchecked Sendable {
  // Sendable: everything that changes belongs to the loop.
  let loop: EventLoop
  let options: HTTPServerOptions
  let plan: ServingPlan
  let table: RouteTable
  let routes: [HTTPRoutes.Route]
  let fallback: HTTPHandler?
  let metrics: HTTPMetrics
  let inFlightMax: Int
  var inFlight = 0
  var encoder: ResponseEncoder
  var identifiers: RequestIDSource
  var untilAccessLog = 0
  /// The calendar, read from the clock once in a while: milliseconds at `wallRead`.
  private var wallMilliseconds: Int64 = 0
  private var wallRead = MonotonicTime(nanoseconds: 0)

  init(
    _ loop: EventLoop, _ options: HTTPServerOptions, _ plan: ServingPlan, _ routes: HTTPRoutes,
    _ table: RouteTable, _ metrics: HTTPMetrics, loopCount: Int, seed: UInt64
  ) {
    self.loop = loop
    self.options = options
    self.plan = plan
    self.table = table
    self.routes = routes.routes
    self.fallback = routes.fallback
    self.metrics = metrics
    self.inFlightMax = (options.inFlightMax + loopCount - 1) / loopCount
    self.encoder = ResponseEncoder(server: options.serverField)
    self.identifiers = RequestIDSource(seed: seed)
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

/// Exchanges of one loop that no request is using. Apart from the worker, which they hold.
final class ExchangePool: @unchecked Sendable {
  // Sendable: touched by the worker's loop only.
  let worker: HTTPWorker
  private var free: [HTTPExchange] = []

  init(_ worker: HTTPWorker) { self.worker = worker }

  func take(_ connection: Connection) -> HTTPExchange {
    let exchange = self.free.popLast() ?? HTTPExchange(self.worker, connection)
    exchange.attach(connection)
    return exchange
  }

  func give(_ exchange: consuming HTTPExchange) {
    exchange.detach()
    if self.free.count < 256 { self.free.append(exchange) }
  }
}
