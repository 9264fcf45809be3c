private import Bytes
private import CRocksDB

/// Goes over a range of keys in batches: each is read on the pool into one run of memory, so that the
/// asking thread neither blocks nor crosses threads for every record.
///
/// Sees the store as it was when the scan began, or the snapshot it was given. Used by one task.
public final class Scan: @unchecked Sendable {
  // Sendable: one task uses it, and it awaits each batch before it asks for the next.
  private let scan: NativeScan
  private var isDone = false

  fileprivate init(_ scan: NativeScan) { self.scan = scan }

  /// The next records, at least one, or nil at the end. A record larger than `bytesMax` comes alone.
  public func next(
    recordsMax: Int = 4_096, bytesMax: Int = 256 << 10
  ) async throws(StoreError) -> ScanBatch? {
    precondition(recordsMax > 0, "a batch of \(recordsMax) records")
    guard !self.isDone else { return nil }
    let batch = try await self.scan.store.onPool { () throws(StoreError) in
      try self.scan.fill(recordsMax: recordsMax, bytesMax: bytesMax)
    }
    self.isDone = batch.isLast
    return batch.count == 0 ? nil : batch
  }

  /// Begins again at the front, over the present state: cheaper than a new scan. Throws `unsupported`
  /// for a scan of a snapshot.
  public func renew() async throws(StoreError) {
    try await self.scan.store.onPool { () throws(StoreError) in try self.scan.refresh() }
    self.isDone = false
  }
}

extension Store {
  /// Begins a scan. Nothing is read before the first batch is asked for.
  public func scan(
    _ range: KeyRange = .all, in family: Family, _ options: ScanOptions = ScanOptions(),
    at snapshot: Snapshot? = nil
  ) throws(StoreError) -> Scan {
    Scan(try NativeScan(self, family, range, options, snapshot))
  }
}

/// Records of a scan, in order.
public final class ScanBatch: @unchecked Sendable {
  // Sendable: immutable once it is filled.
  private let memory: UnsafeMutableRawBufferPointer
  private let used: Int
  public let count: Int
  let isLast: Bool

  init(memory: UnsafeMutableRawBufferPointer, used: Int, count: Int, isLast: Bool) {
    self.memory = memory
    self.used = used
    self.count = count
    self.isLast = isLast
  }

  deinit { self.memory.deallocate() }

  /// Lends each record in turn.
  public func forEach<E: Error>(
    _ body: (_ key: RawSpan, _ value: RawSpan) throws(E) -> Void
  ) throws(E) {
    let all = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: self.memory[..<self.used]))
    var offset = 0
    while offset < self.used {
      let keyBytes = Int(all.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
      let valueBytes = Int(all.unsafeLoadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
      let value = offset + 8 + keyBytes
      try body(
        all.extracting((offset + 8)..<value), all.extracting(value..<(value + valueBytes)))
      offset = value + valueBytes
    }
  }

  /// Copies of the records.
  public var records: [(key: [UInt8], value: [UInt8])] {
    var records: [(key: [UInt8], value: [UInt8])] = []
    records.reserveCapacity(self.count)
    self.forEach { key, value in records.append((key.array, value.array)) }
    return records
  }
}

extension NativeScan {
  func fill(recordsMax: Int, bytesMax: Int) throws(StoreError) -> ScanBatch {
    var capacity = max(bytesMax, 64)
    while true {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
      var filled: UInt64 = 0
      var count: UInt64 = 0
      var wanted: UInt64 = 0
      var isDone: Int32 = 0
      do throws(StoreError) {
        try checked("scan", self.store.path) {
          crocks_scan_fill(
            self.pointer, memory.baseAddress?.assumingMemoryBound(to: UInt8.self),
            UInt64(capacity), UInt64(recordsMax), &filled, &count, &wanted, &isDone, $0)
        }
      } catch {
        memory.deallocate()
        throw error
      }
      if count > 0 || isDone != 0 {
        return ScanBatch(
          memory: memory, used: Int(filled), count: Int(count), isLast: isDone != 0)
      }
      memory.deallocate()
      capacity = Int(wanted)
    }
  }
}
