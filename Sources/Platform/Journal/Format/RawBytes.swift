/// Numbers at fixed places, and blank sectors: what the format's headers are read and written with.
extension UnsafeMutableRawBufferPointer {
  @inline(__always) func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset <= self.count - MemoryLayout<T>.size, "offset \(offset)")
    self.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }
}

extension RawSpan {
  /// The caller has checked that the bytes are there.
  @inline(__always) func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: Int
  ) -> T {
    precondition(offset >= 0 && offset <= self.byteCount - MemoryLayout<T>.size, "offset \(offset)")
    return T(littleEndian: self.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
  }

  /// Whether every byte is zero.
  var isBlank: Bool { self.withUnsafeBytes { isBlankMemory($0) } }
}

func isBlankMemory(_ bytes: UnsafeRawBufferPointer) -> Bool {
  var offset = 0
  while offset + 8 <= bytes.count {
    if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
    offset += 8
  }
  while offset < bytes.count {
    if bytes[offset] != 0 { return false }
    offset += 1
  }
  return true
}

/// How many sectors hold nothing but zeros. Most are decided by their first word.
func countBlankSectors(_ bytes: UnsafeRawBufferPointer) -> Int {
  precondition(bytes.count % journalSectorBytes == 0, "\(bytes.count) bytes")
  var count = 0
  var offset = 0
  while offset < bytes.count {
    let sector = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + journalSectorBytes)])
    if isBlankMemory(sector) { count += 1 }
    offset += journalSectorBytes
  }
  return count
}
