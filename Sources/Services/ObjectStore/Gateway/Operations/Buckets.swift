import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

extension ObjectGateway {
  // MARK: The service

  func listBuckets(_ request: S3Request) async throws {
    guard let account = request.caller.account else { throw Self.denied }
    if let key = request.caller.key, !key.isAccountRoot {
      let decision = try await self.evaluate(
        AccessRequest(key: key, action: "s3:ListAllMyBuckets", resource: "arn:aws:s3:::*"))
      guard decision == .allowed else { throw Self.denied }
    }
    let limit = try self.bucketLimit(request)
    let prefix = request.target.argument("prefix") ?? ""
    let token = request.target.argument("continuation-token")
    var after = ""
    if let token, !token.isEmpty {
      guard
        let known = ListToken(text: token, key: self.options.tokenKey, bucket: 0)
      else {
        throw S3Error.invalidArgument("continuation-token", token, "the token is none of ours")
      }
      after = String(decoding: known.position, as: UTF8.self)
    }
    let page: BucketPage
    do throws(ControlError) {
      page = try await self.control.buckets(
        owner: account.id, prefix: prefix, after: after, limit: limit)
    } catch {
      throw Self.refusal(error, bucket: "")
    }
    var next: String?
    if page.isTruncated, let last = page.buckets.last {
      next = ListToken(position: Array(last.name.utf8), isCommonPrefix: false)
        .text(key: self.options.tokenKey, bucket: 0)
    }
    request.respond(xml: Self.bucketList(page, account, next: next, prefix: prefix))
  }

  private func bucketLimit(_ request: S3Request) throws(S3Error) -> Int {
    guard let text = request.target.argument("max-buckets") else { return 10_000 }
    guard let limit = Int(text), (1...10_000).contains(limit) else {
      throw S3Error.invalidArgument("max-buckets", text, "max-buckets is 1 to 10000")
    }
    return limit
  }

  private static func bucketList(
    _ page: BucketPage, _ account: ObjectAccount, next: String?, prefix: String
  ) -> [UInt8] {
    var target = ByteWriter(capacity: 1024)
    target.appendS3("ListAllMyBucketsResult") { xml in
      xml.element("Buckets") { xml in
        for bucket in page.buckets {
          xml.element("Bucket") { xml in
            xml.element("Name", bucket.name)
            xml.element("CreationDate", S3Time.text(milliseconds: bucket.createdMilliseconds))
            xml.element("BucketRegion", bucket.region)
          }
        }
      }
      xml.element("Owner") { xml in
        xml.element("ID", account.id)
        xml.element("DisplayName", account.displayName)
      }
      xml.element("ContinuationToken", ifPresent: next)
      if !prefix.isEmpty { xml.element("Prefix", prefix) }
    }
    return target.bytes.array
  }

  // MARK: Create

  func createBucket(_ request: S3Request) async throws {
    guard let account = request.caller.account else { throw Self.denied }
    let name = request.target.bucket
    if let key = request.caller.key {
      var mayCreate = key.mayCreateBuckets
      if !key.isAccountRoot {
        let decision = try await self.evaluate(
          AccessRequest(
            key: key, action: "s3:CreateBucket", resource: "arn:aws:s3:::" + name))
        mayCreate = decision == .allowed || (mayCreate && decision != .denied)
      }
      guard mayCreate else { throw Self.denied }
    }
    guard BucketName.isValid(name) else {
      throw S3Error(
        .invalidBucketName, "The specified bucket is not valid.",
        details: [.init("BucketName", name)])
    }
    let draft = try await self.draft(request, owner: account)
    do throws(ControlError) {
      _ = try await self.control.createBucket(
        draft, bucketsMax: self.options.bucketsPerOwnerMax)
    } catch {
      guard error.code == .exists, let existing = error.existing else {
        throw Self.refusal(error, bucket: name)
      }
      try self.checkRepeat(existing, draft, account)
    }
    request.begin(200)
    request.field("Location", "/" + name)
    request.exchange.end()
  }

  private func draft(
    _ request: S3Request, owner account: ObjectAccount
  ) async throws -> BucketDraft {
    let body = try await self.smallBody(request)
    var draft = BucketDraft(
      name: request.target.bucket, owner: account.id, region: self.options.region,
      ownership: self.options.defaultOwnership)
    if !body.isEmpty {
      let configuration = try CreateBucketConfiguration(body)
      if let location = configuration.location, !location.isEmpty,
        location != self.options.region
      {
        throw S3Error(
          .invalidLocationConstraint, "The specified location-constraint is not valid",
          details: [.init("LocationConstraint", location)])
      }
      if let location = configuration.location, !location.isEmpty {
        draft.documents[.location] = Self.location(location)
      }
      if let tags = configuration.tags, !tags.tags.isEmpty { draft.documents[.tagging] = tags.text }
    }
    if let text = request.header("x-amz-object-ownership") {
      guard let rule = OwnershipRule(rawValue: text) else {
        throw S3Error.invalidArgument(
          "x-amz-object-ownership", text, "the ownership is none that is known")
      }
      draft.ownership = Self.ownership(rule)
      draft.documents[.ownershipControls] = rule.text
    }
    if request.header("x-amz-bucket-object-lock-enabled")?.lowercased() == "true" {
      draft.hasObjectLock = true
      draft.versioning = .enabled
      draft.documents[.objectLock] = ObjectLockConfiguration().text
    }
    let owner = AccessControlPolicy.Owner(id: account.id, name: account.displayName)
    if let acl = try await self.requestedACL(request, owner: owner, bucketOwner: owner) {
      if draft.ownership == .bucketOwnerEnforced, acl.grants.count > 1 {
        throw S3Error(
          .invalidBucketAclWithObjectOwnership,
          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
      }
      draft.documents[.acl] = acl.text
    }
    return draft
  }

  static func ownership(_ rule: OwnershipRule) -> ObjectOwnership {
    switch rule {
    case .bucketOwnerEnforced: .bucketOwnerEnforced
    case .bucketOwnerPreferred: .bucketOwnerPreferred
    case .objectWriter: .objectWriter
    }
  }

  /// Making a bucket again changes nothing for who owns it, in the region where S3 began.
  private func checkRepeat(
    _ existing: BucketRecord, _ draft: BucketDraft, _ account: ObjectAccount
  ) throws(S3Error) {
    guard existing.owner == account.id else {
      throw Self.refusal(ControlError(.exists, ""), bucket: draft.name)
    }
    let owner = AccessControlPolicy.Owner(id: account.id, name: account.displayName)
    let plain = AccessControlPolicy(ownedBy: owner).text
    guard (existing.documents[.acl] ?? plain) == (draft.documents[.acl] ?? plain) else {
      throw Self.refusal(ControlError(.exists, ""), bucket: draft.name)
    }
    guard self.options.region == "us-east-1" else {
      throw S3Error(
        .bucketAlreadyOwnedByYou,
        "Your previous request to create the named bucket succeeded and you already own it.",
        details: [.init("BucketName", draft.name)])
    }
  }

  /// A body that is collected whole, and checked as an object's would be.
  func smallBody(_ request: S3Request, max: Int = 256 << 10) async throws -> [UInt8] {
    try await self.collect(try self.upload(request), max: max, request)
  }

  // MARK: Head and delete

  func headBucket(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:ListBucket", .read)
    request.begin(200)
    request.field("x-amz-bucket-region", request.bucket.region)
    request.exchange.end()
  }

  func deleteBucket(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:DeleteBucket")
    do throws(ControlError) {
      try await self.control.deleteBucket(request.bucket.name)
    } catch {
      throw Self.refusal(error, bucket: request.bucket.name)
    }
    request.respond(204)
  }
}
