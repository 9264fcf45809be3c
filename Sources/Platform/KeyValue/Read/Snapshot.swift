import CRocksDB

/// The store as it was at one moment, for reads and scans. Old versions of keys stay on disk while it
/// is held, so it should not be held for hours; the store does not close before it goes.
public final class Snapshot: @unchecked Sendable {
  // Sendable: immutable, and the library locks inside.
  let pointer: OpaquePointer
  private let store: Store
  /// Everything up to this sequence number is seen, nothing after it.
  public let sequence: UInt64

  fileprivate init(_ store: Store) throws(StoreError) {
    try store.native.hold()
    self.store = store
    // The call never fails: it only allocates.
    self.pointer = crocks_snapshot_create(store.native.pointer).unsafelyUnwrapped
    self.sequence = crocks_snapshot_sequence(self.pointer)
  }

  deinit {
    crocks_snapshot_release(self.store.native.pointer, self.pointer)
    self.store.native.release()
  }
}

extension Store {
  public func snapshot() throws(StoreError) -> Snapshot { try Snapshot(self) }

  /// The sequence number of the last write.
  public var sequence: UInt64 {
    get throws(StoreError) {
      try self.native.use { () throws(StoreError) in crocks_sequence(self.native.pointer) }
    }
  }
}
