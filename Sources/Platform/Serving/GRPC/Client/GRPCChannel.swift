public import GRPC
internal import Protobuf
public import Runtime
private import Values

/// A way to a server: connects when it is first used, again after the connection is lost, and carries any
/// number of calls at a time.
///
/// Each loop has a connection of its own, so that a call never leaves the loop it was made on. Calls are
/// made from tasks on a loop.
public final class GRPCChannel: Sendable {
  public struct Options: Sendable {
    /// The name of the server in requests and, with TLS, in its certificate.
    public var authority: String?
    public var tls: TLSContext?
    public var limits = GRPCLimits()
    public var keepalive = GRPCKeepalive()
    public var connectTimeout = Duration.seconds(10)
    /// The pause after the first failed attempt to connect; it doubles up to the largest.
    public var backoffMin = Duration.milliseconds(100)
    public var backoffMax = Duration.seconds(20)
    /// Attempts of a call that finds the server unavailable, the first included.
    public var attemptsMax = 3
    /// Sent with every call.
    public var metadata = GRPCMetadata()
    public var network: (any Network)?
    public var random: any RandomSource & Sendable = SystemRandom.shared

    public init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  public let target: SocketAddress
  let options: Options
  private let lanes: [ChannelLane]

  public init(_ group: EventLoopGroup, to target: SocketAddress, _ options: Options = Options()) {
    self.target = target
    self.options = options
    let network = options.network ?? group.network
    self.lanes = group.loops.map { ChannelLane($0, target, options, network) }
  }

  /// Ends the connections; calls that run end as cancelled, later ones as unavailable.
  public func close() {
    for lane in self.lanes { lane.loop.spawn { lane.close() } }
  }

  private func lane() -> ChannelLane {
    guard let loop = EventLoop.current else {
      preconditionFailure("BUG: a gRPC call is made off an event loop")
    }
    return self.lanes[loop.index]
  }

  // MARK: Calls

  /// A call with one request and one response.
  public func unary<Request, Response>(
    _ method: GRPCMethod<Request, Response>, _ request: Request,
    _ options: CallOptions = CallOptions()
  ) async throws(GRPCStatus) -> Response {
    let lane = self.lane()
    let deadline = options.timeout.map { lane.loop.now + $0 } ?? .distantFuture
    var attempt = 1
    while true {
      // Whether it is certain that no handler has seen the call.
      var isUnseen = true
      do {
        let call = try await self.begin(method.path, lane, options, deadline)
        call.stream.send(request)
        call.endRequest()
        let result: Result<Response, GRPCStatus> = await call.cancellable {
          await call.onlyResponse(Response.self)
        }
        isUnseen = call.wasRefused
        return try result.get()
      } catch {
        guard attempt < self.options.attemptsMax, self.mayRetry(error, isUnseen, options) else {
          var error = error
          error.isUnseen = isUnseen
          throw error
        }
      }
      try await self.pause(before: attempt, lane, deadline)
      attempt += 1
    }
  }

  /// A call with streams: `body` sends and receives. When it returns before the call is over, the call
  /// is cancelled. `request` is the one request of a call that has one.
  public func call<Request, Response, Result: Sendable>(
    _ method: GRPCMethod<Request, Response>, _ request: Request?,
    _ options: CallOptions = CallOptions(),
    _ body: @Sendable (ClientCall<Request, Response>) async throws(GRPCStatus) -> Result
  ) async throws(GRPCStatus) -> Result {
    let lane = self.lane()
    let deadline = options.timeout.map { lane.loop.now + $0 } ?? .distantFuture
    let state = try await self.begin(method.path, lane, options, deadline)
    if let request {
      state.stream.send(request)
      state.endRequest()
    } else {
      state.push()
    }
    let call = ClientCall<Request, Response>(state)
    let result: Swift.Result<Result, GRPCStatus> = await state.cancellable {
      do throws(GRPCStatus) {
        return .success(try await body(call))
      } catch {
        return .failure(error)
      }
    }
    state.giveUp()
    return try result.get()
  }

  private func begin(
    _ path: String, _ lane: ChannelLane, _ options: CallOptions, _ deadline: MonotonicTime
  ) async throws(GRPCStatus) -> CallState {
    var metadata = self.options.metadata
    for field in options.metadata.fields { metadata.append(field) }
    while true {
      let connection = try await lane.connection(
        waiting: options.waitsForReady, until: deadline)
      let left = deadline == .distantFuture ? nil : deadline - lane.loop.now
      if let left, left <= .zero {
        throw GRPCStatus(.deadlineExceeded, "the deadline has passed before the call began")
      }
      if let call = connection.open(path, metadata, timeout: left, deadline: deadline) {
        return call
      }
    }
  }

  /// Without the caller's word, only calls that no handler has seen.
  private func mayRetry(
    _ status: GRPCStatus, _ isUnseen: Bool, _ options: CallOptions
  ) -> Bool {
    guard status.code == .unavailable, !Task.isCancelled else { return false }
    return isUnseen || options.isIdempotent
  }

  private func pause(
    before attempt: Int, _ lane: ChannelLane, _ deadline: MonotonicTime
  ) async throws(GRPCStatus) {
    let longest = UInt64(10_000_000) << UInt64(min(attempt, 6))
    let jitter = self.options.random.number(in: 0...longest)
    let until = lane.loop.now + .nanoseconds(Int64(jitter))
    guard until < deadline else {
      throw GRPCStatus(.deadlineExceeded, "the deadline passes before the next attempt")
    }
    do {
      try await lane.loop.sleep(until: until)
    } catch {
      throw GRPCStatus(.cancelled, "the caller has given up")
    }
  }
}
