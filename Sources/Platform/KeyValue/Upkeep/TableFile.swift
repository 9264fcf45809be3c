private import Bytes
private import CRocksDB

/// Writes a table file outside a store, to be ingested as a whole: for bulk loads, without the log and
/// without write buffers. Used on a thread that may block.
public struct TableFile: ~Copyable {
  public let path: String
  public private(set) var count = 0
  private let writer: OpaquePointer
  private let native: NativeStore

  /// - Parameter writer: belongs to the value from now on, with one hold of `native`.
  fileprivate init(adopting writer: OpaquePointer, _ path: String, _ native: NativeStore) {
    self.path = path
    self.writer = writer
    self.native = native
  }

  deinit {
    crocks_table_destroy(self.writer)
    self.native.release()
  }

  /// Adds a record; throws `invalid` when `key` is not after the one before it.
  public mutating func put(_ value: RawSpan, for key: RawSpan) throws(StoreError) {
    try value.withUnsafeBytes { (value) throws(StoreError) in
      try key.withUnsafeBytes { (key) throws(StoreError) in
        try checked("write to the table file", self.path) {
          crocks_table_put(self.writer, slice(key), slice(value), $0)
        }
      }
    }
    self.count += 1
  }

  /// Syncs and closes the file; the size in bytes. A file without records is refused as `invalid`.
  public consuming func finish() throws(StoreError) -> Int {
    var bytes: UInt64 = 0
    try checked("finish the table file", self.path) {
      crocks_table_finish(self.writer, &bytes, $0)
    }
    return Int(clamping: bytes)
  }
}

private func slice(_ bytes: UnsafeRawBufferPointer) -> crocks_slice {
  crocks_slice(
    bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: UInt64(bytes.count))
}

extension Store {
  /// Begins a table file with the options, and the encryption, of `family`.
  public func tableFile(_ path: String, for family: Family) throws(StoreError) -> TableFile {
    try family.checkPresent()
    try self.native.hold()
    do throws(StoreError) {
      // Without an error there is a writer.
      let writer = try checked("create the table file", path) {
        crocks_table_create(self.native.pointer, family.pointer, path, $0)
      }.unsafelyUnwrapped
      return TableFile(adopting: writer, path, self.native)
    } catch {
      self.native.release()
      throw error
    }
  }

  /// Takes finished table files into `family`, all or none. Their keys win over older ones.
  /// - Parameter moves: links the files instead of copying them; they must be on the same file system.
  public func ingest(
    _ paths: [String], into family: Family, moves: Bool = true
  ) async throws(StoreError) {
    try await self.onPool { () throws(StoreError) in
      try self.native.use { () throws(StoreError) in
        try family.checkPresent()
        try checked("ingest \(paths.count) files into", self.path) { status in
          let copies = paths.map { strdupOf($0) }
          defer { for copy in copies { copy.deallocate() } }
          let pointers = copies.map { UnsafePointer<CChar>?($0) }
          crocks_ingest(
            self.native.pointer, family.pointer, pointers, UInt64(paths.count), moves ? 1 : 0,
            status)
        }
      }
    }
  }
}

private func strdupOf(_ text: String) -> UnsafeMutablePointer<CChar> {
  text.withCString { source in
    let count = text.utf8.count + 1
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: count)
    copy.initialize(from: source, count: count)
    return copy
  }
}
