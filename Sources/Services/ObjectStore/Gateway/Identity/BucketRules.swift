import ObjectModel
import S3
import Synchronization

/// The documents of a bucket, read once for each revision of its record.
final class BucketRules: Sendable {
  let revision: UInt64
  let policy: BucketPolicy?
  let cors: CORSConfiguration?
  let lifecycle: LifecycleConfiguration?
  let publicAccess: PublicAccessBlock
  let acl: AccessControlPolicy?
  let lock: ObjectLockConfiguration?
  let encryption: BucketEncryption?

  init(_ record: BucketRecord, options: GatewayOptions) {
    self.revision = record.revision
    let documents = record.documents
    // What is stored was checked when it was put.
    self.policy = documents[.policy].flatMap { try? BucketPolicy($0, bucket: record.name) }
    self.cors = documents[.cors].flatMap { try? CORSConfiguration($0) }
    self.lifecycle = documents[.lifecycle].flatMap {
      try? LifecycleConfiguration($0, identifier: { "" })
    }
    if let block = documents[.publicAccessBlock].flatMap({ try? PublicAccessBlock($0) }) {
      self.publicAccess = block
    } else {
      self.publicAccess = options.blocksPublicByDefault ? .all : PublicAccessBlock()
    }
    self.acl = documents[.acl].flatMap { try? AccessControlPolicy(document: $0) }
    self.lock = documents[.objectLock].flatMap { try? ObjectLockConfiguration($0) }
    self.encryption = documents[.encryption].flatMap { try? BucketEncryption($0) }
  }
}

/// Rules by bucket; those of old revisions are made again.
final class RuleCache: Sendable {
  static let countMax = 4096
  private let rules = Mutex<[String: BucketRules]>([:])
  private let options: GatewayOptions

  init(options: GatewayOptions) { self.options = options }

  func rules(_ record: BucketRecord) -> BucketRules {
    if let known = self.rules.withLock({ $0[record.name] }), known.revision == record.revision {
      return known
    }
    let made = BucketRules(record, options: self.options)
    self.rules.withLock { rules in
      if rules.count >= Self.countMax { rules.removeAll() }
      rules[record.name] = made
    }
    return made
  }
}
