/// What a commit is checked against beside the format itself: the moment, and what the catalog allows.
public struct CommitRules: Sendable {
  public var nowMS: Int64
  /// The version that a warehouse allows at most.
  public var formatVersionMax = IcebergLimits.formatVersionMax
  /// The version of a table that is created without saying one.
  public var formatVersionDefault = 2
  /// Whether a schema that could not read the rows written before is refused.
  public var enforcesSchemaEvolution = true
  public var isCaseInsensitive = false
  /// Throws when a table may not use a location; asks nobody.
  public var checkLocation: @Sendable (LocationUse, String) throws(IcebergError) -> Void

  public enum LocationUse: Sendable {
    case table, metadata, data, manifestList, statistics
  }

  public init(
    nowMS: Int64,
    checkLocation: @escaping @Sendable (LocationUse, String) throws(IcebergError) -> Void = {
      (_, _) throws(IcebergError) in
    }
  ) {
    self.nowMS = nowMS
    self.checkLocation = checkLocation
  }
}

/// Names of properties that have a meaning here.
enum ReservedProperties {
  /// What a document says elsewhere; a request cannot set these.
  static let names: Set = [
    "format-version", "uuid", "snapshot-count", "current-snapshot-id",
    "current-snapshot-summary", "current-snapshot-timestamp-ms", "current-schema",
    "default-partition-spec", "default-sort-order",
  ]
  static let encryptionKeyID = "encryption.key-id"
  static let previousVersionsMax = "write.metadata.previous-versions-max"
  static let previousVersionsMaxDefault = 100
  static let dataPath = "write.data.path"
  static let commitNumbers: Set = [
    "commit.retry.num-retries", "commit.retry.min-wait-ms", "commit.retry.max-wait-ms",
    "commit.retry.total-timeout-ms", "commit.status-check.num-retries",
    "commit.status-check.min-wait-ms", "commit.status-check.max-wait-ms",
    "commit.status-check.total-timeout-ms", "commit.manifest.target-size-bytes",
    "commit.manifest.min-count-to-merge",
  ]
}
