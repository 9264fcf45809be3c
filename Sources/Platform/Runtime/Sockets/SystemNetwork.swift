private import CSystem
private import Glibc
internal import Synchronization
public import Values

/// The sockets of the machine. Called on a loop, which then owns what it opens.
public final class SystemNetwork: Network {
  public init() {}

  public func listen(at address: SocketAddress, _ options: ListenOptions) async throws(IOFailure)
    -> any Acceptor
  {
    try SystemAcceptor(listeningAt: address, options, on: Self.currentLoop())
  }

  public func connect(to address: SocketAddress, deadline: MonotonicTime) async throws(IOFailure)
    -> Connection
  {
    let loop = Self.currentLoop()
    let (bytes, family) = try address.encoded()
    let descriptor = try check(csystem_socket(family), "socket", address.description)
    if family != AF_UNIX { _ = csystem_tcp_options(descriptor) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    memory.copyBytes(from: bytes)
    defer { memory.deallocate() }
    let code = await loop.wait(until: deadline) {
      loop.backend.connect(descriptor, UnsafeRawBufferPointer(memory), $0)
    }
    guard code >= 0 else {
      loop.backend.forget(descriptor)
      csystem_close(descriptor)
      let isLate = code == -ECANCELED
      throw IOFailure(
        code: isLate ? ETIMEDOUT : -code, operation: "connect", subject: address.description)
    }
    return Connection(SocketTransport(adopting: descriptor, on: loop))
  }

  private static func currentLoop() -> EventLoop {
    guard let loop = EventLoop.current else {
      preconditionFailure("BUG: the network is used off an event loop")
    }
    return loop
  }
}

/// A listening socket on one loop.
final class SystemAcceptor: Acceptor, @unchecked Sendable {
  // Sendable: its state belongs to its loop; `close` goes there.
  let address: SocketAddress
  private let descriptor: Int32
  private let loop: EventLoop
  private let path: String?
  private let slot = CompletionSlot.make()
  private var isClosed = false
  /// A task is in `accept`: from there on until it runs again, whoever closes leaves the descriptor to it.
  private var isAccepting = false
  /// Whether the port is free again.
  let isReleased = Atomic<Bool>(false)

  init(listeningAt address: SocketAddress, _ options: ListenOptions, on loop: EventLoop)
    throws(IOFailure)
  {
    let (bytes, family) = try address.encoded()
    let descriptor = try check(csystem_socket(family), "socket", address.description)
    if case .unix(let path) = address {
      self.path = path
      Self.removeDeadSocket(path)
    } else {
      self.path = nil
    }
    let sharesPort = options.sharesPort && family != AF_UNIX
    let code = csystem_bind_listen(
      descriptor, bytes, UInt32(bytes.count), options.backlog, sharesPort ? 1 : 0)
    guard code >= 0 else {
      csystem_close(descriptor)
      throw IOFailure(code: -code, operation: "bind", subject: address.description)
    }
    if let path = self.path { chmod(path, mode_t(options.permissions)) }
    self.descriptor = descriptor
    self.loop = loop
    self.address = SocketAddress(of: descriptor, csystem_local_address)
  }

  deinit {
    if !self.isClosed { csystem_close(self.descriptor) }
    self.slot.destroy()
  }

  /// A socket file that nobody listens on is left over from a killed process.
  private static func removeDeadSocket(_ path: String) {
    guard let (bytes, family) = try? SocketAddress.unix(path).encoded() else { return }
    let probe = csystem_socket(family)
    guard probe >= 0 else { return }
    if csystem_connect(probe, bytes, UInt32(bytes.count)) == -ECONNREFUSED { unlink(path) }
    csystem_close(probe)
  }

  func accept() async throws(IOFailure) -> Connection {
    guard !self.isClosed else { throw .cancelled("accept") }
    self.isAccepting = true
    let code = await suspend { waiter in
      self.slot.pointee.waiter = waiter
      self.loop.backend.accept(self.descriptor, self.slot)
    }
    self.isAccepting = false
    if self.isClosed {
      if code >= 0 { csystem_close(code) }
      self.release()
      throw .cancelled("accept")
    }
    guard code >= 0 else { throw IOFailure(code: -code, operation: "accept") }
    if self.path == nil { _ = csystem_tcp_options(code) }
    return Connection(SocketTransport(adopting: code, on: self.loop))
  }

  func close() {
    self.loop.execute {
      guard !self.isClosed else { return }
      self.isClosed = true
      // The answer may be in while the task that waits for it has not run yet: cancelling does nothing
      // then, and the task releases.
      if self.isAccepting {
        self.loop.backend.cancel(self.slot)
      } else {
        self.release()
      }
    }
  }

  private func release() {
    self.loop.backend.forget(self.descriptor)
    csystem_close(self.descriptor)
    if let path = self.path { unlink(path) }
    self.isReleased.store(true, ordering: .releasing)
  }
}

extension EventLoop {
  /// `wait` with an end: the operation is cancelled at `deadline` and answers ECANCELED.
  func wait(until deadline: MonotonicTime, _ submit: (CompletionSlot) -> Void) async -> Int32 {
    guard deadline != .distantFuture else { return await self.wait(submit) }
    let slot = self.takeSlot()
    let timer = UnsafeMutablePointer<TimerEntry>.allocate(capacity: 1)
    timer.initialize(to: TimerEntry { [unowned self] in self.backend.cancel(slot) })
    self.arm(timer, at: deadline)
    let result = await suspend { waiter in
      slot.pointee.waiter = waiter
      submit(slot)
    }
    self.disarm(timer)
    timer.deinitialize(count: 1)
    timer.deallocate()
    self.giveBack(slot)
    return result
  }

  /// Waits until a foreign descriptor is ready (`POLLIN`, `POLLOUT`): for libraries that bring their
  /// own sockets. Answers the events, ETIMEDOUT as a failure.
  public func waitReady(_ descriptor: Int32, events: UInt32, until deadline: MonotonicTime)
    async throws(IOFailure) -> UInt32
  {
    let code = await self.wait(until: deadline) { self.backend.poll(descriptor, events, $0) }
    if code == -ECANCELED { throw .timedOut("poll") }
    guard code >= 0 else { throw IOFailure(code: -code, operation: "poll") }
    return UInt32(bitPattern: code)
  }

  /// Forgets a foreign descriptor before its owner closes it.
  public func forget(_ descriptor: Int32) { self.backend.forget(descriptor) }
}
