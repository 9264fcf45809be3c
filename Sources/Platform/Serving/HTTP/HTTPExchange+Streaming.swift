public import Bytes
private import HTTP
public import Runtime
internal import Values

/// Answers in pieces. Each call returns when its bytes are on their way or in a small buffer, so a client
/// that reads slowly slows the handler down and takes no memory.
extension HTTPExchange {
  /// What gathers in the output before it is sent.
  static let outputBytesMax = 64 << 10
  /// From here on bytes are sent from where they are, in steps of this at most, each with its own time.
  static let directBytes = 16 << 10
  static let stepBytes = 1 << 20

  /// Ends the head; exactly `length` bytes are to be written.
  public func startContent(length: Int64) {
    precondition(length >= 0, "content of \(length) bytes")
    self.endHead(length: length)
    self.phase = self.sendsContent && length > 0 ? .content(length) : .done
  }

  /// Ends the head; the content has any length. It goes out in chunks, to HTTP/1.0 until the connection
  /// ends.
  public func startContent() {
    if self.version == .http10, self.sendsContent {
      self.keepsAlive = false
      self.endHead(length: nil)
      self.connection.output.appendHeadEnd()
      self.phase = .untilClose
      return
    }
    self.endHead(length: nil)
    if self.status.allowsContent { self.connection.output.appendChunkedField() }
    self.connection.output.appendHeadEnd()
    self.phase = self.sendsContent ? .chunked : .done
  }

  /// Writes some content. Throws `IOFailure` when the client goes away or takes nothing for too long.
  public func write(_ bytes: UnsafeRawBufferPointer) async throws(IOFailure) {
    guard bytes.count > 0 else { return }
    switch self.phase {
    case .content(let left):
      precondition(Int64(bytes.count) <= left, "\(bytes.count) bytes where \(left) are due")
      try await self.send(bytes)
      let rest = left - Int64(bytes.count)
      self.phase = rest > 0 ? .content(rest) : .done
    case .chunked:
      self.connection.output.append(chunkSize: bytes.count)
      try await self.send(bytes)
      self.connection.output.append("\r\n")
    case .untilClose: try await self.send(bytes)
    // Content that is not sent: to HEAD, or with a status that has none.
    case .done: precondition(!self.sendsContent, "content is written after its end")
    case .none, .fields: preconditionFailure("content is written in phase \(self.phase)")
    }
  }

  public func write(_ bytes: [UInt8]) async throws(IOFailure) {
    // The array outlives the call, and nobody else can change it.
    let owned = bytes
    let buffer = owned.withUnsafeBytes { $0 }
    try await self.write(buffer)
    withExtendedLifetime(owned) {}
  }

  public func write(text: String) async throws(IOFailure) {
    try await self.write(Array(text.utf8))
  }

  /// Writes what `write` appends: encoders write straight into the output.
  public func write<E: Error>(
    appending write: (inout ByteWriter) throws(E) -> Void
  ) async throws {
    switch self.phase {
    case .chunked:
      let mark = self.connection.output.beginChunk()
      let start = self.connection.output.count
      try write(&self.connection.output)
      self.bytesOut += Int64(self.connection.output.count - start)
      self.connection.output.endChunk(mark)
      if self.connection.output.count >= Self.outputBytesMax { try await self.flushOutput() }
    case .content, .untilClose, .done, .none, .fields:
      var gathered = ByteWriter()
      try write(&gathered)
      try await self.write(gathered.bytes.array)
    }
  }

  /// Sends what was written so far: events that should not wait for the next ones.
  public func flush() async throws(IOFailure) { try await self.flushOutput() }

  /// Ends content of any length, with fields behind it where chunks allow them.
  public func endContent(trailers: [(name: String, value: String)] = []) {
    switch self.phase {
    case .chunked:
      self.connection.output.appendLastChunkBeforeTrailers()
      for field in trailers {
        self.connection.output.append(fieldNamed: field.name, field.value)
      }
      self.connection.output.appendHeadEnd()
    case .untilClose, .done: break
    case .content(let left): preconditionFailure("content ends \(left) bytes early")
    case .none, .fields: preconditionFailure("content ends in phase \(self.phase)")
    }
    self.phase = .done
  }

  private func send(_ bytes: UnsafeRawBufferPointer) async throws(IOFailure) {
    self.bytesOut += Int64(bytes.count)
    guard bytes.count >= Self.directBytes else {
      self.connection.output.append(copying: bytes)
      if self.connection.output.count >= Self.outputBytesMax { try await self.flushOutput() }
      return
    }
    self.isPartlySent = true
    var at = 0
    while at < bytes.count {
      let step = bytes[at..<Swift.min(at + Self.stepBytes, bytes.count)]
      self.connection.deadline = self.loop.now.after(self.worker.plan.writeTimeout)
      try await self.connection.write(UnsafeRawBufferPointer(rebasing: step))
      at += step.count
    }
  }
}
