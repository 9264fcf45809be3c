private import CRocksDB

/// Flushes, compactions and what gives space back. All of it runs on the pool.
extension Store {
  /// Writes the family's buffers to table files; unlogged commits are durable after it.
  public func flush(_ family: Family) async throws(StoreError) {
    try await self.upkeep("flush", family) { crocks_flush($0, $1, $2) }
  }

  /// Compacts a range down to the last level.
  /// - Parameter rewritesBottom: also rewrites files that are in the last level already, which drops
  ///   deleted keys for good and applies changed options.
  public func compact(
    _ range: KeyRange = .all, in family: Family, rewritesBottom: Bool = false
  ) async throws(StoreError) {
    try await self.upkeep("compact", family) { store, family, status in
      withSlice(range.lower) { lower in
        withSlice(range.upper) { upper in
          crocks_compact(store, family, lower, upper, rewritesBottom ? 1 : 0, status)
        }
      }
    }
  }

  /// Returns when nothing is left to flush or compact, in any family. Throws `timedOut` after `limit`.
  public func waitForCompaction(limit: Duration) async throws(StoreError) {
    let (seconds, attoseconds) = limit.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    try await self.onPool { () throws(StoreError) in
      try self.native.use { () throws(StoreError) in
        try checked("wait for compactions of", self.path) {
          crocks_wait_for_compaction(self.native.pointer, UInt64(clamping: milliseconds), $0)
        }
      }
    }
  }

  /// Gives back, at once and without rewriting, the table files that lie wholly inside `range`. Keys of
  /// the range may remain in other files: delete the range too when they must go. Snapshots do not
  /// protect what is in the files.
  public func deleteFiles(_ range: KeyRange, in family: Family) async throws(StoreError) {
    try await self.upkeep("delete files of", family) { store, family, status in
      withSlice(range.lower) { lower in
        withSlice(range.upper) { upper in
          crocks_delete_files(store, family, lower, upper, status)
        }
      }
    }
  }

  /// Makes a store at `path`, which must not be there, with the present content. Table files are hard
  /// links on the same file system, so that it takes neither long nor much room.
  public func checkpoint(to path: String) async throws(StoreError) {
    try await self.onPool { () throws(StoreError) in
      try self.native.use { () throws(StoreError) in
        try checked("make a checkpoint of \(self.path) at", path) {
          crocks_checkpoint(self.native.pointer, path, $0)
        }
      }
    }
  }

  /// An estimate of the bytes that a bounded range takes, on disk and in buffers.
  public func approximateBytes(
    from lower: [UInt8], to upper: [UInt8], in family: Family
  ) async throws(StoreError) -> Int {
    let box = Box<UInt64>()
    try await self.upkeep("measure", family) { store, family, status in
      var bytes: UInt64 = 0
      withSlice(lower) { lower in
        withSlice(upper) { upper in
          crocks_approximate_size(store, family, lower, upper, &bytes, status)
        }
      }
      box.value = bytes
    }
    return Int(clamping: box.value ?? 0)
  }

  private func upkeep(
    _ attempt: StaticString, _ family: Family,
    _ call:
      @escaping @Sendable (
        OpaquePointer, OpaquePointer, UnsafeMutablePointer<crocks_status>
      ) -> Void
  ) async throws(StoreError) {
    try await self.onPool { () throws(StoreError) in
      try self.native.use { () throws(StoreError) in
        try family.checkPresent()
        try checked("\(attempt) family \(family.name) of", self.path) {
          call(self.native.pointer, family.pointer, $0)
        }
      }
    }
  }
}

/// Faults, for tests.
extension Store {
  /// The disk is "full" once the store has written `bytes` more; nil lifts the limit.
  package func simulateFreeBytes(_ bytes: Int?) {
    crocks_simulate_free_bytes(self.native.pointer, Int64(bytes ?? -1))
  }
}
