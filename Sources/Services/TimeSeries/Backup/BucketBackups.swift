package import S3
package import S3Client
package import SeriesColumns

/// Backups in a bucket of an S3 store.
package struct BucketBackups: BackupStore {
  private let client: S3Client
  private let bucket: String
  /// With a slash at its end, or empty.
  private let prefix: String
  private let keys: S3Credentials
  /// One piece must go in this time.
  package static let timeout = Duration.seconds(120)

  package init(_ bucket: String, prefix: String, keys: S3Credentials, client: S3Client) {
    self.client = client
    self.bucket = bucket
    self.prefix = prefix.isEmpty ? "" : prefix + "/"
    self.keys = keys
  }

  package func put(_ name: String, _ content: [UInt8]) async throws(SeriesError) {
    do throws(S3ClientError) {
      try await self.client.put(self.prefix + name, in: self.bucket, content, by: self.keys)
    } catch {
      throw SeriesError(error)
    }
  }

  package func get(_ name: String, limit: Int) async throws(SeriesError) -> [UInt8]? {
    do throws(S3ClientError) {
      return try await self.client.get(
        self.prefix + name, in: self.bucket, limit: limit, by: self.keys)
    } catch {
      throw SeriesError(error)
    }
  }

  package func remove(_ name: String) async throws(SeriesError) {
    do throws(S3ClientError) {
      try await self.client.delete(self.prefix + name, in: self.bucket, by: self.keys)
    } catch {
      throw SeriesError(error)
    }
  }

  package func list(_ prefix: String) async throws(SeriesError) -> [String] {
    var names: [String] = []
    do throws(S3ClientError) {
      while true {
        let page = try await self.client.list(
          self.bucket, prefix: self.prefix + prefix, after: names.last.map { self.prefix + $0 },
          by: self.keys)
        names += page.entries.map { String($0.key.dropFirst(self.prefix.count)) }
        guard page.isMore, !page.entries.isEmpty else { return names }
      }
    } catch {
      throw SeriesError(error)
    }
  }
}

extension SeriesError {
  fileprivate init(_ error: S3ClientError) {
    self.init(error.code == .tooLarge ? .tooLarge : .io, error.message)
  }
}
