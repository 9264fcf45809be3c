import Admin
import AdminServing
import Bytes
import Crypto
import HTTP
import Hosting
import ObjectModel
import Runtime
import Values

/// `object presign`, and what moves bytes for `object get` and `object put`.
struct PresignHandlers: Sendable {
  let sources: ObjectAdminSources
  let gate: any AdminGate

  static let methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
  static let queriesMax = 1000

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.presign) { input, context in try await self.presign(input, context) }
  }

  private func presign(
    _ input: PresignInput, _ context: AdminContext
  ) async throws -> AdminList<PresignRecord> {
    try self.check(input)
    if input.method != "GET", input.method != "HEAD" {
      try self.gate.authorize(
        context.principal, AdminPrivilege("object", .write),
        on: "object/objects/\(input.bucket)/\(input.key)")
    }
    // An address of a bucket that is not there helps nobody.
    let bucket = try await self.sources.bucket(input.bucket)
    let key = try await objectWork { try await self.sources.signingKey(context.principal.name) }
    let signing = PresignedAddress(
      endpoint: self.sources.endpoint(), region: self.sources.region, key: key,
      time: SigV4Time(self.sources.time.wallNow))
    let expires = Timestamp(
      self.sources.time.wallNow + .seconds(input.expiresSeconds))
    let queries = input.queries.isEmpty ? [""] : input.queries
    return AdminList(
      queries.map { query in
        var record = PresignRecord()
        record.method = input.method
        record.headers = input.headers
        record.expiresAt = expires
        record.url = signing.url(
          input.method, bucket: bucket.name, key: input.key, query: query,
          headers: input.headers, expiresSeconds: Int(input.expiresSeconds))
        return record
      })
  }

  private func check(_ input: PresignInput) throws(AdminError) {
    guard Self.methods.contains(input.method) else {
      throw AdminError.badValue(
        "nothing was signed",
        why: "the method is not one of \(Self.methods.joined(separator: ", "))")
    }
    guard (1...Int64(SigV4Presigned.expiresSecondsMax)).contains(input.expiresSeconds) else {
      throw AdminError.badValue(
        "nothing was signed",
        why: "expires_s is not in the range 1 to \(SigV4Presigned.expiresSecondsMax)")
    }
    guard input.queries.count <= Self.queriesMax else {
      throw AdminError.badValue(
        "nothing was signed", why: "there are more than \(Self.queriesMax) queries")
    }
    guard input.key.utf8.count <= ObjectKey.byteCountMax else {
      throw AdminError.badValue("nothing was signed", why: "the key has more than 1024 bytes")
    }
    for (name, value) in input.headers {
      let isClean =
        !name.isEmpty && name.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != 0x3A }
        && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      guard isClean, name.lowercased() != "host" else {
        throw AdminError.badValue("nothing was signed", why: "a header cannot be sent like this")
      }
    }
  }
}

/// Addresses that S3 accepts for a while, path style.
struct PresignedAddress: Sendable {
  let endpoint: String
  let region: String
  let key: PresigningKey
  let time: SigV4Time

  func url(
    _ method: String, bucket: String, key: String, query: String, headers: [String: String],
    expiresSeconds: Int
  ) -> String {
    var path = ByteWriter(capacity: 64 + key.utf8.count)
    path.append("/")
    path.append(bucket)
    if !key.isEmpty {
      path.append("/")
      PercentCoding.encode(Array(key.utf8).rawBytes, keepingSlashes: true, to: &path)
    }
    let host = self.endpoint.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
    let lines =
      [(name: "host", value: String(host))]
      + headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    let scope = SigV4Scope(day: self.time.day, region: self.region, service: "s3")
    let signer = SigV4Signer(
      accessKeyID: self.key.id, key: SigV4Key(secret: self.key.secret.exposed, scope: scope))
    let text = path.bytes.lossyText
    let signed = signer.presignedQuery(
      method: method, path: text, query: query, headers: SigV4HeaderList(lines), at: self.time,
      expiresSeconds: expiresSeconds)
    return "\(self.endpoint)\(text)?\(signed)"
  }
}
