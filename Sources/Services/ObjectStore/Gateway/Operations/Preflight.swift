import HTTP
import HTTPServing
import ObjectModel
import S3

extension ObjectGateway {
  /// What a page of another origin may ask, before it asks. Nobody proves who they are here.
  func preflight(_ request: S3Request) async throws {
    guard let origin = request.header(.origin), !origin.isEmpty else {
      throw S3Error(.badRequest, "Insufficient information. Origin request header needed.")
    }
    guard let method = request.header("access-control-request-method"), !method.isEmpty else {
      throw S3Error(.badRequest, "Invalid Access-Control-Request-Method: null")
    }
    let headers = (request.header(.accessControlRequestHeaders) ?? "").split(separator: ",")
      .map { $0.filter { $0 != " " } }
    guard !request.target.bucket.isEmpty else { throw Self.forbidden }
    let record = try await self.bucket(request.target.bucket)
    guard
      let grant = self.ruleCache.rules(record).cors?.grant(
        origin: origin, method: method, requestedHeaders: headers)
    else { throw Self.forbidden }
    request.fields = grant.fields
    request.respond(200)
  }

  private static let forbidden = S3Error(
    S3ErrorCode("AccessForbidden", 403),
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
      + "Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers "
      + "are not whitelisted by the resource's CORS spec.")
}
