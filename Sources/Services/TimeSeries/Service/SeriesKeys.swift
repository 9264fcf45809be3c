import Configuration
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
    "series", "disk_high_percent", default: 95, in: 1...100, needsRestart: true,
    "How full the disk is when rows are refused.")
  static let diskLow = ConfigurationKey<Int>(
    "series", "disk_low_percent", default: 85, in: 1...100, needsRestart: true,
    "How full it is when they are taken again.")

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
      host.declaration, port.declaration, httpPort.declaration, certificate.declaration,
      key.declaration, connectionsMax.declaration, memory.declaration, diskHigh.declaration,
      diskLow.declaration, backupEndpoint.declaration, backupRegion.declaration,
      backupCredentials.declaration,
    ])
}
