private import CSystem
private import Glibc

/// epoll, edge-triggered: the same operations as system calls made when the descriptor is ready. Files
/// are not among them; they go to the file pool.
final class EpollBackend: Backend {
  private static let bufferCount = 512
  private static let bufferBytes = 8192

  private var epoll: Int32 = -1
  private let wakeDescriptor: Int32
  private var sockets: [UnsafeMutablePointer<Socket>?] = []
  /// Answers that are known before the next wait.
  private var answers: [Answer] = []
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var freeBuffers: [Int32] = []
  private var found: [Int32] = Array(repeating: 0, count: 256)
  private var foundEvents: [UInt32] = Array(repeating: 0, count: 256)
  private var callCount: UInt64 = 0

  private struct Answer {
    var slot: CompletionSlot
    var result: Int32
    var buffer: Int32
  }

  /// What a descriptor waits for.
  private struct Socket {
    var reader: CompletionSlot?
    var target = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    var kind = ReadKind.receive
    var writer: CompletionSlot?
    var source = UnsafeRawBufferPointer(start: nil, count: 0)
    var sent = 0
    var isConnecting = false
    /// The read that follows the send of a pair.
    var following: CompletionSlot?
    /// False after a read that took all there was: no use in asking before the next event.
    var mayHaveInput = true
    /// The end of the input was announced, together with bytes before it perhaps: no further event will
    /// come for it, so a read that took all bytes is followed by another.
    var hasEnded = false
    var isRegistered = false
    var isPolled = false
  }

  private enum ReadKind { case receive, provided, accept }

  override init() { self.wakeDescriptor = csystem_eventfd() }

  override var systemCalls: UInt64 { self.callCount }

  override func start() throws(IOFailure) {
    self.epoll = csystem_epoll_create()
    guard self.epoll >= 0 else { throw IOFailure(code: -self.epoll, operation: "epoll_create1") }
    let code = csystem_epoll_add(
      self.epoll, self.wakeDescriptor, CSYSTEM_EPOLL_IN | CSYSTEM_EPOLL_EDGE)
    guard code >= 0 else { throw IOFailure(code: -code, operation: "epoll_ctl") }
    self.memory = .allocate(byteCount: Self.bufferCount * Self.bufferBytes, alignment: 4096)
    self.freeBuffers = (0..<Int32(Self.bufferCount)).reversed()
  }

  override func stop() {
    csystem_close(self.epoll)
    csystem_close(self.wakeDescriptor)
    for case let socket? in self.sockets { socket.deallocate() }
    self.memory.deallocate()
  }

  override func wake() { csystem_eventfd_signal(self.wakeDescriptor) }

  override func turn(timeout: UInt64, now: UInt64) throws(IOFailure) {
    self.callCount += 1
    let count = csystem_epoll_wait(
      self.epoll, &self.found, &self.foundEvents, 256, self.answers.isEmpty ? timeout : 0)
    guard count >= 0 else { throw IOFailure(code: -count, operation: "epoll_wait") }
    for index in 0..<Int(count) {
      let fd = self.found[index]
      let events = self.foundEvents[index]
      if fd == self.wakeDescriptor {
        csystem_eventfd_clear(fd)
      } else if let socket = self.sockets[Int(fd)] {
        self.isReady(fd, socket, events)
      }
    }
    // Completing only queues tasks, so nothing is added to the list while it is walked.
    let due = self.answers
    self.answers.removeAll(keepingCapacity: true)
    for answer in due { answer.slot.complete(answer.result, buffer: answer.buffer) }
  }

  private func isReady(_ fd: Int32, _ socket: UnsafeMutablePointer<Socket>, _ events: UInt32) {
    if socket.pointee.isPolled {
      guard let slot = socket.pointee.reader else { return }
      socket.pointee.reader = nil
      self.answer(slot, Int32(bitPattern: events))
      return
    }
    let broken = events & (CSYSTEM_EPOLL_ERROR | CSYSTEM_EPOLL_HANGUP) != 0
    if broken || events & CSYSTEM_EPOLL_END != 0 { socket.pointee.hasEnded = true }
    if events & CSYSTEM_EPOLL_OUT != 0 || broken { self.continueWrite(fd, socket) }
    if events & CSYSTEM_EPOLL_IN != 0 || broken {
      socket.pointee.mayHaveInput = true
      self.continueRead(fd, socket)
    }
  }

  // MARK: Operations

  override func receive(
    _ fd: Int32, _ target: UnsafeMutableRawBufferPointer, _ slot: CompletionSlot
  ) {
    self.read(fd, .receive, target, slot)
  }

  override func receiveProvided(_ fd: Int32, _ slot: CompletionSlot) {
    self.read(fd, .provided, UnsafeMutableRawBufferPointer(start: nil, count: 0), slot)
  }

  override func accept(_ fd: Int32, _ slot: CompletionSlot) {
    self.read(fd, .accept, UnsafeMutableRawBufferPointer(start: nil, count: 0), slot)
  }

  override func send(_ fd: Int32, _ source: UnsafeRawBufferPointer, _ slot: CompletionSlot) {
    let socket = self.socket(fd)
    precondition(socket.pointee.writer == nil, "two sends on descriptor \(fd)")
    slot.pointee.isPending = true
    socket.pointee.writer = slot
    socket.pointee.source = source
    socket.pointee.sent = 0
    self.continueWrite(fd, socket)
  }

  override func sendAndReceive(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer?,
    _ slot: CompletionSlot
  ) {
    let socket = self.socket(fd)
    precondition(socket.pointee.writer == nil, "two sends on descriptor \(fd)")
    precondition(socket.pointee.reader == nil, "two reads on descriptor \(fd)")
    slot.pointee.isPending = true
    socket.pointee.following = slot
    socket.pointee.kind = target == nil ? .provided : .receive
    socket.pointee.target = target ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
    socket.pointee.source = source
    socket.pointee.sent = 0
    self.continueWrite(fd, socket)
  }

  override func connect(_ fd: Int32, _ address: UnsafeRawBufferPointer, _ slot: CompletionSlot) {
    self.callCount += 1
    slot.pointee.isPending = true
    let code = csystem_connect(fd, address.baseAddress, UInt32(address.count))
    guard code == -EINPROGRESS else {
      self.answer(slot, code)
      return
    }
    let socket = self.socket(fd)
    socket.pointee.writer = slot
    socket.pointee.isConnecting = true
    // The edge of a connection made before the descriptor was added would be missed without this.
    self.continueConnect(fd, socket)
  }

  override func poll(_ fd: Int32, _ events: UInt32, _ slot: CompletionSlot) {
    let socket = self.record(fd)
    precondition(socket.pointee.reader == nil, "two polls on descriptor \(fd)")
    slot.pointee.isPending = true
    socket.pointee.isPolled = true
    socket.pointee.reader = slot
    self.callCount += 1
    let wanted = events | CSYSTEM_EPOLL_ONCE
    let code =
      socket.pointee.isRegistered
      ? csystem_epoll_change(self.epoll, fd, wanted) : csystem_epoll_add(self.epoll, fd, wanted)
    socket.pointee.isRegistered = true
    if code < 0 {
      socket.pointee.reader = nil
      self.answer(slot, code)
    }
  }

  override func cancel(_ slot: CompletionSlot) {
    guard slot.pointee.isPending else { return }
    for case let socket? in self.sockets {
      if socket.pointee.reader == slot {
        socket.pointee.reader = nil
      } else if socket.pointee.writer == slot {
        socket.pointee.writer = nil
      } else if socket.pointee.following == slot {
        socket.pointee.following = nil
        socket.pointee.source = UnsafeRawBufferPointer(start: nil, count: 0)
      } else {
        continue
      }
      self.answer(slot, -ECANCELED)
      return
    }
  }

  override func forget(_ fd: Int32) {
    guard Int(fd) < self.sockets.count, let socket = self.sockets[Int(fd)] else { return }
    if socket.pointee.isRegistered { csystem_epoll_remove(self.epoll, fd) }
    socket.deallocate()
    self.sockets[Int(fd)] = nil
  }

  override func provided(_ number: Int32) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      rebasing: self.memory[
        (Int(number) * Self.bufferBytes)..<((Int(number) + 1) * Self.bufferBytes)])
  }

  override func giveBack(_ number: Int32) { self.freeBuffers.append(number) }

  // MARK: Progress

  private func answer(_ slot: CompletionSlot, _ result: Int32, buffer: Int32 = -1) {
    self.answers.append(Answer(slot: slot, result: result, buffer: buffer))
  }

  private func record(_ fd: Int32) -> UnsafeMutablePointer<Socket> {
    while self.sockets.count <= Int(fd) { self.sockets.append(nil) }
    if let socket = self.sockets[Int(fd)] { return socket }
    let socket = UnsafeMutablePointer<Socket>.allocate(capacity: 1)
    socket.initialize(to: Socket())
    self.sockets[Int(fd)] = socket
    return socket
  }

  private func socket(_ fd: Int32) -> UnsafeMutablePointer<Socket> {
    let socket = self.record(fd)
    if !socket.pointee.isRegistered {
      self.callCount += 1
      let code = csystem_epoll_add(
        self.epoll, fd,
        CSYSTEM_EPOLL_IN | CSYSTEM_EPOLL_OUT | CSYSTEM_EPOLL_END | CSYSTEM_EPOLL_EDGE)
      precondition(code == 0, "FATAL: epoll_ctl on descriptor \(fd): errno \(-code)")
      socket.pointee.isRegistered = true
    }
    return socket
  }

  private func read(
    _ fd: Int32, _ kind: ReadKind, _ target: UnsafeMutableRawBufferPointer, _ slot: CompletionSlot
  ) {
    let socket = self.socket(fd)
    precondition(socket.pointee.reader == nil, "two reads on descriptor \(fd)")
    slot.pointee.isPending = true
    socket.pointee.reader = slot
    socket.pointee.kind = kind
    socket.pointee.target = target
    self.continueRead(fd, socket)
  }

  private func continueRead(_ fd: Int32, _ socket: UnsafeMutablePointer<Socket>) {
    guard let slot = socket.pointee.reader, socket.pointee.mayHaveInput else { return }
    var target = socket.pointee.target
    var buffer: Int32 = -1
    self.callCount += 1
    let result: Int64
    switch socket.pointee.kind {
    case .accept:
      result = Int64(csystem_accept(fd))
    case .provided:
      guard let number = self.freeBuffers.popLast() else {
        socket.pointee.reader = nil
        self.answer(slot, -ENOBUFS)
        return
      }
      buffer = number
      target = self.provided(number)
      result = csystem_recv(fd, target.baseAddress, target.count)
      if result <= 0 {
        self.freeBuffers.append(number)
        buffer = -1
      }
    case .receive:
      result = csystem_recv(fd, target.baseAddress, min(target.count, 1 << 30))
    }
    if result == Int64(-EAGAIN) {
      socket.pointee.mayHaveInput = false
      return
    }
    if socket.pointee.kind != .accept, !socket.pointee.hasEnded, result > 0, result < target.count {
      socket.pointee.mayHaveInput = false
    }
    socket.pointee.reader = nil
    self.answer(slot, Int32(truncatingIfNeeded: result), buffer: buffer)
  }

  private func continueWrite(_ fd: Int32, _ socket: UnsafeMutablePointer<Socket>) {
    if socket.pointee.isConnecting {
      self.continueConnect(fd, socket)
      return
    }
    guard socket.pointee.writer != nil || socket.pointee.following != nil else { return }
    let source = socket.pointee.source
    while socket.pointee.sent < source.count {
      self.callCount += 1
      let start = source.baseAddress.unsafelyUnwrapped + socket.pointee.sent  // Not empty here.
      let result = csystem_send(fd, start, source.count - socket.pointee.sent)
      if result == Int64(-EAGAIN) { return }
      guard result >= 0 else {
        self.writeEnded(fd, socket, Int32(truncatingIfNeeded: result))
        return
      }
      socket.pointee.sent += Int(result)
    }
    self.writeEnded(fd, socket, Int32(clamping: source.count))
  }

  private func writeEnded(_ fd: Int32, _ socket: UnsafeMutablePointer<Socket>, _ result: Int32) {
    if let slot = socket.pointee.writer {
      socket.pointee.writer = nil
      self.answer(slot, result)
    } else if let slot = socket.pointee.following {
      socket.pointee.following = nil
      if result < 0 {
        self.answer(slot, -ECANCELED)
      } else {
        socket.pointee.reader = slot
        self.continueRead(fd, socket)
      }
    }
  }

  private func continueConnect(_ fd: Int32, _ socket: UnsafeMutablePointer<Socket>) {
    guard let slot = socket.pointee.writer else { return }
    var address = [UInt8](repeating: 0, count: 128)
    let code = csystem_socket_error(fd)
    if code == 0, csystem_peer_address(fd, &address) < 0 { return }
    socket.pointee.writer = nil
    socket.pointee.isConnecting = false
    self.answer(slot, code)
  }
}
