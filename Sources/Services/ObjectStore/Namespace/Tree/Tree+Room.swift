private import Synchronization

/// Frames grow, are rebuilt without their garbage, split when they are full, and are taken back into
/// their parents when they are nearly empty.
extension Tree {
  /// Whether the frame has room for `need` more bytes. If not, room is made, nodes move, and the caller
  /// begins its walk again; each round leaves the frame larger, or with fewer live bytes.
  func ensure(_ id: UInt32, _ need: Int) throws(TreeInterruption) -> Bool {
    let frame = self.resident(id)
    if frame.free >= need { return true }
    let wanted = FrameFormat.headerBytes + frame.live + need
    // A rebuilt frame is to be good for some time: a sixteenth stays free.
    if wanted + wanted / 16 <= self.limits.frameBytesMax {
      try self.rebuild(id, need: need)
    } else {
      try self.split(id)
      try self.rebuild(id, need: 0)
    }
    return false
  }

  /// Copies what is alive in the frame into a run of the right size.
  func rebuild(_ id: UInt32, need: Int) throws(TreeInterruption) {
    self.touch(id)
    let entry = self.table.entry(id)
    let before = entry.pointee.location.load(ordering: .relaxed)
    let source = self.table.memory.frame(at: before)
    let units = self.limits.units(for: source.live + need)
    let root = source.node(FrameFormat.rootLink)
    guard let target = self.place(id, units: units) else { throw .noMemory }
    if root != 0 {
      target.setLink(FrameFormat.rootLink, to: self.copy(root, from: source, to: target))
    }
    self.table.giveBackRun(Int(before >> 16), Int(before & 0xFFFF))
    self.dirtyUnits += units - Int(before & 0xFFFF)
  }

  /// Moves a subtree of about half of the frame into a frame of its own; preferably one that begins
  /// behind a '/', so that folders have frames of their own.
  private func split(_ id: UInt32) throws(TreeInterruption) {
    self.touch(id)
    let frame = self.resident(id)
    var search = SplitSearch(live: frame.live)
    _ = self.weigh(frame.node(FrameFormat.rootLink), in: frame, behind: 0, &search)
    // Where nothing is of a good size (one node with hundreds of refs), the largest piece goes.
    let piece = search.best != 0 ? search.best : search.largest
    precondition(piece != 0, "frame \(id) with \(frame.live) live bytes cannot be split")
    let moved = self.measure(piece, in: frame)
    let (child, target) = try self.newFrame(for: moved.byteCount)
    target.setLink(
      FrameFormat.rootLink, to: self.copy(piece, from: frame, to: target))
    let entry = self.table.entry(child)
    entry.pointee.objects = moved.objects
    entry.pointee.weight = moved.weight
    entry.pointee.longest = UInt16(clamping: moved.longest)
    frame.setRef(piece, child)
    frame.addGarbage(moved.byteCount - FrameFormat.refBytes)
  }

  private struct SplitSearch {
    var live: Int
    var best = 0
    var bestScore = Int.max
    var largest = 0
    var largestBytes = 0

    mutating func offer(_ node: Int, byteCount: Int, behind byte: UInt8) {
      if byteCount < self.live, byteCount > max(self.largestBytes, FrameFormat.refBytes) {
        self.largest = node
        self.largestBytes = byteCount
      }
      // More than three quarters would leave the old frame nearly empty and the new one full.
      guard byteCount <= self.live * 3 / 4, byteCount > FrameFormat.refBytes else { return }
      var score = abs(byteCount - self.live / 2)
      if byte == UInt8(ascii: "/"), byteCount >= self.live / 4 { score = score / 4 }
      if score < self.bestScore {
        self.bestScore = score
        self.best = node
      }
    }
  }

  /// The bytes of the subtree at `node`, every subtree below it offered.
  private func weigh(
    _ node: Int, in frame: FrameMemory, behind byte: UInt8, _ search: inout SplitSearch
  ) -> Int {
    var byteCount = frame.size(node)
    switch frame.u8(node) {
    case NodeKind.leaf, NodeKind.ref: break
    case NodeKind.prefix:
      let last = frame.prefix(node).last ?? 0
      byteCount += self.weigh(frame.node(node + 4), in: frame, behind: last, &search)
    default:
      let ends = frame.node(node + 2)
      // The key that ends at a node stays with it.
      if ends != 0 { byteCount += frame.size(ends) }
      var next = 0
      while let child = frame.nextChild(node, from: next) {
        byteCount += self.weigh(
          frame.node(child.link), in: frame, behind: child.byte, &search)
        next = Int(child.byte) + 1
      }
    }
    search.offer(node, byteCount: byteCount, behind: byte)
    return byteCount
  }

  /// Takes nearly empty frames on the way to `key` back into their parents, as far as there is memory.
  func mergeAlong(_ key: UnsafeRawBufferPointer) throws(TreeInterruption) {
    while true {
      try self.descend(key)
      guard let index = self.mergeCandidate() else { return }
      let step = self.path[index]
      let parent = self.resident(step.frame)
      let id = parent.refID(Int(step.node))
      let child = self.resident(id)
      if parent.free < child.live {
        do { try self.rebuild(step.frame, need: child.live) } catch { return }
        continue
      }
      self.touch(step.frame)
      let root = child.node(FrameFormat.rootLink)
      let copy = self.copy(root, from: child, to: parent)
      parent.setLink(Int(step.link), to: copy)
      parent.addGarbage(FrameFormat.refBytes)
      self.freeFrame(id)
    }
  }

  /// The deepest ref on the path whose frame is worth taking back.
  private func mergeCandidate() -> Int? {
    var index = self.path.count - 1
    while index >= 0 {
      let step = self.path[index]
      let frame = self.resident(step.frame)
      if frame.u8(Int(step.node)) == NodeKind.ref {
        let child = self.resident(frame.refID(Int(step.node)))
        let both = frame.live + child.live
        if child.live <= self.limits.mergeBytes, both <= self.limits.frameBytesMax * 6 / 10 {
          return index
        }
      }
      index -= 1
    }
    return nil
  }
}
