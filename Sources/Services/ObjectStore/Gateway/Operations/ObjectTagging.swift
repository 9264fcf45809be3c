import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3

extension ObjectGateway {
  private func action(_ request: S3Request, _ verb: String) -> String {
    "s3:" + verb + (request.target.has("versionId") ? "ObjectVersionTagging" : "ObjectTagging")
  }

  func getObjectTagging(_ request: S3Request) async throws {
    let found = try await self.find(request, action: self.action(request, "Get"), .read)
    let tags = TagSet(found.record.tags.map { .init($0.name, $0.value) })
    self.begin(request, found, 200)
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(tags.text.rawBytes)
  }

  func putObjectTagging(_ request: S3Request) async throws {
    let found = try await self.find(request, action: self.action(request, "Put"), .write)
    let body = try await self.smallBody(request)
    let tags = try TagSet(document: body, max: TagSet.objectMax)
    try await self.change(request, found.record) { record throws(S3Error) in
      record.tags = tags.tags.map { .init($0.key, $0.value) }
    }
    self.begin(request, found, 200)
    request.exchange.end()
  }

  func deleteObjectTagging(_ request: S3Request) async throws {
    let found = try await self.find(request, action: self.action(request, "Delete"), .write)
    try await self.change(request, found.record) { record throws(S3Error) in record.tags = [] }
    self.begin(request, found, 204)
    request.exchange.end()
  }

  private func begin(_ request: S3Request, _ found: FoundObject, _ status: UInt16) {
    request.begin(status)
    if request.bucket.versioning != .unversioned {
      request.field("x-amz-version-id", found.record.versionText)
    }
  }
}
