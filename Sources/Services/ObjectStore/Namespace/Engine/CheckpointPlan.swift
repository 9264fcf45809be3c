private import Bytes
private import Synchronization

/// What a checkpoint writes: the frames that had changed, as they were when it began, and the map pages
/// with their entries.
final class CheckpointPlan {
  /// Ids of frozen frames, in the order in which they were first changed.
  var frames: [UInt32]
  var next = 0
  var pages: [Int: MapPage]
  /// On success this is the next superblock, but for the directory.
  var superblock: Superblock
  /// Places that nothing needs once the superblock is durable.
  var released: [DiskRun]
  /// New places of this checkpoint's pages: free again when it fails.
  var fresh: [DiskRun] = []
  /// Where the pages lie now.
  var places: [Int: MapDirectory.Page] = [:]

  init(
    frames: [UInt32], pages: [Int: MapPage], superblock: Superblock, released: [DiskRun]
  ) {
    self.frames = frames
    self.pages = pages
    self.superblock = superblock
    self.released = released
  }
}

extension Tree {
  /// Freezes what is dirty. Takes a microsecond for a hundred frames, and some twenty for a page of the
  /// map.
  func freeze(_ superblock: Superblock) -> CheckpointPlan {
    var frames: [UInt32] = []
    for id in self.dirty {
      let entry = self.table.entry(id)
      guard entry.pointee.isDirty else { continue }
      entry.pointee.isDirty = false
      entry.pointee.isFrozen = true
      frames.append(id)
    }
    var pages: [Int: MapPage] = [:]
    for number in self.dirtyPages {
      let page = MapPage(number: number)
      let first = UInt32(number * FrameMap.pageEntries)
      for id in first..<(first + UInt32(FrameMap.pageEntries)) where id < self.table.nextID {
        let entry = self.table.entry(id)
        if entry.pointee.state == .used { page.set(id, entry.pointee) }
      }
      pages[number] = page
    }
    let released = self.abandoned
    self.abandoned = []
    self.dirty = []
    self.dirtyUnits = 0
    self.dirtyPages = []
    self.table.isCheckpointing = true
    return CheckpointPlan(
      frames: frames, pages: pages, superblock: superblock, released: released)
  }

  func frozenUnits(_ id: UInt32) -> Int {
    if let image = self.images[id] {
      return FrameMemory(image.baseAddress.unsafelyUnwrapped).units
    }
    return self.resident(id).units
  }

  /// Copies a frozen frame into `target`, zeros behind its used bytes. Answers its units.
  func takeFrozen(_ id: UInt32, generation: UInt64, into target: UnsafeMutableRawPointer) -> Int {
    let frame: FrameMemory
    let image = self.takeImage(id)
    defer { image?.deallocate() }
    if let image {
      frame = FrameMemory(image.baseAddress.unsafelyUnwrapped)
    } else {
      let entry = self.table.entry(id)
      precondition(entry.pointee.isFrozen, "frame \(id) is neither frozen nor copied")
      entry.pointee.isFrozen = false
      frame = self.resident(id)
    }
    self.table.entry(id).pointee.isHeld = true
    target.copyMemory(from: frame.base, byteCount: frame.used)
    (target + frame.used).initializeMemory(
      as: UInt8.self, repeating: 0, count: frame.capacity - frame.used)
    FrameMemory(target).set(24, u64: generation)
    return frame.units
  }

  /// A frozen frame lies on disk now.
  func settle(_ id: UInt32, at run: DiskRun, checksum: UInt64, in plan: CheckpointPlan) {
    let page = plan.pages[Int(id) / FrameMap.pageEntries]
    page?.setPlace(id, run, checksum: checksum)
    let entry = self.table.entry(id)
    entry.pointee.isHeld = false
    guard entry.pointee.state == .used else {
      // Freed since: the new superblock still names the place, the one after it will not.
      self.abandoned.append(run)
      return
    }
    if entry.pointee.diskUnits > 0 {
      plan.released.append(
        DiskRun(unit: entry.pointee.diskUnit, units: Int(entry.pointee.diskUnits)))
    }
    entry.pointee.diskUnit = run.unit
    entry.pointee.diskUnits = UInt16(run.units)
    entry.pointee.checksum = checksum
  }

  /// The checkpoint could not be written: what it has not written is dirty again.
  func thaw(_ plan: CheckpointPlan) {
    for id in plan.frames[plan.next...] {
      if let image = self.takeImage(id) { image.deallocate() }
      let entry = self.table.entry(id)
      entry.pointee.isFrozen = false
      entry.pointee.isHeld = false
      if entry.pointee.state == .used, !entry.pointee.isDirty { self.markDirty(id, entry) }
    }
    self.dirtyPages.formUnion(plan.pages.keys)
    // The old superblock still names these.
    self.abandoned += plan.released
  }
}
