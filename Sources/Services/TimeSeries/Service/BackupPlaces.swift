import Configuration
import HTTPClient
import Hosting
import JSON
import Runtime
import S3
import S3Client
import SeriesBackup
import SeriesColumns
import Synchronization
import Values

/// Places of backups as the configuration reaches them.
final class BackupPlaces: Sendable {
  private let configuration: Mutex<Configuration>
  private let disk: any Disk
  private let time: any TimeSource
  private let client: HTTPClient

  init(_ host: ServiceHost) {
    self.configuration = Mutex(host.configuration)
    self.disk = host.disk
    self.time = host.group.loops[0]
    self.client = HTTPClient(random: host.random)
  }

  func reload(_ configuration: Configuration) {
    self.configuration.withLock { $0 = configuration }
  }

  /// Waits for a thread: not called on a loop.
  func stop() { self.client.stop() }

  func store(_ place: BackupPlace) throws(SeriesError) -> any BackupStore {
    switch place.kind {
    case .folder: return FolderBackups(place.path, on: self.disk)
    case .bucket(let name):
      let configuration = self.configuration.withLock { $0 }
      guard let endpoint = configuration[SeriesKeys.backupEndpoint],
        let file = configuration[SeriesKeys.backupCredentials]
      else {
        throw SeriesError(
          .malformed, "\(place) cannot be reached: no endpoint and no credentials are configured",
          hint: "set series.backup_s3_endpoint and series.backup_s3_credentials_file")
      }
      let region = configuration[SeriesKeys.backupRegion]
      guard let store = S3Endpoint(endpoint, region: region, usesPathStyle: true) else {
        throw SeriesError(
          .malformed, "series.backup_s3_endpoint is no endpoint such as http://127.0.0.1:9000")
      }
      let client = S3Client(
        store, over: self.client, timeout: BucketBackups.timeout,
        now: { [time = self.time] in time.wallNow })
      return ConfiguredBucket(
        client: client, bucket: name, prefix: place.path, file: file, disk: self.disk)
    }
  }
}

/// A bucket whose keys are read again for each piece of work: they may be rotated.
private struct ConfiguredBucket: BackupStore {
  let client: S3Client
  let bucket: String
  let prefix: String
  let file: String
  let disk: any Disk

  private func opened() async throws(SeriesError) -> BucketBackups {
    let content: [UInt8]
    do {
      content = try await self.disk.readAll(self.file, limit: 64 << 10)
    } catch {
      throw SeriesError(
        .io, "the credentials for backups cannot be read: \(error)", file: self.file)
    }
    let value = try? JSONValue(parsing: String(decoding: content, as: UTF8.self))
    guard let id = value?["access_key_id"]?.string,
      let secret = value?["secret_access_key"]?.string
    else {
      throw SeriesError(
        .malformed, "\(self.file) has no access_key_id and secret_access_key", file: self.file)
    }
    return BucketBackups(
      self.bucket, prefix: self.prefix,
      keys: S3Credentials(accessKeyID: id, secretAccessKey: Secret(secret)), client: self.client)
  }

  func put(_ name: String, _ content: [UInt8]) async throws(SeriesError) {
    try await self.opened().put(name, content)
  }

  func get(_ name: String, limit: Int) async throws(SeriesError) -> [UInt8]? {
    try await self.opened().get(name, limit: limit)
  }

  func list(_ prefix: String) async throws(SeriesError) -> [String] {
    try await self.opened().list(prefix)
  }

  func remove(_ name: String) async throws(SeriesError) {
    try await self.opened().remove(name)
  }
}
