import ObjectModel
import S3

/// What can be asked of a bucket besides its objects, in one table: the actions that policies name, what
/// is kept, and what is said when nothing is.
struct DocumentRule {
  var read: String
  var write: String
  var stored: BucketDocument?
  var missing: S3ErrorCode?
  /// Said instead when nothing is stored.
  var unset: StaticString?

  init(
    _ read: String, _ write: String, _ stored: BucketDocument? = nil,
    missing: S3ErrorCode? = nil, unset: StaticString? = nil
  ) {
    self.read = "s3:" + read
    self.write = "s3:" + write
    self.stored = stored
    self.missing = missing
    self.unset = unset
  }

  static func of(_ word: SubResource) -> DocumentRule {
    switch word {
    case .policy:
      Self("GetBucketPolicy", "PutBucketPolicy", .policy, missing: .noSuchBucketPolicy)
    case .policyStatus: Self("GetBucketPolicyStatus", "PutBucketPolicy")
    case .cors: Self("GetBucketCORS", "PutBucketCORS", .cors, missing: .noSuchCORSConfiguration)
    case .lifecycle:
      Self(
        "GetLifecycleConfiguration", "PutLifecycleConfiguration", .lifecycle,
        missing: .noSuchLifecycleConfiguration)
    case .tagging: Self("GetBucketTagging", "PutBucketTagging", .tagging, missing: .noSuchTagSet)
    case .objectLock:
      Self(
        "GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration", .objectLock,
        missing: .objectLockConfigurationNotFound)
    case .publicAccessBlock:
      Self(
        "GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock", .publicAccessBlock,
        missing: .noSuchPublicAccessBlock)
    case .ownershipControls:
      Self(
        "GetBucketOwnershipControls", "PutBucketOwnershipControls", .ownershipControls,
        missing: .ownershipControlsNotFound)
    case .encryption:
      Self(
        "GetEncryptionConfiguration", "PutEncryptionConfiguration", .encryption,
        missing: .encryptionConfigurationNotFound)
    default: Self.ofUnstored(word)
    }
  }

  /// Those that are not kept, or that are part of the bucket's record.
  private static func ofUnstored(_ word: SubResource) -> DocumentRule {
    switch word {
    case .website:
      Self("GetBucketWebsite", "PutBucketWebsite", missing: .noSuchWebsiteConfiguration)
    case .replication:
      Self(
        "GetReplicationConfiguration", "PutReplicationConfiguration",
        missing: .replicationConfigurationNotFound)
    case .notification:
      Self(
        "GetBucketNotification", "PutBucketNotification", .notification,
        unset: "NotificationConfiguration")
    case .logging:
      Self("GetBucketLogging", "PutBucketLogging", .logging, unset: "BucketLoggingStatus")
    case .accelerate:
      Self(
        "GetAccelerateConfiguration", "PutAccelerateConfiguration", .accelerate,
        unset: "AccelerateConfiguration")
    case .requestPayment:
      Self("GetBucketRequestPayment", "PutBucketRequestPayment", .requestPayment)
    case .location: Self("GetBucketLocation", "GetBucketLocation")
    case .versioning: Self("GetBucketVersioning", "PutBucketVersioning")
    case .acl: Self("GetBucketAcl", "PutBucketAcl")
    case .analytics:
      Self(
        "GetAnalyticsConfiguration", "PutAnalyticsConfiguration",
        unset: "ListBucketAnalyticsConfigurationResult")
    case .inventory:
      Self(
        "GetInventoryConfiguration", "PutInventoryConfiguration",
        unset: "ListInventoryConfigurationsResult")
    case .metrics:
      Self(
        "GetMetricsConfiguration", "PutMetricsConfiguration",
        unset: "ListMetricsConfigurationsResult")
    case .intelligentTiering:
      Self(
        "GetIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration",
        unset: "ListBucketIntelligentTieringConfigurationsResult")
    case .metadataConfiguration, .metadataTable, .metadataInventoryTable, .metadataJournalTable:
      Self(
        "GetBucketMetadataTableConfiguration", "UpdateBucketMetadataTableConfiguration",
        missing: .metadataConfigurationNotFound)
    case .abac: Self("GetBucketAbac", "PutBucketAbac")
    default: preconditionFailure("BUG: \(word.rawValue) is no document of a bucket")
    }
  }
}
