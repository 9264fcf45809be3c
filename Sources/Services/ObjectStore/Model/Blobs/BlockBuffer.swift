private import Bytes

/// Memory for one block, where direct I/O wants it: on a page's boundary, whole pages. One owner fills
/// it, lends it to `Blobs.put`, and uses it again.
package final class BlockBuffer: @unchecked Sendable {
  // Sendable: whoever took it from its pool is the only one to write, and reads happen inside awaited
  // calls.
  package let bytes: UnsafeMutableRawBufferPointer
  /// How many bytes are filled.
  package var count = 0

  package static let alignment = 4096

  package init(byteCount: Int) {
    let pages = (byteCount + Self.alignment - 1) / Self.alignment
    self.bytes = .allocate(byteCount: pages * Self.alignment, alignment: Self.alignment)
  }

  deinit { self.bytes.deallocate() }

  package var filled: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self.bytes[..<self.count])
  }
}
