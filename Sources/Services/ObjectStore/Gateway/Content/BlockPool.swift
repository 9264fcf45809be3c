import ObjectModel
import S3
import Synchronization

/// Memory for blocks, kept for the next request; bounded over all of them.
final class BlockPool: Sendable {
  private struct State {
    var free: [BlockBuffer] = []
    var inUse = 0
  }

  let blockByteCount: Int
  private let countMax: Int
  private let state = Mutex(State())
  static let keptMax = 64

  init(blockByteCount: Int, memoryMax: Int) {
    self.blockByteCount = blockByteCount
    self.countMax = max(16, memoryMax / blockByteCount)
  }

  /// Throws SlowDown when bodies already take all the memory they may.
  func take() throws(S3Error) -> BlockLease {
    let found = self.state.withLock { state -> BlockBuffer?? in
      guard state.inUse < self.countMax else { return .none }
      state.inUse += 1
      return .some(state.free.popLast())
    }
    switch found {
    case .none: throw S3Error(.slowDown, "Please reduce your request rate.")
    case .some(let known):
      // Room for the tag of a sealed block, too.
      return BlockLease(
        known ?? BlockBuffer(byteCount: self.blockByteCount + ContentSeal.overhead), self)
    }
  }

  fileprivate func give(_ buffer: BlockBuffer) {
    buffer.count = 0
    self.state.withLock { state in
      state.inUse -= 1
      if state.free.count < Self.keptMax { state.free.append(buffer) }
    }
  }

  var inUseCount: Int { self.state.withLock { $0.inUse } }
}

/// A block's memory, on loan: it goes back to its pool when nobody holds it any more, however that came.
final class BlockLease: Sendable {
  let buffer: BlockBuffer
  private let pool: BlockPool

  fileprivate init(_ buffer: BlockBuffer, _ pool: BlockPool) {
    self.buffer = buffer
    self.pool = pool
  }

  deinit { self.pool.give(self.buffer) }
}
