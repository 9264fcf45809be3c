public import Bytes
public import Values

/// A byte stream to one peer, with a window of unread input and a window of output that waits to be
/// flushed.
///
/// Touched by its loop's thread only. One task may read while another flushes; two readers or two
/// flushers may not. Cancelling a task does not end its reads: whoever gives a connection up calls
/// `abort`, or sets a `deadline`.
public final class Connection: @unchecked Sendable {
  // Sendable: confined to its loop, whose tasks alone hold it.
  private(set) var transport: Transport {
    didSet { self.socket = self.transport as? SocketTransport }
  }
  /// The transport when it is a plain socket, whose waits are made without a call through it.
  private var socket: SocketTransport?
  /// What `flush` sends. Append at will; nothing is sent before.
  public var output: ByteWriter
  /// What a flush is sending, so that `output` may be appended to meanwhile.
  private var sending: ByteWriter
  private var window = InputWindow()
  private let loop: EventLoop?

  /// Operations that wait past it throw ETIMEDOUT. Setting it costs a store.
  public var deadline = MonotonicTime.distantFuture
  /// How far the input window may grow before `read` throws ENOBUFS.
  public var inputLimit = 65_536
  /// Memory that is kept for output after a flush, up to twice over: what a protocol sends at a time.
  public var outputByteCountKept = 4096
  /// Set by the protocol while it waits for a request that has not begun: a drain ends such a wait.
  public var isBetweenRequests = false
  /// The listener is closing: finish the request, do not wait for another.
  public internal(set) var isDraining = false

  public init(_ transport: Transport) {
    self.transport = transport
    self.socket = transport as? SocketTransport
    self.output = ByteWriter(capacity: 16)
    self.sending = ByteWriter(capacity: 16)
    self.loop = EventLoop.current
  }

  deinit { self.releaseWindow() }

  public var local: SocketAddress { self.transport.local }
  public var peer: SocketAddress { self.transport.peer }

  // MARK: Input

  @inline(__always) public var inputCount: Int { self.window.count }

  /// Lends the unread input.
  @inline(__always)
  public func withInput<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    let bytes = UnsafeRawBufferPointer(
      start: self.window.base.map { $0 + self.window.start }, count: self.window.count)
    return try body(bytes.bytes)
  }

  /// Drops the first `count` unread bytes.
  @inline(__always)
  public func consume(_ count: Int) {
    precondition(count >= 0 && count <= self.window.count, "\(count) of \(self.window.count) bytes")
    self.window.start &+= count
  }

  /// Waits for more input. Returns how many bytes came: 0 when the peer has ended its side.
  public func read() async throws(IOFailure) -> Int {
    if self.window.isEmpty, let socket = self.socket {
      self.releaseWindow()
      let code = await suspend { socket.submitLent(nil, self.deadline, $0) }
      if let input = try socket.lent(code) { return self.adopt(input) }
    } else if self.window.isEmpty, self.transport.lendsInput {
      self.releaseWindow()
      if let input = try await self.transport.receiveLent(deadline: self.deadline) {
        return self.adopt(input)
      }
    }
    return try await self.readOwned()
  }

  /// Reads into a window of our own: behind input that is there, or when there is no memory to lend.
  private func readOwned() async throws(IOFailure) -> Int {
    let room = try self.room()
    let count = try await self.transport.receive(into: room, deadline: self.deadline)
    self.window.end += count
    return count
  }

  /// Waits for a message to begin, holding no memory for it. False at the end of the stream.
  public func waitForInput() async throws(IOFailure) -> Bool {
    if !self.window.isEmpty { return true }
    if !self.output.isEmpty { return try await self.flushAndRead() > 0 }
    return try await self.read() > 0
  }

  /// Fills the front of `target`: what the window holds first, then straight from the transport. Returns
  /// how many bytes came: 0 when the peer has ended its side.
  public func read(into target: UnsafeMutableRawBufferPointer) async throws(IOFailure) -> Int {
    if !self.window.isEmpty, let base = self.window.base {
      let count = Swift.min(self.window.count, target.count)
      target.baseAddress?.copyMemory(from: base + self.window.start, byteCount: count)
      self.window.start += count
      return count
    }
    return try await self.transport.receive(into: target, deadline: self.deadline)
  }

  // MARK: Output

  /// Sends all of `output`.
  public func flush() async throws(IOFailure) {
    guard !self.output.isEmpty else { return }
    swap(&self.output, &self.sending)
    defer { self.sending.removeAll(keepingCapacityUpTo: self.outputByteCountKept) }
    try await self.transport.send(
      self.sending.withUnsafeBytes { $0 }, deadline: self.deadline)
  }

  /// Sends all of `output` and waits for input, in one crossing: for protocols of request and response.
  /// Nothing may be appended meanwhile. Returns as `read` does.
  public func flushAndRead() async throws(IOFailure) -> Int {
    guard !self.output.isEmpty else { return try await self.read() }
    defer { self.output.removeAll(keepingCapacityUpTo: self.outputByteCountKept) }
    // The memory of `output` stays in place: nothing is appended until this returns.
    let source = self.output.withUnsafeBytes { $0 }
    if self.window.isEmpty, let socket = self.socket {
      self.releaseWindow()
      let code = await suspend { socket.submitLent(source, self.deadline, $0) }
      if let input = try socket.lent(code) { return self.adopt(input) }
      return try await self.readOwned()
    }
    if self.window.isEmpty, self.transport.lendsInput {
      self.releaseWindow()
      if let input = try await self.transport.sendAndReceiveLent(source, deadline: self.deadline) {
        return self.adopt(input)
      }
      return try await self.readOwned()
    }
    let room = try self.room()
    let count = try await self.transport.sendAndReceive(
      source, into: room, deadline: self.deadline)
    self.window.end += count
    return count
  }

  /// Flushes, then sends `bytes` from where they are.
  public func write(_ bytes: UnsafeRawBufferPointer) async throws(IOFailure) {
    try await self.flush()
    try await self.transport.send(bytes, deadline: self.deadline)
  }

  // MARK: Ending

  /// Tells the peer that nothing more will be sent; what was flushed still arrives.
  public func shutdownOutput() async { await self.transport.endOutput() }

  /// Ends the input early: a waiting `read` returns 0.
  public func endInput() { self.transport.endInput() }

  /// Wakes whoever waits, with ECANCELED. Every later operation fails.
  public func abort() { self.transport.abort() }

  /// Gives the descriptor back. The listener closes its connections by itself, after the handler.
  public func close() {
    self.releaseWindow()
    self.transport.close()
  }

  /// Puts another transport under the stream: TLS over what was plain. The window is empty.
  func replaceTransport(_ wrap: (Transport) throws(IOFailure) -> Transport) throws(IOFailure) {
    precondition(self.window.isEmpty, "a transport is changed with input unread")
    self.releaseWindow()
    self.transport = try wrap(self.transport)
  }

  // MARK: The window

  private func adopt(_ input: LentInput) -> Int {
    if input.count == 0 {
      self.transport.giveBack(input)
      return 0
    }
    self.window = InputWindow(
      base: input.start, start: 0, end: input.count, capacity: input.count, lent: input)
    return input.count
  }

  private func releaseWindow() {
    guard let base = self.window.base else { return }
    if let lent = self.window.lent {
      self.transport.giveBack(lent)
    } else {
      self.freeWindow(base, self.window.capacity)
    }
    self.window = InputWindow()
  }

  private func freeWindow(_ base: UnsafeMutableRawPointer, _ capacity: Int) {
    if capacity == EventLoop.windowBytes, let loop = self.loop {
      loop.giveBackWindow(base)
    } else {
      base.deallocate()
    }
  }

  private func newWindow(_ capacity: Int) -> UnsafeMutableRawPointer {
    if capacity == EventLoop.windowBytes, let loop = self.loop { return loop.takeWindow() }
    return .allocate(byteCount: capacity, alignment: 64)
  }

  /// Memory of our own behind the unread input, at least a quarter of the window.
  private func room() throws(IOFailure) -> UnsafeMutableRawBufferPointer {
    let count = self.window.count
    let isOwned = self.window.base != nil && self.window.lent == nil
    if isOwned, self.window.capacity - self.window.end >= self.window.capacity / 4 {
      return self.window.room
    }
    if isOwned, self.window.capacity - count >= self.window.capacity / 4,
      let base = self.window.base
    {
      UnsafeMutableRawBufferPointer(start: base, count: count).copyMemory(
        from: UnsafeRawBufferPointer(start: base + self.window.start, count: count))
      self.window.start = 0
      self.window.end = count
      return self.window.room
    }
    guard count < self.inputLimit else {
      throw IOFailure(code: 105 /* ENOBUFS */, operation: "read", subject: "\(count) bytes unread")
    }
    var capacity = EventLoop.windowBytes
    while capacity - count < capacity / 4 { capacity *= 2 }
    let base = self.newWindow(capacity)
    if let old = self.window.base {
      base.copyMemory(from: old + self.window.start, byteCount: count)
    }
    self.releaseWindow()
    self.window = InputWindow(base: base, start: 0, end: count, capacity: capacity, lent: nil)
    return self.window.room
  }
}

/// Where unread input is: in memory lent by the transport, or in our own.
private struct InputWindow {
  var base: UnsafeMutableRawPointer?
  var start = 0
  var end = 0
  var capacity = 0
  var lent: LentInput?

  @inline(__always) var count: Int { self.end &- self.start }
  @inline(__always) var isEmpty: Bool { self.end == self.start }

  var room: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: self.base.map { $0 + self.end }, count: self.capacity - self.end)
  }
}
