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

  /// The first records of a range, at most `countMax`, copied. Every other commit waits meanwhile.
  public func records(
    _ range: KeyRange, in family: Family, countMax: Int
  ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
    precondition(!self.isOver, "a decision was used after its closure had returned")
    try family.checkPresent()
    return try scanOverlay(self.overlay, range, family, countMax, path: self.path)
  }
}

private func scanOverlay(
  _ overlay: OpaquePointer, _ range: KeyRange, _ family: Family, _ countMax: Int, path: String
) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
  var status = crocks_status()
  var start: UnsafeMutablePointer<UInt8>?
  var byteCount: UInt64 = 0
  withSlice(range.lower ?? []) { lower in
    withSlice(range.upper ?? []) { upper in
      crocks_overlay_scan(
        overlay, family.pointer, lower.bytes, lower.count, upper.bytes, upper.count,
        UInt64(max(countMax, 0)), &start, &byteCount, &status)
    }
  }
  defer { crocks_free(start) }
  guard status.code == CROCKS_OK else { throw StoreError(taking: &status, "scan", path) }
  let bytes = UnsafeRawBufferPointer(start: start, count: Int(byteCount))
  var records: [(key: [UInt8], value: [UInt8])] = []
  var offset = 0
  while offset < bytes.count {
    let keyBytes = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    let valueBytes = Int(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
    let value = offset + 8 + keyBytes
    records.append(
      (Array(bytes[(offset + 8)..<value]), Array(bytes[value..<(value + valueBytes)])))
    offset = value + valueBytes
  }
  return records
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
