public import Bytes
public import Link
public import Protobuf

/// A request as its handler sees it.
public struct LinkIncoming: Sendable {
  public var command: UInt32
  public var body: [UInt8]
  public var traceID: UInt64
  /// The term that the caller believes in.
  public var epoch: UInt64
  /// The request was made before and may have been done: answer as the first time.
  public var isReplay: Bool
  /// Who asks.
  public var peer: LinkPeer
}

/// What a node answers, by command. Built at start, then only read.
///
/// A handler throws a `LinkError` to answer with one; its task is cancelled when the caller gives up.
public struct LinkRouter: Sendable {
  public typealias Handler = @Sendable (LinkIncoming) async throws(LinkError) -> LinkReply
  public typealias StreamHandler =
    @Sendable (LinkIncoming, LinkStreamWriter) async throws(LinkError) -> LinkReply
  public typealias InlineHandler =
    @Sendable (_ header: LinkHeader, _ body: RawSpan, inout ByteWriter) throws(LinkError) -> Void

  enum Route: Sendable {
    case task(Handler)
    case stream(StreamHandler)
    case inline(InlineHandler)
  }

  private var routes: [UInt32: Route] = [:]

  /// Answers `ping` and nothing else.
  public init() {
    self.routes[LinkCommand.ping] = .inline { _, _, _ in }
  }

  /// Answers a command in a task of its own.
  public mutating func on(_ command: UInt32, _ handler: @escaping Handler) {
    self.add(command, .task(handler))
  }

  /// Answers a command in parts, then with a last one.
  public mutating func onStream(_ command: UInt32, _ handler: @escaping StreamHandler) {
    self.add(command, .stream(handler))
  }

  /// Answers a command at once where its frame is read, straight into the output: for what takes less
  /// than a few µs. The body is lent.
  public mutating func onInline(_ command: UInt32, _ handler: @escaping InlineHandler) {
    self.add(command, .inline(handler))
  }

  /// Answers a command whose bodies are messages.
  public mutating func on<Request: ProtobufMessage, Reply: ProtobufMessage>(
    _ command: UInt32, _ type: Request.Type,
    _ handler: @escaping @Sendable (Request, LinkIncoming) async throws(LinkError) -> Reply
  ) {
    self.on(command) { incoming async throws(LinkError) in
      let request: Request
      do {
        request = try Request(decoding: incoming.body.rawBytes)
      } catch {
        throw LinkError(.badRequest, "the body of command \(command) cannot be read: \(error)")
      }
      return LinkReply(body: try await handler(request, incoming).encoded())
    }
  }

  private mutating func add(_ command: UInt32, _ route: Route) {
    precondition(
      command >= LinkCommand.serviceMin || command == LinkCommand.stats
        || command == LinkCommand.drain, "command \(command) is Link's own")
    precondition(self.routes[command] == nil, "command \(command) has a handler")
    self.routes[command] = route
  }

  func route(_ command: UInt32) throws(LinkError) -> Route {
    guard let route = self.routes[command] else {
      throw LinkError(
        .unknownCommand, "command \(command) is not known here",
        hint: "the node may be of an older version")
    }
    return route
  }
}
