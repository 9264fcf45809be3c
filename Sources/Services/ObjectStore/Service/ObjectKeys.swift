import Configuration
import ObjectGateway
import ObjectModel
import Values

/// What the object store is configured by.
enum ObjectKeys {
  // MARK: s3

  enum Ownership: String, CaseIterable, ConfigurationValue, Sendable {
    case bucketOwnerEnforced = "bucket-owner-enforced"
    case bucketOwnerPreferred = "bucket-owner-preferred"
    case objectWriter = "object-writer"

    var ownership: ObjectOwnership {
      switch self {
      case .bucketOwnerEnforced: .bucketOwnerEnforced
      case .bucketOwnerPreferred: .bucketOwnerPreferred
      case .objectWriter: .objectWriter
      }
    }
  }

  static let host = ConfigurationKey<String>(
    "s3", "host", default: "127.0.0.1", needsRestart: true, "Where S3 listens.")
  static let port = ConfigurationKey<Int>(
    "s3", "port", default: 9000, in: 1...65_535, needsRestart: true, "Its port.")
  static let certificate = ConfigurationKey<String?>(
    "s3", "certificate_file", default: .some(nil), needsRestart: true,
    "PEM file of its certificate chain: it then speaks TLS.")
  static let key = ConfigurationKey<String?>(
    "s3", "key_file", default: .some(nil), needsRestart: true, "PEM file of the private key.")
  static let domains = ConfigurationKey<[String]>(
    "s3", "domains", default: [], needsRestart: true,
    "Base domains of hosts that name a bucket, as BUCKET.DOMAIN; without one only paths do.")
  static let isStrictRegion = ConfigurationKey<Bool>(
    "s3", "strict_region", default: false, needsRestart: true,
    "Refuses requests that are signed for another region.")
  static let signatureV2 = ConfigurationKey<SignatureV2Use>(
    "s3", "signature_v2", default: .presigned, needsRestart: true,
    "Where version 2 of signatures is taken: off, presigned (in addresses, as older clients make them) "
      + "or on (in headers as well).")
  static let defaultOwnership = ConfigurationKey<Ownership>(
    "s3", "default_ownership", default: .bucketOwnerEnforced, needsRestart: true,
    "Who owns the objects of new buckets; lists of permissions count with the last two.")
  static let blocksPublic = ConfigurationKey<Bool>(
    "s3", "block_public", default: true, needsRestart: true,
    "Nobody without credentials gets in, unless a bucket's public access block says otherwise.")
  static let inlineMax = ConfigurationKey<Int>(
    "s3", "inline_max", default: 512, in: 0...4096, needsRestart: true,
    "Bytes of bodies that are kept with the name.")
  static let bodyMemory = ConfigurationKey<ByteCount>(
    "s3", "body_memory", default: ByteCount(256 << 20), needsRestart: true,
    "Memory of all bodies under way; beyond it the answer is SlowDown.")
  static let connectionsMax = ConfigurationKey<Int>(
    "s3", "connections_max", default: 10_000, in: 1...1_000_000, needsRestart: true,
    "Connections at a time; more are answered 503 and closed.")
  static let connectionsPerAddress = ConfigurationKey<Int>(
    "s3", "connections_per_address", default: 1024, in: 1...1_000_000, needsRestart: true,
    "Connections at a time from one address; more are answered 503 and closed.")
  static let encryption = ConfigurationKey<Bool>(
    "s3", "encryption", default: true, needsRestart: true,
    "Content is sealed for buckets and requests that ask for it (SSE-S3).")
  static let lifecycleDay = ConfigurationKey<Duration>(
    "s3", "lifecycle_day", default: .seconds(86_400), in: .seconds(1) ... .seconds(86_400),
    needsRestart: true, "How long a day of a lifecycle rule lasts; shorter for tests only.")

  static let accessLog = ConfigurationKey<Bool>(
    "s3", "access_log", default: false, needsRestart: true,
    "Writes a line of JSON for every request to DIR/object-gateway/log/access.log.")
  static let accessLogBytes = ConfigurationKey<ByteCount>(
    "s3", "access_log_bytes", default: ByteCount(64 << 20), needsRestart: true,
    "The size at which that file is put aside; the one of before goes.")

  // MARK: object

  static let garbageDelay = ConfigurationKey<Duration>(
    "object", "garbage_delay", default: .seconds(300), in: .zero ... .seconds(86_400),
    needsRestart: true, "How long the bytes of what was deleted stay, for reads that have begun.")
  static let uploadExpiry = ConfigurationKey<Duration>(
    "object", "upload_expiry", default: .zero, in: .zero ... .seconds(366 * 86_400),
    needsRestart: true, "Uploads that were begun so long ago are aborted; 0s: never.")

  static let orphanAge = ConfigurationKey<Duration>(
    "object", "orphan_age", default: .seconds(86_400),
    in: .seconds(2) ... .seconds(30 * 86_400), needsRestart: true,
    "How old bytes without a name are before a scan takes them for lost; longer than any upload.")

  // MARK: object_namespace

  enum Engine: String, CaseIterable, ConfigurationValue, Sendable { case tree, rocksdb }

  static let engine = ConfigurationKey<Engine>(
    "object_namespace", "engine", default: .tree, needsRestart: true,
    "What keeps the names: our own tree, or RocksDB. Fixed once there are names.")
  static let cache = ConfigurationKey<ByteCount>(
    "object_namespace", "cache", default: ByteCount(256 << 20), needsRestart: true,
    "Memory for names.")
  static let checkpointInterval = ConfigurationKey<Duration>(
    "object_namespace", "checkpoint_interval", default: .seconds(60),
    in: .seconds(1) ... .seconds(3600), needsRestart: true,
    "How long changes may be in the log only.")
  static let logTrigger = ConfigurationKey<ByteCount>(
    "object_namespace", "log_max", default: ByteCount(256 << 20), needsRestart: true,
    "How much log there may be before a checkpoint begins.")

  // MARK: object_blobs

  static let folders = ConfigurationKey<[String]>(
    "object_blobs", "folders", default: [], needsRestart: true,
    "Folders of the stores, one for each disk; one in the data directory when empty.")
  static let copies = ConfigurationKey<Int>(
    "object_blobs", "copies", default: 1, in: 1...2, needsRestart: true,
    "2: stores are taken in pairs, and each block is in both.")
  static let spares = ConfigurationKey<Int>(
    "object_blobs", "spares", default: 0, in: 0...64, needsRestart: true,
    "How many of the folders are kept empty, for `lakectl disk replace`.")
  enum Mirror: String, CaseIterable, ConfigurationValue, Sendable {
    case automatic = "auto"
    case disk, node
  }

  static let mirror = ConfigurationKey<Mirror>(
    "object_blobs", "mirror", default: .automatic, needsRestart: true,
    "Where the second copy is: on another disk, or on another node, which needs shared facts. auto: "
      + "on another node when there are shared facts and an odd number of folders.")
  static let dataMax = ConfigurationKey<ByteCount>(
    "object_blobs", "data_max", default: ByteCount(64 << 30), needsRestart: true,
    "What the data file of a store may grow to.")
  static let blockCache = ConfigurationKey<ByteCount>(
    "object_blobs", "cache", default: ByteCount(64 << 20), needsRestart: true,
    "Memory of a store for small blocks that were read.")
  static let scrubPeriod = ConfigurationKey<Duration>(
    "object_blobs", "scrub_period", default: .seconds(14 * 86_400),
    in: .zero ... .seconds(366 * 86_400), needsRestart: true,
    "How often every block is read and compared; 0s: never by itself.")

  // MARK: sections

  static let s3 = ConfigurationSection(
    "s3", "The S3 endpoint.",
    keys: [
      host.declaration, port.declaration, certificate.declaration,
      key.declaration, domains.declaration, isStrictRegion.declaration,
      signatureV2.declaration, defaultOwnership.declaration, blocksPublic.declaration,
      inlineMax.declaration, bodyMemory.declaration, connectionsMax.declaration,
      connectionsPerAddress.declaration, encryption.declaration,
      lifecycleDay.declaration, accessLog.declaration, accessLogBytes.declaration,
    ])
  static let namespace = ConfigurationSection(
    "object_namespace", "The names of objects.",
    keys: [
      engine.declaration, cache.declaration, checkpointInterval.declaration,
      logTrigger.declaration,
    ])
  static let blobs = ConfigurationSection(
    "object_blobs", "The bytes of objects.",
    keys: [
      folders.declaration, copies.declaration, spares.declaration, mirror.declaration,
      dataMax.declaration, blockCache.declaration, scrubPeriod.declaration,
    ])
  static let object = ConfigurationSection(
    "object", "What becomes of what is no longer wanted.",
    keys: [
      garbageDelay.declaration, uploadExpiry.declaration, orphanAge.declaration,
    ])
}

extension SignatureV2Use: ConfigurationValue {}
