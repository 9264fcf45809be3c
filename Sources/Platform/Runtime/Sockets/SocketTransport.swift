private import CSystem
private import Glibc
internal import Values

/// A TCP or Unix stream socket on one loop.
///
/// Deadlines cost a store: one timer a socket is armed when the first is set, and looks at the present
/// ones when it fires. An operation that is overdue is ended by shutting the socket down in its
/// direction, which makes the kernel give its memory back at once.
final class SocketTransport: Transport {
  private let descriptor: Int32
  private let loop: EventLoop
  private let backend: Backend
  private let reading = CompletionSlot.make()
  private let writing = CompletionSlot.make()
  private var timer: UnsafeMutablePointer<TimerEntry>?
  private var readDeadline = MonotonicTime.distantFuture
  private var writeDeadline = MonotonicTime.distantFuture
  private var isPair = false
  private var readTimedOut = false
  private var writeTimedOut = false
  private var isAborted = false
  private var isClosed = false

  init(adopting descriptor: Int32, on loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
    self.backend = loop.backend
  }

  deinit {
    self.close()
    self.reading.destroy()
    self.writing.destroy()
  }

  override var lendsInput: Bool { true }

  // MARK: Reading

  override func receive(into target: UnsafeMutableRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure) -> Int
  {
    guard target.count > 0 else { return 0 }
    self.beginRead(deadline, isPair: false)
    let code = await suspend { waiter in
      self.reading.pointee.waiter = waiter
      self.backend.receive(self.descriptor, target, self.reading)
    }
    return try self.readEnded(code)
  }

  override func receiveLent(deadline: MonotonicTime) async throws(IOFailure) -> LentInput? {
    let code = await suspend { self.submitLent(nil, deadline, $0) }
    return try self.lent(code)
  }

  /// Submits a read into lent memory, behind the send of `source` when there is one.
  @inline(__always)
  func submitLent(
    _ source: UnsafeRawBufferPointer?, _ deadline: MonotonicTime,
    _ waiter: UnsafeContinuation<Int32, Never>
  ) {
    self.beginRead(deadline, isPair: source != nil)
    self.reading.pointee.waiter = waiter
    if let source {
      self.backend.sendAndReceive(self.descriptor, source, nil, self.reading)
    } else {
      self.backend.receiveProvided(self.descriptor, self.reading)
    }
  }

  override func sendAndReceive(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    deadline: MonotonicTime
  ) async throws(IOFailure) -> Int {
    self.beginRead(deadline, isPair: true)
    let code = await suspend { waiter in
      self.reading.pointee.waiter = waiter
      self.backend.sendAndReceive(self.descriptor, source, target, self.reading)
    }
    return try self.readEnded(code)
  }

  override func sendAndReceiveLent(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure) -> LentInput?
  {
    let code = await suspend { self.submitLent(source, deadline, $0) }
    return try self.lent(code)
  }

  override func giveBack(_ input: LentInput) {
    if input.number >= 0 { self.backend.giveBack(input.number) }
  }

  @inline(__always)
  private func beginRead(_ deadline: MonotonicTime, isPair: Bool) {
    precondition(!self.isClosed, "a closed connection is read")
    self.isPair = isPair
    self.readDeadline = deadline
    if deadline != .distantFuture { self.watch(deadline) }
  }

  /// What `submitLent` was answered.
  func lent(_ code: Int32) throws(IOFailure) -> LentInput? {
    // The send of a pair is done when its read finds no buffer, so reading again is safe.
    if code == -ENOBUFS {
      self.readDeadline = .distantFuture
      return nil
    }
    let number = self.reading.pointee.buffer
    do {
      let count = try self.readEnded(code)
      if number < 0 { return LentInput(start: self.nowhere, count: 0, number: -1) }
      let memory = self.backend.provided(number)
      // A provided buffer is never empty memory.
      return LentInput(start: memory.baseAddress.unsafelyUnwrapped, count: count, number: number)
    } catch {
      if number >= 0 { self.backend.giveBack(number) }
      throw error
    }
  }

  /// Where the end of a stream points: nothing is read from it.
  private var nowhere: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self.reading) }

  @inline(__always)
  private func readEnded(_ code: Int32) throws(IOFailure) -> Int {
    self.readDeadline = .distantFuture
    if code > 0 { return Int(code) }
    if self.isAborted { throw .cancelled("recv") }
    if self.readTimedOut {
      self.readTimedOut = false
      throw .timedOut("recv")
    }
    if code == 0 { return 0 }
    // The read of a pair whose send failed: the peer is gone.
    if code == -ECANCELED { throw .disconnected("send") }
    throw IOFailure(code: -code, operation: "recv")
  }

  // MARK: Writing

  override func send(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure)
  {
    precondition(!self.isClosed, "a closed connection is written")
    var done = 0
    while done < source.count {
      self.writeDeadline = deadline
      if deadline != .distantFuture { self.watch(deadline) }
      let rest = UnsafeRawBufferPointer(rebasing: source[done...])
      let code = await suspend { waiter in
        self.writing.pointee.waiter = waiter
        self.backend.send(self.descriptor, rest, self.writing)
      }
      self.writeDeadline = .distantFuture
      if self.isAborted { throw .cancelled("send") }
      if self.writeTimedOut { throw .timedOut("send") }
      guard code >= 0 else { throw IOFailure(code: -code, operation: "send") }
      done += Int(code)
    }
  }

  // MARK: Deadlines

  private func watch(_ deadline: MonotonicTime) {
    let timer = self.timer ?? self.makeTimer()
    if timer.pointee.slot >= 0, timer.pointee.deadline <= deadline.nanoseconds / 1_000_000 + 1 {
      return  // It fires before, and looks again then.
    }
    self.loop.arm(timer, at: deadline)
  }

  private func makeTimer() -> UnsafeMutablePointer<TimerEntry> {
    let timer = UnsafeMutablePointer<TimerEntry>.allocate(capacity: 1)
    timer.initialize(to: TimerEntry { [unowned self] in self.timerFired() })
    self.timer = timer
    return timer
  }

  private func timerFired() {
    let now = self.loop.now
    if self.reading.pointee.isPending, self.readDeadline <= now {
      self.readTimedOut = true
      self.readDeadline = .distantFuture
      // A pair may still be sending; a plain read leaves the other direction open for an answer.
      _ = csystem_shutdown(self.descriptor, self.isPair ? 3 : 1)
    }
    if self.writing.pointee.isPending, self.writeDeadline <= now {
      self.writeTimedOut = true
      self.writeDeadline = .distantFuture
      _ = csystem_shutdown(self.descriptor, 3)
    }
    let next = Swift.min(self.readDeadline, self.writeDeadline)
    if next != .distantFuture, let timer = self.timer { self.loop.arm(timer, at: next) }
  }

  // MARK: Ending

  override func endOutput() async { _ = csystem_shutdown(self.descriptor, 2) }

  override func endInput() {
    if !self.isClosed { _ = csystem_shutdown(self.descriptor, 1) }
  }

  override func abort() {
    guard !self.isClosed else { return }
    self.isAborted = true
    _ = csystem_shutdown(self.descriptor, 3)
  }

  override func close() {
    guard !self.isClosed else { return }
    precondition(!self.reading.pointee.isPending, "a connection is closed while it is read")
    precondition(!self.writing.pointee.isPending, "a connection is closed while it is written")
    self.isClosed = true
    if let timer = self.timer {
      self.loop.disarm(timer)
      timer.deinitialize(count: 1)
      timer.deallocate()
      self.timer = nil
    }
    self.backend.forget(self.descriptor)
    csystem_close(self.descriptor)
  }

  override var local: SocketAddress { SocketAddress(of: self.descriptor, csystem_local_address) }
  override var peer: SocketAddress { SocketAddress(of: self.descriptor, csystem_peer_address) }
}
