public import Bytes
public import GRPC
public import Protobuf

/// A service as the server serves it: made by the generated `definition` of a handler.
public struct ServiceDefinition: Sendable {
  /// `package.Service`.
  public let name: String
  /// The file that declares it, for reflection.
  public let schema: FileSchema
  let methods: [MethodHandler]

  public init(_ name: String, _ schema: FileSchema, _ methods: [MethodHandler]) {
    self.name = name
    self.schema = schema
    self.methods = methods
  }
}

/// A method of a handler, with its types rubbed out.
public struct MethodHandler: Sendable {
  typealias Body = @Sendable (ServerCall) async throws(GRPCStatus) -> Void
  let path: String
  let kind: GRPCMethodKind
  var body: Body

  public static func unary<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handle: @escaping @Sendable (Request, ServerCall) async throws(GRPCStatus) -> Response
  ) -> MethodHandler {
    MethodHandler(path: method.path, kind: .unary) { call throws(GRPCStatus) in
      let request = try call.onlyRequest(Request.self)
      call.answer(try await handle(request, call))
    }
  }

  /// The same, of a response that is not made but written as its bytes.
  public static func unary<Request, Response, Answer>(
    _ method: GRPCMethod<Request, Response>,
    _ handle: @escaping @Sendable (Request, ServerCall) async throws(GRPCStatus) -> Answer,
    writing write: @escaping @Sendable (Answer, inout ByteWriter) -> Void
  ) -> MethodHandler {
    MethodHandler(path: method.path, kind: .unary) { call throws(GRPCStatus) in
      let request = try call.onlyRequest(Request.self)
      let answer = try await handle(request, call)
      call.answer(writing: { write(answer, &$0) })
    }
  }

  public static func serverStreaming<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handle:
      @escaping @Sendable (Request, ResponseStream<Response>, ServerCall)
      async throws(GRPCStatus) -> Void
  ) -> MethodHandler {
    MethodHandler(path: method.path, kind: .serverStreaming) { call throws(GRPCStatus) in
      let request = try call.onlyRequest(Request.self)
      try await handle(request, ResponseStream(call), call)
    }
  }

  public static func clientStreaming<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handle:
      @escaping @Sendable (RequestStream<Request>, ServerCall)
      async throws(GRPCStatus) -> Response
  ) -> MethodHandler {
    MethodHandler(path: method.path, kind: .clientStreaming) { call throws(GRPCStatus) in
      call.answer(try await handle(RequestStream(call), call))
    }
  }

  public static func bidirectional<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handle:
      @escaping @Sendable (RequestStream<Request>, ResponseStream<Response>, ServerCall)
      async throws(GRPCStatus) -> Void
  ) -> MethodHandler {
    MethodHandler(path: method.path, kind: .bidirectional) { call throws(GRPCStatus) in
      try await handle(RequestStream(call), ResponseStream(call), call)
    }
  }
}

/// Stands between the server and its handlers: authenticates, counts, logs, refuses.
public protocol GRPCInterceptor: Sendable {
  /// Calls `next` once to go on, or throws to end the call. Changes of the call's metadata are seen by
  /// whoever comes later.
  func intercept(
    _ call: ServerCall, _ next: @Sendable (ServerCall) async throws(GRPCStatus) -> Void
  ) async throws(GRPCStatus)
}
