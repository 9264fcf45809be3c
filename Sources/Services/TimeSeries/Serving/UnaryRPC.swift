import Bytes
package import GRPC
package import GRPCServing
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
  package let grpc: MethodHandler
  package let http: [HTTPBinding]
  /// The JSON of an answer from the body of a request and the fields that stand elsewhere in it.
  let gateway: @Sendable ([UInt8], [GatewayField]) async throws(SeriesFault) -> [UInt8]

  package init<Request: ProtobufMessage, Response: ProtobufMessage>(
    _ path: String, _: Request.Type, _: Response.Type, http: [HTTPBinding] = [],
    _ handle: @escaping @Sendable (Request) async throws(SeriesFault) -> Response
  ) {
    self.http = http
    self.grpc = .unary(GRPCMethod<Request, Response>(path, .unary)) {
      (request, _) throws(GRPCStatus) in
      do throws(SeriesFault) {
        return try await handle(request)
      } catch {
        throw GRPCStatus(error)
      }
    }
    self.gateway = { (body, fields) throws(SeriesFault) in
      let request: Request = try GatewayJSON.request(body, fields)
      return try GatewayJSON.answer(try await handle(request))
    }
  }
}

extension UnaryRPC {
  /// A method whose response is written from where the rows lie; `Response` is what its bytes are.
  init<Request: ProtobufMessage, Response: ProtobufMessage>(
    _ path: String, _: Request.Type, _: Response.Type, http: [HTTPBinding],
    answer handle: @escaping @Sendable (Request) async throws(SeriesFault) -> QueryAnswer
  ) {
    self.http = http
    self.grpc = .unary(
      GRPCMethod<Request, Response>(path, .unary),
      { (request, _) throws(GRPCStatus) in
        do throws(SeriesFault) {
          return try await handle(request)
        } catch {
          throw GRPCStatus(error)
        }
      }, writing: { $0.encode(to: &$1) })
    self.gateway = { (body, fields) throws(SeriesFault) in
      let request: Request = try GatewayJSON.request(body, fields)
      return try GatewayJSON.answer(try await handle(request))
    }
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
