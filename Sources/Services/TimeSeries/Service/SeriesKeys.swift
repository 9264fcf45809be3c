import Configuration
import SeriesStorage
import Values

/// What the time series are configured by.
enum SeriesKeys {
  static let host = ConfigurationKey<String>(
    "series", "host", default: "127.0.0.1", needsRestart: true,
    "The address that the time series listen on.")
  static let port = ConfigurationKey<Int>(
    "series", "grpc_port", default: 17912, in: 1...65_535, needsRestart: true,
    "The port of gRPC.")
  static let httpPort = ConfigurationKey<Int>(
    "series", "http_port", default: 17913, in: 1...65_535, needsRestart: true,
    "The port of HTTP with JSON.")
  static let apiVersion = ConfigurationKey<String>(
    "series", "api_version", default: "0.10", needsRestart: true,
    check: { text in
      let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
      let isVersion = numbers.count >= 2 && numbers.allSatisfy { UInt16($0) != nil }
      return isVersion ? nil : "a version is numbers with dots between them, such as 0.9"
    }, "The version of the API that clients are told: they refuse to start with others.")
  static let certificate = ConfigurationKey<String?>(
    "series", "certificate_file", default: .some(nil), needsRestart: true,
    "PEM file of the certificate chain of both ports: they then speak TLS.")
  static let key = ConfigurationKey<String?>(
    "series", "key_file", default: .some(nil), needsRestart: true, "PEM file of the private key.")
  static let connectionsMax = ConfigurationKey<Int>(
    "series", "connections_max", default: 4096, in: 1...1_000_000, needsRestart: true,
    "Connections of each port at a time.")
  static let memory = ConfigurationKey<ByteCount>(
    "series", "memory", default: ByteCount(256 << 20), needsRestart: true,
    "Memory of rows that are in no file yet; at twice of it writes wait.")
  static let diskHigh = ConfigurationKey<Int>(
    "series", "disk_high_percent", default: 95, in: 0...100, needsRestart: true,
    "How full the disk is when rows are refused; 0: always, the node only reads.")
  static let diskLow = ConfigurationKey<Int>(
    "series", "disk_low_percent", default: 85, in: 1...100, needsRestart: true,
    "How full it is when they are taken again.")
  static let handOffMax = ConfigurationKey<ByteCount>(
    "series", "hand_off_max", default: ByteCount(8 << 30), needsRestart: true,
    "Bytes that a liaison keeps for data nodes that are away; beyond it writes are refused.")
  static let labels = ConfigurationKey<String>(
    "series", "node_labels", default: "", needsRestart: true,
    "Labels of this data node, as tier=warm,disk=hdd: stages of groups choose nodes by them.")
  static let baseSelector = ConfigurationKey<String>(
    "series", "data_node_selector", default: "", needsRestart: true,
    "Which data nodes new rows go to, by their labels, as tier=hot; empty: all.")
  static let migrateInterval = ConfigurationKey<Duration>(
    "series", "migrate_interval", default: .seconds(600), in: .zero ... .seconds(86_400 * 7),
    needsRestart: true, "How often rows that are old enough go to the next stage; 0: never.")
  static let migrateOrphans = ConfigurationKey<OrphanPolicy>(
    "series", "migrate_orphans", default: .archive, needsRestart: true,
    "Of rows whose object was deleted when they are to go to the next stage: archive, discard, keep."
  )
  static let placeInterval = ConfigurationKey<Duration>(
    "series", "place_interval", default: .zero, in: .zero ... .seconds(86_400 * 7),
    needsRestart: true, "How often shards go where they belong after nodes came or left; 0: never.")
  static let moveRate = ConfigurationKey<ByteCount>(
    "series", "move_bytes_per_second", default: ByteCount(64 << 20), needsRestart: true,
    "How fast shards are copied from node to node; 0: as fast as it goes.")
  static let makesGroups = ConfigurationKey<Bool>(
    "series", "doors_make_groups", default: true, needsRestart: true,
    "Whether a group is made when Influx or Prometheus first write to it.")
  static let doorTTL = ConfigurationKey<Int>(
    "series", "doors_ttl_days", default: 30, in: 1...36_500, needsRestart: true,
    "How many days the rows of such groups are kept.")
  static let doorShards = ConfigurationKey<Int>(
    "series", "doors_shards", default: 2, in: 1...1024, needsRestart: true,
    "The shards of such groups.")
  static let doorColumns = ConfigurationKey<Int>(
    "series", "doors_columns_max", default: 1000, in: 2...10_000, needsRestart: true,
    "Tags and fields that a measure may grow to by what comes.")
  static let prometheusGroup = ConfigurationKey<String>(
    "series", "prometheus_group", default: "prometheus", needsRestart: true,
    "The group of what Prometheus writes.")
  static let memoryLimit = ConfigurationKey<ByteCount>(
    "series", "memory_limit", default: ByteCount(0), needsRestart: true,
    "Memory of the process from 80 % of which writes and queries are refused; 0: by percent.")
  static let memoryPercent = ConfigurationKey<Int>(
    "series", "memory_percent", default: 75, in: 1...100, needsRestart: true,
    "The same as a part of the memory that the machine or its control group has.")
  static let queryMemory = ConfigurationKey<ByteCount>(
    "series", "query_memory", default: ByteCount(256 << 20), needsRestart: true,
    "Memory of one query; one that needs more is refused.")
  static let selfInterval = ConfigurationKey<Duration>(
    "series", "self_interval", default: .seconds(15), in: .zero ... .seconds(3600),
    needsRestart: true, "How often our own metrics are kept in the group _lakeworks; 0: never.")
  static let selfTTL = ConfigurationKey<Int>(
    "series", "self_ttl_days", default: 7, in: 1...36_500, needsRestart: true,
    "How many days they are kept.")
  static let queryLog = ConfigurationKey<Bool>(
    "series", "query_log", default: false, needsRestart: true,
    "Whether every query is written down, in files DIR/series/log/KIND-query-TIME.")
  static let slowQuery = ConfigurationKey<Duration>(
    "series", "slow_query", default: .seconds(5), in: .zero ... .seconds(3600), needsRestart: true,
    "From which duration a query is written to DIR/series/log/slow.log; 0: never.")
  static let ingestLog = ConfigurationKey<Bool>(
    "series", "ingest_log", default: false, needsRestart: true,
    "Whether rows that are taken are written down, in files DIR/series/log/KIND-ingest-TIME.")
  static let logSampled = ConfigurationKey<Bool>(
    "series", "log_sampled", default: false, needsRestart: true,
    "Whether lines of these logs are dropped when the disk is slow; else whoever writes them waits."
  )
  static let logBytes = ConfigurationKey<ByteCount>(
    "series", "log_bytes", default: ByteCount(64 << 20), needsRestart: true,
    "The size of all files of one of these logs together; the oldest go.")

  static let backupEndpoint = ConfigurationKey<String?>(
    "series", "backup_s3_endpoint", default: .some(nil),
    "Where buckets of backups are, as http://127.0.0.1:9000.")
  static let backupRegion = ConfigurationKey<String>(
    "series", "backup_s3_region", default: "us-east-1", "What requests to them are signed for.")
  static let backupCredentials = ConfigurationKey<String?>(
    "series", "backup_s3_credentials_file", default: .some(nil),
    "JSON with access_key_id and secret_access_key, as credentials.json has them.")

  static let section = ConfigurationSection(
    "series", "Metrics, streams, traces and properties over time.",
    keys: [
      host.declaration, port.declaration, httpPort.declaration,
      apiVersion.declaration, certificate.declaration, key.declaration, connectionsMax.declaration,
      memory.declaration, diskHigh.declaration,
      diskLow.declaration, handOffMax.declaration, labels.declaration,
      baseSelector.declaration, migrateInterval.declaration, migrateOrphans.declaration,
      placeInterval.declaration, moveRate.declaration, makesGroups.declaration,
      doorTTL.declaration, doorShards.declaration, doorColumns.declaration,
      prometheusGroup.declaration, memoryLimit.declaration,
      memoryPercent.declaration, queryMemory.declaration, selfInterval.declaration,
      selfTTL.declaration, queryLog.declaration, slowQuery.declaration, ingestLog.declaration,
      logSampled.declaration, logBytes.declaration, backupEndpoint.declaration,
      backupRegion.declaration,
      backupCredentials.declaration,
    ] + schedules + guards + statements)
}

extension OrphanPolicy: ConfigurationValue {}
