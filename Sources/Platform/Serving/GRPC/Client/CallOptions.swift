public import GRPC

/// What a caller may say about one call.
public struct CallOptions: Sendable {
  /// How long the call may take; told to the server too.
  public var timeout: Duration?
  public var metadata = GRPCMetadata()
  /// Doing it twice is as good as once: the call is also tried again when it may have reached a handler.
  public var isIdempotent = false
  /// Waits for a connection instead of failing when there is none; give a timeout with it.
  public var waitsForReady = false

  public init(_ change: (inout CallOptions) -> Void = { _ in }) { change(&self) }
}
