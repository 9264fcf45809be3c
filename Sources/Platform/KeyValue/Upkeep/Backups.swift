private import CRocksDB
public import Runtime

/// A folder of backups of one store. Table files that backups have in common are kept once. With keys,
/// the files are encrypted like the store's.
public struct BackupFolder: Sendable {
  public let path: String
  let keys: [DataKey]
  let pool: BlockingPool

  public init(path: String, keys: [DataKey] = [], pool: BlockingPool) {
    self.path = path
    self.keys = keys
    self.pool = pool
  }

  public struct Backup: Sendable, Equatable {
    public var id: UInt32
    public var fileCount: Int
    public var byteCount: Int
    /// When it was made, in seconds since 1970.
    public var seconds: Int64
  }

  /// Oldest first.
  public func list() async throws(StoreError) -> [Backup] {
    try await self.onPool { (keys, count, status) -> [Backup] in
      var backups: UnsafeMutablePointer<crocks_backup>?
      var found: UInt64 = 0
      crocks_backup_list(self.path, keys, count, &backups, &found, status)
      defer { crocks_free(backups) }
      return UnsafeBufferPointer(start: backups, count: Int(found)).map {
        Backup(
          id: $0.id, fileCount: Int($0.file_count), byteCount: Int(clamping: $0.bytes),
          seconds: $0.seconds)
      }
    }
  }

  /// Reads every file of a backup and compares checksums; throws `corruption` for a damaged one.
  public func verify(_ id: UInt32) async throws(StoreError) {
    try await self.onPool { keys, count, status in
      crocks_backup_verify(self.path, keys, count, id, status)
    }
  }

  /// Writes a backup, the newest unless `id` names one, as a store at `path`, replacing what is there.
  public func restore(_ id: UInt32? = nil, to path: String) async throws(StoreError) {
    try await self.onPool { keys, count, status in
      crocks_backup_restore(self.path, keys, count, id ?? 0, path, status)
    }
  }

  /// Removes all but the newest `count` backups.
  public func keep(newest count: Int) async throws(StoreError) {
    try await self.onPool { keys, keyCount, status in
      crocks_backup_keep(self.path, keys, keyCount, UInt32(clamping: count), status)
    }
  }

  private func onPool<T: Sendable>(
    _ call:
      @escaping @Sendable (
        UnsafePointer<crocks_key>?, UInt64, UnsafeMutablePointer<crocks_status>
      ) -> T
  ) async throws(StoreError) -> T {
    let result: Result<T, StoreError>
    do {
      result = try await self.pool.run { () -> Result<T, StoreError> in
        do throws(StoreError) {
          return .success(
            try checked("use the backups in", self.path) { status in
              self.keys.withNative { call($0.baseAddress, UInt64($0.count), status) }
            })
        } catch { return .failure(error) }
      }
    } catch {
      throw StoreError(.overloaded, "\(self.path): \(error)")
    }
    return try result.get()
  }
}

extension Store {
  /// Adds a backup of the present content to `folder`, which must be used with the same keys.
  public func backUp(to folder: BackupFolder) async throws(StoreError) {
    try await self.onPool { () throws(StoreError) in
      try self.native.use { () throws(StoreError) in
        try checked("back up \(self.path) to", folder.path) {
          crocks_backup_create(self.native.pointer, folder.path, $0)
        }
      }
    }
  }
}
