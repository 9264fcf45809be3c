private import Bytes
internal import CNghttp2

/// What nghttp2 calls while it takes bytes apart or puts frames together: finds the session behind the
/// pointer it was given, and tells it.
enum SessionCallbacks {
  nonisolated(unsafe) static let shared: OpaquePointer? = make()  // Never changed after it is made.

  /// The payload that tells a drain's ping from others.
  static let drainPing: [UInt8] = Array("lakedrai".utf8)

  private static func make() -> OpaquePointer? {
    var callbacks: OpaquePointer?
    nghttp2_session_callbacks_new(&callbacks)
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, data in
      let header = frame.unsafelyUnwrapped.pointee.headers
      return SessionCallbacks.session(data) {
        $0.beginHeaders(header.hd.stream_id, isRequest: header.cat.rawValue == 0)
      }
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks) {
      _, frame, name, nameCount, value, valueCount, _, data in
      SessionCallbacks.session(data) {
        $0.header(
          frame.unsafelyUnwrapped.pointee.hd.stream_id,
          UnsafeRawBufferPointer(start: name, count: nameCount),
          UnsafeRawBufferPointer(start: value, count: valueCount))
      }
    }
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
      _, _, id, bytes, count, data in
      SessionCallbacks.session(data) {
        $0.received(id, UnsafeRawBufferPointer(start: bytes, count: count))
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, data in
      SessionCallbacks.session(data) { $0.received(frame.unsafelyUnwrapped) }
      return 0
    }
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, data in
      let header = frame.unsafelyUnwrapped.pointee.hd
      // A reset that is submitted any sooner overtakes the frame.
      if UInt32(header.type) == NGHTTP2_HEADERS.rawValue,
        UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
      {
        SessionCallbacks.session(data) { if $0.isServer { $0.sentWhole(header.stream_id) } }
      }
      return 0
    }
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, data in
      SessionCallbacks.session(data) { $0.closed(id, code) }
      return 0
    }
    return callbacks
  }

  /// Without a retain for each call: whoever drives the session holds it.
  @inline(__always)
  private static func session<R>(
    _ data: UnsafeMutableRawPointer?, _ body: (GRPCSession) -> R
  ) -> R {
    Unmanaged<GRPCSession>.fromOpaque(data.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
  }
}

extension GRPCSession {
  fileprivate func beginHeaders(_ id: Int32, isRequest: Bool) -> Int32 {
    guard self.isServer, isRequest else {
      // Trailers, or a response: what they say is collected anew.
      self.stream(id)?.headerByteCount = 0
      return 0
    }
    let stream = GRPCStream(id: id, session: self)
    self.streams[id] = stream
    nghttp2_session_set_stream_user_data(
      self.handle, id, Unmanaged.passUnretained(stream).toOpaque())
    return 0
  }

  /// The open stream of that number: found through nghttp2's table, kept alive by `streams`.
  func stream(_ id: Int32) -> GRPCStream? {
    guard let data = nghttp2_session_get_stream_user_data(self.handle, id) else { return nil }
    return Unmanaged<GRPCStream>.fromOpaque(data).takeUnretainedValue()
  }

  fileprivate func received(_ frame: UnsafePointer<nghttp2_frame>) {
    let header = frame.pointee.hd
    switch UInt32(header.type) {
    case NGHTTP2_HEADERS.rawValue:
      guard let stream = self.stream(header.stream_id) else { return }
      let endsStream = UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
      if self.isServer {
        self.requestHeadersEnded(stream, endsStream: endsStream)
      } else {
        self.responseHeadersEnded(stream, endsStream: endsStream)
      }
    case NGHTTP2_DATA.rawValue:
      guard let stream = self.stream(header.stream_id) else { return }
      if UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 { stream.isInputEnded = true }
      self.events.append(.readable(stream))
    case NGHTTP2_PING.rawValue:
      guard UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0 else {
        return self.countControlFrame()
      }
      let isDrain = withUnsafeBytes(of: frame.pointee.ping.opaque_data) {
        $0.elementsEqual(SessionCallbacks.drainPing)
      }
      if isDrain { self.lastCallIsKnown() } else { self.events.append(.pingAnswered) }
    case NGHTTP2_SETTINGS.rawValue: self.countControlFrame()
    case NGHTTP2_GOAWAY.rawValue:
      self.isGoingAway = true
      self.events.append(.goingAway)
    default: break
    }
  }

  fileprivate func closed(_ id: Int32, _ code: UInt32) {
    guard let stream = self.streams.removeValue(forKey: id) else { return }
    stream.isClosed = true
    stream.isInputEnded = true
    stream.closeCode = code
    self.bufferedByteCount -= stream.inbound.count
    stream.outbound.removeAll(keepingCapacityUpTo: 4096)
    stream.outboundSent = 0
    self.events.append(.closed(stream))
  }
}
