internal import Runtime
private import Synchronization

/// Page-aligned memory for the pages of a block, from the loop's registered slab when there is a free
/// buffer, else from the heap.
final class BlockMemory: @unchecked Sendable {
  // Sendable: taken and given back on one loop, by one operation.
  let bytes: UnsafeMutableRawBufferPointer
  private let pinned: PinnedBuffers?

  init(byteCount: Int, from slabs: PinnedSlabs) {
    if let pinned = slabs.current, pinned.bufferBytes >= byteCount, let buffer = pinned.take() {
      self.pinned = pinned
      self.bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount])
    } else {
      self.pinned = nil
      self.bytes = .allocate(byteCount: byteCount, alignment: 4096)
    }
  }

  /// On the loop that it was taken on.
  func giveBack() {
    if let pinned = self.pinned { pinned.giveBack(self.bytes) } else { self.bytes.deallocate() }
  }
}

/// One slab of registered buffers a loop, made when the loop first asks.
final class PinnedSlabs: Sendable {
  private let count: Int
  private let bufferBytes: Int
  private let slabs = Mutex<[ObjectIdentifier: PinnedBuffers]>([:])

  init(count: Int, bufferBytes: Int) {
    self.count = count
    self.bufferBytes = bufferBytes
  }

  /// That of the calling thread's loop; nil off a loop.
  var current: PinnedBuffers? {
    guard self.count > 0, let loop = EventLoop.current else { return nil }
    return self.slabs.withLock { slabs in
      if let slab = slabs[ObjectIdentifier(loop)] { return slab }
      let slab = PinnedBuffers(on: loop, count: self.count, bufferBytes: self.bufferBytes)
      slabs[ObjectIdentifier(loop)] = slab
      return slab
    }
  }
}
