public import Bytes
public import Protobuf

/// One call on a connection, as either side sees it: the headers that came, messages that came and wait
/// to be taken, messages that wait to be sent. Belongs to its session, and to the same thread.
public final class GRPCStream {
  public internal(set) var id: Int32
  public let session: GRPCSession
  /// Whatever the owner of the session wants to find again.
  public var context: AnyObject?

  // What came.
  /// The request's headers, or the response's.
  public internal(set) var head = GRPCHead()
  /// The status and metadata that end a response; nil before they came.
  public internal(set) var endStatus: GRPCStatus?
  /// What came with the response's headers, before any message.
  public internal(set) var answerMetadata = GRPCMetadata()
  /// The response's headers came, and were not trailers already.
  public internal(set) var hasAnswered = false
  /// The peer sends nothing more.
  public internal(set) var isInputEnded = false
  /// The stream is gone, with an HTTP/2 error code when it did not end by itself.
  public internal(set) var isClosed = false
  public internal(set) var closeCode: UInt32 = 0
  /// It closed because the connection was lost.
  public internal(set) var isConnectionLost = false
  /// The session refused the call already: the handler is not to run.
  public internal(set) var failure: GRPCStatus?
  var inbound = MessageBuffer()
  /// Bytes of `inbound` that the peer has not been given window for.
  var unconsumed = 0
  var headerByteCount = 0
  var headersReceived = 0

  // What is to be sent.
  var outbound = ByteWriter(capacity: 192)
  var outboundSent = 0
  /// The headers went out.
  var isHeadSent = false
  /// What stands behind the last message; set once.
  var trailer: GRPCTrailer?
  var isOutputEnded = false
  /// The frame layer has been told that there is nothing to send at the moment.
  var isOutputDeferred = false

  init(id: Int32, session: GRPCSession) {
    self.id = id
    self.session = session
  }

  /// Bytes of messages that wait to be sent.
  public var outboundCount: Int { self.outbound.count - self.outboundSent }
  /// Whether a sender should wait before it appends more.
  public var isOutboundFull: Bool {
    self.outboundCount > self.session.limits.outboundByteCountHigh
  }

  // MARK: Input

  /// The next whole message, decoded. Nil when there is none yet, or none any more.
  ///
  /// Taking a message gives the peer window for as many bytes: one that is not taken holds the peer.
  public func takeMessage<M: ProtobufMessage>(_: M.Type) throws(GRPCStatus) -> M? {
    if let failure = self.failure { throw failure }
    let limit = self.session.limits.messageByteCountMax
    guard let range = try self.inbound.firstMessage(limit: limit) else { return nil }
    let isServer = self.session.isServer
    let message = try self.inbound.withMessage(range) { (bytes) throws(GRPCStatus) in
      do throws(ProtobufError) {
        return try M(decoding: bytes)
      } catch {
        throw GRPCStatus(malformed: error, fromClient: isServer)
      }
    }
    self.session.tookMessage(self, self.inbound.drop(range))
    return message
  }

  /// Whether a whole message waits.
  public var hasMessage: Bool {
    (try? self.inbound.firstMessage(limit: .max)) != nil
  }

  /// Bytes came after the last whole message, and the input has ended.
  public var endsInsideMessage: Bool {
    self.isInputEnded && !self.hasMessage && self.inbound.count > 0
  }

  // MARK: Output

  /// Appends one message to what waits to be sent; `session.produce` sends it.
  public func send<M: ProtobufMessage>(_ message: M) {
    self.send(writing: { message.encode(to: &$0) })
  }

  /// The same of a message that is written as its bytes.
  public func send(writing write: (inout ByteWriter) -> Void) {
    let start = self.outbound.count
    self.outbound.append(0)
    self.outbound.append(bigEndian: UInt32(0))
    write(&self.outbound)
    self.outbound.overwrite(
      at: start + 1,
      bigEndian: UInt32(clamping: self.outbound.count - start - MessageBuffer.prefixByteCount))
  }
}

/// What the headers of a request or response say.
public struct GRPCHead: Sendable {
  /// Of a request: `/package.Service/Method`.
  public internal(set) var path = ""
  public internal(set) var authority = ""
  /// Of a request: what is left of its time.
  public internal(set) var timeout: Duration?
  public internal(set) var metadata = GRPCMetadata()
  var method = ""
  var httpStatus = 0
  var contentType = ""
  var encoding = ""
  // Of trailers.
  var status: Int?
  var message = ""
  var details: [UInt8] = []
}

/// What ends our side of a call.
enum GRPCTrailer {
  /// A client's.
  case none
  case status(GRPCStatus?, GRPCMetadata)
}
