internal import Synchronization

/// The writing half of the tree: an adaptive radix tree over raw keys, cut into frames.
///
/// Everything here runs under the engine's lock, one operation at a time, and never waits: an operation
/// that needs a frame from disk throws `missing` before it has changed a key. Between `begin` and `end`
/// the frames it touches have odd versions, which keeps readers out of them; to those the operation
/// happens when `end` makes them even.
final class Tree {
  let table: FrameTable
  let limits: TreeLimits
  /// The nodes from the root to where an operation stands.
  let path: TreePath
  /// Key bytes of a subtree on its way into another frame.
  let scratch: UnsafeMutableRawPointer
  private var touched: [UInt32] = []
  private var batch: UInt64 = 0
  /// Frames that differ from what is on disk, in the order in which they were first changed.
  var dirty: [UInt32] = []
  var dirtyUnits = 0
  /// What the running checkpoint writes for frames that were changed since it began.
  private(set) var images: [UInt32: UnsafeMutableRawBufferPointer] = [:]
  private(set) var imageBytes = 0
  /// Places on disk that nothing needs once the next checkpoint is durable.
  var abandoned: [DiskRun] = []
  /// Pages of the map with entries that changed.
  var dirtyPages: Set<Int> = []

  init(table: FrameTable, limits: TreeLimits) {
    self.table = table
    self.limits = limits
    self.path = TreePath(capacity: 2 * limits.keyBytesMax + 256)
    self.scratch = .allocate(byteCount: limits.keyBytesMax + 64, alignment: 8)
  }

  deinit {
    self.scratch.deallocate()
    for image in self.images.values { image.deallocate() }
  }

  /// An empty tree.
  func create() {
    self.table.reserve(upTo: TreeMemory.rootID)
    let entry = self.table.entry(TreeMemory.rootID)
    entry.pointee.state = .used
    _ = self.place(TreeMemory.rootID, units: 1)
    self.markDirty(TreeMemory.rootID, entry)
  }

  // MARK: One operation

  func begin(batch: UInt64) {
    precondition(self.touched.isEmpty, "an operation begins in another")
    self.batch = batch
  }

  /// Readers see what was changed, all of it.
  func end() {
    for id in self.touched {
      let version = self.table.entry(id).pointee.version.load(ordering: .relaxed)
      self.table.entry(id).pointee.version.store(version + 1, ordering: .releasing)
    }
    self.touched.removeAll(keepingCapacity: true)
  }

  /// Keeps readers out of a frame and remembers that it differs from the disk. Before the first change
  /// in an operation.
  func touch(_ id: UInt32) {
    let entry = self.table.entry(id)
    let version = entry.pointee.version.load(ordering: .relaxed)
    guard version & 1 == 0 else { return }
    if entry.pointee.isFrozen { self.keepImage(id, entry) }
    entry.pointee.version.store(version + 1, ordering: .relaxed)
    atomicMemoryFence(ordering: .releasing)
    self.touched.append(id)
    entry.pointee.batch.store(self.batch, ordering: .relaxed)
    if !entry.pointee.isDirty { self.markDirty(id, entry) }
  }

  func markDirty(_ id: UInt32, _ entry: UnsafeMutablePointer<FrameEntry>) {
    entry.pointee.isDirty = true
    self.dirty.append(id)
    self.dirtyUnits += Int(entry.pointee.location.load(ordering: .relaxed) & 0xFFFF)
    self.notePage(id)
  }

  func notePage(_ id: UInt32) { self.dirtyPages.insert(Int(id) / FrameMap.pageEntries) }

  /// The checkpoint gets its own copy of a frame that it has yet to write.
  private func keepImage(_ id: UInt32, _ entry: UnsafeMutablePointer<FrameEntry>) {
    let frame = self.table.memory.frame(at: entry.pointee.location.load(ordering: .relaxed))
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: frame.used, alignment: 16)
    copy.copyMemory(from: frame.bytes(0, frame.used))
    self.images[id] = copy
    self.imageBytes += copy.count
    entry.pointee.isFrozen = false
  }

  /// Takes the copy of a frame out; nil when there is none, and the frame itself is as it was.
  func takeImage(_ id: UInt32) -> UnsafeMutableRawBufferPointer? {
    guard let image = self.images.removeValue(forKey: id) else { return nil }
    self.imageBytes -= image.count
    return image
  }

  /// The frame, which must be in memory.
  func frame(_ id: UInt32) throws(TreeInterruption) -> FrameMemory {
    let location = self.table.entry(id).pointee.location.load(ordering: .relaxed)
    guard location != 0 else { throw .missing(id) }
    return self.table.memory.frame(at: location)
  }

  /// For a frame that was seen in memory in this operation.
  func resident(_ id: UInt32) -> FrameMemory {
    let location = self.table.entry(id).pointee.location.load(ordering: .relaxed)
    precondition(location != 0, "frame \(id) left in the middle of an operation")
    return self.table.memory.frame(at: location)
  }

  // MARK: Frames come and go

  /// Gives a frame memory of `units`; what it had before stays where it is. Nil when there is none.
  func place(_ id: UInt32, units: Int) -> FrameMemory? {
    guard let unit = self.table.takeRun(units) else { return nil }
    let frame = self.table.frame(atUnit: unit)
    frame.initialize(id: id, units: units, namespace: self.table.namespace)
    self.table.entry(id).pointee.location.store(
      UInt64(unit) << 16 | UInt64(units), ordering: .relaxed)
    return frame
  }

  /// A new, empty frame with room for nodes of `byteCount` bytes. No reader can get to it before the
  /// operation ends.
  func newFrame(for byteCount: Int) throws(TreeInterruption) -> (id: UInt32, frame: FrameMemory) {
    let id = self.table.takeID()
    let entry = self.table.entry(id)
    precondition(entry.pointee.state == .unused, "frame id \(id) is in use")
    guard let frame = self.place(id, units: self.limits.units(for: byteCount)) else {
      self.table.giveBack(id: id)
      throw .noMemory
    }
    entry.pointee.state = .used
    entry.pointee.objects = 0
    entry.pointee.weight = 0
    entry.pointee.longest = 0
    entry.pointee.diskUnits = 0
    entry.pointee.batch.store(self.batch, ordering: .relaxed)
    self.markDirty(id, entry)
    return (id, frame)
  }

  /// Nothing refers to the frame any more.
  func freeFrame(_ id: UInt32) {
    precondition(id != TreeMemory.rootID, "the root is freed")
    self.touch(id)
    let entry = self.table.entry(id)
    let units = Int(entry.pointee.location.load(ordering: .relaxed) & 0xFFFF)
    self.table.forget(entry)
    self.dirtyUnits -= units
    // The list of dirty frames keeps the id; a checkpoint passes over what is not dirty.
    entry.pointee.isDirty = false
    entry.pointee.state = .unused
    if entry.pointee.diskUnits > 0 {
      self.abandoned.append(
        DiskRun(unit: entry.pointee.diskUnit, units: Int(entry.pointee.diskUnits)))
      entry.pointee.diskUnits = 0
    }
    self.table.giveBack(id: id)
  }
}

/// Why an operation cannot go on now. Nothing that a reader could see has changed, or the transaction
/// takes it back.
enum TreeInterruption: Error, Equatable {
  /// This frame must be read from disk first.
  case missing(UInt32)
  /// Memory is full of frames that wait for a checkpoint.
  case noMemory
  case entryTooLarge
  case keyTooLong
  case destinationExists
  case sourceMissing
}

struct DiskRun: Sendable, Equatable {
  var unit: UInt32
  var units: Int
}

/// Sizes that a tree keeps to.
struct TreeLimits: Sendable {
  /// Units of the largest frame: one of `FrameFormat.classes`.
  var unitsMax: Int
  /// Bytes of the longest key.
  var keyBytesMax: Int

  var frameBytesMax: Int { self.unitsMax * FrameFormat.unitBytes }
  /// A leaf fills a quarter of the largest frame at most, so that a split always helps.
  var leafBytesMax: Int { (self.frameBytesMax - FrameFormat.headerBytes) / 4 }
  /// A frame with fewer live bytes is taken back into its parent.
  var mergeBytes: Int { self.frameBytesMax / 8 }

  /// Units of the smallest frame with room for nodes of `byteCount` bytes and an eighth more.
  func units(for byteCount: Int) -> Int {
    let wanted = FrameFormat.headerBytes + byteCount
    let bytes = wanted + wanted / 8
    for units in FrameFormat.classes where units * FrameFormat.unitBytes >= bytes {
      return min(units, self.unitsMax)
    }
    return self.unitsMax
  }
}
