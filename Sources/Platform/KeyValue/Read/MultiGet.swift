private import Bytes
private import CRocksDB

/// Keys of one lookup, end to end in one run of memory.
public struct KeyList: Sendable {
  var bytes: [UInt8] = []
  var offsets: [UInt64] = [0]
  /// Ascending order so far: a sorted lookup is about twice as fast.
  public private(set) var isSorted = true

  public init() {}
  public init(_ keys: some Sequence<[UInt8]>) {
    for key in keys { self.append(key.rawBytes) }
  }

  public var count: Int { self.offsets.count - 1 }

  public mutating func append(_ key: RawSpan) {
    if self.isSorted, self.count > 0 {
      let last = self.bytes[Int(self.offsets[self.count - 1])...]
      self.isSorted = key.withUnsafeBytes { !$0.lexicographicallyPrecedes(last) }
    }
    key.withUnsafeBytes { self.bytes.append(contentsOf: $0) }
    self.offsets.append(UInt64(self.bytes.count))
  }
}

/// Values in the order of their keys, end to end in one run of memory.
public final class ValueList: @unchecked Sendable {
  // Sendable: immutable once it is out of `find`.
  private let start: UnsafeMutablePointer<UInt8>?
  private let offsets: [UInt64]
  private let missing: [UInt8]

  init(start: UnsafeMutablePointer<UInt8>?, offsets: [UInt64], missing: [UInt8]) {
    self.start = start
    self.offsets = offsets
    self.missing = missing
  }

  deinit { crocks_free(self.start) }

  public var count: Int { self.missing.count }

  /// A copy of the value of key `index`, or nil when there is none.
  public func copy(_ index: Int) -> [UInt8]? {
    guard let value = self.value(index) else { return nil }
    return value.array
  }

  /// The value of key `index`, or nil when there is none.
  @_lifetime(borrow self)
  public func value(_ index: Int) -> RawSpan? {
    guard self.missing[index] == 0 else { return nil }
    let offset = Int(self.offsets[index])
    let buffer = UnsafeRawBufferPointer(
      start: self.start.map { UnsafeRawPointer($0) + offset },
      count: Int(self.offsets[index + 1]) - offset)
    return _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
  }
}

extension Store {
  /// More keys than this go straight to the pool: looking each up in memory would hold the calling
  /// thread for longer (2.5 µs a key) than crossing over costs (44 µs).
  static let cachedKeysMax = 16

  /// Looks up many keys at once, several times as fast as one by one: a few are looked for in memory
  /// first, on the calling thread; many, and any that need the disk, on the pool.
  public func get(
    _ keys: KeyList, in family: Family, at snapshot: Snapshot? = nil
  ) async throws(StoreError) -> ValueList {
    if keys.count <= Self.cachedKeysMax,
      let values = try self.find(keys, in: family, at: snapshot, onlyCached: true)
    {
      return values
    }
    return try await self.onPool { () throws(StoreError) in
      // Only a lookup in memory gives nil.
      try self.find(keys, in: family, at: snapshot, onlyCached: false).unsafelyUnwrapped
    }
  }

  private func find(
    _ keys: KeyList, in family: Family, at snapshot: Snapshot?, onlyCached: Bool
  ) throws(StoreError) -> ValueList? {
    var offsets = [UInt64](repeating: 0, count: keys.count + 1)
    var missing = [UInt8](repeating: 0, count: keys.count)
    var values: UnsafeMutablePointer<UInt8>?
    var status = crocks_status()
    try self.native.use { () throws(StoreError) in
      withSlice(keys.bytes) { bytes in
        crocks_multi_get(
          self.native.pointer, family.pointer, snapshot?.pointer, bytes.bytes, keys.offsets,
          UInt64(keys.count), keys.isSorted ? 1 : 0, onlyCached ? 1 : 0, &values, &offsets,
          &missing, &status)
      }
    }
    if onlyCached, status.code == CROCKS_INCOMPLETE { return nil }
    guard status.code == CROCKS_OK else {
      throw StoreError(taking: &status, "read from", self.path)
    }
    return ValueList(start: values, offsets: offsets, missing: missing)
  }
}
