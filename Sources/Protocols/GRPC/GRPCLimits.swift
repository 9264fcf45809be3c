/// What one connection may ask of us.
public struct GRPCLimits: Sendable {
  /// Calls at a time; a client that opens more gets them refused.
  public var concurrentCallsMax: UInt32 = 256
  /// Bytes of one received message.
  public var messageByteCountMax = 16 << 20
  /// Names and values of one block of headers, 32 bytes added for each.
  public var headerByteCountMax = 16 << 10
  /// What a peer may send of one call before we have taken it.
  public var streamWindow: Int32 = 1 << 20
  /// What a peer may send of all calls before we have taken it.
  public var connectionWindow: Int32 = 16 << 20
  /// Bytes of received messages that wait for their handlers, over all calls of the connection.
  public var bufferedByteCountMax = 64 << 20
  /// PING and SETTINGS frames a second.
  public var controlFramesPerSecond = 2000
  /// Bytes of one call's messages that wait to be sent before its sender is held.
  public var outboundByteCountHigh = 256 << 10

  /// Lets a connection send so much of `bytes` ahead, 64 KiB to 16 MiB; one call no more than before.
  public mutating func giveWindows(of bytes: Int, percent: Int) {
    let share = min(max(bytes / 100 * percent, 64 << 10), 16 << 20)
    self.connectionWindow = Int32(share)
    self.streamWindow = min(self.streamWindow, self.connectionWindow)
  }

  public init(_ change: (inout GRPCLimits) -> Void = { _ in }) { change(&self) }
}
