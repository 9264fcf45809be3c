import Configuration
import SeriesServing
import Values

/// What guards the doors and watches texts of BydbQL.
extension SeriesKeys {
  static let diskMaxStream = Self.diskMax(.stream)
  static let diskMaxMeasure = Self.diskMax(.measure)
  static let diskMaxTrace = Self.diskMax(.trace)
  static let diskMaxProperty = Self.diskMax(.property)

  private static func diskMax(_ kind: DiskGuard.Kind) -> ConfigurationKey<Int> {
    ConfigurationKey(
      "series", "disk_max_percent_\(kind)", default: 95, in: 0...100,
      "How full the disk of a liaison is when writes of the kind \(kind) are refused; 0: always.")
  }

  static func diskLimits(_ configuration: Configuration) -> DiskGuard.Limits {
    [
      .stream: configuration[Self.diskMaxStream], .measure: configuration[Self.diskMaxMeasure],
      .trace: configuration[Self.diskMaxTrace], .property: configuration[Self.diskMaxProperty],
    ]
  }

  static let healthAuth = ConfigurationKey<Bool>(
    "series", "health_auth", default: false, needsRestart: true,
    "Whether the health of gRPC, too, is told only to who has a password.")
  static let windowPercent = ConfigurationKey<Int>(
    "series", "grpc_window_percent", default: 10, in: 1...100, needsRestart: true,
    "Of the memory that is free at the start, what a gRPC connection may send ahead: 64 KiB to 16 MiB."
  )

  static let messageBytes = ConfigurationKey<ByteCount>(
    "series", "message_bytes", default: ByteCount(16 << 20),
    in: ByteCount(1 << 10)...ByteCount(1 << 30), needsRestart: true,
    "The largest request at both ports; a larger one is refused with RESOURCE_EXHAUSTED.")
  static let schemaWait = ConfigurationKey<Duration>(
    "series", "schema_wait", default: .zero, in: .zero ... .seconds(60), needsRestart: true,
    "How long writes and queries wait for a schema that their client knows and this node does not.")
  static let tombstoneLife = ConfigurationKey<Duration>(
    "series", "property_tombstone_life", default: .seconds(168 * 3600),
    in: .seconds(60) ... .seconds(86_400 * 366), needsRestart: true,
    "How long a deleted property is remembered, so that what is older does not come back.")
  static let snapshotsMax = ConfigurationKey<Int>(
    "series", "snapshots_max", default: 10, in: 0...10_000, needsRestart: true,
    "Snapshots that a data node keeps; older ones go when they are more. 0: all stay.")
  static let snapshotAge = ConfigurationKey<Duration>(
    "series", "snapshot_age_min", default: .seconds(3600), in: .zero ... .seconds(86_400 * 366),
    needsRestart: true, "How old a snapshot is at least before it goes by itself.")

  static let guards = [
    messageBytes.declaration, schemaWait.declaration, tombstoneLife.declaration,
    snapshotsMax.declaration, snapshotAge.declaration, diskMaxStream.declaration,
    diskMaxMeasure.declaration, diskMaxTrace.declaration,
    diskMaxProperty.declaration, healthAuth.declaration, windowPercent.declaration,
  ]

  // MARK: Backups

  static let backupPlace = ConfigurationKey<String?>(
    "series", "backup_place", default: .some(nil), needsRestart: true,
    "Where backups by the clock go, as file:///srv/backups or s3://BUCKET/PREFIX.")
  static let backupInterval = ConfigurationKey<Duration>(
    "series", "backup_interval", default: .zero, in: .zero ... .seconds(86_400 * 366),
    needsRestart: true, "How often one of all groups is made there; 0: never.")
  static let backupKeep = ConfigurationKey<Int>(
    "series", "backup_keep", default: 7, in: 0...10_000, needsRestart: true,
    "How many of those stay; 0: all. What operators make stays anyway.")
  static let backupConcurrency = ConfigurationKey<Int>(
    "series", "backup_concurrency", default: 8, in: 1...64, needsRestart: true,
    "Pieces of 4 MiB of a backup that are copied at a time.")

  static let schedules = [
    backupPlace.declaration, backupInterval.declaration, backupKeep.declaration,
    backupConcurrency.declaration,
  ]

  // MARK: Texts

  static let cacheSize = ConfigurationKey<Int>(
    "series", "statement_cache", default: 4000, in: 0...1_000_000, needsRestart: true,
    "Texts of BydbQL with question marks that are kept as they were parsed; 0: none.")
  static let cacheBytes = ConfigurationKey<ByteCount>(
    "series", "statement_cache_bytes", default: ByteCount(10 << 20), needsRestart: true,
    "Memory for them; 0: no bound.")
  static let slowText = ConfigurationKey<Duration>(
    "series", "slow_text", default: .seconds(1), in: .zero ... .seconds(3600), needsRestart: true,
    "From which duration a text of BydbQL is slow: it is in slow.log, and among statements; 0: never."
  )
  static let statementInterval = ConfigurationKey<Duration>(
    "series", "statement_interval", default: .seconds(300), in: .zero ... .seconds(86_400),
    needsRestart: true,
    "How often the worst texts are written to DIR/series/log/statements.log; 0: never.")
  static let slowLife = ConfigurationKey<Duration>(
    "series", "statement_slow_life", default: .seconds(86_400),
    in: .seconds(1) ... .seconds(86_400 * 30), needsRestart: true,
    "How long a text is remembered that was slow.")
  static let reparsedLife = ConfigurationKey<Duration>(
    "series", "statement_reparsed_life", default: .seconds(86_400),
    in: .seconds(1) ... .seconds(86_400 * 30), needsRestart: true,
    "How long a text is remembered that was parsed again.")
  static let parameterForm = ConfigurationKey<HotStatements.ParameterForm>(
    "series", "statement_parameters", default: .fingerprint, needsRestart: true,
    "What logs have of parameters of texts: none, fingerprint (of texts length and hash), or raw.")

  static let statements = [
    cacheSize.declaration, cacheBytes.declaration, slowText.declaration,
    statementInterval.declaration, slowLife.declaration, reparsedLife.declaration,
    parameterForm.declaration,
  ]
}

extension HotStatements.ParameterForm: ConfigurationValue {}
