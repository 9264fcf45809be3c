private import Bytes
import Link
import Runtime
import Values

/// A frame that has come: its body is still in the connection's window, or was read past it.
struct ArrivedFrame {
  var header: LinkHeader
  /// The plain body of a large frame, which the window holds no more.
  var largeBody: [UInt8]?
}

extension Connection {
  /// Bodies from this size on are read past the window when they are not there yet: growing the window
  /// would copy them several times. Smaller ones come several at a time through it, which is faster.
  private static let largeBodyByteCountMin = 131_072

  /// Lets the window grow for the frames that are read through it.
  func allowFrames() { self.inputLimit = 2 * Self.largeBodyByteCountMin }

  /// Waits until a whole frame has come; nil when the peer ended its side between two frames. The caller
  /// takes the body, which consumes the frame.
  func nextFrame(
    frameByteCountMax: Int, deadline: MonotonicTime
  ) async throws(LinkError) -> ArrivedFrame? {
    while true {
      let header = try self.withInput { window throws(LinkError) in
        try LinkFrameScanner.header(in: window, frameByteCountMax: frameByteCountMax)
      }
      if let header {
        if self.inputCount >= Int(header.size) {
          try self.withBody(of: header) { body throws(LinkError) in
            try LinkFrameScanner.check(body, of: header)
          }
          return ArrivedFrame(header: header)
        }
        if header.bodyByteCount >= Self.largeBodyByteCountMin {
          return ArrivedFrame(
            header: header,
            largeBody: try await self.readBody(
              of: header, frameByteCountMax: frameByteCountMax, deadline: deadline))
        }
      }
      guard try await self.readMore(deadline: deadline) else {
        guard self.inputCount == 0 else {
          throw LinkError(.unreachable, "the connection ended inside a frame")
        }
        return nil
      }
    }
  }

  /// False at the end of the stream.
  private func readMore(deadline: MonotonicTime) async throws(LinkError) -> Bool {
    do {
      // Set for each operation: the other direction has a deadline of its own.
      self.deadline = deadline
      return try await self.read() > 0
    } catch {
      throw LinkError(.unreachable, "\(error)")
    }
  }

  private func readBody(
    of header: LinkHeader, frameByteCountMax: Int, deadline: MonotonicTime
  ) async throws(LinkError) -> [UInt8] {
    self.consume(LinkHeader.byteCount)
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: header.bodyByteCount, alignment: 64)
    defer { memory.deallocate() }
    var filled = 0
    while filled < memory.count {
      let count: Int
      do {
        self.deadline = deadline
        count = try await self.read(
          into: UnsafeMutableRawBufferPointer(rebasing: memory[filled...]))
      } catch {
        throw LinkError(.unreachable, "\(error)")
      }
      guard count > 0 else {
        throw LinkError(.unreachable, "the connection ended inside a frame")
      }
      filled += count
    }
    let body = UnsafeRawBufferPointer(memory).bytes
    try LinkFrameScanner.check(body, of: header)
    return try LinkFrameScanner.plain(body, of: header, frameByteCountMax: frameByteCountMax)
  }

  /// Lends the body of a whole frame at the front of the window, as it came.
  func withBody<R>(
    of header: LinkHeader, _ body: (RawSpan) throws(LinkError) -> R
  ) throws(LinkError) -> R {
    try self.withInput { window throws(LinkError) in
      try body(window.extracting(LinkHeader.byteCount..<Int(header.size)))
    }
  }

  /// The plain body of a frame; the frame is then consumed.
  func takeBody(of frame: ArrivedFrame, frameByteCountMax: Int) throws(LinkError) -> [UInt8] {
    if let body = frame.largeBody { return body }
    let body = try self.withBody(of: frame.header) { body throws(LinkError) in
      try LinkFrameScanner.plain(body, of: frame.header, frameByteCountMax: frameByteCountMax)
    }
    self.consume(Int(frame.header.size))
    return body
  }

  /// Drops a frame without looking at its body.
  func drop(_ frame: ArrivedFrame) {
    if frame.largeBody == nil { self.consume(Int(frame.header.size)) }
  }

  func flushFrames(deadline: MonotonicTime) async throws(LinkError) {
    do {
      self.deadline = deadline
      try await self.flush()
    } catch {
      throw LinkError(.unreachable, "\(error)")
    }
  }
}
