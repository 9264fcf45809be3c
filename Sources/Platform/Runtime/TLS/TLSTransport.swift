internal import COpenSSL
private import Glibc
internal import Values

/// TLS over another transport. Ciphertext is read into lent memory and deciphered into a window of the
/// loop's, so that a stream that waits holds neither.
final class TLSTransport: Transport {
  /// How much is enciphered before it is sent.
  private static let batchBytes = 65_536

  private let inner: Transport
  private let loop: EventLoop
  private let stream: UnsafeMutablePointer<copenssl_tls>
  private var cipher: LentInput?
  private var isSending = false
  private var sendWaiter: UnsafeContinuation<Void, Never>?
  private var hasEnded = false
  private var hasFailed = false

  init(over inner: Transport, _ context: TLSContext, host: String?, on loop: EventLoop)
    throws(TLSFailure)
  {
    self.inner = inner
    self.loop = loop
    self.stream = try context.makeStream(host: host)
  }

  deinit {
    self.releaseCipher()
    copenssl_tls_free(self.stream)
  }

  // MARK: Handshake

  func handshake(deadline: MonotonicTime) async throws(IOFailure) {
    while true {
      let step = copenssl_tls_handshake(self.stream)
      if step == 1 {
        try await self.sendPending(deadline)
        return
      }
      if step == COPENSSL_TLS_FAILED {
        let reason = self.reason()
        self.hasFailed = true
        // The alert tells the peer why; it may be gone already.
        try? await self.sendPending(deadline)
        throw IOFailure(code: EPROTO, operation: "TLS handshake", subject: reason)
      }
      try await self.sendPending(deadline)
      guard try await self.fill(deadline) else {
        throw .disconnected("TLS handshake", "the peer went away")
      }
    }
  }

  private func reason() -> String {
    var text = [CChar](repeating: 0, count: 256)
    copenssl_tls_error(self.stream, &text, text.count)
    return text.withUnsafeBufferPointer {
      String(cString: $0.baseAddress.unsafelyUnwrapped)  // 256 elements.
    }
  }

  // MARK: Reading

  override var lendsInput: Bool { true }

  override func receive(into target: UnsafeMutableRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure) -> Int
  {
    while true {
      if let count = try self.decipher(into: target) { return count }
      try await self.sendPending(deadline)
      guard try await self.fill(deadline) else { return try self.endOfStream() }
    }
  }

  override func receiveLent(deadline: MonotonicTime) async throws(IOFailure) -> LentInput? {
    while true {
      if let input = try self.decipherLent() { return input }
      try await self.sendPending(deadline)
      guard try await self.fill(deadline) else {
        return self.emptyInput(try self.endOfStream())
      }
    }
  }

  override func sendAndReceive(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    deadline: MonotonicTime
  ) async throws(IOFailure) -> Int {
    guard try await self.sendForReading(source, deadline) else { return try self.endOfStream() }
    return try await self.receive(into: target, deadline: deadline)
  }

  override func sendAndReceiveLent(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure) -> LentInput?
  {
    guard try await self.sendForReading(source, deadline) else {
      return self.emptyInput(try self.endOfStream())
    }
    return try await self.receiveLent(deadline: deadline)
  }

  override func giveBack(_ input: LentInput) {
    if input.number == Self.windowNumber { self.loop.giveBackWindow(input.start) }
  }

  private static let windowNumber: Int32 = -2

  /// Sends in one crossing with the read of the answer's ciphertext. False at the end of the stream.
  private func sendForReading(_ source: UnsafeRawBufferPointer, _ deadline: MonotonicTime)
    async throws(IOFailure) -> Bool
  {
    guard source.count <= Self.batchBytes, !self.isSending, self.cipher == nil else {
      try await self.send(source, deadline: deadline)
      return true
    }
    try self.encipher(source)
    let output = self.beginSending()
    defer { self.sendEnded(output) }
    let input = try await self.inner.sendAndReceiveLent(
      UnsafeRawBufferPointer(output), deadline: deadline)
    guard let input else { return true }
    return self.lend(input)
  }

  private func decipher(into target: UnsafeMutableRawBufferPointer) throws(IOFailure) -> Int? {
    let count = copenssl_tls_read(self.stream, target.baseAddress, target.count)
    if self.stream.pointee.input_left == 0 { self.releaseCipher() }
    switch count {
    case 1...: return Int(count)
    case Int64(COPENSSL_TLS_WANTS_INPUT): return nil
    case Int64(COPENSSL_TLS_CLOSED):
      self.hasEnded = true
      return 0
    default:
      self.hasFailed = true
      throw IOFailure(code: EPROTO, operation: "TLS read", subject: self.reason())
    }
  }

  private func decipherLent() throws(IOFailure) -> LentInput? {
    let window = self.loop.takeWindow()
    let target = UnsafeMutableRawBufferPointer(start: window, count: EventLoop.windowBytes)
    do {
      if let count = try self.decipher(into: target) {
        return LentInput(start: window, count: count, number: Self.windowNumber)
      }
    } catch {
      self.loop.giveBackWindow(window)
      throw error
    }
    self.loop.giveBackWindow(window)
    return nil
  }

  /// Waits for ciphertext. False when the peer has ended its side.
  private func fill(_ deadline: MonotonicTime) async throws(IOFailure) -> Bool {
    self.releaseCipher()
    if let input = try await self.inner.receiveLent(deadline: deadline) { return self.lend(input) }
    let window = self.loop.takeWindow()
    do {
      let target = UnsafeMutableRawBufferPointer(start: window, count: EventLoop.windowBytes)
      let count = try await self.inner.receive(into: target, deadline: deadline)
      return self.lend(LentInput(start: window, count: count, number: Self.windowNumber))
    } catch {
      self.loop.giveBackWindow(window)
      throw error
    }
  }

  private func lend(_ input: LentInput) -> Bool {
    self.cipher = input
    copenssl_tls_lend(self.stream, input.start, input.count)
    return input.count > 0
  }

  private func releaseCipher() {
    guard let cipher = self.cipher else { return }
    self.cipher = nil
    copenssl_tls_lend(self.stream, nil, 0)
    if cipher.number == Self.windowNumber {
      self.loop.giveBackWindow(cipher.start)
    } else {
      self.inner.giveBack(cipher)
    }
  }

  /// A stream that ends without a close notification may have been cut by somebody else.
  private func endOfStream() throws(IOFailure) -> Int {
    guard self.hasEnded else { throw .disconnected("TLS read", "no close notification") }
    return 0
  }

  private func emptyInput(_ count: Int) -> LentInput {
    LentInput(start: UnsafeMutableRawPointer(self.stream), count: count, number: -1)
  }

  // MARK: Writing

  override func send(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure)
  {
    var done = 0
    while done < source.count {
      while self.isSending { await self.waitForSender() }
      let end = Swift.min(done + Self.batchBytes, source.count)
      try self.encipher(UnsafeRawBufferPointer(rebasing: source[done..<end]))
      done = end
      try await self.sendPending(deadline)
    }
  }

  private func encipher(_ source: UnsafeRawBufferPointer) throws(IOFailure) {
    var done = 0
    while done < source.count {
      let count = copenssl_tls_write(
        self.stream, source.baseAddress.map { $0 + done }, source.count - done)
      guard count > 0 else {
        throw IOFailure(code: EPROTO, operation: "TLS write", subject: self.reason())
      }
      done += Int(count)
    }
  }

  /// Sends the ciphertext that waits, unless somebody is at it: then it goes with theirs.
  private func sendPending(_ deadline: MonotonicTime) async throws(IOFailure) {
    while !self.isSending, self.stream.pointee.output_count > 0 {
      let output = self.beginSending()
      defer { self.sendEnded(output) }
      try await self.inner.send(UnsafeRawBufferPointer(output), deadline: deadline)
    }
  }

  /// Takes the ciphertext out of the stream, so that what a reader adds meanwhile (the answer to a key
  /// update) does not move the memory that is being sent.
  private func beginSending() -> UnsafeMutableRawBufferPointer {
    self.isSending = true
    let count = self.stream.pointee.output_count
    let output = UnsafeMutableRawBufferPointer(start: self.stream.pointee.output, count: count)
    self.stream.pointee.output = nil
    self.stream.pointee.output_count = 0
    self.stream.pointee.output_capacity = 0
    return output
  }

  private func sendEnded(_ output: UnsafeMutableRawBufferPointer) {
    free(output.baseAddress)
    self.isSending = false
    if let waiter = self.sendWaiter {
      self.sendWaiter = nil
      waiter.resume()
    }
  }

  private func waitForSender() async {
    await withUnsafeContinuation { waiter in
      precondition(self.sendWaiter == nil, "two senders on one connection")
      self.sendWaiter = waiter
    }
  }

  // MARK: Ending

  override func endOutput() async {
    while self.isSending { await self.waitForSender() }
    copenssl_tls_end(self.stream)
    try? await self.sendPending(self.loop.now + .seconds(5))
    await self.inner.endOutput()
  }

  override func finish() async {
    guard !self.isSending, !self.hasFailed else { return }
    copenssl_tls_end(self.stream)
    try? await self.sendPending(self.loop.now + .seconds(1))
  }

  override func endInput() {
    self.hasEnded = true
    self.inner.endInput()
  }
  override func abort() {
    self.hasFailed = true
    self.inner.abort()
  }
  override func close() {
    self.releaseCipher()
    self.inner.close()
  }
  override var local: SocketAddress { self.inner.local }
  override var peer: SocketAddress { self.inner.peer }

  var session: TLSSession { TLSSession(reading: self.stream) }
}
