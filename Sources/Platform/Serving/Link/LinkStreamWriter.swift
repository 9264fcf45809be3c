public import Link

/// Where the handler of a stream puts its parts. Used by the handler's task only.
public final class LinkStreamWriter: @unchecked Sendable {
  // Sendable: confined to the loop of its request.
  private let put: ([UInt8]) async throws(LinkError) -> Void

  init(_ put: @escaping ([UInt8]) async throws(LinkError) -> Void) { self.put = put }

  /// Sends a part; waits while the caller's window is full. Throws `cancelled` when the caller has given
  /// up, `unreachable` when the connection broke.
  public func send(_ part: [UInt8]) async throws(LinkError) { try await self.put(part) }
}
