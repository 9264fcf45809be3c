/// The content of one simulated file: what readers see, what is on the device for certain, and the
/// changes between the two.
final class FileContent {
  enum Change {
    case write(offset: Int, bytes: [UInt8])
    case resize(Int)
    case zero(Range<Int>)
  }

  static let blockBytes = 4096

  let id: Int
  var permissions: UInt16
  private(set) var seen: [UInt8] = []
  private(set) var durable: [UInt8] = []
  private var pending: [Change] = []
  /// How many changes have left `pending`, so that a sync can name those it began with.
  private var settledCount = 0
  /// Which blocks occupy space.
  private var blocks: [Bool] = []
  /// The handle that holds the lock.
  var lockHolder: ObjectIdentifier?

  init(id: Int, permissions: UInt16) {
    self.id = id
    self.permissions = permissions
  }

  var occupiedBytes: Int64 { Int64(self.blocks.count { $0 } * Self.blockBytes) }
  var changeCount: Int { self.settledCount + self.pending.count }
  var isClean: Bool { self.pending.isEmpty }

  /// How many bytes from `offset` on can be written when `freeBlocks` may be taken.
  func writableCount(at offset: Int, count: Int, freeBlocks: Int64) -> Int {
    guard count > 0 else { return 0 }
    var free = freeBlocks
    for block in (offset / Self.blockBytes)...((offset + count - 1) / Self.blockBytes) {
      if block < self.blocks.count, self.blocks[block] { continue }
      guard free > 0 else { return max(0, block * Self.blockBytes - offset) }
      free -= 1
    }
    return count
  }

  func record(_ change: Change) {
    apply(change, to: &self.seen)
    self.pending.append(change)
    switch change {
    case .write(let offset, let bytes):
      self.occupy(offset..<(offset + bytes.count))
    case .resize(let count):
      let kept = (count + Self.blockBytes - 1) / Self.blockBytes
      if kept < self.blocks.count { self.blocks.removeLast(self.blocks.count - kept) }
    case .zero(let range):
      let first = (range.lowerBound + Self.blockBytes - 1) / Self.blockBytes
      let end = min(range.upperBound / Self.blockBytes, self.blocks.count)
      if first < end { for block in first..<end { self.blocks[block] = false } }
    }
  }

  func occupy(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    let last = (range.upperBound - 1) / Self.blockBytes
    while self.blocks.count <= last { self.blocks.append(false) }
    for block in (range.lowerBound / Self.blockBytes)...last { self.blocks[block] = true }
  }

  /// Makes durable what had been changed when the sync began.
  func settle(upTo mark: Int) {
    let count = mark - self.settledCount
    guard count > 0 else { return }
    for change in self.pending.prefix(count) { apply(change, to: &self.durable) }
    self.pending.removeFirst(count)
    self.settledCount = mark
  }

  /// A sync failed: what was dirty counts as clean, and some of it never arrives.
  func settleInPart(_ faults: DiskFaults, _ generator: inout SeededGenerator) {
    for change in self.pending where generator.chance(0.5) {
      applyInPart(change, to: &self.durable, faults, &generator)
    }
    self.settledCount += self.pending.count
    self.pending = []
    if generator.chance(faults.evictionAfterSyncFailure) { self.seen = self.durable }
  }

  /// The power went: of what was not synced, a seeded part survives.
  func cut(_ faults: DiskFaults, _ generator: inout SeededGenerator) {
    if generator.chance(faults.reorderedWrites) { self.pending.shuffle(using: &generator) }
    for change in self.pending {
      if generator.chance(faults.lostWrite) { continue }
      if generator.chance(faults.tornWrite) {
        applyInPart(change, to: &self.durable, faults, &generator)
      } else {
        apply(change, to: &self.durable)
      }
    }
    self.settledCount += self.pending.count
    self.pending = []
    if !self.durable.isEmpty, generator.chance(faults.restBitFlip) {
      let bit = Int.random(in: 0..<(self.durable.count * 8), using: &generator)
      self.durable[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    self.seen = self.durable
    self.lockHolder = nil
    self.blocks = Array(
      repeating: true, count: (self.durable.count + Self.blockBytes - 1) / Self.blockBytes)
  }

  /// Turns one bit over, on the device and for readers.
  func flip(bit: Int) {
    if bit / 8 < self.durable.count { self.durable[bit / 8] ^= 1 << UInt8(bit % 8) }
    if bit / 8 < self.seen.count { self.seen[bit / 8] ^= 1 << UInt8(bit % 8) }
  }

  /// Puts `bytes` on the device, for a test that prepares a file.
  func restore(_ bytes: [UInt8]) {
    self.pending = []
    self.durable = bytes
    self.seen = bytes
    self.occupy(0..<bytes.count)
  }
}

private func apply(_ change: FileContent.Change, to bytes: inout [UInt8]) {
  switch change {
  case .write(let offset, let source):
    copy(source, 0..<source.count, to: &bytes, at: offset)
  case .resize(let count):
    if count < bytes.count {
      bytes.removeLast(bytes.count - count)
    } else {
      grow(&bytes, to: count)
    }
  case .zero(let range):
    for index in range.clamped(to: 0..<bytes.count) { bytes[index] = 0 }
  }
}

/// Writes some sectors of a write and not the others; anything else arrives or does not.
private func applyInPart(
  _ change: FileContent.Change, to bytes: inout [UInt8], _ faults: DiskFaults,
  _ generator: inout SeededGenerator
) {
  guard case .write(let offset, let source) = change else {
    if generator.chance(0.5) { apply(change, to: &bytes) }
    return
  }
  var start = 0
  while start < source.count {
    let end = min(
      ((offset + start) / faults.sectorBytes + 1) * faults.sectorBytes - offset, source.count)
    if generator.chance(0.5) { copy(source, start..<end, to: &bytes, at: offset + start) }
    start = end
  }
}

private func copy(
  _ source: [UInt8], _ range: Range<Int>, to bytes: inout [UInt8], at offset: Int
) {
  guard !range.isEmpty else { return }
  grow(&bytes, to: offset + range.count)
  bytes.withUnsafeMutableBytes { target in
    source.withUnsafeBytes { source in
      UnsafeMutableRawBufferPointer(rebasing: target[offset..<(offset + range.count)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
    }
  }
}

private func grow(_ bytes: inout [UInt8], to count: Int) {
  guard count > bytes.count else { return }
  // An array, not `repeatElement`: that is copied byte by byte in debug builds.
  bytes += [UInt8](repeating: 0, count: count - bytes.count)
}
