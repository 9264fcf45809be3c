public import Bytes
private import CWslay

extension WebSocketSession {
  /// Reads bytes from the peer and appends what answers them. Afterwards ask for events; when
  /// `isReading` has become false the session is over.
  public func receive(_ bytes: RawSpan, output: inout ByteWriter) {
    bytes.withUnsafeBytes { buffer in
      cwslay_lend(
        self.framer, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
      var frame = cwslay_frame()
      while self.isReading {
        switch cwslay_next(self.framer, &frame) {
        case CWSLAY_OK:
          if let broken = self.take(frame, output: &output) { self.fail(broken, output: &output) }
        case CWSLAY_WANTS_MORE: return cwslay_lend(self.framer, nil, 0)
        default: self.fail(.protocolError, output: &output)
        }
      }
    }
  }

  private func fail(_ code: WebSocketCloseCode, output: inout ByteWriter) {
    self.isReading = false
    self.message.removeAll(keepingCapacityUpTo: 0)
    self.close(code, to: &output)
  }

  /// Takes a part of a frame; the code to close with when it breaks the protocol.
  private func take(_ frame: cwslay_frame, output: inout ByteWriter) -> WebSocketCloseCode? {
    guard let opcode = Opcode(rawValue: frame.opcode) else { return .protocolError }
    if self.frameRemaining == nil {
      if let broken = self.begin(frame, opcode) { return broken }
      self.frameRemaining = frame.payload_length
    }
    let part = UnsafeRawBufferPointer(start: frame.payload, count: frame.payload_count)
    if opcode.isControl {
      self.control.append(copying: part)
    } else {
      self.message.append(copying: part)
    }
    let left = (self.frameRemaining ?? 0) - UInt64(part.count)
    self.frameRemaining = left > 0 ? left : nil
    guard left == 0 else { return nil }
    if opcode.isControl { return self.finishControl(opcode, output: &output) }
    return frame.is_final != 0 ? self.finishMessage() : nil
  }

  /// Checks the header of a frame.
  private func begin(_ frame: cwslay_frame, _ opcode: Opcode) -> WebSocketCloseCode? {
    guard frame.reserved_bits == 0, (frame.is_masked != 0) == (self.role == .server) else {
      return .protocolError
    }
    if opcode.isControl {
      guard frame.is_final != 0, frame.payload_length <= 125 else { return .protocolError }
      self.control.removeAll()
      return nil
    }
    guard (opcode == .continuation) == (self.messageOpcode != nil) else { return .protocolError }
    if opcode != .continuation { self.messageOpcode = opcode }
    let room = UInt64(self.messageBytesMax - self.message.count)
    return frame.payload_length <= room ? nil : .tooBig
  }

  private func finishMessage() -> WebSocketCloseCode? {
    let opcode = self.messageOpcode
    self.messageOpcode = nil
    defer { self.message.removeAll(keepingCapacityUpTo: 4096) }
    if opcode == .binary {
      let bytes = self.message.bytes.array
      self.inbox.append(.binary(bytes))
      return nil
    }
    let text = self.message.bytes.text
    guard let text else { return .invalidPayload }
    self.inbox.append(.text(text))
    return nil
  }

  private func finishControl(_ opcode: Opcode, output: inout ByteWriter) -> WebSocketCloseCode? {
    switch opcode {
    case .ping:
      let payload = self.control.bytes.array
      self.inbox.append(.ping(payload))
      // Nothing is answered once our close frame is out.
      _ = self.control.withUnsafeBytes { self.append(.pong, $0, to: &output) }
    case .pong:
      let payload = self.control.bytes.array
      self.inbox.append(.pong(payload))
    case .close: return self.finishClose(output: &output)
    case .continuation, .text, .binary: preconditionFailure("\(opcode) is no control frame")
    }
    return nil
  }

  private func finishClose(output: inout ByteWriter) -> WebSocketCloseCode? {
    var code: UInt16?
    var reason = ""
    if self.control.count > 0 {
      let payload = self.control.bytes.array
      guard payload.count >= 2 else { return .protocolError }
      let sent = UInt16(payload[0]) << 8 | UInt16(payload[1])
      guard WebSocketCloseCode.mayBeSent(sent) else { return .protocolError }
      guard let text = String(validating: payload[2...], as: UTF8.self) else {
        return .invalidPayload
      }
      code = sent
      reason = text
    }
    self.isReading = false
    self.inbox.append(.close(code: code, reason: reason))
    self.close(code, "", to: &output)
    return nil
  }
}
