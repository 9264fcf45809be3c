/// The actions that policies name.
public enum S3Action {
  private static let known: Set<String> = Set(
    [
      "AbortMultipartUpload", "BypassGovernanceRetention", "CreateBucket", "CreateSession",
      "DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite", "DeleteObject",
      "DeleteObjectTagging", "DeleteObjectVersion", "DeleteObjectVersionTagging",
      "GetAccelerateConfiguration", "GetAnalyticsConfiguration", "GetBucketAcl", "GetBucketCORS",
      "GetBucketLocation", "GetBucketLogging", "GetBucketNotification",
      "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy",
      "GetBucketPolicyStatus", "GetBucketPublicAccessBlock", "GetBucketRequestPayment",
      "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
      "GetEncryptionConfiguration", "GetIntelligentTieringConfiguration",
      "GetInventoryConfiguration", "GetLifecycleConfiguration", "GetMetricsConfiguration",
      "GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold",
      "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "GetObjectVersion",
      "GetObjectVersionAcl", "GetObjectVersionAttributes", "GetObjectVersionForReplication",
      "GetObjectVersionTagging", "GetObjectVersionTorrent", "GetPublicAccessBlock",
      "GetReplicationConfiguration", "ListAllMyBuckets", "ListBucket",
      "ListBucketMultipartUploads", "ListBucketVersions", "ListMultipartUploadParts",
      "PutAccelerateConfiguration", "PutAnalyticsConfiguration", "PutBucketAcl", "PutBucketCORS",
      "PutBucketLogging", "PutBucketNotification", "PutBucketObjectLockConfiguration",
      "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock",
      "PutBucketRequestPayment", "PutBucketTagging", "PutBucketVersioning", "PutBucketWebsite",
      "PutEncryptionConfiguration", "PutIntelligentTieringConfiguration",
      "PutInventoryConfiguration", "PutLifecycleConfiguration", "PutMetricsConfiguration",
      "PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention",
      "PutObjectTagging", "PutObjectVersionAcl", "PutObjectVersionTagging",
      "PutReplicationConfiguration", "RenameObject", "ReplicateDelete", "ReplicateObject",
      "ReplicateTags", "RestoreObject",
    ].map { $0.lowercased() })

  /// Whether an action of a policy can ever match: known, or a pattern that one of them matches. Actions
  /// of other services match nothing and are let stand.
  static func isKnown(_ text: String) -> Bool {
    let lower = text.lowercased()
    if lower == "*" { return true }
    guard let colon = lower.firstIndex(of: ":") else { return false }
    guard lower[..<colon] == "s3" else { return !lower[..<colon].isEmpty }
    let name = String(lower[lower.index(after: colon)...])
    if name.contains("*") || name.contains("?") {
      return self.known.contains { Wildcard.matches(name, $0, hasQuestionMark: true) }
    }
    return self.known.contains(name)
  }
}
