import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3

extension ObjectGateway {
  private static let grantHeaders: [(name: String, permission: AccessControlPolicy.Permission)] = [
    ("x-amz-grant-read", .read), ("x-amz-grant-write", .write),
    ("x-amz-grant-read-acp", .readACP), ("x-amz-grant-write-acp", .writeACP),
    ("x-amz-grant-full-control", .fullControl),
  ]

  /// The list that the fields of a request ask for; nil when they say nothing.
  func requestedACL(
    _ request: S3Request, owner: AccessControlPolicy.Owner,
    bucketOwner: AccessControlPolicy.Owner
  ) async throws(S3Error) -> AccessControlPolicy? {
    var grants: [AccessControlPolicy.Grant] = []
    for header in Self.grantHeaders {
      guard let text = request.header(named: header.name) else { continue }
      grants += try AccessControlPolicy.grants(header: text, header.permission)
    }
    if let canned = request.header(.xAmzAcl) {
      guard grants.isEmpty else {
        throw S3Error(
          .invalidRequest, "Specifying both Canned ACLs and Header Grants is not allowed")
      }
      guard
        let acl = AccessControlPolicy.canned(canned, owner: owner, bucketOwner: bucketOwner)
      else { throw S3Error.invalidArgument("x-amz-acl", canned, "there is no such canned ACL") }
      return acl
    }
    guard !grants.isEmpty else { return nil }
    return try await self.resolved(AccessControlPolicy(owner: owner, grants: grants))
  }

  /// Finds the accounts that grants name.
  func resolved(_ policy: AccessControlPolicy) async throws(S3Error) -> AccessControlPolicy {
    var resolved = policy
    guard policy.grants.count <= AccessControlPolicy.grantMax else {
      throw S3Error(.malformedACL, "there are \(policy.grants.count) grants, at most 100")
    }
    for (index, grant) in policy.grants.enumerated() {
      resolved.grants[index].grantee = try await self.resolved(grant.grantee)
    }
    return resolved
  }

  private func resolved(
    _ grantee: AccessControlPolicy.Grantee
  ) async throws(S3Error) -> AccessControlPolicy.Grantee {
    switch grantee {
    case .group(let uri):
      guard
        [AccessControlPolicy.Grantee.allUsers, .authenticatedUsers, .logDelivery]
          .contains(.group(uri))
      else { throw S3Error.invalidArgument("uri", uri, "Invalid group uri") }
      return grantee
    case .account(let id, _):
      guard let account = try await self.account(id) else {
        throw S3Error.invalidArgument("id", id, "Invalid id")
      }
      return .account(id: account.id, name: account.displayName)
    case .email(let email):
      guard let account = try await self.account(email: email) else {
        throw S3Error(
          .unresolvableGrantByEmail,
          "The e-mail address you provided does not match any account on record.",
          details: [.init("EmailAddress", email)])
      }
      return .account(id: account.id, name: account.displayName)
    }
  }

  func account(_ id: String) async throws(S3Error) -> ObjectAccount? {
    do throws(IdentityUnavailable) {
      return try await self.identity.account(id)
    } catch {
      throw S3Error(.serviceUnavailable, "identity cannot be asked")
    }
  }

  private func account(email: String) async throws(S3Error) -> ObjectAccount? {
    do throws(IdentityUnavailable) {
      return try await self.identity.account(email: email)
    } catch {
      throw S3Error(.serviceUnavailable, "identity cannot be asked")
    }
  }

  /// The list that a request brings, in its body or its fields.
  private func givenACL(
    _ request: S3Request, owner: AccessControlPolicy.Owner,
    bucketOwner: AccessControlPolicy.Owner
  ) async throws -> AccessControlPolicy {
    let body = try await self.smallBody(request)
    if let acl = try await self.requestedACL(request, owner: owner, bucketOwner: bucketOwner) {
      guard body.isEmpty else {
        throw S3Error(
          .unexpectedContent, "This request does not support content")
      }
      return acl
    }
    guard !body.isEmpty else {
      throw S3Error(
        .missingSecurityHeader, "Your request was missing a required header",
        details: [.init("MissingHeaderName", "x-amz-acl")])
    }
    var acl = try await self.resolved(try AccessControlPolicy(document: body))
    guard acl.owner.id.isEmpty || acl.owner.id == owner.id else { throw Self.denied }
    acl.owner = owner
    return acl
  }

  private func checkPublic(_ acl: AccessControlPolicy, _ request: S3Request) throws(S3Error) {
    if acl.isPublic, request.rules?.publicAccess.blocksACLs ?? false { throw Self.denied }
  }

  // MARK: Of buckets

  func bucketACL(_ record: BucketRecord) async throws(S3Error) -> AccessControlPolicy {
    let owner = AccessControlPolicy.Owner(
      id: record.owner, name: try await self.displayName(record.owner))
    guard record.ownership != .bucketOwnerEnforced, let text = record.documents[.acl],
      let acl = try? AccessControlPolicy(document: text)
    else { return AccessControlPolicy(ownedBy: owner) }
    return acl
  }

  func putBucketACL(_ request: S3Request) async throws {
    let record = request.bucket
    let owner = AccessControlPolicy.Owner(
      id: record.owner, name: try await self.displayName(record.owner))
    if record.ownership == .bucketOwnerEnforced { try Self.checkNoACL(request) }
    let acl = try await self.givenACL(request, owner: owner, bucketOwner: owner)
    guard record.ownership != .bucketOwnerEnforced else {
      guard acl == AccessControlPolicy(ownedBy: owner) else {
        throw S3Error(.accessControlListNotSupported, "The bucket does not allow ACLs")
      }
      return request.respond(200)
    }
    try self.checkPublic(acl, request)
    let text = acl.text
    try await self.update(request) { record throws(ControlError) in
      record.documents[.acl] = text
    }
    request.respond(200)
  }

  // MARK: Of objects

  private func objectACL(
    _ record: ObjectRecord, _ bucket: BucketRecord
  ) async throws(S3Error) -> AccessControlPolicy {
    if bucket.ownership != .bucketOwnerEnforced, !record.acl.isEmpty,
      let acl = try? AccessControlPolicy(document: record.acl)
    {
      return acl
    }
    return AccessControlPolicy(
      ownedBy: .init(id: record.owner, name: try await self.displayName(record.owner)))
  }

  func getObjectACL(_ request: S3Request) async throws {
    let found = try await self.find(
      request,
      action: request.target.has("versionId") ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl",
      .readACP)
    let acl = try await self.objectACL(found.record, request.bucket)
    request.begin(200)
    if request.bucket.versioning != .unversioned {
      request.field("x-amz-version-id", found.record.versionText)
    }
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(acl.text.rawBytes)
  }

  func putObjectACL(_ request: S3Request) async throws {
    let found = try await self.find(
      request,
      action: request.target.has("versionId") ? "s3:PutObjectVersionAcl" : "s3:PutObjectAcl",
      .writeACP)
    let bucket = request.bucket
    let owner = AccessControlPolicy.Owner(
      id: found.record.owner, name: try await self.displayName(found.record.owner))
    let bucketOwner = AccessControlPolicy.Owner(
      id: bucket.owner, name: try await self.displayName(bucket.owner))
    if bucket.ownership == .bucketOwnerEnforced { try Self.checkNoACL(request) }
    let acl = try await self.givenACL(request, owner: owner, bucketOwner: bucketOwner)
    guard bucket.ownership != .bucketOwnerEnforced else {
      guard acl == AccessControlPolicy(ownedBy: owner) else {
        throw S3Error(.accessControlListNotSupported, "The bucket does not allow ACLs")
      }
      return request.respond(200)
    }
    try self.checkPublic(acl, request)
    let text = acl.text
    try await self.change(request, found.record) { record throws(S3Error) in record.acl = text }
    request.respond(200)
  }

  /// Changes a record that was read, again when another was faster.
  func change(
    _ request: S3Request, _ first: ObjectRecord,
    _ apply: (inout ObjectRecord) throws(S3Error) -> Void
  ) async throws(S3Error) {
    let selector = try Self.selector(request.target.argument("versionId"))
    // The very version that was looked at, also when a newer one comes meanwhile.
    let version: VersionSelector =
      selector == .current
      ? (first.isNullVersion ? .null : .id(first.version)) : selector
    var record = first
    for _ in 0..<8 {
      try apply(&record)
      do throws(NamespaceError) {
        _ = try await self.namespace.replace(
          request.call,
          ReplaceRequest(
            key: request.key, version: version, sequence: record.commitSequence,
            record: record.encoded))
        return
      } catch {
        guard error.code == .conflict else { throw Self.refusal(error, request) }
      }
      let again = try await self.naming(request) { () async throws(NamespaceError) in
        try await self.namespace.get(request.call, request.key, version: version)
      }
      guard let again, let fresh = ObjectRecord(decoding: again.bytes) else {
        throw Self.noSuchKey(request.key)
      }
      record = fresh
    }
    throw S3Error(
      .operationAborted,
      "A conflicting conditional operation is currently in progress against this resource.")
  }
}
