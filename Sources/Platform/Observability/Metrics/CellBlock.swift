private import CSystem
private import Glibc
private import Synchronization

/// Memory for counts: one 64-bit cell per count and shard, shard by shard, so that threads of different
/// shards never write to one cache line and counts of one shard lie close together.
///
///     shard 0   cell cell cell …  (4096 cells, then a line of air)
///     shard 1   cell cell cell …
///
/// Blocks are never given back, not even with their registry: a handle into one is good for the life of
/// the process.
struct CellBlock: @unchecked Sendable {
  // Sendable: the memory is only ever touched through atomics.
  static let cellCount = 4096
  let base: UnsafeMutableRawPointer
  private(set) var used = 0

  init() {
    // Half a mebibyte of zeroed pages that the kernel gives when they are first touched: a shard that is
    // not used costs nothing.
    guard let memory = calloc(1, Self.shardStride * Shards.count + 64) else {
      preconditionFailure("FATAL: out of memory")
    }
    self.base = memory.alignedUp(toMultipleOf: 64)
  }

  static let shardStride = cellCount * 8 + 64

  /// `count` cells side by side, or nil when the block is full.
  mutating func take(_ count: Int) -> Cells? {
    precondition(count > 0 && count <= Self.cellCount, "\(count) cells")
    guard self.used + count <= Self.cellCount else { return nil }
    defer { self.used += count }
    return Cells(start: self.base + self.used * 8)
  }
}

/// Hands out cells; shared by a registry and its families.
final class CellArena: Sendable {
  private let blocks = Mutex<[CellBlock]>([])
  /// Every block of the process, so that what lives for ever is not taken for a leak.
  private static let immortal = Mutex<[CellBlock]>([])

  func take(_ count: Int) -> Cells {
    self.blocks.withLock { blocks in
      if let last = blocks.indices.last, let cells = blocks[last].take(count) { return cells }
      var block = CellBlock()
      Self.immortal.withLock { $0.append(block) }
      let cells = block.take(count).unsafelyUnwrapped  // An empty block has room.
      blocks.append(block)
      return cells
    }
  }
}

/// How counts are split: every thread has a shard by `csystem_thread_shard`, loops their own.
package enum Shards {
  /// A power of two. Threads beyond it share shards, which costs speed and nothing else.
  package static let count = 16

  @inline(__always) static var current: Int { Int(csystem_thread_shard()) & (self.count - 1) }
}

/// Some cells of every shard.
struct Cells: @unchecked Sendable {
  // Sendable: see `CellBlock`.
  let start: UnsafeMutableRawPointer

  @inline(__always) private func cell(
    _ index: Int, shard: Int
  ) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (self.start + shard * CellBlock.shardStride + index * 8)
      .assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// Adds on the calling thread's shard; wraps around.
  @inline(__always) func add(_ amount: UInt64, at index: Int = 0) {
    self.add(amount, at: index, shard: Shards.current)
  }

  @inline(__always) func add(_ amount: UInt64, at index: Int, shard: Int) {
    self.cell(index, shard: shard).pointee.wrappingAdd(amount, ordering: .relaxed)
  }

  /// The cell of shard 0 as one value, not a sum.
  func store(_ value: UInt64) { self.cell(0, shard: 0).pointee.store(value, ordering: .relaxed) }
  func load() -> UInt64 { self.cell(0, shard: 0).pointee.load(ordering: .relaxed) }

  /// The sum over all shards.
  func sum(at index: Int = 0) -> UInt64 {
    var sum: UInt64 = 0
    for shard in 0..<Shards.count {
      sum &+= self.cell(index, shard: shard).pointee.load(ordering: .relaxed)
    }
    return sum
  }
}
