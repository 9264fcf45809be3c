internal import Bytes
internal import GRPC
internal import Runtime
internal import Values

/// Carries the bytes of a session over its connection: a reader and a writer side by side, so that
/// neither direction holds the other; pings a peer that has been silent.
///
/// The reader tells `receiver` what happened. Whoever has something to send appends it to the session
/// and calls `wake`; what several calls append in one turn of the loop goes out together.
final class SessionDriver: @unchecked Sendable {
  // Sendable: confined to the loop of its connection.
  let connection: Connection
  let session: GRPCSession
  let loop: EventLoop
  private let keepalive: GRPCKeepalive
  private let receive: (GRPCSession.Event) -> Void
  private var writer: UnsafeContinuation<Void, Never>?
  private var isDirty = true
  private var isEnding = false
  private var lastInput: MonotonicTime
  private var isPingWaiting = false
  /// Why the connection ended, when it did not end well.
  private(set) var failure: String?
  /// Bytes that are handed to the kernel at a time.
  private let batchByteCount = 256 << 10

  init(
    _ connection: Connection, _ session: GRPCSession, on loop: EventLoop,
    _ keepalive: GRPCKeepalive, receive: @escaping (GRPCSession.Event) -> Void
  ) {
    self.connection = connection
    self.session = session
    self.loop = loop
    self.keepalive = keepalive
    self.receive = receive
    self.lastInput = loop.now
    connection.outputByteCountKept = 16_384
  }

  /// Runs until the connection is over. Calls that are open then are closed.
  func run() async {
    let timer = LoopTimer(on: self.loop) { [unowned self] in self.checkLife() }
    self.timer = timer
    timer.arm(at: self.loop.now + self.keepalive.interval)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.write() }
      await self.read()
      self.isEnding = true
      self.wake()
    }
    timer.disarm()
    self.timer = nil
    self.session.abandonCalls()
    self.dispatch()
  }

  private var timer: LoopTimer?

  private func read() async {
    do {
      while !self.session.isFinished {
        guard try await self.connection.read() > 0 else { return }
        self.lastInput = self.loop.now
        let now = self.loop.now
        try self.connection.withInput { try self.session.receive($0, now: now) }
        self.connection.consume(self.connection.inputCount)
        self.dispatch()
        if self.session.wantsToSend { self.wake() }
      }
    } catch let error as IOFailure {
      if self.failure == nil { self.failure = error.description }
    } catch {
      if self.failure == nil { self.failure = "\(error)" }
    }
  }

  private func write() async {
    do {
      while true {
        self.isDirty = false
        var hasMore = true
        while hasMore {
          hasMore = try self.session.produce(
            into: &self.connection.output, limit: self.batchByteCount)
          self.dispatch()
          guard !self.connection.output.isEmpty else { break }
          try await self.connection.flush()
        }
        if self.session.isFinished {
          await self.connection.shutdownOutput()
          self.connection.endInput()
          return
        }
        if self.isDirty { continue }
        if self.isEnding { return }
        await withUnsafeContinuation { self.writer = $0 }
      }
    } catch {
      if self.failure == nil { self.failure = "\(error)" }
      self.connection.abort()
    }
  }

  /// Lets the writer look for what is to be sent.
  func wake() {
    self.isDirty = true
    guard let writer = self.writer else { return }
    self.writer = nil
    writer.resume()
  }

  private func dispatch() {
    while let event = self.session.nextEvent() {
      if case .pingAnswered = event { self.isPingWaiting = false } else { self.receive(event) }
    }
  }

  /// Pings after silence, and gives up a peer that does not answer.
  private func checkLife() {
    let now = self.loop.now
    if self.isPingWaiting, now - self.lastInput > self.keepalive.interval {
      self.failure = "the peer has not answered a ping for \(self.keepalive.timeout)"
      return self.connection.abort()
    }
    self.isPingWaiting = false
    let due = self.lastInput + self.keepalive.interval
    if now < due {
      self.timer?.arm(at: due)
      return
    }
    self.isPingWaiting = true
    self.session.ping()
    self.wake()
    self.timer?.arm(at: now + self.keepalive.timeout)
  }
}
