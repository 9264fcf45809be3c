internal import Bytes
internal import CNghttp2

/// Headers and messages that go.
extension GRPCSession {
  /// Begins a call; `push` it after its first message. Waits inside when the peer allows no more
  /// calls at the time.
  ///
  /// Nil when the connection can carry no further call.
  public func open(
    path: String, authority: String, isSecure: Bool, metadata: GRPCMetadata, timeout: Duration?
  ) -> GRPCStream? {
    guard !self.isGoingAway else { return nil }
    self.fields.removeAll()
    self.fields.append(":method", "POST")
    if isSecure {
      self.fields.append(":scheme", "https")
    } else {
      self.fields.append(":scheme", "http")
    }
    self.fields.append(":path", path)
    self.fields.append(":authority", authority)
    self.fields.append("te", "trailers")
    self.fields.append("content-type", "application/grpc")
    self.fields.append("user-agent", "lakeworks-grpc")
    if let timeout { self.fields.append("grpc-timeout", GRPCTimeout.text(timeout)) }
    self.fields.append(metadata)
    let stream = GRPCStream(id: 0, session: self)
    var provider = self.provider(for: stream)
    let handle = self.handle
    let pointer = Unmanaged.passUnretained(stream).toOpaque()
    let id = self.fields.withFields {
      nghttp2_submit_request(handle, nil, $0, $1, &provider, pointer)
    }
    guard id > 0 else { return nil }
    stream.id = id
    stream.isHeadSent = true
    self.streams[id] = stream
    return stream
  }

  /// Sends the headers of the response, before its first message.
  public func sendHead(_ stream: GRPCStream, _ metadata: GRPCMetadata) {
    guard self.isServer, !stream.isHeadSent, !stream.isClosed else { return }
    stream.isHeadSent = true
    var provider = self.provider(for: stream)
    guard !metadata.isEmpty else {
      let head = FixedFields.responseHead
      nghttp2_submit_response(self.handle, stream.id, head.start, head.count, &provider)
      return
    }
    self.fields.removeAll()
    self.fields.append(":status", "200")
    self.fields.append("content-type", "application/grpc")
    self.fields.append(metadata)
    let handle = self.handle
    self.fields.withFields { _ = nghttp2_submit_response(handle, stream.id, $0, $1, &provider) }
  }

  /// Makes the frame layer look at what `stream.send` has appended.
  public func push(_ stream: GRPCStream) {
    guard stream.isOutputDeferred, !stream.isClosed else { return }
    stream.isOutputDeferred = false
    nghttp2_session_resume_data(self.handle, stream.id)
  }

  /// Ends the response behind what has been sent: well, or with `status`.
  public func finish(
    _ stream: GRPCStream, _ status: GRPCStatus?, metadata: GRPCMetadata = [:]
  ) {
    guard self.isServer, !stream.isOutputEnded, !stream.isClosed else { return }
    stream.isOutputEnded = true
    if !stream.isHeadSent, status != nil, stream.outboundCount == 0 {
      return self.sendTrailersOnly(stream, status, metadata)
    }
    self.sendHead(stream, [:])
    stream.trailer = .status(status, metadata)
    self.push(stream)
  }

  private func sendTrailersOnly(
    _ stream: GRPCStream, _ status: GRPCStatus?, _ metadata: GRPCMetadata
  ) {
    stream.isHeadSent = true
    self.fields.removeAll()
    self.fields.append(":status", "200")
    self.fields.append("content-type", "application/grpc")
    if status?.code == .unimplemented { self.fields.append("grpc-accept-encoding", "identity") }
    self.fields.append(status)
    self.fields.append(metadata)
    let handle = self.handle
    self.fields.withFields { _ = nghttp2_submit_response(handle, stream.id, $0, $1, nil) }
  }

  /// A response went out whole: what is left of its request is of no use.
  func sentWhole(_ id: Int32) {
    guard let stream = self.stream(id), !stream.isInputEnded else { return }
    self.reset(stream, NGHTTP2_NO_ERROR.rawValue)
  }

  /// Ends the request behind what has been sent.
  public func endRequest(_ stream: GRPCStream) {
    guard !self.isServer, !stream.isOutputEnded, !stream.isClosed else { return }
    stream.isOutputEnded = true
    stream.trailer = GRPCTrailer.none
    self.push(stream)
  }

  /// Gives a call up.
  public func cancel(_ stream: GRPCStream) { self.reset(stream, NGHTTP2_CANCEL.rawValue) }

  func reset(_ stream: GRPCStream, _ code: UInt32) {
    guard !stream.isClosed else { return }
    nghttp2_submit_rst_stream(self.handle, 0, stream.id, code)
  }

  /// The connection is lost: closes the calls that are open.
  public func abandonCalls() {
    for stream in self.streams.values {
      stream.isClosed = true
      stream.isInputEnded = true
      stream.isConnectionLost = true
      self.events.append(.closed(stream))
    }
    self.streams = [:]
  }

  // MARK: What nghttp2 asks for

  private func provider(for stream: GRPCStream) -> nghttp2_data_provider {
    // The stream is kept by `streams` until nghttp2 has closed it.
    nghttp2_data_provider(
      source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque())
    ) { _, _, target, capacity, flags, source, data in
      let stream = Unmanaged<GRPCStream>.fromOpaque(
        source.unsafelyUnwrapped.pointee.ptr.unsafelyUnwrapped
      ).takeUnretainedValue()
      return stream.session.fill(
        UnsafeMutableRawBufferPointer(start: target, count: capacity), from: stream,
        flags.unsafelyUnwrapped)
    }
  }

  /// The next part of a call's messages.
  private func fill(
    _ target: UnsafeMutableRawBufferPointer, from stream: GRPCStream,
    _ flags: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let wasFull = stream.isOutboundFull
    let count = min(target.count, stream.outboundCount)
    if count > 0 {
      stream.outbound.withUnsafeBytes { bytes in
        target.copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: bytes[stream.outboundSent..<(stream.outboundSent + count)]))
      }
      stream.outboundSent += count
    }
    if stream.outboundCount == 0 {
      stream.outbound.removeAll(keepingCapacityUpTo: 16_384)
      stream.outboundSent = 0
      if let trailer = stream.trailer {
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        self.submitTrailer(trailer, stream, flags)
        return count
      }
      if count == 0 {
        stream.isOutputDeferred = true
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
      }
    }
    if wasFull, !stream.isOutboundFull { self.events.append(.writable(stream)) }
    return count
  }

  private func submitTrailer(
    _ trailer: GRPCTrailer, _ stream: GRPCStream, _ flags: UnsafeMutablePointer<UInt32>
  ) {
    guard case .status(let status, let metadata) = trailer else { return }
    flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
    if status == nil, metadata.isEmpty {
      let fields = FixedFields.statusOK
      nghttp2_submit_trailer(self.handle, stream.id, fields.start, fields.count)
    } else {
      self.fields.removeAll()
      self.fields.append(status)
      self.fields.append(metadata)
      let handle = self.handle
      self.fields.withFields { _ = nghttp2_submit_trailer(handle, stream.id, $0, $1) }
    }
  }
}
