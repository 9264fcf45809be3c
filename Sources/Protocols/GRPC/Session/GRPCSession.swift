public import Bytes
internal import CNghttp2
public import Values

/// One connection of gRPC over HTTP/2, without its socket: received bytes go in through `receive`, what
/// happened comes out of `nextEvent`, bytes to send come out of `produce`.
///
/// Framing, header compression and flow control are nghttp2's. The peer gets window for what has been
/// taken and not for what waits, so that a slow handler holds its caller. Belongs to one thread.
public final class GRPCSession {
  public enum Event {
    /// The headers of a request came: a call begins.
    case began(GRPCStream)
    /// The headers of a response came.
    case answered(GRPCStream)
    /// A message can be taken, or the input has ended.
    case readable(GRPCStream)
    /// A sender that was held may go on.
    case writable(GRPCStream)
    /// The stream is gone: nothing more comes and nothing more is sent.
    case closed(GRPCStream)
    case pingAnswered
    /// The peer takes no further calls on this connection.
    case goingAway
  }

  public let isServer: Bool
  public let limits: GRPCLimits
  var handle: OpaquePointer
  /// Goes after `handle`, which lives in it.
  private let memory = SessionMemory()
  /// The open calls.
  public internal(set) var streams: [Int32: GRPCStream] = [:]
  var events: [Event] = []
  private var eventsTaken = 0
  /// Bytes in all `inbound` buffers.
  var bufferedByteCount = 0
  var texts = TextCache()
  var fields = HeaderBlock()
  private var now = MonotonicTime(nanoseconds: 0)
  private var controlFrames = 0
  private var controlFramesSince = MonotonicTime(nanoseconds: 0)
  /// The peer or we have said that no further calls are taken.
  public internal(set) var isGoingAway = false
  /// The last GOAWAY of a drain went out.
  var isLastCallKnown = false

  public init(isServer: Bool, limits: GRPCLimits = GRPCLimits()) {
    self.isServer = isServer
    self.limits = limits
    var option: OpaquePointer?
    nghttp2_option_new(&option)
    nghttp2_option_set_no_auto_window_update(option, 1)
    nghttp2_option_set_max_settings(option, 32)
    nghttp2_option_set_no_closed_streams(option, 1)
    // Until the peer's settings say otherwise.
    nghttp2_option_set_peer_max_concurrent_streams(option, 100)
    var session: OpaquePointer?
    // The callbacks find their way back by this pointer; the handle never outlives the session.
    self.handle = OpaquePointer(bitPattern: 1).unsafelyUnwrapped
    let me = Unmanaged.passUnretained(self).toOpaque()
    var memory = self.memory.functions
    let code =
      isServer
      ? nghttp2_session_server_new3(&session, SessionCallbacks.shared, me, option, &memory)
      : nghttp2_session_client_new3(&session, SessionCallbacks.shared, me, option, &memory)
    nghttp2_option_del(option)
    guard code == 0, let session else { preconditionFailure("FATAL: nghttp2 gave \(code)") }
    self.handle = session
    self.submitSettings()
  }

  deinit { nghttp2_session_del(self.handle) }

  private func submitSettings() {
    let unit = UInt32(1)
    var settings = [
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
        value: unit * UInt32(self.limits.streamWindow)),
      nghttp2_settings_entry(
        settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
        value: UInt32(clamping: self.limits.headerByteCountMax)),
    ]
    if self.isServer {
      settings.append(
        nghttp2_settings_entry(
          settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
          value: self.limits.concurrentCallsMax))
    } else {
      settings.append(
        nghttp2_settings_entry(
          settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
    }
    nghttp2_submit_settings(self.handle, 0, settings, settings.count)
    nghttp2_session_set_local_window_size(self.handle, 0, 0, self.limits.connectionWindow)
  }

  // MARK: Bytes in and out

  /// Takes bytes from the peer. After an error `produce` may still have a last word for it.
  public func receive(_ bytes: RawSpan, now: MonotonicTime) throws(GRPCSessionFailure) {
    self.now = now
    guard bytes.byteCount > 0 else { return }
    let code = bytes.withUnsafeBytes { buffer in
      nghttp2_session_mem_recv(
        self.handle, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count)
    }
    guard code == bytes.byteCount else { throw GRPCSessionFailure(code: Int32(clamping: code)) }
  }

  /// Appends what is to be sent, until there is nothing or `target` holds `limit` bytes. Returns
  /// whether there is more.
  public func produce(into target: inout ByteWriter, limit: Int) throws(GRPCSessionFailure) -> Bool
  {
    while target.count < limit {
      var data: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(self.handle, &data)
      guard count >= 0 else { throw GRPCSessionFailure(code: Int32(clamping: count)) }
      if count == 0 { return false }
      target.append(copying: UnsafeRawBufferPointer(start: data, count: count))
    }
    return true
  }

  /// The connection has nothing more to read or to write.
  public var isFinished: Bool {
    nghttp2_session_want_read(self.handle) == 0 && nghttp2_session_want_write(self.handle) == 0
  }

  public var wantsToSend: Bool { nghttp2_session_want_write(self.handle) != 0 }

  /// What happened, in order.
  public func nextEvent() -> Event? {
    guard self.eventsTaken < self.events.count else {
      self.events.removeAll(keepingCapacity: true)
      self.eventsTaken = 0
      return nil
    }
    defer { self.eventsTaken += 1 }
    return self.events[self.eventsTaken]
  }

  // MARK: The connection's life

  /// Asks the peer for a sign of life; `pingAnswered` follows.
  public func ping() { nghttp2_submit_ping(self.handle, 0, nil) }

  /// Says that no further calls are taken. Open calls go on; calls that the peer sent before it knew are
  /// still taken, until it has answered a ping behind the notice.
  public func drain() {
    guard !self.isGoingAway, self.isServer else { return }
    self.isGoingAway = true
    nghttp2_submit_shutdown_notice(self.handle)
    SessionCallbacks.drainPing.withUnsafeBufferPointer {
      _ = nghttp2_submit_ping(self.handle, 0, $0.baseAddress)
    }
  }

  /// A drain has run its course: no call is open and none will come.
  public var isDrained: Bool { self.isLastCallKnown && self.streams.isEmpty }

  func lastCallIsKnown() {
    self.isLastCallKnown = true
    let last = nghttp2_session_get_last_proc_stream_id(self.handle)
    nghttp2_submit_goaway(self.handle, 0, last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
  }

  /// Ends the connection at once, telling the peer why.
  public func terminate(_ code: UInt32 = 0) {
    nghttp2_session_terminate_session(self.handle, code)
  }

  /// Counts a frame that makes us answer; too many of them in a second end the connection.
  func countControlFrame() {
    if self.now - self.controlFramesSince > .seconds(1) {
      self.controlFramesSince = self.now
      self.controlFrames = 0
    }
    self.controlFrames += 1
    if self.controlFrames == self.limits.controlFramesPerSecond {
      self.terminate(NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    }
  }
}

/// A connection whose peer does not speak HTTP/2 as it must.
public struct GRPCSessionFailure: Error, Sendable, CustomStringConvertible {
  public let code: Int32

  public var description: String {
    guard let text = nghttp2_strerror(self.code) else { return "HTTP/2 error \(self.code)" }
    return "HTTP/2: \(String(cString: text))"
  }
}
