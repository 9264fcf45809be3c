private import Bytes
private import Protobuf

/// The requests of one connection that are being answered: no sockets, no clock. `Work` is whatever the
/// transport cancels or wakes.
public struct LinkServerCalls<Work> {
  public struct Call {
    /// Body bytes that may still be sent on the request's stream.
    public var credit: Int
    public var work: Work
  }

  private var calls: [UInt32: Call] = [:]
  public let requestMax: Int
  public let streamWindow: Int
  /// New requests are answered with `shuttingDown`.
  public var isDraining = false

  public init(requestMax: Int, streamWindow: Int) {
    self.requestMax = requestMax
    self.streamWindow = streamWindow
  }

  public var count: Int { self.calls.count }

  public enum Arrival {
    /// Hand it to its handler, then `begin`.
    case request
    /// Answer with this error; nothing is handed on.
    case refuse(LinkError)
    /// Cancel this work; no answer is sent.
    case cancel(Work)
    /// This work's stream may go on.
    case credit(Work)
    /// About a request that is over.
    case nothing
  }

  /// A frame came. Throws `malformed` when the client breaks the protocol.
  public mutating func received(
    _ header: LinkHeader, body: RawSpan
  ) throws(LinkError) -> Arrival {
    guard !header.flags.contains(.response), !header.flags.contains(.error) else {
      throw LinkError(.malformed, "the client sends a response, command \(header.command)")
    }
    switch header.command {
    case LinkCommand.cancel:
      guard let call = self.calls.removeValue(forKey: header.requestID) else { return .nothing }
      return .cancel(call.work)
    case LinkCommand.credit: return try self.receivedCredit(header, body)
    case LinkCommand.handshake:
      throw LinkError(.malformed, "a handshake after the handshake")
    default:
      guard self.calls[header.requestID] == nil else {
        throw LinkError(.malformed, "request \(header.requestID) is there already")
      }
      if self.isDraining {
        return .refuse(LinkError(.shuttingDown, "the node is shutting down"))
      }
      guard self.calls.count < self.requestMax else {
        return .refuse(
          LinkError(
            .slowDown, "\(self.calls.count) requests of this connection are being answered",
            retryAfter: .milliseconds(10)))
      }
      return .request
    }
  }

  private mutating func receivedCredit(
    _ header: LinkHeader, _ body: RawSpan
  ) throws(LinkError) -> Arrival {
    let credit: Credit
    do {
      credit = try Credit(decoding: body)
    } catch {
      throw LinkError(.malformed, "a credit that cannot be read: \(error)")
    }
    guard var call = self.calls[header.requestID] else { return .nothing }
    call.credit += Int(credit.bytes)
    guard call.credit <= self.streamWindow else {
      throw LinkError(
        .malformed,
        "request \(header.requestID) is given credit for \(call.credit) bytes, over its window")
    }
    self.calls[header.requestID] = call
    return .credit(call.work)
  }

  public mutating func begin(_ id: UInt32, work: Work) {
    precondition(self.calls[id] == nil, "request \(id) is begun twice")
    self.calls[id] = Call(credit: self.streamWindow, work: work)
  }

  /// The work of a request; nil when it was cancelled.
  public func work(of id: UInt32) -> Work? { self.calls[id]?.work }

  /// Whether a part of `count` bytes may be sent on a stream now; then it is taken from the credit. A
  /// part may go over what is left as long as something is: parts are of any size.
  ///
  /// Nil when the request was cancelled.
  public mutating func spend(_ count: Int, on id: UInt32) -> Bool? {
    guard var call = self.calls[id] else { return nil }
    guard call.credit > 0 || count == 0 else { return false }
    call.credit -= count
    self.calls[id] = call
    return true
  }

  /// The answer is complete. False when it was cancelled: then nothing is sent.
  public mutating func end(_ id: UInt32) -> Bool { self.calls.removeValue(forKey: id) != nil }

  /// The connection broke: all work is to be cancelled, oldest first.
  public mutating func takeAll() -> [Work] {
    let all = self.calls.sorted { $0.key < $1.key }.map(\.value.work)
    self.calls = [:]
    return all
  }
}
