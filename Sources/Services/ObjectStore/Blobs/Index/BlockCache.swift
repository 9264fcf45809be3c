internal import ObjectModel

/// Small blocks that were read, in memory: bounded, those that nobody asked for go first.
///
/// A block never changes, so what is here is right for as long as the index has the block; who takes one
/// out of the index takes it out of here. The bytes are compared with their checksum at each use, like
/// those of a disk.
struct BlockCache: ~Copyable, Sendable {
  private struct Slot {
    var block: CachedBlock?
    /// It was used since the hand came by.
    var isWarm = false
  }

  private let byteCountMax: Int
  private let blockByteCountMax: Int
  private var slots: [Slot] = []
  private var free: [Int] = []
  private var places: [BlockAddress: Int] = [:]
  private var hand = 0
  private(set) var byteCount = 0
  private(set) var hits = 0
  private(set) var misses = 0

  /// What a block costs besides its bytes.
  static let overhead = 160

  init(byteCountMax: Int, blockByteCountMax: Int) {
    self.byteCountMax = byteCountMax
    self.blockByteCountMax = blockByteCountMax
  }

  var count: Int { self.places.count }

  /// Larger ones would drive out many that are asked for more often.
  func takes(_ entry: BlockEntry) -> Bool {
    self.byteCountMax > 0 && Int(entry.byteCount) <= self.blockByteCountMax
  }

  mutating func find(_ entry: BlockEntry) -> CachedBlock? {
    guard self.takes(entry) else { return nil }
    guard let place = self.places[entry.address] else {
      self.misses += 1
      return nil
    }
    self.hits += 1
    self.slots[place].isWarm = true
    return self.slots[place].block
  }

  mutating func insert(_ block: CachedBlock) {
    let cost = block.bytes.count + Self.overhead
    guard cost <= self.byteCountMax, self.places[block.address] == nil else { return }
    while self.byteCount + cost > self.byteCountMax { self.evictOne() }
    let place = self.free.popLast() ?? self.slots.count
    if place == self.slots.count { self.slots.append(Slot()) }
    self.slots[place] = Slot(block: block)
    self.places[block.address] = place
    self.byteCount += cost
  }

  mutating func remove(_ address: BlockAddress) {
    guard !self.places.isEmpty, let place = self.places[address] else { return }
    self.clear(place)
  }

  /// The next one that was not used since the hand passed it. Two rounds find one.
  private mutating func evictOne() {
    while true {
      let place = self.hand
      self.hand = (self.hand + 1) % self.slots.count
      guard self.slots[place].block != nil else { continue }
      if self.slots[place].isWarm {
        self.slots[place].isWarm = false
      } else {
        return self.clear(place)
      }
    }
  }

  private mutating func clear(_ place: Int) {
    guard let block = self.slots[place].block else { return }
    self.places[block.address] = nil
    self.byteCount -= block.bytes.count + Self.overhead
    self.slots[place] = Slot()
    self.free.append(place)
  }
}

/// Bytes of a block that were proven once.
final class CachedBlock: @unchecked Sendable {
  // Sendable: nobody writes to the bytes after `init`.
  let address: BlockAddress
  let checksum: UInt64
  let bytes: UnsafeRawBufferPointer

  /// - Parameter bytes: are copied.
  init(_ entry: BlockEntry, _ bytes: UnsafeRawBufferPointer) {
    self.address = entry.address
    self.checksum = entry.checksum
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    copy.copyMemory(from: bytes)
    self.bytes = UnsafeRawBufferPointer(copy)
  }

  deinit { self.bytes.deallocate() }
}
