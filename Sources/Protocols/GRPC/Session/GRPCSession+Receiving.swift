internal import Bytes
internal import CNghttp2
private import Protobuf

/// Headers and messages that come.
extension GRPCSession {
  func header(
    _ id: Int32, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) -> Int32 {
    guard let stream = self.stream(id) else { return 0 }
    stream.headerByteCount += name.count + value.count + 32
    guard stream.headerByteCount <= self.limits.headerByteCountMax else {
      if stream.failure == nil {
        stream.failure = GRPCStatus(
          .resourceExhausted,
          "the headers are larger than \(self.limits.headerByteCountMax) bytes")
      }
      return 0
    }
    self.store(name, value, in: stream)
    return 0
  }

  private func store(
    _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in stream: GRPCStream
  ) {
    // Told apart by length first: most names are found with one comparison.
    switch name.count {
    case 2 where name.isText("te"): break
    case 5 where name.isText(":path"): stream.head.path = self.texts.text(value)
    case 7 where name.isText(":method"): stream.head.method = self.texts.text(value)
    case 7 where name.isText(":scheme"): break
    case 7 where name.isText(":status"):
      stream.head.httpStatus = Int(self.texts.text(value)) ?? 0
    case 10 where name.isText(":authority"): stream.head.authority = self.texts.text(value)
    case 11 where name.isText("grpc-status"):
      stream.head.status = Int(self.texts.text(value)) ?? GRPCStatus.Code.unknown.rawValue
    case 12 where name.isText("content-type"): stream.head.contentType = self.texts.text(value)
    case 12 where name.isText("grpc-timeout"):
      stream.head.timeout = GRPCTimeout.duration(self.texts.text(value)) ?? .seconds(-1)
    case 12 where name.isText("grpc-message"):
      stream.head.message = PercentText.decoded(self.texts.text(value))
    case 13 where name.isText("grpc-encoding"): stream.head.encoding = self.texts.text(value)
    case 20 where name.isText("grpc-accept-encoding"): break
    case 23 where name.isText("grpc-status-details-bin"):
      stream.head.details = Base64.bytes(of: self.texts.text(value), lenient: true) ?? []
    default:
      stream.head.metadata.appendReceived(self.texts.text(name), self.texts.text(value))
    }
  }

  func requestHeadersEnded(_ stream: GRPCStream, endsStream: Bool) {
    stream.isInputEnded = endsStream
    stream.headersReceived += 1
    guard stream.headersReceived == 1 else {
      // Trailers of a request mean nothing in gRPC; they end it.
      self.events.append(.readable(stream))
      return
    }
    if let failure = stream.failure { return self.refuse(stream, failure) }
    guard stream.head.method == "POST" else { return self.refuse(stream, httpStatus: "405") }
    guard stream.head.contentType.hasPrefix("application/grpc") else {
      return self.refuse(stream, httpStatus: "415")
    }
    if let timeout = stream.head.timeout, timeout < .zero {
      return self.refuse(stream, GRPCStatus(.invalidArgument, "grpc-timeout is no timeout"))
    }
    self.events.append(.began(stream))
    if endsStream { self.events.append(.readable(stream)) }
  }

  /// Answers a call that no handler sees.
  private func refuse(_ stream: GRPCStream, _ status: GRPCStatus) {
    stream.failure = status
    self.finish(stream, status)
  }

  private func refuse(_ stream: GRPCStream, httpStatus: String) {
    stream.failure = GRPCStatus(.internalError, "not a request of gRPC: HTTP \(httpStatus)")
    stream.isHeadSent = true
    stream.isOutputEnded = true
    self.fields.removeAll()
    self.fields.append(":status", httpStatus)
    let handle = self.handle
    self.fields.withFields { _ = nghttp2_submit_response(handle, stream.id, $0, $1, nil) }
  }

  func responseHeadersEnded(_ stream: GRPCStream, endsStream: Bool) {
    stream.isInputEnded = endsStream
    stream.headersReceived += 1
    if let failure = stream.failure, stream.endStatus == nil {
      stream.endStatus = failure
      self.reset(stream, NGHTTP2_CANCEL.rawValue)
      self.events.append(.readable(stream))
      return
    }
    if stream.headersReceived == 1, !endsStream {
      if stream.head.httpStatus != 200 || !stream.head.contentType.hasPrefix("application/grpc") {
        stream.endStatus = self.statusOfForeignResponse(stream)
        self.reset(stream, NGHTTP2_CANCEL.rawValue)
        self.events.append(.readable(stream))
        return
      }
      stream.hasAnswered = true
      stream.answerMetadata = stream.head.metadata
      stream.head.metadata = [:]
      self.events.append(.answered(stream))
      return
    }
    if stream.endStatus == nil { stream.endStatus = self.endStatus(of: stream) }
    stream.isInputEnded = true
    self.events.append(.readable(stream))
  }

  private func statusOfForeignResponse(_ stream: GRPCStream) -> GRPCStatus {
    GRPCStatus(
      GRPCStatus.code(ofHTTPStatus: stream.head.httpStatus),
      "HTTP status \(stream.head.httpStatus), content type \"\(stream.head.contentType)\"")
  }

  /// What the trailers say, or a response that is nothing but trailers.
  private func endStatus(of stream: GRPCStream) -> GRPCStatus {
    guard let number = stream.head.status else { return self.statusOfForeignResponse(stream) }
    var status = GRPCStatus(
      GRPCStatus.Code(rawValue: number), stream.head.message, metadata: stream.head.metadata)
    let details = stream.head.details
    guard !details.isEmpty else { return status }
    do {
      status.details = try RPCStatus(decoding: details.rawBytes).details
    } catch {
      // Code and message stand in fields of their own: details that cannot be read are left out.
      status.details = []
    }
    return status
  }

  // MARK: Messages

  func received(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
    nghttp2_session_consume_connection(self.handle, bytes.count)
    guard let stream = self.stream(id), stream.failure == nil, stream.endStatus == nil else {
      nghttp2_session_consume_stream(self.handle, id, bytes.count)
      return
    }
    stream.inbound.append(bytes)
    self.bufferedByteCount += bytes.count
    stream.unconsumed += bytes.count
    guard self.bufferedByteCount <= self.limits.bufferedByteCountMax else {
      return self.fail(
        stream, GRPCStatus(.resourceExhausted, "too many bytes of this connection wait"))
    }
    do {
      // A message must be able to come whole; once one is there, the peer waits until it is taken.
      if try stream.inbound.firstMessage(limit: self.limits.messageByteCountMax) == nil {
        self.giveWindow(stream, stream.unconsumed)
      }
    } catch {
      self.fail(stream, error)
    }
  }

  private func giveWindow(_ stream: GRPCStream, _ count: Int) {
    stream.unconsumed -= count
    if count > 0 { nghttp2_session_consume_stream(self.handle, stream.id, count) }
  }

  /// A message of `count` bytes, prefix included, has left the buffer.
  func tookMessage(_ stream: GRPCStream, _ count: Int) {
    guard !stream.isClosed else { return }
    self.bufferedByteCount -= count
    let isLast = !stream.hasMessage
    self.giveWindow(stream, isLast ? stream.unconsumed : min(count, stream.unconsumed))
  }

  /// Ends a call whose input cannot be used.
  func fail(_ stream: GRPCStream, _ status: GRPCStatus) {
    stream.failure = status
    self.bufferedByteCount -= stream.inbound.count
    stream.inbound.removeAll()
    self.giveWindow(stream, stream.unconsumed)
    stream.isInputEnded = true
    if self.isServer {
      self.finish(stream, status)
    } else {
      stream.endStatus = status
      self.reset(stream, NGHTTP2_CANCEL.rawValue)
    }
    self.events.append(.readable(stream))
  }
}

extension UnsafeRawBufferPointer {
  /// - Precondition: the counts are equal.
  @inline(__always) fileprivate func isText(_ text: StaticString) -> Bool {
    let other = UnsafeRawBufferPointer(start: text.utf8Start, count: self.count)
    for index in 0..<self.count where self[index] != other[index] { return false }
    return true
  }
}
