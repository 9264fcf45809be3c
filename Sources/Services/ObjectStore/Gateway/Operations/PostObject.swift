import HTTPServing
import S3

extension ObjectGateway {
  func postObject(_ request: S3Request) async throws {
    throw S3Error.notImplemented("POST of a form")
  }
}
