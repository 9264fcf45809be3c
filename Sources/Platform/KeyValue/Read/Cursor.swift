private import Bytes
private import CRocksDB

/// Moves over keys one at a time, for threads that may block: a pool's, never a loop's.
public struct Cursor: ~Copyable {
  private let scan: NativeScan
  /// Whether it stands on a record.
  public private(set) var isValid = false

  init(_ scan: NativeScan) { self.scan = scan }

  // Each move throws what reading met, and answers whether it stands on a record.

  @discardableResult
  public mutating func first() throws(StoreError) -> Bool {
    try self.moved(crocks_scan_first(self.scan.pointer))
  }
  @discardableResult
  public mutating func last() throws(StoreError) -> Bool {
    try self.moved(crocks_scan_last(self.scan.pointer))
  }
  /// To the first key at or after `key`.
  @discardableResult
  public mutating func seek(_ key: RawSpan) throws(StoreError) -> Bool {
    try self.moved(
      key.withUnsafeBytes {
        crocks_scan_seek(
          self.scan.pointer, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64($0.count))
      })
  }
  /// To the last key at or before `key`.
  @discardableResult
  public mutating func seekBack(_ key: RawSpan) throws(StoreError) -> Bool {
    try self.moved(
      key.withUnsafeBytes {
        crocks_scan_seek_back(
          self.scan.pointer, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64($0.count))
      })
  }
  @discardableResult
  public mutating func next() throws(StoreError) -> Bool {
    try self.moved(crocks_scan_next(self.scan.pointer))
  }
  @discardableResult
  public mutating func previous() throws(StoreError) -> Bool {
    try self.moved(crocks_scan_previous(self.scan.pointer))
  }

  /// Moves to the present state of the store, before the first record.
  public mutating func renew() throws(StoreError) {
    self.isValid = false
    try self.scan.refresh()
  }

  /// The key it stands on, good until the next move.
  public var key: RawSpan {
    @_lifetime(borrow self) get { _overrideLifetime(self.span(self.record.key), borrowing: self) }
  }
  /// The value it stands on, good until the next move.
  public var value: RawSpan {
    @_lifetime(borrow self) get { _overrideLifetime(self.span(self.record.value), borrowing: self) }
  }

  private var record: (key: crocks_slice, value: crocks_slice) {
    precondition(self.isValid, "a cursor that stands on no record was read")
    var key = crocks_slice()
    var value = crocks_slice()
    crocks_scan_record(self.scan.pointer, &key, &value)
    return (key, value)
  }

  @_lifetime(borrow self)
  private func span(_ slice: crocks_slice) -> RawSpan {
    let start = slice.bytes.map { UnsafeRawPointer($0) }
    let buffer = UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(slice.count))
    return _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
  }

  private mutating func moved(_ isValid: Int32) throws(StoreError) -> Bool {
    self.isValid = isValid != 0
    if !self.isValid {
      try checked("scan", self.scan.store.path) { crocks_scan_status(self.scan.pointer, $0) }
    }
    return self.isValid
  }
}

extension Store {
  /// A cursor before the first record of `range`.
  public func cursor(
    _ range: KeyRange = .all, in family: Family, _ options: ScanOptions = ScanOptions(),
    at snapshot: Snapshot? = nil
  ) throws(StoreError) -> Cursor {
    Cursor(try NativeScan(self, family, range, options, snapshot))
  }
}
