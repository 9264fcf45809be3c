import Bytes
package import GRPC
import GRPCServing
package import HTTP
package import Protobuf
package import SeriesSchema

/// A way to a method over HTTP.
package struct HTTPBinding: Sendable {
  package var method: Method
  /// Below `/api`, as routes write it.
  package var pattern: String
  /// For each parameter of the pattern the field that it sets, as in `stream.metadata.group`.
  package var fields: [String]

  package init(_ method: Method, _ pattern: String, _ fields: [String] = []) {
    self.method = method
    self.pattern = pattern
    self.fields = fields
  }
}

/// A method with one request and one response, with its types rubbed out: both doors lead to it.
package struct UnaryRPC: Sendable {
  package let method: SeriesMethod
  package let http: [HTTPBinding]
  let grpc: @Sendable (SeriesCalls?) -> MethodHandler
  /// The JSON of an answer from the body of a request and the fields that stand elsewhere in it.
  let gateway: @Sendable ([UInt8], [GatewayField], CallWatch) async throws(SeriesFault) -> [UInt8]

  /// - Parameter groups: those that a request is about.
  package init<Request: ProtobufMessage, Response: ProtobufMessage>(
    _ path: String, _ request: Request.Type, _ response: Response.Type,
    _ right: SeriesRight = .read, http: [HTTPBinding] = [],
    groups: @escaping @Sendable (Request) -> [String] = { _ in [] },
    _ handle: @escaping @Sendable (Request) async throws(SeriesFault) -> Response
  ) {
    self.init(path, request, response, right, http: http, groups: groups) {
      (request, _) throws(SeriesFault) in try await handle(request)
    }
  }

  /// The same of a method that asks who calls.
  init<Request: ProtobufMessage, Response: ProtobufMessage>(
    _ path: String, _: Request.Type, _: Response.Type, _ right: SeriesRight = .read,
    http: [HTTPBinding], groups: @escaping @Sendable (Request) -> [String] = { _ in [] },
    asking handle: @escaping @Sendable (Request, CallWatch) async throws(SeriesFault) -> Response
  ) {
    let method = SeriesMethod(path, right)
    self.method = method
    self.http = http
    let watched: @Sendable (Request, CallWatch) async throws(SeriesFault) -> Response = {
      (request, watch) throws(SeriesFault) in
      try await watch.run(method, groups(request)) { () async throws(SeriesFault) in
        try await handle(request, watch)
      }
    }
    self.grpc = { calls in
      .unary(GRPCMethod<Request, Response>(path, .unary)) { (request, call) throws(GRPCStatus) in
        do throws(SeriesFault) {
          return try await watched(request, CallWatch(call, calls))
        } catch {
          throw GRPCStatus(error)
        }
      }
    }
    self.gateway = { (body, fields, watch) throws(SeriesFault) in
      let request: Request = try GatewayJSON.request(body, fields)
      return try GatewayJSON.answer(try await watched(request, watch))
    }
  }
}

extension UnaryRPC {
  /// A method whose response is written from where the rows lie; `Response` is what its bytes are.
  init<Request: ProtobufMessage, Response: ProtobufMessage>(
    _ path: String, _: Request.Type, _: Response.Type, http: [HTTPBinding],
    groups: @escaping @Sendable (Request) -> [String] = { _ in [] },
    answer handle:
      @escaping @Sendable (Request, CallWatch) async throws(SeriesFault) -> QueryAnswer
  ) {
    let method = SeriesMethod(path)
    self.method = method
    self.http = http
    let watched: @Sendable (Request, CallWatch) async throws(SeriesFault) -> QueryAnswer = {
      (request, watch) throws(SeriesFault) in
      try await watch.run(method, groups(request)) { () async throws(SeriesFault) in
        try await handle(request, watch)
      }
    }
    self.grpc = { calls in
      .unary(
        GRPCMethod<Request, Response>(path, .unary),
        { (request, call) throws(GRPCStatus) in
          do throws(SeriesFault) {
            return try await watched(request, CallWatch(call, calls))
          } catch {
            throw GRPCStatus(error)
          }
        }, writing: { $0.encode(to: &$1) })
    }
    self.gateway = { (body, fields, watch) throws(SeriesFault) in
      let request: Request = try GatewayJSON.request(body, fields)
      return try GatewayJSON.answer(try await watched(request, watch))
    }
  }
}

extension CallWatch {
  /// The one that `PasswordInterceptor` let in.
  init(_ call: ServerCall, _ calls: SeriesCalls?) {
    self.init(caller: call.identity as? any SeriesCaller, calls: calls)
  }
}

extension GRPCStatus {
  package init(_ fault: SeriesFault) {
    // It goes into a header, of which clients take 8 KiB, and names in it may be as long as a message.
    let message = fault.message
    let shown =
      message.utf8.count <= Self.messageBytesMax
      ? message : String(decoding: message.utf8.prefix(Self.messageBytesMax), as: UTF8.self) + "…"
    self.init(Code(rawValue: fault.kind.rawValue), shown)
  }

  /// Each byte may become three in the header.
  private static let messageBytesMax = 2000
}
