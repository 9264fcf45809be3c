private import CSystem

/// A slab of page-aligned memory that the ring of one loop knows, cut into buffers of one size. A file
/// operation whose memory lies inside saves pinning its pages, and direct I/O its alignment.
///
/// Where the kernel refuses to register it (a low limit of locked memory, epoll), the buffers work all
/// the same. Belongs to one loop; one slab a loop is registered.
public final class PinnedBuffers: @unchecked Sendable {
  // Sendable: used on its loop's thread only, which `take` and `giveBack` check.
  public let bufferBytes: Int
  public let isRegistered: Bool
  private let loop: EventLoop
  private let slab: UnsafeMutableRawBufferPointer
  private var free: [Int]

  /// - Parameter bufferBytes: a multiple of 4096.
  public init(on loop: EventLoop, count: Int, bufferBytes: Int) {
    precondition(loop.isCurrent, "pinned buffers are made on their loop")
    precondition(bufferBytes > 0 && bufferBytes % 4096 == 0, "buffers of \(bufferBytes) bytes")
    self.loop = loop
    self.bufferBytes = bufferBytes
    self.slab = .allocate(byteCount: count * bufferBytes, alignment: 4096)
    self.isRegistered = loop.backend.register(self.slab)
    self.free = Array((0..<count).reversed())
  }

  deinit {
    // The ring keeps registered pages alive by itself.
    self.slab.deallocate()
  }

  /// A buffer, or nil when all are in use: the caller waits its turn or answers "slow down".
  public func take() -> UnsafeMutableRawBufferPointer? {
    precondition(self.loop.isCurrent, "a pinned buffer is taken off its loop")
    guard let index = self.free.popLast() else { return nil }
    return UnsafeMutableRawBufferPointer(
      rebasing: self.slab[(index * self.bufferBytes)..<((index + 1) * self.bufferBytes)])
  }

  public func giveBack(_ buffer: UnsafeMutableRawBufferPointer) {
    precondition(self.loop.isCurrent, "a pinned buffer is given back off its loop")
    guard let start = buffer.baseAddress, let base = self.slab.baseAddress else { return }
    let index = (start - base) / self.bufferBytes
    precondition(index >= 0 && index * self.bufferBytes < self.slab.count, "not one of ours")
    self.free.append(index)
  }
}
