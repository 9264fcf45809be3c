import GRPC
import GRPCServing
import Runtime
import Values

/// The way to an etcd: a channel for each endpoint, the one that is used now, and the token.
final class EtcdClient: Sendable {
  /// When a call may be made again.
  enum Repeating: Sendable {
    /// It changes nothing, or doing it twice is as good as once.
    case always
    /// Only when nothing was done; otherwise its outcome is unknown.
    case unseen
  }

  let options: EtcdOptions
  private let channels: [GRPCChannel]
  private let state = Guarded(State())

  private struct State: Sendable {
    var endpoint = 0
    var token: String?
  }

  init(_ group: EventLoopGroup, _ options: EtcdOptions) {
    self.options = options
    self.channels = options.endpoints.map { endpoint in
      precondition(!endpoint.isSecure || options.tls != nil, "\(endpoint) without TLS settings")
      return GRPCChannel(
        group, to: endpoint.address,
        GRPCChannel.Options {
          $0.authority = endpoint.host
          $0.tls = endpoint.isSecure ? options.tls : nil
          // Below ten seconds etcd takes pings for an attack.
          $0.keepalive = GRPCKeepalive(interval: .seconds(10), timeout: .seconds(5))
          $0.connectTimeout = min(.seconds(3), options.patience)
          $0.backoffMin = .milliseconds(20)
          $0.backoffMax = .milliseconds(500)
          $0.attemptsMax = 1
          $0.limits.messageByteCountMax = 64 << 20
          $0.limits.bufferedByteCountMax = 256 << 20
        })
    }
  }

  func close() { for channel in self.channels { channel.close() } }

  /// The loop that a call is made on: the task's.
  static func loop() -> EventLoop {
    guard let loop = EventLoop.current else {
      preconditionFailure("BUG: facts are asked for off an event loop")
    }
    return loop
  }

  // MARK: Endpoints

  /// The endpoint that is used now, with its channel.
  var current: (index: Int, channel: GRPCChannel) {
    let index = self.state.withLock { $0.endpoint }
    return (index, self.channels[index])
  }

  /// Leaves an endpoint that did not answer; whoever has left it before has done so for all.
  func leave(_ index: Int) {
    let count = self.channels.count
    self.state.withLock { state in
      if state.endpoint == index { state.endpoint = (index + 1) % count }
    }
  }

  func forgetToken() { self.state.withLock { $0.token = nil } }

  // MARK: Calls

  /// Makes a call, at another endpoint when one does not answer, within the patience of the options.
  func call<T: Sendable>(
    _ repeating: Repeating,
    _ body: (GRPCChannel, CallOptions) async throws(GRPCStatus) -> T
  ) async throws(FactsError) -> T {
    let loop = Self.loop()
    let deadline = loop.now + self.options.patience
    var attempt = 0
    while true {
      let (index, channel) = self.current
      var status: GRPCStatus
      do throws(GRPCStatus) {
        let timeout = self.timeout(repeating, deadline - loop.now)
        return try await body(channel, self.callOptions(channel, timeout))
      } catch {
        status = error
      }
      switch EtcdFailure(status) {
      case .answer(let error): throw error
      case .unavailable: self.leave(index)
      case .unknown:
        self.leave(index)
        if repeating == .unseen {
          throw FactsError(.unknownOutcome, "etcd did not say what became of it: \(status)")
        }
      case .needsToken:
        self.forgetToken()
        if attempt > 2 || self.options.user == nil {
          throw FactsError(.denied, status.message)
        }
      }
      attempt += 1
      try await self.pause(attempt, deadline, loop, status)
    }
  }

  /// What one attempt may take: a share of the patience when others could answer instead.
  private func timeout(_ repeating: Repeating, _ left: Duration) -> Duration {
    guard repeating == .always, self.channels.count > 1 else { return left }
    return min(left, self.options.patience / min(self.channels.count, 3))
  }

  private func pause(
    _ attempt: Int, _ deadline: MonotonicTime, _ loop: EventLoop, _ status: GRPCStatus
  ) async throws(FactsError) {
    // Every endpoint once without a pause.
    let round = attempt / self.channels.count
    let isNew = attempt % self.channels.count != 0
    let pause = isNew ? Duration.zero : .milliseconds(min(20 << min(round, 4), 250))
    guard loop.now + pause < deadline, !Task.isCancelled else {
      throw FactsError(
        .unavailable, "no etcd answers at \(self.options.endpoints): \(status.message)")
    }
    // Cancelled: the next attempt says so.
    if pause > .zero { try? await loop.sleep(for: pause) }
  }

  /// With the token, which is asked for when there is none.
  func callOptions(
    _ channel: GRPCChannel, _ timeout: Duration?
  ) async throws(GRPCStatus) -> CallOptions {
    var options = CallOptions { $0.timeout = timeout }
    // A member that has lost its leader says so, instead of letting us wait.
    options.metadata.append("hasleader", "true")
    guard let user = self.options.user else { return options }
    if let token = self.state.withLock({ $0.token }) {
      options.metadata.append("token", token)
      return options
    }
    var request = EtcdAuthenticateRequest()
    request.name = user
    request.password = self.options.password?.exposed ?? ""
    let token: String
    do throws(GRPCStatus) {
      token = try await EtcdAuthClient(channel).authenticate(request, options).token
    } catch {
      // The call behind it was not made.
      var error = error
      error.isUnseen = true
      throw error
    }
    self.state.withLock { $0.token = token }
    options.metadata.append("token", token)
    return options
  }
}
