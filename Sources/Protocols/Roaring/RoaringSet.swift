public import Bytes
private import CRoaring

/// A set of 32-bit numbers, compressed: the positions of deleted rows, the rows that have a term.
///
/// For one owner at a time: a class so that it is freed once, not so that it is shared.
public final class RoaringSet: @unchecked Sendable {
  // Sendable: nothing but what its owner calls touches `pointer`.
  private let pointer: OpaquePointer

  public init() {
    guard let pointer = croaring_create() else { fatalError("FATAL: no memory for a bitmap") }
    self.pointer = pointer
  }

  private init(adopting pointer: OpaquePointer) { self.pointer = pointer }

  deinit { croaring_free(self.pointer) }

  /// Reads a set in the portable format from the start of `bytes`; nil when there is none. Everything is
  /// checked first, because the library trusts what it reads.
  public static func read(_ bytes: RawSpan) -> (set: RoaringSet, byteCount: Int)? {
    guard let count = RoaringFormat.byteCount(of: bytes) else { return nil }
    let pointer = bytes.extracting(0..<count).withUnsafeBytes {
      croaring_read($0.baseAddress, $0.count)
    }
    return pointer.map { (RoaringSet(adopting: $0), count) }
  }

  public var count: UInt64 { croaring_count(self.pointer) }
  public var isEmpty: Bool { self.count == 0 }

  public func contains(_ value: UInt32) -> Bool { croaring_contains(self.pointer, value) }
  public func insert(_ value: UInt32) { croaring_insert(self.pointer, value) }
  public func insert(_ values: ClosedRange<UInt32>) {
    croaring_insert_range(self.pointer, values.lowerBound, values.upperBound)
  }
  public func remove(_ value: UInt32) { croaring_remove(self.pointer, value) }

  public func formUnion(_ other: RoaringSet) {
    croaring_form_union(self.pointer, other.pointer)
  }

  public func formIntersection(_ other: RoaringSet) {
    croaring_form_intersection(self.pointer, other.pointer)
  }

  public func isEqual(to other: RoaringSet) -> Bool {
    croaring_equal(self.pointer, other.pointer)
  }

  /// Calls `body` with the values in ascending order, until it answers false. False when it did.
  @discardableResult
  public func forEach(_ body: (UInt32) -> Bool) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1024) { values in
      guard let walk = croaring_walk_open(self.pointer, 0) else {
        fatalError("FATAL: no memory for a walk")
      }
      defer { croaring_walk_close(walk) }
      while case let count = croaring_walk_next(
        walk, values.baseAddress, UInt32(values.count)), count > 0
      {
        for index in 0..<Int(count) {
          guard body(values[index]) else { return false }
        }
      }
      return true
    }
  }

  /// Appends the portable format, each container in its smallest form.
  public func append(to target: inout ByteWriter) {
    croaring_optimize(self.pointer)
    let count = croaring_byte_count(self.pointer)
    _ = target.appendFilling(minimum: count) { room in
      croaring_write(self.pointer, room.baseAddress)
      return count
    }
  }
}
