import Iceberg
import S3
import S3Client

/// A warehouse in a bucket, or below a prefix of one.
final class S3Storage: TableStorage {
  let root: Location
  private let client: S3Client
  /// Asked for every request: keys may run out.
  private let credentials: @Sendable () throws(StorageError) -> S3Credentials
  /// One request must be answered in this time.
  static let timeout = Duration.seconds(10)

  init(
    root: Location, client: S3Client,
    credentials: @escaping @Sendable () throws(StorageError) -> S3Credentials
  ) {
    self.root = root
    self.client = client
    self.credentials = credentials
  }

  var endpoint: S3Endpoint { self.client.endpoint }

  /// What a store has acknowledged is durable.
  let defersSyncs = false
  func sync(_ locations: [String]) async throws(StorageError) {}

  func write(
    _ content: [UInt8], to location: String, isSynced: Bool
  ) async throws(StorageError) {
    let (bucket, key) = try self.place(location)
    let keys = try self.credentials()
    do throws(S3ClientError) {
      try await self.client.put(key, in: bucket, content, isNew: true, by: keys)
    } catch {
      guard error.code == .exists else { throw StorageError(error) }
      // Names are unique: with these bytes it is ours, and the answer to an earlier attempt was lost.
      let present = try? await self.client.get(key, in: bucket, limit: content.count, by: keys)
      guard present == content else {
        throw StorageError(.exists, "\(location) is there already")
      }
    }
  }

  func read(_ location: String, limit: Int) async throws(StorageError) -> [UInt8] {
    let (bucket, key) = try self.place(location)
    let keys = try self.credentials()
    let content: [UInt8]?
    do throws(S3ClientError) {
      content = try await self.client.get(key, in: bucket, limit: limit, by: keys)
    } catch {
      throw StorageError(error)
    }
    guard let content else {
      throw StorageError(.notFound, "Failed to open input stream for file: \(location)")
    }
    return content
  }

  func delete(_ locations: [String]) async throws(StorageError) -> [String] {
    var failed: [String] = []
    for location in locations {
      let (bucket, key) = try self.place(location)
      let keys = try self.credentials()
      do throws(S3ClientError) {
        try await self.client.delete(key, in: bucket, by: keys)
      } catch {
        failed.append(location)
      }
    }
    return failed
  }

  func files(
    below location: String, after: String?, limit: Int
  ) async throws(StorageError) -> [StoredFile] {
    let (bucket, folder) = try self.place(location)
    var last: String?
    if let after { last = try self.place(after).key }
    let keys = try self.credentials()
    do throws(S3ClientError) {
      let page = try await self.client.list(
        bucket, prefix: folder + "/", after: last, limit: limit, by: keys)
      return page.entries.map { entry in
        StoredFile(
          location: "\(self.root.scheme)://\(bucket)/\(entry.key)", byteCount: entry.byteCount,
          modifiedAtMS: entry.modifiedAtMS)
      }
    } catch {
      throw StorageError(error)
    }
  }

  // There are no folders.
  func prepare(_ location: String) async throws(StorageError) { _ = try self.place(location) }
  func clear(_ location: String) async throws(StorageError) {}

  /// Makes the bucket of the warehouse, when it is not there.
  func makeBucket() async throws(StorageError) {
    let keys = try self.credentials()
    do throws(S3ClientError) {
      if try await self.client.hasBucket(self.root.authority, by: keys) { return }
      try await self.client.makeBucket(self.root.authority, by: keys)
    } catch {
      throw StorageError(error)
    }
  }

  func ping() async throws(StorageError) {
    let keys = try self.credentials()
    do throws(S3ClientError) {
      guard try await self.client.hasBucket(self.root.authority, by: keys) else {
        throw S3ClientError(.refused, "there is no bucket \(self.root.authority)")
      }
    } catch {
      throw StorageError(error)
    }
  }

  /// The bucket and key of a location, which is a literal one: nothing in it is decoded.
  private func place(_ location: String) throws(StorageError) -> (bucket: String, key: String) {
    do throws(IcebergError) {
      let parsed = try Location(parsing: location)
      guard parsed.isInside(self.root) else {
        throw IcebergError(
          .validation, "\(location.prefix(300)) is not in the warehouse \(self.root)")
      }
      return (parsed.authority, String(parsed.path.dropFirst()))
    } catch {
      throw StorageError(.notAllowed, error.message)
    }
  }
}

extension StorageError {
  init(_ error: S3ClientError) {
    self.init(error.code == .tooLarge ? .tooLarge : .unavailable, error.message)
  }
}
