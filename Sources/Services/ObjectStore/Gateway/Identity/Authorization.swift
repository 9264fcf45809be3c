import Bytes
import HTTP
import HTTPServing
import ObjectModel
import Runtime
import S3
import Values

/// What came of asking everything but the list of permissions of one object.
enum AccessOutcome: Sendable, Hashable {
  case allowed
  case denied
  /// An object's own list may still allow it.
  case dependsOnObject
}

extension ObjectGateway {
  static let denied = S3Error(.accessDenied, "Access Denied")

  /// Throws unless the caller may do `action` on the bucket, or on one of its objects.
  ///
  /// - Parameter permission: what a list of permissions of the bucket has to give; nil: none counts.
  func authorize(
    _ request: S3Request, _ action: String, key: ObjectKey? = nil,
    _ permission: AccessControlPolicy.Permission? = nil, context: [String: [String]] = [:]
  ) async throws(S3Error) {
    let outcome = try await self.outcome(
      request, action, bucket: request.bucket, request.rules, key: key, permission,
      context: context)
    guard outcome == .allowed else { throw Self.denied }
  }

  /// The order of decisions: the owner's root, unless a policy denies; then a denial anywhere; then any
  /// allowance, of the caller's own policies, of the bucket's, of its list.
  func outcome(
    _ request: S3Request, _ action: String, bucket: BucketRecord, _ rules: BucketRules?,
    key: ObjectKey?, _ permission: AccessControlPolicy.Permission?,
    context: [String: [String]] = [:]
  ) async throws(S3Error) -> AccessOutcome {
    let caller = request.caller
    let isOwner = caller.account?.id == bucket.owner
    let policy = rules?.policy
    if isOwner, caller.isAccountRoot, policy == nil { return .allowed }
    let resource = "arn:aws:s3:::" + bucket.name + (key.map { "/" + $0.text } ?? "")
    var full = context
    self.addContext(request, to: &full)
    var decision = BucketPolicy.Decision.noStatement
    if let policy {
      let restricts = rules?.publicAccess.restrictsBuckets ?? false
      decision = policy.evaluate(
        PolicyRequest(
          principals: caller.principals, action: action, resource: resource, context: full),
        ignoringPublic: restricts && !isOwner && policy.isPublic)
    }
    if decision == .denied {
      // Whoever owns the bucket can always take its policy away.
      let isPolicy = ["s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"]
        .contains(action)
      guard isOwner, caller.isAccountRoot, isPolicy else { return .denied }
    }
    if isOwner, caller.isAccountRoot { return .allowed }
    if let accessKey = caller.key, !accessKey.isAccountRoot {
      let answer = try await self.evaluate(
        AccessRequest(
          key: accessKey, action: action, resource: resource, resourceOwner: bucket.owner,
          context: full))
      switch answer {
      case .denied: return .denied
      case .allowed:
        if isOwner || accessKey.isDelegation || decision == .allowed { return .allowed }
      case .noStatement: break
      }
    }
    if decision == .allowed { return .allowed }
    return self.outcomeOfLists(request, bucket, rules, hasKey: key != nil, permission)
  }

  private func outcomeOfLists(
    _ request: S3Request, _ bucket: BucketRecord, _ rules: BucketRules?, hasKey: Bool,
    _ permission: AccessControlPolicy.Permission?
  ) -> AccessOutcome {
    guard bucket.ownership != .bucketOwnerEnforced else { return .denied }
    if let permission, let acl = rules?.acl,
      acl.allows(
        permission, account: request.caller.account?.id,
        ignoringPublic: rules?.publicAccess.ignoresACLs ?? false)
    {
      return .allowed
    }
    return hasKey ? .dependsOnObject : .denied
  }

  func evaluate(_ request: AccessRequest) async throws(S3Error) -> AccessDecision {
    do throws(IdentityUnavailable) {
      return try await self.identity.evaluate(request)
    } catch {
      throw S3Error(.serviceUnavailable, "identity cannot be asked")
    }
  }

  /// Whether an object's own list gives the caller `permission`.
  func allows(
    _ request: S3Request, _ object: ObjectRecord, _ permission: AccessControlPolicy.Permission
  ) -> Bool {
    guard request.bucket.ownership != .bucketOwnerEnforced else { return false }
    let account = request.caller.account?.id
    if let account, account == object.owner, request.caller.isAccountRoot { return true }
    guard !object.acl.isEmpty, let acl = try? AccessControlPolicy(document: object.acl) else {
      return false
    }
    return acl.allows(
      permission, account: account,
      ignoringPublic: request.rules?.publicAccess.ignoresACLs ?? false)
  }

  /// What every policy may look at.
  private func addContext(_ request: S3Request, to context: inout [String: [String]]) {
    let exchange = request.exchange
    if case .ip(let address, _) = exchange.peer { context["aws:sourceip"] = [address] }
    context["aws:securetransport"] = [exchange.tls == nil ? "false" : "true"]
    let seconds = self.time.wallNow.nanoseconds / 1_000_000_000
    context["aws:epochtime"] = ["\(seconds)"]
    context["aws:currenttime"] = [S3Time.text(milliseconds: UInt64(clamping: seconds) * 1000)]
    context["s3:signatureversion"] = [request.caller.version.rawValue]
    context["s3:authtype"] = [
      request.caller.isPresigned ? "REST-QUERY-STRING" : "REST-HEADER"
    ]
    if let key = request.caller.key {
      context["aws:username"] = [key.userName]
      context["aws:userid"] = [key.account.id]
      context["aws:principalaccount"] = [key.account.id]
      context["aws:principalarn"] = [key.principal]
    }
    func add(_ name: String, _ value: String?) { if let value { context[name] = [value] } }
    add("aws:useragent", exchange.fieldText(.userAgent))
    add("aws:referer", exchange.fieldText(.referer))
    add("s3:prefix", request.target.argument("prefix"))
    add("s3:delimiter", request.target.argument("delimiter"))
    add("s3:max-keys", request.target.argument("max-keys"))
    add("s3:versionid", request.target.argument("versionId"))
    add("s3:x-amz-acl", exchange.fieldText(.xAmzAcl))
    for name in [
      "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-storage-class",
      "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
      "x-amz-server-side-encryption-customer-algorithm", "x-amz-grant-full-control",
      "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp",
      "x-amz-object-ownership",
    ] { add("s3:" + name, request.header(named: name)) }
    add("s3:object-lock-mode", request.header("x-amz-object-lock-mode"))
    add("s3:object-lock-retain-until-date", request.header("x-amz-object-lock-retain-until-date"))
    add("s3:object-lock-legal-hold", request.header("x-amz-object-lock-legal-hold"))
    if let header = request.header("x-amz-tagging"), let tags = try? TagSet(header: header) {
      for tag in tags.tags { context["s3:requestobjecttag/" + tag.key] = [tag.value] }
      context["s3:requestobjecttagkeys"] = tags.tags.map(\.key)
    }
  }

  /// What policies may ask about the object that is there.
  static func context(of object: ObjectRecord) -> [String: [String]] {
    var context: [String: [String]] = [:]
    for tag in object.tags { context["s3:existingobjecttag/" + tag.name] = [tag.value] }
    return context
  }
}
