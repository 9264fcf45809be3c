/// Taking keys out of the tree.
extension Tree {
  /// Removes `key`; nil when it is not there. `old` gets the bytes of its value.
  func remove(
    _ key: UnsafeRawBufferPointer, old: (UnsafeRawBufferPointer) -> Void
  ) throws(TreeInterruption) -> UInt64? {
    guard key.count <= self.limits.keyBytesMax else { return nil }
    try self.descend(key)
    guard self.path.count > 0 else { return nil }
    let step = self.path.last
    let frame = self.resident(step.frame)
    let leaf = Int(step.node)
    let depth = Int(step.depth)
    guard frame.u8(leaf) == NodeKind.leaf, frame.suffixCount(leaf) == key.count - depth,
      sameBytes(frame.suffix(leaf), key, from: depth)
    else { return nil }
    let weight = frame.weight(leaf)
    old(frame.bytes(frame.valueStart(leaf), frame.valueCount(leaf)))
    self.addToPath(objects: 0 &- 1, weight: 0 &- weight)
    self.unlink(byteCount: frame.size(leaf))
    try self.tidy(key)
    return weight
  }

  /// After a removal: frames that are nearly empty go back into their parents, and one that is mostly
  /// garbage is rebuilt.
  func tidy(_ key: UnsafeRawBufferPointer) throws(TreeInterruption) {
    try self.mergeAlong(key)
    try self.descend(key)
    guard self.path.count > 0 else { return }
    let id = self.path.last.frame
    let frame = self.resident(id)
    guard frame.units > 1, frame.garbage > frame.capacity / 2 else { return }
    // Without memory it stays as it is.
    do { try self.rebuild(id, need: 0) } catch {}
  }

  /// Cuts off the node at the end of the path, whose subtree has `byteCount` bytes in its frame, and
  /// every node above it that is left without an entry.
  func unlink(byteCount: Int) {
    var index = self.path.count - 1
    var garbage = byteCount
    while true {
      let step = self.path[index]
      self.touch(step.frame)
      let frame = self.resident(step.frame)
      frame.addGarbage(garbage)
      guard index > 0 else {
        frame.set(Int(step.link), u16: 0)
        return
      }
      let above = self.path[index - 1]
      if above.frame != step.frame {
        // It was all that the frame held: the ref above goes too.
        self.freeFrame(step.frame)
        garbage = FrameFormat.refBytes
        index -= 1
        continue
      }
      let node = Int(above.node)
      if NodeKind.isInner(frame.u8(node)) {
        frame.removeChild(node, link: Int(step.link))
        if frame.childCount(node) > 0 || frame.node(node + 2) != 0 { return }
      }
      garbage = frame.size(node)
      index -= 1
    }
  }
}
