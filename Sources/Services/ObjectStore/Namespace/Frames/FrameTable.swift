private import Glibc
private import ObjectExtents
private import Synchronization

/// Every frame's entry, the arena, and who lies where in it. Under the tree's lock, but for what
/// `TreeMemory` lends to readers.
final class FrameTable {
  let memory: TreeMemory
  let namespace: UInt64
  private let arenaBytes: Int
  private var runs: UnitMap
  /// Frames are evicted to stay below this; runs that are taken in the middle of an operation may lie
  /// above it, up to the arena's end.
  let unitsLimit: Int
  private var chunkCount = 0
  private(set) var nextID: UInt32 = TreeMemory.rootID
  private var freeIDs: [UInt32] = []
  /// Ids that are free once the running checkpoint has ended: it still writes what they were.
  private var restingIDs: [UInt32] = []
  var isCheckpointing = false
  private var hand: UInt32 = 0
  private let reserveUnits: Int
  /// An operation is being undone: it may have the reserve.
  var isTakingBack = false

  init(cacheBytes: Int, namespace: UInt64) {
    let units = cacheBytes / FrameFormat.unitBytes
    self.unitsLimit = units
    // A quarter more, for operations under way and for room between frames.
    self.reserveUnits = 256
    let arenaUnits = units + max(units / 4, 512) + self.reserveUnits
    self.arenaBytes = arenaUnits * FrameFormat.unitBytes + FrameMemory.reachBytes
    let arena = Self.allocate(self.arenaBytes)
    let chunks = UnsafeMutablePointer<UnsafeMutablePointer<FrameEntry>?>.allocate(
      capacity: TreeMemory.chunksMax)
    chunks.initialize(repeating: nil, count: TreeMemory.chunksMax)
    self.memory = TreeMemory(arena: arena, chunks: chunks)
    self.runs = UnitMap(unitCount: arenaUnits)
    // Unit 0 stays unused: location 0 means "not in memory".
    _ = self.runs.claim(0, count: 1)
    self.namespace = namespace
  }

  /// A large arena asks for pages of 2 MiB: a walk over a million keys touches a dozen pages of 4 KiB whose
  /// translations are nowhere near, which cost as much as the bytes.
  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let hugeBytes = 2 << 20
    guard byteCount >= 8 * hugeBytes else {
      return .allocate(byteCount: byteCount, alignment: FrameFormat.unitBytes)
    }
    let arena = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugeBytes)
    // Where the kernel refuses, pages stay small.
    _ = madvise(arena, byteCount & ~(hugeBytes - 1), MADV_HUGEPAGE)
    return arena
  }

  deinit {
    for chunk in 0..<self.chunkCount {
      self.memory.chunks[chunk]?.deinitialize(count: TreeMemory.chunkEntries)
      self.memory.chunks[chunk]?.deallocate()
    }
    self.memory.chunks.deallocate()
    self.memory.arena.deallocate()
  }

  var unitsUsed: Int { self.runs.usedCount }

  func entry(_ id: UInt32) -> UnsafeMutablePointer<FrameEntry> {
    guard let entry = self.memory.entry(id) else { preconditionFailure("frame \(id) has no entry") }
    return entry
  }

  /// Room for entries up to and with `id`.
  func reserve(upTo id: UInt32) {
    while UInt32(self.chunkCount * TreeMemory.chunkEntries) <= id {
      precondition(self.chunkCount < TreeMemory.chunksMax, "more than 67 million frames")
      let entries = UnsafeMutablePointer<FrameEntry>.allocate(capacity: TreeMemory.chunkEntries)
      for index in 0..<TreeMemory.chunkEntries { (entries + index).initialize(to: FrameEntry()) }
      self.memory.chunks[self.chunkCount] = entries
      self.chunkCount += 1
    }
    self.nextID = max(self.nextID, id + 1)
  }

  // MARK: Ids

  func takeID() -> UInt32 {
    let id = self.freeIDs.popLast() ?? self.nextID
    self.reserve(upTo: id)
    return id
  }

  func giveBack(id: UInt32) {
    if self.isCheckpointing { self.restingIDs.append(id) } else { self.freeIDs.append(id) }
  }

  func endCheckpoint() {
    self.isCheckpointing = false
    self.freeIDs += self.restingIDs
    self.restingIDs.removeAll()
  }

  /// After the map was read: ids without a frame are free.
  func collectFreeIDs() {
    self.freeIDs = []
    var id = self.nextID
    while id > TreeMemory.rootID + 1 {
      id -= 1
      if self.entry(id).pointee.state == .unused { self.freeIDs.append(id) }
    }
  }

  // MARK: Runs of the arena

  /// The unit of a run, or nil when the arena has none.
  func takeRun(_ units: Int) -> Int? {
    // The last runs are for taking back what could not be finished.
    guard self.isTakingBack || self.runs.freeCount - units >= self.reserveUnits else { return nil }
    return self.runs.take(units)
  }
  /// Whether so many runs could be taken one after the other.
  func hasRuns(_ count: Int, of units: Int) -> Bool {
    var taken: [Int] = []
    while taken.count < count, let unit = self.takeRun(units) { taken.append(unit) }
    for unit in taken { self.giveBackRun(unit, units) }
    return taken.count == count
  }

  func giveBackRun(_ unit: Int, _ units: Int) { self.runs.giveBack(unit, count: units) }

  func frame(atUnit unit: Int) -> FrameMemory {
    FrameMemory(self.memory.arena + unit * FrameFormat.unitBytes)
  }

  /// Gives the memory of a frame back. Readers in it find its version changed.
  func forget(_ entry: UnsafeMutablePointer<FrameEntry>) {
    let location = entry.pointee.location.exchange(0, ordering: .relaxed)
    guard location != 0 else { return }
    self.giveBackRun(Int(location >> 16), Int(location & 0xFFFF))
  }

  /// Evicts clean frames, those that no reader came by since the last round first, until `units` fit
  /// under the limit. False when what is left is dirty, frozen or excluded.
  func makeRoom(for units: Int, keeping isKept: (UInt32) -> Bool) -> Bool {
    self.evict(until: { self.runs.usedCount + units <= self.unitsLimit }, keeping: isKept)
  }

  /// Evicts clean frames until `count` runs of `units` can be taken one after the other: there may be
  /// room enough, and none of it in a row.
  func makeRuns(_ count: Int, of units: Int) {
    var wanted = count * units
    while !self.hasRuns(count, of: units) {
      let free = self.runs.freeCount + wanted
      guard self.evict(until: { self.runs.freeCount >= free }, keeping: { _ in false }) else {
        return
      }
      wanted *= 2
    }
  }

  private func evict(until isDone: () -> Bool, keeping isKept: (UInt32) -> Bool) -> Bool {
    var steps = 2 * Int(self.nextID)
    while !isDone() {
      guard steps > 0 else { return false }
      steps -= 1
      self.hand = self.hand + 1 >= self.nextID ? TreeMemory.rootID : self.hand + 1
      let entry = self.entry(self.hand)
      guard entry.pointee.state == .used, entry.pointee.location.load(ordering: .relaxed) != 0,
        !entry.pointee.isDirty, !entry.pointee.isFrozen, !entry.pointee.isHeld, !isKept(self.hand)
      else { continue }
      if entry.pointee.isRecent.exchange(false, ordering: .relaxed) { continue }
      let version = entry.pointee.version.load(ordering: .relaxed)
      entry.pointee.version.store(version | 1, ordering: .relaxed)
      atomicMemoryFence(ordering: .releasing)
      self.forget(entry)
      entry.pointee.version.store((version | 1) + 1, ordering: .releasing)
    }
    return true
  }
}
