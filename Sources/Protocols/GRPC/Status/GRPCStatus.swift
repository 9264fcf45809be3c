public import Protobuf

/// How a call ended, other than well: what a handler throws and what a client catches.
public struct GRPCStatus: Error, Sendable, Equatable, CustomStringConvertible {
  public var code: Code
  /// For developers.
  public var message: String
  /// Messages that say more, carried in `grpc-status-details-bin`.
  public var details: [ProtoAny]
  /// What stands in the trailers beside the status.
  public var metadata: GRPCMetadata
  /// The call has certainly reached no handler. Set on the caller's side; never sent.
  public var isUnseen = false

  public init(
    _ code: Code, _ message: String, details: [ProtoAny] = [], metadata: GRPCMetadata = [:]
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.metadata = metadata
  }

  public var description: String { "\(self.code): \(self.message)" }

  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let ok = Code(rawValue: 0)
    public static let cancelled = Code(rawValue: 1)
    public static let unknown = Code(rawValue: 2)
    public static let invalidArgument = Code(rawValue: 3)
    public static let deadlineExceeded = Code(rawValue: 4)
    public static let notFound = Code(rawValue: 5)
    public static let alreadyExists = Code(rawValue: 6)
    public static let permissionDenied = Code(rawValue: 7)
    public static let resourceExhausted = Code(rawValue: 8)
    public static let failedPrecondition = Code(rawValue: 9)
    public static let aborted = Code(rawValue: 10)
    public static let outOfRange = Code(rawValue: 11)
    public static let unimplemented = Code(rawValue: 12)
    public static let internalError = Code(rawValue: 13)
    public static let unavailable = Code(rawValue: 14)
    public static let dataLoss = Code(rawValue: 15)
    public static let unauthenticated = Code(rawValue: 16)

    private static let names: [StaticString] = [
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    /// As the specification spells it; the number when it knows none.
    public var description: String {
      Self.names.indices.contains(self.rawValue)
        ? Self.names[self.rawValue].description : "\(self.rawValue)"
    }
  }

  public static func unimplemented(_ path: String) -> GRPCStatus {
    GRPCStatus(.unimplemented, "\(path) is not implemented")
  }
}

extension GRPCStatus {
  /// Bytes of a peer that are no message of the expected type.
  public init(malformed error: ProtobufError, fromClient: Bool) {
    self.init(fromClient ? .invalidArgument : .internalError, error.message)
  }

  /// The form that carries details.
  public var proto: RPCStatus {
    RPCStatus {
      $0.code = Int32(self.code.rawValue)
      $0.message = self.message
      $0.details = self.details
    }
  }

  /// What a response that is not gRPC's means, by its HTTP status.
  static func code(ofHTTPStatus status: Int) -> Code {
    switch status {
    case 400: .internalError
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .unimplemented
    case 429, 502, 503, 504: .unavailable
    default: .unknown
    }
  }
}
