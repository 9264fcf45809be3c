internal import Bytes
package import ObjectModel
package import Runtime

/// An ordered map from byte keys to byte values that sums up weights below any prefix: what a namespace
/// is kept in. `TreeEngine` is our own; `RocksTree` is the one that it is compared with.
package protocol KeyTree: AnyObject, Sendable {
  associatedtype Transaction: TreeTransaction

  /// What deadlines are measured with.
  var clock: any TimeSource { get }

  /// The value of a key, as of some moment during the call, durable.
  func get(_ key: [UInt8]) async throws(NamespaceError) -> [UInt8]?
  /// A page of keys as they were at one moment, durable.
  func scan(_ request: TreeScan) async throws(NamespaceError) -> TreePage
  func sums(under prefix: [UInt8]) async throws(NamespaceError) -> TreeSums
  /// Runs `decide` alone, at the point where its changes take their place among all others, and returns
  /// what it returned once they are durable. When it throws, nothing has changed; what it saw is durable
  /// then too.
  ///
  /// - Parameter decide: may be run more than once, until what it needs is in memory; pure but for what
  ///   it does through the transaction, and brief.
  func commit<R: Sendable>(
    _ decide: @escaping @Sendable (inout Transaction) throws -> R
  ) async throws(NamespaceError) -> R
}

/// What a deciding commit sees and does. Errors that are not a `NamespaceError` are the engine's own and
/// are passed on.
package protocol TreeTransaction {
  /// Wall time in milliseconds that never goes back, restarts included.
  var milliseconds: UInt64 { get }
  /// A number that was never given before and is greater than all that were.
  mutating func nextNumber() -> UInt64
  mutating func get(_ key: [UInt8]) throws -> [UInt8]?
  mutating func scan(_ request: TreeScan) throws -> TreePage
  mutating func sums(under prefix: [UInt8]) throws -> TreeSums
  mutating func put(_ key: [UInt8], _ value: [UInt8], weight: UInt64) throws
  /// Whether it was there.
  @discardableResult mutating func remove(_ key: [UInt8]) throws -> Bool
  /// Everything under `source` goes under `destination`, where nothing may be. Throws `noSuchKey`,
  /// `destinationExists`, `keyTooLong` when a key would have more than `keyBytesMax` bytes.
  mutating func rename(
    _ source: [UInt8], to destination: [UInt8], keyBytesMax: Int
  ) throws -> UInt64
}

package struct TreeScan: Sendable, Hashable {
  package var prefix: [UInt8]
  /// Results come after this; empty: from the start.
  package var after: [UInt8]
  /// Nor do keys that begin with `after` come: it is a common prefix that was given out.
  package var skipsBelow: Bool
  /// Empty: none.
  package var delimiter: [UInt8]
  package var limit: Int

  package init(
    prefix: [UInt8], after: [UInt8] = [], skipsBelow: Bool = false, delimiter: [UInt8] = [],
    limit: Int
  ) {
    self.prefix = prefix
    self.after = after
    self.skipsBelow = skipsBelow
    self.delimiter = delimiter
    self.limit = limit
  }
}

package struct TreeSums: Sendable, Hashable {
  package var objects: UInt64
  package var weight: UInt64
  package init(objects: UInt64 = 0, weight: UInt64 = 0) {
    self.objects = objects
    self.weight = weight
  }
}

/// Results of a scan, packed:
/// `kind u8 (0 key, 1 common prefix) │ key bytes u32 │ value bytes u32 │ weight u64 │ key │ value`.
package struct TreePage: Sendable {
  package var packed: [UInt8]
  package var count: Int
  /// At least one more result follows.
  package var isTruncated: Bool

  package init(packed: [UInt8] = [], count: Int = 0, isTruncated: Bool = false) {
    self.packed = packed
    self.count = count
    self.isTruncated = isTruncated
  }

  static let headBytes = 17

  /// Each result in order: whether it is a common prefix, the key, the value, the weight.
  package func forEach<E: Error>(
    _ body: (_ isPrefix: Bool, _ key: RawSpan, _ value: RawSpan, _ weight: UInt64) throws(E) -> Void
  ) throws(E) {
    let bytes = self.packed.rawBytes
    var offset = 0
    while offset < bytes.byteCount {
      let kind = bytes[byteAt: offset]
      let keyCount = Int(bytes.number(at: offset + 1, as: UInt32.self))
      let valueCount = Int(bytes.number(at: offset + 5, as: UInt32.self))
      let weight = bytes.number(at: offset + 9, as: UInt64.self)
      let key = offset + Self.headBytes
      let value = key + keyCount
      try body(
        kind == 1, bytes.extracting(key..<value), bytes.extracting(value..<(value + valueCount)),
        weight)
      offset = value + valueCount
    }
  }

  package var first: (key: [UInt8], value: [UInt8])? {
    var found: (key: [UInt8], value: [UInt8])?
    self.forEach { _, key, value, _ in
      if found == nil { found = (key.array, value.array) }
    }
    return found
  }
}

extension RawSpan {
  func number<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
    precondition(offset >= 0 && offset <= self.byteCount - MemoryLayout<T>.size, "offset \(offset)")
    return T(littleEndian: self.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
  }
}
