public import Protobuf

/// A method of a service: its path and the types it speaks.
public struct GRPCMethod<Request: ProtobufMessage, Response: ProtobufMessage>: Sendable {
  /// `/package.Service/Method`.
  public let path: String
  public let kind: GRPCMethodKind

  public init(_ path: String, _ kind: GRPCMethodKind) {
    self.path = path
    self.kind = kind
  }
}

public enum GRPCMethodKind: Sendable {
  case unary, serverStreaming, clientStreaming, bidirectional
}
