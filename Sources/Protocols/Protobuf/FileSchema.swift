private import Bytes

/// A .proto file as generated code carries it: for reflection and type registries.
public final class FileSchema: Sendable {
  /// As other files import it.
  public let path: String
  public let imports: [FileSchema]
  public let types: [any ProtobufMessage.Type]
  private let encoded: StaticString

  /// `descriptor` is the base64 of a `google.protobuf.FileDescriptorProto`.
  public init(
    _ path: String, imports: [FileSchema], types: [any ProtobufMessage.Type],
    descriptor: StaticString
  ) {
    self.path = path
    self.imports = imports
    self.types = types
    self.encoded = descriptor
  }

  /// The bytes of the file's `google.protobuf.FileDescriptorProto`.
  public var descriptor: [UInt8] {
    guard let bytes = Base64.bytes(of: self.encoded.description) else {
      preconditionFailure("\(self.path): the descriptor is not base64")
    }
    return bytes
  }
}
