private import Bytes
import CRocksDB

/// A value where the library holds it: in the block cache or a copy of its own. It stays readable
/// until it goes, whatever is written meanwhile; a store does not close while one is held.
public struct PinnedValue: ~Copyable, @unchecked Sendable {
  // Sendable: the bytes do not change, and the owner is the only one to let go of them.
  private let pin: UnsafeMutablePointer<crocks_pinned>
  private let start: UnsafePointer<UInt8>?
  private let native: NativeStore
  public let byteCount: Int

  init(adopting found: PinnedBytes) {
    self.pin = found.pin
    self.start = found.start
    self.native = found.native
    self.byteCount = found.count
  }

  deinit { PinnedBytes.release(self.pin, self.native) }

  public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      // An empty value may have no address.
      let buffer = UnsafeRawBufferPointer(
        start: self.start.map { UnsafeRawPointer($0) }, count: self.start == nil ? 0 : byteCount)
      return _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
    }
  }

  public func copy() -> [UInt8] { self.bytes.array }
}

/// A pinned value on its way from the pool to its owner.
struct PinnedBytes: @unchecked Sendable {
  let pin: UnsafeMutablePointer<crocks_pinned>
  let start: UnsafePointer<UInt8>?
  let count: Int
  let native: NativeStore

  static func release(_ pin: UnsafeMutablePointer<crocks_pinned>, _ native: NativeStore) {
    crocks_unpin(pin)
    pin.deallocate()
    native.release()
  }
}

/// What memory knows about a key.
public enum CachedRead: ~Copyable {
  case value(PinnedValue)
  case absent
  /// The answer needs the disk.
  case unknown
}
