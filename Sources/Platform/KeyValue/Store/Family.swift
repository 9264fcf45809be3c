import CRocksDB
private import Synchronization

/// A column family: a key space of its own within a store, with options of its own. Batches span
/// families and stay atomic.
///
/// Comes from `Store.family`. After a drop, what already reads goes on to see the old content, and the
/// files go when the last holder has let go of it.
public final class Family: @unchecked Sendable {
  // Sendable: the pointer never changes and the library locks inside.
  public let name: String
  let id: UInt32
  let pointer: OpaquePointer
  let native: NativeStore
  /// Of the options that it was opened with.
  let prefixBytes: Int?
  private let dropped = Atomic<Bool>(false)

  init(_ pointer: OpaquePointer, of native: NativeStore, _ options: [FamilyOptions]) {
    self.pointer = pointer
    self.native = native
    let name = String(cString: crocks_family_name(pointer))
    self.prefixBytes = options.first { $0.name == name }?.prefixBytes
    self.name = name
    self.id = crocks_family_id(pointer)
  }

  deinit { self.native.release(family: self.pointer) }

  public var isDropped: Bool { self.dropped.load(ordering: .acquiring) }

  func markDropped() { self.dropped.store(true, ordering: .releasing) }

  func checkPresent() throws(StoreError) {
    guard !self.isDropped else {
      throw StoreError(.notFound, "the family \(self.name) of \(self.native.path) was dropped")
    }
  }
}
