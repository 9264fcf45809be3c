public import Values

/// The requests of one connection that wait for their answer: no sockets, no clock. `Waiter` is whatever
/// the transport wakes when an answer is there.
public struct LinkClientCalls<Waiter> {
  public struct Call {
    public var command: UInt32
    public var deadline: MonotonicTime
    public var takesStream: Bool
    /// Body bytes of the stream that were consumed and not credited yet.
    var uncredited = 0
    public var waiter: Waiter
  }

  private var calls: [UInt32: Call] = [:]
  private var nextID: UInt32 = 1
  public let requestMax: Int

  public init(requestMax: Int) {
    precondition(requestMax > 0, "\(requestMax) requests")
    self.requestMax = requestMax
  }

  public var count: Int { self.calls.count }
  public var isFull: Bool { self.calls.count >= self.requestMax }

  /// Takes a request up; nil when as many wait as the peer allows.
  public mutating func begin(
    _ command: UInt32, deadline: MonotonicTime, takesStream: Bool, waiter: Waiter
  ) -> UInt32? {
    guard !self.isFull else { return nil }
    // An id that still waits after four thousand million others is skipped.
    while self.nextID == 0 || self.calls[self.nextID] != nil { self.nextID &+= 1 }
    let id = self.nextID
    self.nextID &+= 1
    self.calls[id] = Call(
      command: command, deadline: deadline, takesStream: takesStream, waiter: waiter)
    return id
  }

  public enum Arrival {
    /// The last frame of the answer; the call is over.
    case end(Call)
    /// A frame of a stream; more follow.
    case part(Waiter)
    /// Nobody waits for it any more.
    case late
  }

  /// A response came. Throws `malformed` when the server breaks the protocol.
  public mutating func received(_ header: LinkHeader) throws(LinkError) -> Arrival {
    guard header.flags.contains(.response) else {
      throw LinkError(.malformed, "the server sends a request, command \(header.command)")
    }
    guard let call = self.calls[header.requestID] else { return .late }
    guard header.command == call.command else {
      throw LinkError(
        .malformed,
        "request \(header.requestID) is command \(call.command), its answer says \(header.command)")
    }
    guard header.flags.contains(.stream) else {
      self.calls[header.requestID] = nil
      return .end(call)
    }
    guard call.takesStream, !header.flags.contains(.error) else {
      throw LinkError(.malformed, "request \(header.requestID) is answered by a stream")
    }
    return .part(call.waiter)
  }

  /// The consumer of a stream has taken `count` body bytes. Gives the credit to grant when enough has
  /// come together, a quarter of the window.
  public mutating func consumed(_ count: Int, of id: UInt32, window: Int) -> UInt32? {
    guard let consumed = self.calls[id].map({ $0.uncredited + count }) else { return nil }
    guard consumed >= window / 4 else {
      self.calls[id]?.uncredited = consumed
      return nil
    }
    self.calls[id]?.uncredited = 0
    return UInt32(clamping: consumed)
  }

  /// Gives a call up: its answer will be `late`. Nil when it is over already.
  public mutating func abandon(_ id: UInt32) -> Call? { self.calls.removeValue(forKey: id) }

  /// The calls whose time is over; they are given up.
  public mutating func expire(now: MonotonicTime) -> [(id: UInt32, call: Call)] {
    let late = self.calls.filter { $0.value.deadline <= now }.map { (id: $0.key, call: $0.value) }
      .sorted { $0.id < $1.id }
    for entry in late { self.calls[entry.id] = nil }
    return late
  }

  public var nextDeadline: MonotonicTime? {
    self.calls.values.lazy.map(\.deadline).min()
  }

  /// The connection broke: everybody who waits, oldest first.
  public mutating func takeAll() -> [(id: UInt32, call: Call)] {
    let all = self.calls.map { (id: $0.key, call: $0.value) }.sorted { $0.id < $1.id }
    self.calls = [:]
    return all
  }
}
