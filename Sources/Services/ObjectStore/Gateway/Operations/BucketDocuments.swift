private import Runtime
import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

extension ObjectGateway {
  private func word(_ request: S3Request) -> SubResource {
    guard let word = request.target.subResource else { preconditionFailure("BUG: no document") }
    return word
  }

  // MARK: Get

  func getBucketDocument(_ request: S3Request) async throws {
    let word = self.word(request)
    let rule = DocumentRule.of(word)
    try await self.authorize(request, rule.read, word == .acl ? .readACP : nil)
    let record = request.bucket
    switch word {
    case .location:
      // Nothing for the region where S3 began, unless it was asked for by name.
      let region = record.region == "us-east-1" ? "" : record.region
      request.respond(xml: record.documents[.location] ?? Self.location(region))
    case .versioning:
      request.respond(
        xml: VersioningConfiguration(
          isEnabled: record.versioning == .unversioned ? nil : record.versioning == .enabled
        ).text)
    case .acl: request.respond(xml: try await self.bucketACL(record).text)
    case .policyStatus: request.respond(xml: Self.policyStatus(record, request.rules))
    case .requestPayment: request.respond(xml: Self.payment)
    case .abac: request.respond(xml: Self.document("AbacStatus", ["Status": "Disabled"]))
    case .policy:
      guard let text = record.documents[.policy] else { throw Self.missing(rule, record) }
      request.respond(200, "application/json", text)
    case .analytics, .inventory, .metrics, .intelligentTiering:
      guard !request.target.has("id") else {
        throw S3Error(.noSuchConfiguration, "The specified configuration does not exist.")
      }
      request.respond(
        xml: Self.document(rule.unset ?? "", ["IsTruncated": "false"]))
    default:
      if let stored = rule.stored, let text = record.documents[stored] {
        request.respond(xml: text)
      } else if let unset = rule.unset {
        request.respond(xml: Self.document(unset, [:]))
      } else {
        throw Self.missing(rule, record)
      }
    }
  }

  private static func missing(_ rule: DocumentRule, _ record: BucketRecord) -> S3Error {
    S3Error(
      rule.missing ?? .noSuchConfiguration, "The specified configuration does not exist.",
      details: [.init("BucketName", record.name)])
  }

  private static func document(
    _ root: StaticString, _ values: KeyValuePairs<StaticString, String>
  ) -> [UInt8] {
    var target = ByteWriter()
    target.appendS3(root) { xml in
      for (name, value) in values { xml.element(name, value) }
    }
    return target.bytes.array
  }

  private static let payment = document("RequestPaymentConfiguration", ["Payer": "BucketOwner"])

  static func location(_ region: String) -> [UInt8] {
    var target = ByteWriter()
    target.appendS3("LocationConstraint") { xml in xml.text(region) }
    return target.bytes.array
  }

  /// Open to the world by policy, or by a list that counts.
  private static func policyStatus(_ record: BucketRecord, _ rules: BucketRules?) -> [UInt8] {
    let countsLists =
      record.ownership != .bucketOwnerEnforced && !(rules?.publicAccess.ignoresACLs ?? false)
    let isPublic =
      (rules?.policy?.isPublic ?? false) || (countsLists && (rules?.acl?.isPublic ?? false))
    return Self.document("PolicyStatus", ["IsPublic": isPublic ? "true" : "false"])
  }

  // MARK: Put

  func putBucketDocument(_ request: S3Request) async throws {
    let word = self.word(request)
    let rule = DocumentRule.of(word)
    try await self.authorize(request, rule.write, word == .acl ? .writeACP : nil)
    if word == .acl { return try await self.putBucketACL(request) }
    let limit = word == .policy ? BucketPolicy.byteCountMax + 1 : 256 << 10
    let body = try await self.smallBody(request, max: limit)
    switch word {
    case .versioning: try await self.putVersioning(request, body)
    case .policy: try await self.putPolicy(request, body)
    case .cors:
      try await self.store(request, .cors, try CORSConfiguration(body).text)
    case .lifecycle: try await self.putLifecycle(request, body)
    case .tagging:
      try await self.store(
        request, .tagging, try TagSet(document: body, max: TagSet.bucketMax).text)
    case .objectLock: try await self.putObjectLock(request, body)
    case .publicAccessBlock:
      try await self.store(request, .publicAccessBlock, try PublicAccessBlock(body).text)
    case .ownershipControls: try await self.putOwnership(request, body)
    case .encryption:
      let configuration = try BucketEncryption(body)
      guard configuration.algorithm == "AES256", self.sealer != nil else {
        throw S3Error.notImplemented("encryption with \(configuration.algorithm.prefix(40))")
      }
      try await self.store(request, .encryption, configuration.text)
    case .notification, .logging, .accelerate, .requestPayment:
      try self.checkNothingIsAsked(word, body)
    case .location, .policyStatus:
      throw Operation.notAllowed(.put, word.rawValue.uppercased(), allow: "GET")
    default: throw S3Error.notImplemented(word.rawValue)
    }
    request.respond(word == .policy ? 204 : 200)
  }

  func store(
    _ request: S3Request, _ document: BucketDocument, _ text: [UInt8]?
  ) async throws(S3Error) {
    try await self.update(request) { record throws(ControlError) in
      record.documents[document] = text
    }
  }

  func update(
    _ request: S3Request,
    _ change: @escaping @Sendable (inout BucketRecord) throws(ControlError) -> Void
  ) async throws(S3Error) {
    do throws(ControlError) {
      _ = try await self.control.updateBucket(request.bucket.name, change)
    } catch {
      throw Self.refusal(error, bucket: request.bucket.name)
    }
  }

  private func putVersioning(_ request: S3Request, _ body: [UInt8]) async throws(S3Error) {
    let configuration = try VersioningConfiguration(body)
    guard !configuration.deletesWithMFA else { throw S3Error.notImplemented("MfaDelete") }
    let wanted: Versioning = configuration.isEnabled == true ? .enabled : .suspended
    guard wanted == .enabled || !request.bucket.hasObjectLock else {
      throw S3Error(
        .invalidBucketState,
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be "
          + "changed.")
    }
    try await self.update(request) { record throws(ControlError) in record.versioning = wanted }
  }

  private func putPolicy(_ request: S3Request, _ body: [UInt8]) async throws(S3Error) {
    let policy = try BucketPolicy(body, bucket: request.bucket.name)
    if policy.isPublic, request.rules?.publicAccess.blocksPolicy ?? false { throw Self.denied }
    try await self.store(request, .policy, body)
  }

  private func putLifecycle(_ request: S3Request, _ body: [UInt8]) async throws(S3Error) {
    var random = SystemRandom.shared.generator
    let configuration = try LifecycleConfiguration(
      body, identifier: { Self.text(requestNumber: random.next()) })
    try await self.store(request, .lifecycle, configuration.text)
  }

  private func putObjectLock(_ request: S3Request, _ body: [UInt8]) async throws(S3Error) {
    let configuration = try ObjectLockConfiguration(body)
    guard request.bucket.versioning == .enabled else {
      throw S3Error(
        .invalidBucketState,
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock "
          + "configuration")
    }
    try await self.update(request) { record throws(ControlError) in
      record.hasObjectLock = true
      record.documents[.objectLock] = configuration.text
    }
  }

  private func putOwnership(_ request: S3Request, _ body: [UInt8]) async throws(S3Error) {
    let rule = try OwnershipRule(document: body)
    if rule == .bucketOwnerEnforced, let acl = request.rules?.acl, acl.grants.count > 1 {
      throw S3Error(
        .invalidBucketAclWithObjectOwnership,
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
    }
    try await self.update(request) { record throws(ControlError) in
      record.ownership = Self.ownership(rule)
      record.documents[.ownershipControls] = rule.text
    }
  }

  /// Documents that may be put as long as they turn nothing on.
  private func checkNothingIsAsked(_ word: SubResource, _ body: [UInt8]) throws(S3Error) {
    let root: XMLElement
    switch word {
    case .notification: root = try S3Document.root("NotificationConfiguration", of: body)
    case .logging: root = try S3Document.root("BucketLoggingStatus", of: body)
    case .accelerate:
      root = try S3Document.root("AccelerateConfiguration", of: body)
      guard root.text(of: "Status") != "Suspended" else { return }
    default:
      root = try S3Document.root("RequestPaymentConfiguration", of: body)
      guard root.text(of: "Payer") != "BucketOwner" else { return }
    }
    guard root.children.isEmpty else { throw S3Error.notImplemented(word.rawValue) }
  }

  // MARK: Delete

  func deleteBucketDocument(_ request: S3Request) async throws {
    let word = self.word(request)
    let rule = DocumentRule.of(word)
    let action = word == .policy ? "s3:DeleteBucketPolicy" : rule.write
    try await self.authorize(request, action)
    if try Self.isKept(word) { try await self.forget(request, word, rule.stored) }
    request.respond(204)
  }

  /// Whether there may be something to delete. Throws for what cannot be deleted.
  private static func isKept(_ word: SubResource) throws(S3Error) -> Bool {
    switch word {
    case .policy, .cors, .lifecycle, .tagging, .publicAccessBlock, .ownershipControls,
      .encryption:
      return true
    case .website, .replication, .analytics, .inventory, .metrics, .intelligentTiering,
      .metadataConfiguration, .metadataTable:
      return false
    default: throw Operation.notAllowed(.delete, word.rawValue.uppercased(), allow: "GET, PUT")
    }
  }

  private func forget(
    _ request: S3Request, _ word: SubResource, _ stored: BucketDocument?
  ) async throws(S3Error) {
    let byDefault = self.options.defaultOwnership
    try await self.update(request) { record throws(ControlError) in
      if let stored { record.documents[stored] = nil }
      if word == .ownershipControls { record.ownership = byDefault }
    }
  }
}

extension S3Request {
  func respond(_ status: UInt16, _ type: StaticString, _ content: [UInt8]) {
    self.begin(status)
    self.exchange.field(.contentType, type)
    self.exchange.end(content.rawBytes)
  }
}
