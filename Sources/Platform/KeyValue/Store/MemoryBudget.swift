import CRocksDB

/// Memory that several stores share: one block cache, and a limit on write buffers that counts inside
/// it. Without one, a store has a small cache of its own.
public final class MemoryBudget: @unchecked Sendable {
  // Sendable: the library locks inside.
  let pointer: OpaquePointer

  /// - Parameters:
  ///   - cacheBytes: blocks, indexes, filters and write buffers together.
  ///   - writeBufferBytes: when buffers hold more, the oldest are flushed.
  ///   - stallsWhenFull: writers wait when flushing cannot keep up, instead of using more memory.
  public init(cacheBytes: Int, writeBufferBytes: Int, stallsWhenFull: Bool = false) {
    precondition(cacheBytes > 0, "a cache of \(cacheBytes) bytes")
    precondition(writeBufferBytes >= 0, "write buffers of \(writeBufferBytes) bytes")
    self.pointer = crocks_memory_create(
      UInt64(cacheBytes), UInt64(writeBufferBytes), stallsWhenFull ? 1 : 0)
  }

  deinit { crocks_memory_destroy(self.pointer) }

  public var cacheUsedBytes: Int { Int(crocks_memory_cache_used(self.pointer)) }
  public var cachePinnedBytes: Int { Int(crocks_memory_cache_pinned(self.pointer)) }
  public var writeBufferUsedBytes: Int { Int(crocks_memory_buffers_used(self.pointer)) }
}
