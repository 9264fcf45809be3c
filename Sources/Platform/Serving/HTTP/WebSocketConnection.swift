private import Bytes
public import HTTP
internal import Runtime
internal import Values

/// What a WebSocket may do and how long it is waited for.
public struct WebSocketOptions: Sendable {
  /// The largest message of a client: 1009.
  public var messageBytesMax = 1 << 20
  /// How often a ping is sent; a client that answers none of `pingsMissedMax` in a row is cut off.
  public var pingInterval = Duration.seconds(30)
  public var pingsMissedMax = 2
  /// The client must take what it is sent in this time.
  public var writeTimeout = Duration.seconds(30)
  /// How long a close is waited for after ours.
  public var closeTimeout = Duration.seconds(5)
  /// Ours, in lower case; the first that the client offers is taken.
  public var subprotocols: [StaticString] = []
  /// What may wait to be sent before `send` waits itself.
  public var outputBytesMax = 1 << 20

  public init() {}
  public init(_ change: (inout WebSocketOptions) -> Void) { change(&self) }
}

extension HTTPExchange {
  /// Turns the connection into a WebSocket and runs `body` with it; when `body` returns, a close frame
  /// is sent and the connection ends. Throws 426 or 400 when the request asks for no WebSocket.
  public func webSocket(
    _ options: WebSocketOptions = WebSocketOptions(),
    _ body: @escaping @Sendable (WebSocketConnection) async throws -> Void
  ) async throws {
    precondition(self.phase == .none, "an answer was begun before the upgrade")
    let accept = try WebSocketHandshake.accept(self.parser.head, self.headBytes)
    let subprotocol = WebSocketHandshake.subprotocol(
      self.parser.head, self.headBytes, ours: options.subprotocols)
    self.copyHead()
    WebSocketHandshake.appendAccepted(
      accept, subprotocol: subprotocol, to: &self.connection.output)
    self.phase = .done
    self.status = .switchingProtocols
    self.isUpgraded = true
    let socket = WebSocketConnection(self.connection, self.loop, options, subprotocol)
    await socket.run(body)
  }
}

/// A WebSocket with its connection. Its tasks run on the connection's loop, so nothing here is locked.
public final class WebSocketConnection: @unchecked Sendable {
  // Sendable: confined to the loop of its connection, on which all child tasks of `run` stay.
  private let connection: Connection
  private let loop: EventLoop
  private let session: WebSocketSession
  private let options: WebSocketOptions
  /// What was agreed on.
  public let subprotocol: StaticString?
  private var pingsMissed = 0
  private var isFlushing = false
  private var hasFailed = false
  private var flushWaiters: [UnsafeContinuation<Void, Never>] = []

  init(
    _ connection: Connection, _ loop: EventLoop, _ options: WebSocketOptions,
    _ subprotocol: StaticString?
  ) {
    self.connection = connection
    self.loop = loop
    self.options = options
    self.subprotocol = subprotocol
    self.session = WebSocketSession(.server, messageBytesMax: options.messageBytesMax)
  }

  /// Whether the listener is closing: say goodbye soon.
  public var isDraining: Bool { self.connection.isDraining }

  /// The next text, binary or close message; nil when the connection is over. Pings and pongs are dealt
  /// with and not returned.
  public func receive() async throws -> WebSocketSession.Event? {
    while true {
      while let event = self.session.nextEvent() {
        self.pingsMissed = 0
        switch event {
        case .ping, .pong: continue
        case .text, .binary, .close: return event
        }
      }
      guard self.session.isReading else { return nil }
      if self.connection.inputCount == 0 {
        self.connection.deadline = .distantFuture
        guard try await self.connection.read() > 0 else { return nil }
      }
      self.connection.withInput { self.session.receive($0, output: &self.connection.output) }
      self.connection.consume(self.connection.inputCount)
      if !self.connection.output.isEmpty { try await self.flush() }
    }
  }

  /// Sends a message; waits while too much is on its way already. False when the socket is closing.
  public func send(text: String) async throws -> Bool {
    let isSent = self.session.send(text: text, to: &self.connection.output)
    try await self.flush()
    return isSent
  }

  public func send(binary bytes: [UInt8]) async throws -> Bool {
    let isSent = self.session.send(binary: bytes.rawBytes, to: &self.connection.output)
    try await self.flush()
    return isSent
  }

  /// Sends a close frame; `receive` returns the client's answer to it.
  public func close(_ code: WebSocketCloseCode = .normal, reason: String = "") async throws {
    self.session.close(code, reason: reason, to: &self.connection.output)
    try await self.flush()
  }

  /// One task flushes at a time; others leave their frames to it, and wait only when there are many.
  private func flush() async throws(IOFailure) {
    if self.hasFailed { throw .disconnected("send", "a WebSocket") }
    guard !self.isFlushing else {
      while self.isFlushing, self.connection.output.count > self.options.outputBytesMax {
        await withUnsafeContinuation { self.flushWaiters.append($0) }
      }
      return
    }
    self.isFlushing = true
    defer {
      self.isFlushing = false
      self.wakeWaiters()
    }
    while !self.connection.output.isEmpty {
      do throws(IOFailure) {
        self.connection.deadline = self.loop.now + self.options.writeTimeout
        try await self.connection.flush()
      } catch {
        self.hasFailed = true
        throw error
      }
      self.wakeWaiters()
    }
  }

  private func wakeWaiters() {
    let waiters = self.flushWaiters
    self.flushWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  // MARK: Running

  func run(_ body: @escaping @Sendable (WebSocketConnection) async throws -> Void) async {
    guard (try? await self.flush()) != nil else { return }
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        var code = WebSocketCloseCode.normal
        do { try await body(self) } catch is IOFailure { return true } catch {
          code = .internalError
        }
        await self.finish(code)
        return true
      }
      group.addTask {
        await self.sendPings()
        return false
      }
      while let isBody = await group.next() { if isBody { group.cancelAll() } }
    }
  }

  /// Sends our close frame if there was none, and waits a little for the client's.
  private func finish(_ code: WebSocketCloseCode) async {
    do throws(IOFailure) {
      self.session.close(code, to: &self.connection.output)
      try await self.flush()
      let deadline = self.loop.now + self.options.closeTimeout
      while self.session.isReading {
        self.connection.deadline = deadline
        if self.connection.inputCount == 0 {
          guard try await self.connection.read() > 0 else { return }
        }
        self.connection.withInput { self.session.receive($0, output: &self.connection.output) }
        self.connection.consume(self.connection.inputCount)
        while self.session.nextEvent() != nil {}
      }
      await self.connection.shutdownOutput()
    } catch {
      // The client is gone before it said goodbye.
    }
  }

  /// Pings until cancelled; cuts the connection off when nothing comes back.
  private func sendPings() async {
    while (try? await self.loop.sleep(for: self.options.pingInterval)) != nil {
      guard self.pingsMissed < self.options.pingsMissedMax else { return self.connection.abort() }
      self.pingsMissed += 1
      guard self.session.ping(to: &self.connection.output), (try? await self.flush()) != nil else {
        return
      }
    }
  }
}
