import CRocksDB

/// What a deciding commit sees and writes: the state after every commit before it, and a batch of its
/// own. Good inside the deciding closure only.
public final class Decision {
  /// What is written when the closure returns; nothing is when it throws. Reads do not see it.
  public var batch = WriteBatch()
  private let overlay: OpaquePointer
  private let path: String
  private var isOver = false

  init(overlay: OpaquePointer, path: String) {
    self.overlay = overlay
    self.path = path
  }

  func end() { self.isOver = true }

  public func get(_ key: [UInt8], in family: Family) throws(StoreError) -> [UInt8]? {
    precondition(!self.isOver, "a decision was used after its closure had returned")
    try family.checkPresent()
    return try readOverlay(self.overlay, key, family, path: self.path)
  }
}

/// The value that `overlay` over the store gives for `key`.
func readOverlay(
  _ overlay: OpaquePointer, _ key: [UInt8], _ family: Family, path: String
) throws(StoreError) -> [UInt8]? {
  var status = crocks_status()
  var value: UnsafeMutablePointer<UInt8>?
  var count: UInt64 = 0
  withSlice(key) { key in
    crocks_overlay_get(
      overlay, family.pointer, key.bytes, key.count, &value, &count, &status)
  }
  defer { crocks_free(value) }
  if status.code == CROCKS_NOT_FOUND {
    crocks_free(status.message)
    return nil
  }
  guard status.code == CROCKS_OK else { throw StoreError(taking: &status, "read from", path) }
  return [UInt8](UnsafeBufferPointer(start: value, count: Int(count)))
}
