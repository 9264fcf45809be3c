public import GRPC
public import Protobuf

/// A call with streams, while its body runs. One task may send while another receives.
public struct ClientCall<Request: ProtobufMessage, Response: ProtobufMessage>: Sendable {
  private let state: CallState

  init(_ state: CallState) { self.state = state }

  /// Sends a request; waits while too many bytes of earlier ones are on their way. Throws how the call
  /// ended when it has, be it well.
  public func send(_ request: Request) async throws(GRPCStatus) {
    try await self.state.send(request)
  }

  /// There are no further requests.
  public func finish() { self.state.endRequest() }

  /// The next response; nil when the call has ended well. Throws how it ended otherwise.
  public func next() async throws(GRPCStatus) -> Response? {
    try await self.state.next(Response.self)
  }

  /// The response of a call that has one: ends the requests and waits.
  public func response() async throws(GRPCStatus) -> Response {
    self.finish()
    guard let response = try await self.next() else {
      throw GRPCStatus(.internalError, "the server answered OK without a response")
    }
    guard try await self.next() == nil else {
      throw GRPCStatus(.internalError, "the server sent more than one response")
    }
    return response
  }

  /// What the server sent before its first response; waits for it.
  public func metadata() async throws(GRPCStatus) -> GRPCMetadata {
    try await self.state.metadata()
  }

  /// What the server sent behind its last response; nil before the end.
  public var trailingMetadata: GRPCMetadata? { self.state.trailingMetadata }

  /// Gives the call up.
  public func cancel() { self.state.fail(GRPCStatus(.cancelled, "the caller has given up")) }
}
