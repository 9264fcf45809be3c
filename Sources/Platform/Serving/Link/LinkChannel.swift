private import Bytes
public import Link
public import Protobuf
public import Values

/// A way to a node: over a connection, or inside the process.
public protocol LinkChannel: AnyObject, Sendable {
  /// Makes a call and waits for its answer, until the request's deadline.
  func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply
  /// Makes a call whose answer comes in parts.
  func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream
}

/// One call to a node.
public struct LinkRequest: Sendable {
  public var command: UInt32
  public var body: [UInt8]
  public var deadline: MonotonicTime
  /// Doing it twice is doing it once: it may be tried again when it is not known whether it was done.
  public var isIdempotent = false
  public var traceID: UInt64 = 0
  public var epoch: UInt64 = 0

  public init(_ command: UInt32, body: [UInt8] = [], deadline: MonotonicTime) {
    self.command = command
    self.body = body
    self.deadline = deadline
  }
}

/// The answer to a call.
public struct LinkReply: Sendable, Equatable {
  public var body: [UInt8]
  /// The term that the answering node believes in.
  public var epoch: UInt64

  public init(body: [UInt8], epoch: UInt64 = 0) {
    self.body = body
    self.epoch = epoch
  }
}

extension LinkChannel {
  /// The same for bodies that are messages.
  public func call<Reply: ProtobufMessage>(
    _ command: UInt32, _ message: some ProtobufMessage, deadline: MonotonicTime,
    isIdempotent: Bool = false, returning type: Reply.Type = Reply.self
  ) async throws(LinkError) -> Reply {
    var request = LinkRequest(command, body: message.encoded(), deadline: deadline)
    request.isIdempotent = isIdempotent
    let reply = try await self.call(request)
    do {
      return try Reply(decoding: reply.body.rawBytes)
    } catch {
      throw LinkError(.malformed, "the answer to command \(command) cannot be read: \(error)")
    }
  }

  /// Answers when the node does.
  public func ping(deadline: MonotonicTime) async throws(LinkError) {
    var request = LinkRequest(LinkCommand.ping, deadline: deadline)
    request.isIdempotent = true
    _ = try await self.call(request)
  }
}
