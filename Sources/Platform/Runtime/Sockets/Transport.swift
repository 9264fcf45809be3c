public import Values

/// What carries the bytes of a `Connection`: a socket, TLS over a socket, or a simulated link.
///
/// One reader and one sender may wait at the same time. Memory handed in stays until the call returns.
open class Transport {
  public init() {}

  /// Reads some bytes; 0 when the peer has ended its side.
  open func receive(into target: UnsafeMutableRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure) -> Int
  {
    preconditionFailure("BUG: an abstract transport is read")
  }

  /// Sends all of `source`.
  open func send(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure)
  {
    preconditionFailure("BUG: an abstract transport is written")
  }

  /// Sends, then reads: overridden where one crossing into the kernel does both.
  open func sendAndReceive(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    deadline: MonotonicTime
  ) async throws(IOFailure) -> Int {
    try await self.send(source, deadline: deadline)
    return try await self.receive(into: target, deadline: deadline)
  }

  /// Whether `receiveLent` and its pair are there: input then waits in memory of the loop's.
  open var lendsInput: Bool { false }

  /// Reads into memory that the transport lends until `giveBack`; nothing is held while waiting.
  /// Nil when it has none to lend just now: read into memory of your own.
  open func receiveLent(deadline: MonotonicTime) async throws(IOFailure) -> LentInput? { nil }

  open func sendAndReceiveLent(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure) -> LentInput?
  {
    try await self.send(source, deadline: deadline)
    return try await self.receiveLent(deadline: deadline)
  }

  open func giveBack(_ input: LentInput) {}

  /// Tells the peer that nothing more will be sent.
  open func endOutput() async {}
  /// Says goodbye where the protocol below has a word for it; called once before `close`.
  open func finish() async {}
  /// Ends the input early: whoever reads gets what is there, then 0.
  open func endInput() {}
  /// Ends everything: whoever waits gets ECANCELED.
  open func abort() {}
  /// Gives the descriptor back. Nobody waits any more.
  open func close() {}

  open var local: SocketAddress { .unix("") }
  open var peer: SocketAddress { .unix("") }
}

/// Input in memory that belongs to the transport. A count of 0 is the end of the stream.
public struct LentInput {
  public var start: UnsafeMutableRawPointer
  public var count: Int
  public var number: Int32

  public init(start: UnsafeMutableRawPointer, count: Int, number: Int32) {
    self.start = start
    self.count = count
    self.number = number
  }
}
