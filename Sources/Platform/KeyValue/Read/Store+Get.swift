private import Bytes
private import CRocksDB

/// Point reads. The ones without `await` never block; the others look into memory first, on the
/// calling thread, and go to the pool only when the disk is needed.
extension Store {
  /// The value of `key`, copied, or nil when there is none.
  public func get(
    _ key: [UInt8], in family: Family, at snapshot: Snapshot? = nil
  ) async throws(StoreError) -> [UInt8]? {
    guard let value = try await self.read(key, in: family, at: snapshot) else { return nil }
    return value.copy()
  }

  /// The value of `key` where the library holds it, or nil when there is none.
  public func read(
    _ key: [UInt8], in family: Family, at snapshot: Snapshot? = nil
  ) async throws(StoreError) -> PinnedValue? {
    switch try self.cached(key.rawBytes, in: family, at: snapshot) {
    case .value(let value): return value
    case .absent: return nil
    case .unknown: break
    }
    let found = try await self.onPool { () throws(StoreError) -> FoundBytes in
      try self.find(key.rawBytes, in: family, at: snapshot, onlyCached: false)
    }
    guard case .value(let bytes) = found else { return nil }
    return PinnedValue(adopting: bytes)
  }

  /// What memory can say about `key`, at once.
  public func cached(
    _ key: RawSpan, in family: Family, at snapshot: Snapshot? = nil
  ) throws(StoreError) -> CachedRead {
    switch try self.find(key, in: family, at: snapshot, onlyCached: true) {
    case .value(let bytes): .value(PinnedValue(adopting: bytes))
    case .absent: .absent
    case .unknown: .unknown
    }
  }

  /// `read` for threads that may block.
  public func readNow(
    _ key: RawSpan, in family: Family, at snapshot: Snapshot? = nil
  ) throws(StoreError) -> PinnedValue? {
    guard
      case .value(let bytes) = try self.find(key, in: family, at: snapshot, onlyCached: false)
    else { return nil }
    return PinnedValue(adopting: bytes)
  }

  enum FoundBytes: Sendable {
    case value(PinnedBytes)
    case absent
    case unknown
  }

  private func find(
    _ key: RawSpan, in family: Family, at snapshot: Snapshot?, onlyCached: Bool
  ) throws(StoreError) -> FoundBytes {
    try self.native.hold()
    let pin = UnsafeMutablePointer<crocks_pinned>.allocate(capacity: 1)
    var value = crocks_slice()
    var status = crocks_status()
    key.withUnsafeBytes { key in
      crocks_get(
        self.native.pointer, family.pointer, snapshot?.pointer,
        key.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(key.count),
        onlyCached ? 1 : 0, pin, &value, &status)
    }
    if _fastPath(status.code == CROCKS_OK) {
      return .value(
        PinnedBytes(pin: pin, start: value.bytes, count: Int(value.count), native: self.native))
    }
    PinnedBytes.release(pin, self.native)
    if status.code == CROCKS_NOT_FOUND { return .absent }
    if status.code == CROCKS_INCOMPLETE { return .unknown }
    throw StoreError(taking: &status, "read from", self.path)
  }
}
