internal import CNghttp2
private import Glibc

/// The memory that nghttp2 works in: small blocks are kept and given out again, without the general
/// allocator, which slows down beyond a few free blocks of a size. A tenth of a unary call's time.
///
///     16 bytes   header: the block's class, or for a large block its size
///     n bytes    what nghttp2 sees
final class SessionMemory {
  private static let headerByteCount = 16
  private static let smallest = 32
  private static let classCount = 10
  /// Free blocks that are kept of each class: of 1 KiB 64, of 16 KiB four, 512 KiB in all.
  @inline(__always) private static func keptMax(_ index: Int) -> Int {
    min(256, (65_536 / self.smallest) >> index)
  }

  private let heads: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let counts: UnsafeMutablePointer<Int>

  init() {
    self.heads = .allocate(capacity: Self.classCount)
    self.heads.initialize(repeating: nil, count: Self.classCount)
    self.counts = .allocate(capacity: Self.classCount)
    self.counts.initialize(repeating: 0, count: Self.classCount)
  }

  deinit {
    for index in 0..<Self.classCount {
      while let block = self.heads[index] {
        self.heads[index] = block.load(as: UnsafeMutableRawPointer?.self)
        Glibc.free(block)
      }
    }
    self.heads.deallocate()
    self.counts.deallocate()
  }

  /// The functions for nghttp2, which keeps a copy.
  var functions: nghttp2_mem {
    nghttp2_mem(
      mem_user_data: Unmanaged.passUnretained(self).toOpaque(),
      malloc: { size, data in SessionMemory.of(data) { $0.allocate(size) } },
      free: { block, data in SessionMemory.of(data) { $0.release(block) } },
      calloc: { count, size, data in
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow, let block = SessionMemory.of(data, { $0.allocate(bytes) }) else {
          return nil
        }
        memset(block, 0, bytes)
        return block
      },
      realloc: { block, size, data in SessionMemory.of(data) { $0.resize(block, size) } })
  }

  /// Without a retain for each call: the session holds its memory.
  @inline(__always)
  private static func of<R>(
    _ data: UnsafeMutableRawPointer?, _ body: (SessionMemory) -> R
  ) -> R {
    Unmanaged<SessionMemory>.fromOpaque(data.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
  }

  /// 0 for up to 32 bytes, 9 for up to 16 KiB; nil above.
  @inline(__always) private static func index(of size: Int) -> Int? {
    guard size <= self.smallest << (self.classCount - 1) else { return nil }
    return max(0, 64 - (max(size, 1) - 1).leadingZeroBitCount - 5)
  }

  private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    guard let index = Self.index(of: size) else {
      guard let block = Glibc.malloc(size + Self.headerByteCount) else { return nil }
      block.storeBytes(of: size, as: Int.self)
      return block + Self.headerByteCount
    }
    if let block = self.heads[index] {
      self.heads[index] = block.load(as: UnsafeMutableRawPointer?.self)
      self.counts[index] -= 1
      block.storeBytes(of: index, as: Int.self)
      return block + Self.headerByteCount
    }
    guard let block = Glibc.malloc((Self.smallest << index) + Self.headerByteCount) else {
      return nil
    }
    block.storeBytes(of: index, as: Int.self)
    return block + Self.headerByteCount
  }

  private func release(_ pointer: UnsafeMutableRawPointer?) {
    guard let pointer else { return }
    let block = pointer - Self.headerByteCount
    let index = block.load(as: Int.self)
    guard index < Self.classCount, self.counts[index] < Self.keptMax(index) else {
      return Glibc.free(block)
    }
    block.storeBytes(of: self.heads[index], as: UnsafeMutableRawPointer?.self)
    self.heads[index] = block
    self.counts[index] += 1
  }

  private func resize(_ pointer: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer?
  {
    guard let pointer else { return self.allocate(size) }
    let mark = (pointer - Self.headerByteCount).load(as: Int.self)
    // A large block's size is above every class.
    let capacity = mark < Self.classCount ? Self.smallest << mark : mark
    if size <= capacity { return pointer }
    guard let moved = self.allocate(size) else { return nil }
    memcpy(moved, pointer, capacity)
    self.release(pointer)
    return moved
  }
}
