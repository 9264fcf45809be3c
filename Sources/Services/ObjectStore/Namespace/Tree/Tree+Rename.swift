/// Moving everything below a prefix: the subtree is linked elsewhere, whatever it holds.
extension Tree {
  /// Every key that begins with `source` begins with `destination` afterwards. Nothing may begin with
  /// `destination`, and neither may begin with the other. Answers how many keys moved.
  ///
  /// At most one frame is copied: when the subtree begins inside a frame, its part of that frame moves
  /// into a frame of its own.
  func rename(
    _ source: UnsafeRawBufferPointer, to destination: UnsafeRawBufferPointer, keyBytesMax: Int
  ) throws(TreeInterruption) -> UInt64 {
    // Taking a rename back: the keys were there a moment ago, and memory is kept for it. Bounds may be
    // those of keys that are gone, and to correct them could need frames that are not in memory.
    let isBack = self.table.isTakingBack
    let keyBytesMax = isBack ? Int.max : min(keyBytesMax, self.limits.keyBytesMax)
    guard destination.count <= keyBytesMax else { throw .keyTooLong }
    // Between taking out and linking again nothing may fail.
    guard isBack || self.table.hasRuns(4, of: self.limits.unitsMax) else { throw .noMemory }
    // Looked at first, so that every frame on both ways is there before anything changes.
    try self.descend(source)
    guard self.reaches(source) else { throw .sourceMissing }
    try self.descend(destination)
    if self.reaches(destination) { throw .destinationExists }
    try self.descend(source)
    let part = self.measureEnd(source)
    if destination.count + part.longest > keyBytesMax {
      // The bound may be that of a key that is gone.
      let step = self.path[self.endStep(source)]
      let lead = source.count - Int(step.depth)
      let allowed = keyBytesMax - destination.count + lead
      let longest = try self.longest(
        Int(step.node), in: self.resident(step.frame), allowed: allowed)
      guard longest <= allowed else { throw .keyTooLong }
    }
    let moved = try self.detach(source, part)
    let entry = self.table.entry(moved)
    let objects = entry.pointee.objects
    _ = try self.put(destination, .frame(moved)) { _ in }
    try self.tidy(source)
    try self.mergeAlong(destination)
    return objects
  }

  /// Bytes of the longest key from the node on, or a bound that is not above `allowed`, or the first that
  /// was met above it. Bounds are corrected on the way, also when the walk is interrupted, so that it ends
  /// even where memory holds few frames: what was walked once is not walked again.
  private func longest(
    _ node: Int, in frame: FrameMemory, allowed: Int
  ) throws(TreeInterruption) -> Int {
    switch frame.u8(node) {
    case NodeKind.leaf: return frame.suffixCount(node)
    case NodeKind.prefix:
      let count = frame.prefixCount(node)
      return count + (try self.longest(frame.node(node + 4), in: frame, allowed: allowed - count))
    case NodeKind.ref:
      let id = frame.refID(node)
      let bound = Int(self.table.entry(id).pointee.longest)
      if bound <= allowed { return bound }
      let child = try self.frame(id)
      let longest = try self.longest(
        child.node(FrameFormat.rootLink), in: child, allowed: allowed)
      guard longest <= allowed else { return longest }
      self.table.entry(id).pointee.longest = UInt16(longest)
      self.notePage(id)
      return longest
    default:
      var longest = 0
      var next = 0
      while let child = frame.nextChild(node, from: next) {
        let below = try self.longest(frame.node(child.link), in: frame, allowed: allowed - 1)
        longest = max(longest, 1 + below)
        guard longest <= allowed else { return longest }
        next = Int(child.byte) + 1
      }
      return longest
    }
  }

  /// How many keys begin with `prefix`, the sum of their weights, and a bound of their length behind the
  /// prefix. One frame is walked at most.
  func statistics(_ prefix: UnsafeRawBufferPointer) throws(TreeInterruption) -> Measure {
    try self.descend(prefix)
    return self.reaches(prefix) ? self.measureEnd(prefix) : Measure()
  }

  /// Whether the path of a descent ends where every key begins with `key`.
  func reaches(_ key: UnsafeRawBufferPointer) -> Bool {
    guard self.path.count > 0 else { return false }
    let step = self.path.last
    let rest = UnsafeRawBufferPointer(rebasing: key[Int(step.depth)...])
    let frame = self.resident(step.frame)
    switch frame.u8(Int(step.node)) {
    case NodeKind.leaf: return commonCount(frame.suffix(Int(step.node)), rest) == rest.count
    case NodeKind.prefix: return commonCount(frame.prefix(Int(step.node)), rest) == rest.count
    default: return rest.count == 0
    }
  }

  /// The step where everything below begins with the key that was descended to. A descent follows a key
  /// to the leaf that ends there; what else begins with it hangs at the node above.
  private func endStep(_ key: UnsafeRawBufferPointer) -> Int {
    var index = self.path.count - 1
    while index > 0, Int(self.path[index - 1].depth) == key.count { index -= 1 }
    return index
  }

  private func measureEnd(_ key: UnsafeRawBufferPointer) -> Measure {
    let step = self.path[self.endStep(key)]
    var measure = self.measure(Int(step.node), in: self.resident(step.frame))
    measure.longest -= key.count - Int(step.depth)
    return measure
  }

  /// Cuts everything that begins with `key` out of the tree: the frame that holds it.
  private func detach(
    _ key: UnsafeRawBufferPointer, _ part: Measure
  ) throws(TreeInterruption) -> UInt32 {
    let index = self.endStep(key)
    let step = self.path[index]
    let frame = self.resident(step.frame)
    let node = Int(step.node)
    let moved: UInt32
    if frame.u8(node) == NodeKind.ref, Int(step.depth) == key.count {
      moved = frame.refID(node)
    } else {
      let made = try self.newFrame(for: part.byteCount)
      let copy = self.copy(node, from: frame, to: made.frame, skip: key.count - Int(step.depth))
      made.frame.setLink(FrameFormat.rootLink, to: copy)
      moved = made.id
      let entry = self.table.entry(moved)
      entry.pointee.objects = part.objects
      entry.pointee.weight = part.weight
      entry.pointee.longest = UInt16(clamping: part.longest)
    }
    self.path.cut(to: index + 1)
    self.addToPath(objects: 0 &- part.objects, weight: 0 &- part.weight)
    self.unlink(byteCount: part.byteCount)
    return moved
  }
}
