internal import GRPC
internal import Runtime
internal import Values

/// The part of a channel that lives on one loop: its connection, or the way to one.
final class ChannelLane: @unchecked Sendable {
  // Sendable: confined to its loop.
  let loop: EventLoop
  private let target: SocketAddress
  private let options: GRPCChannel.Options
  private let network: any Network
  private var state = State.idle
  private var waiting: [UnsafeContinuation<Void, Never>] = []
  private var failures = 0
  private var lastFailure = "no attempt was made"
  private var isClosed = false

  private enum State {
    case idle
    /// An attempt runs; calls wait for its outcome.
    case connecting
    case ready(ClientConnection)
    /// The last attempt failed: none is made before then.
    case resting(until: MonotonicTime)
  }

  init(
    _ loop: EventLoop, _ target: SocketAddress, _ options: GRPCChannel.Options,
    _ network: any Network
  ) {
    self.loop = loop
    self.target = target
    self.options = options
    self.network = network
  }

  /// A connection that takes calls. Fails at once while the channel rests after a failed attempt, unless
  /// the caller is `waiting`.
  func connection(
    waiting: Bool, until deadline: MonotonicTime
  ) async throws(GRPCStatus) -> ClientConnection {
    while true {
      if self.isClosed { throw GRPCStatus(.unavailable, "the channel is closed") }
      if Task.isCancelled { throw GRPCStatus(.cancelled, "the caller has given up") }
      guard self.loop.now < deadline else {
        throw GRPCStatus(
          .deadlineExceeded, "no connection to \(self.target) in time: \(self.lastFailure)")
      }
      switch self.state {
      case .ready(let connection) where connection.takesCalls: return connection
      case .idle, .ready:
        self.state = .connecting
        self.loop.spawn { await self.connect() }
        try await self.outcome(waiting)
      case .connecting:
        try await self.outcome(waiting)
      case .resting(let until):
        if self.loop.now >= until {
          self.state = .idle
        } else if waiting {
          await self.rest(until: min(until, deadline))
        } else {
          throw self.unavailable()
        }
      }
    }
  }

  private func unavailable() -> GRPCStatus {
    GRPCStatus(
      .unavailable,
      "no connection to \(self.target): \(self.lastFailure)")
  }

  private func outcome(_ waiting: Bool) async throws(GRPCStatus) {
    await withUnsafeContinuation { self.waiting.append($0) }
    if case .resting = self.state, !waiting { throw self.unavailable() }
  }

  private func rest(until moment: MonotonicTime) async {
    do {
      try await self.loop.sleep(until: moment)
    } catch {
      // Cancelled: the caller looks.
      return
    }
  }

  private func wakeWaiting() {
    let waiting = self.waiting
    self.waiting = []
    for waiter in waiting { waiter.resume() }
  }

  /// Makes a connection and carries it until it is over.
  private func connect() async {
    let connection: Connection
    do {
      let deadline = self.loop.now + self.options.connectTimeout
      connection = try await self.network.connect(to: self.target, deadline: deadline)
      connection.deadline = deadline
      if let tls = self.options.tls {
        do {
          try await connection.startTLS(tls, host: self.options.authority)
        } catch {
          connection.close()
          throw error
        }
      }
      connection.deadline = .distantFuture
    } catch {
      return self.rest(after: "\(error)")
    }
    let client = ClientConnection(connection, self.options, self.target, on: self.loop)
    guard !self.isClosed else { return connection.close() }
    self.state = .ready(client)
    self.wakeWaiting()
    await client.run()
    connection.close()
    if case .ready(let current) = self.state, current === client { self.state = .idle }
    // A peer that takes the connection and drops it at once is as good as none.
    if client.hasSucceeded {
      self.failures = 0
    } else if case .idle = self.state {
      self.rest(after: client.failure ?? "the connection was closed before a call ended")
    }
  }

  private func rest(after failure: String) {
    self.lastFailure = failure
    let base = self.options.backoffMin.nanosecondsClamped
    let longest = min(
      self.options.backoffMax.nanosecondsClamped,
      base.multipliedReportingOverflow(by: 1 << Int64(min(self.failures, 20))).partialValue)
    self.failures += 1
    let nanoseconds = UInt64(max(longest, 1))
    // Between half of it and all of it: clients of one server do not come back together.
    let pause = self.options.random.number(in: (nanoseconds / 2)...nanoseconds)
    self.state = .resting(until: self.loop.now + .nanoseconds(Int64(pause)))
    self.wakeWaiting()
  }

  func close() {
    self.isClosed = true
    if case .ready(let connection) = self.state { connection.close() }
    self.wakeWaiting()
  }
}
