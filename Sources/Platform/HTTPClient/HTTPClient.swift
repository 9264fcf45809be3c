private import CSystem
internal import HTTP
public import Observability
public import Runtime
private import Values

/// An HTTP client that keeps its connections, on libcurl.
///
/// All transfers run on one thread of its own, `lake-http-cli`; callers only wait, on their own
/// executor. Cancelling the task cancels the request. It is stopped once, by whoever made it.
///
/// ```swift
/// let client = HTTPClient()
/// let answer = try await client.fetch(HTTPClientRequest(.get, "http://127.0.0.1:9000/"), limit: 1 << 20)
/// ```
public final class HTTPClient: Sendable {
  public let options: HTTPClientOptions
  private let driver: ClientDriver
  private let metrics: ClientMetrics?
  private let random: any RandomSource

  public init(
    _ options: HTTPClientOptions = HTTPClientOptions(), metrics registry: MetricRegistry? = nil,
    random: any RandomSource = SystemRandom.shared
  ) {
    self.options = options
    self.driver = ClientDriver(options)
    self.metrics = registry.map(ClientMetrics.init)
    self.random = random
  }

  /// Fails what is under way and ends the thread; later requests are refused. Not called on an event
  /// loop: it waits for the thread.
  public func stop() { self.driver.stop() }

  /// Sends a request and returns the whole answer, whatever its status; more than `limit` bytes of
  /// content are an error. Repeats the request as `RetryPolicy` says.
  public func fetch(_ request: HTTPClientRequest, limit: Int) async throws(HTTPClientError)
    -> HTTPClientAnswer
  {
    let result: Result<HTTPClientAnswer, HTTPClientError>
    do {
      let answer = try await self.send(request) { stream in
        let content = try await stream.collect(limit: limit)
        return HTTPClientAnswer(status: stream.status, fields: stream.fields, content: content)
      }
      result = .success(answer)
    } catch let error as HTTPClientError {
      result = .failure(error)
    } catch {
      // `collect` and `send` throw nothing else; a cancelled group may.
      result = .failure(HTTPClientError(.cancelled, "the request was cancelled"))
    }
    return try result.get()
  }

  /// Sends a request and lends its answer as it comes. What `body` leaves unread is not waited for: the
  /// connection is then given up.
  public func send<R: Sendable>(
    _ request: HTTPClientRequest,
    _ body: @Sendable (HTTPClientStream) async throws -> R
  ) async throws -> R {
    let start = csystem_monotonic_ns()
    let timeout = request.timeout ?? self.options.totalTimeout
    let deadline = start &+ UInt64(clamping: timeout.nanosecondsClamped)
    let policy = request.retries ?? self.options.retries
    var attempt = 1
    while true {
      let transfer = Transfer(request, self.options, deadline: deadline, self.driver)
      let plan = RetryPlan(
        policy: policy, attempt: attempt, deadline: deadline, random: self.random.next())
      switch try await self.attempt(transfer, plan, body) {
      case .done(let value):
        self.metrics?.record(transfer, start)
        return value
      case .failed(let error):
        self.metrics?.record(transfer, start)
        throw error
      case .again(let moment):
        attempt += 1
        self.metrics?.retries.add()
        await self.driver.sleep(until: moment)
        guard !Task.isCancelled else {
          throw HTTPClientError(.cancelled, "the request was cancelled")
        }
      }
    }
  }

  private enum Outcome<R> {
    case done(R)
    case failed(any Error)
    /// At this moment of the monotonic clock.
    case again(at: UInt64)
  }

  private func attempt<R: Sendable>(
    _ transfer: Transfer, _ plan: RetryPlan,
    _ body: @Sendable (HTTPClientStream) async throws -> R
  ) async throws -> Outcome<R> {
    try self.driver.start(transfer)
    defer { if !transfer.isOver { self.driver.cancel(transfer) } }
    guard case .stream(_, let next) = transfer.request.content else {
      return try await self.receive(transfer, plan, body)
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await Self.pump(next, into: transfer) }
      defer { group.cancelAll() }
      do {
        let outcome = try await self.receive(transfer, plan, body)
        // Wakes the pump, when the answer came before the content was whole.
        if !transfer.isOver { self.driver.cancel(transfer) }
        return outcome
      } catch {
        if !transfer.isOver { self.driver.cancel(transfer) }
        throw error
      }
    }
  }

  private func receive<R>(
    _ transfer: Transfer, _ plan: RetryPlan,
    _ body: @Sendable (HTTPClientStream) async throws -> R
  ) async throws -> Outcome<R> {
    do throws(HTTPClientError) {
      try await transfer.waitForHead()
    } catch {
      guard transfer.mayRepeat(after: error), let moment = plan.moment(retryAfter: nil) else {
        return .failed(error)
      }
      return .again(at: moment)
    }
    let stream = HTTPClientStream(transfer)
    if transfer.saysLater(stream),
      let moment = plan.moment(retryAfter: stream.field("retry-after").flatMap { Int64($0) })
    {
      return .again(at: moment)
    }
    return .done(try await body(stream))
  }

  private static func pump(
    _ next: @Sendable () async throws -> [UInt8]?, into transfer: Transfer
  ) async {
    do {
      while let piece = try await next() {
        guard await transfer.offer(piece) else { return }
      }
      transfer.endUpload(hasFailed: false)
    } catch {
      transfer.endUpload(hasFailed: true)
    }
  }
}
