private import Bytes
import Link
import Runtime
import Values

extension Connection {
  /// Waits until a whole frame is at the front of the window; nil when the peer ended its side between
  /// two frames. The caller takes the body and consumes `header.size` bytes.
  func nextFrame(frameByteCountMax: Int, deadline: MonotonicTime) async throws(LinkError)
    -> LinkHeader?
  {
    while true {
      let step = try self.withInput { window throws(LinkError) in
        try LinkFrameScanner.next(in: window, frameByteCountMax: frameByteCountMax)
      }
      if case .frame(let header) = step { return header }
      let count: Int
      do {
        // Set for each operation: the other direction has a deadline of its own.
        self.deadline = deadline
        count = try await self.read()
      } catch {
        throw LinkError(.unreachable, "\(error)")
      }
      guard count > 0 else {
        guard self.inputCount == 0 else {
          throw LinkError(.unreachable, "the connection ended inside a frame")
        }
        return nil
      }
    }
  }

  /// The body of the frame at the front, which is then consumed.
  func takeBody(of header: LinkHeader, frameByteCountMax: Int) throws(LinkError) -> [UInt8] {
    let body = try self.withInput { window throws(LinkError) in
      try LinkFrameScanner.body(of: header, in: window, frameByteCountMax: frameByteCountMax)
    }
    self.consume(Int(header.size))
    return body
  }

  func flushFrames(deadline: MonotonicTime) async throws(LinkError) {
    do {
      self.deadline = deadline
      try await self.flush()
    } catch {
      throw LinkError(.unreachable, "\(error)")
    }
  }

  /// Room for one frame of the largest size and the beginning of the next.
  func allowFrames(of byteCountMax: Int) { self.inputLimit = byteCountMax + 65_536 }
}
