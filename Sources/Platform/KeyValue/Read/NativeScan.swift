import CRocksDB

/// An open iterator. Used by one thread at a time; it holds its store.
final class NativeScan: @unchecked Sendable {
  // Sendable: its owner (a scan or a cursor) hands it from thread to thread, one at a time.
  let pointer: OpaquePointer
  let store: Store
  private let snapshot: Snapshot?

  init(
    _ store: Store, _ family: Family, _ range: KeyRange, _ options: ScanOptions,
    _ snapshot: Snapshot?
  ) throws(StoreError) {
    try family.checkPresent()
    try store.native.hold()
    self.store = store
    self.snapshot = snapshot
    var flags: UInt32 = 0
    if options.isReversed { flags |= CROCKS_SCAN_REVERSE.rawValue }
    if options.onlyKeys { flags |= CROCKS_SCAN_KEYS_ONLY.rawValue }
    if !options.fillsCache { flags |= CROCKS_SCAN_NO_FILL_CACHE.rawValue }
    if options.staysInPrefix, range.staysInPrefix(of: family.prefixBytes) {
      flags |= CROCKS_SCAN_PREFIX.rawValue
    }
    // The call never fails: errors show when it moves.
    self.pointer =
      withSlice(range.lower) { lower in
        withSlice(range.upper) { upper in
          crocks_scan_create(
            store.native.pointer, family.pointer, snapshot?.pointer, lower, upper, flags,
            UInt64(options.readaheadBytes ?? 0))
        }
      }.unsafelyUnwrapped
  }

  deinit {
    crocks_scan_destroy(self.pointer)
    self.store.native.release()
  }

  func refresh() throws(StoreError) {
    guard self.snapshot == nil else {
      throw StoreError(.unsupported, "a scan of a snapshot of \(self.store.path) cannot be renewed")
    }
    try checked("renew a scan of", self.store.path) { crocks_scan_refresh(self.pointer, $0) }
  }
}
