/// Copying subtrees from frame to frame. What lies in the copy is as small as it can be: chains of
/// prefixes become one, nodes with one entry vanish, every inner node has the smallest kind that fits.
extension Tree {
  /// What a subtree holds.
  struct Measure: Equatable {
    /// Of its nodes in this frame.
    var byteCount = 0
    var objects: UInt64 = 0
    var weight: UInt64 = 0
    /// Bytes of the longest key, from the node on.
    var longest = 0

    mutating func add(_ other: Measure, lead: Int) {
      self.byteCount += other.byteCount
      self.objects &+= other.objects
      self.weight &+= other.weight
      self.longest = max(self.longest, other.longest + lead)
    }
  }

  func measure(_ node: Int, in frame: FrameMemory) -> Measure {
    var measure = Measure(byteCount: frame.size(node))
    switch frame.u8(node) {
    case NodeKind.leaf:
      measure.objects = 1
      measure.weight = frame.weight(node)
      measure.longest = frame.suffixCount(node)
    case NodeKind.prefix:
      let child = self.measure(frame.node(node + 4), in: frame)
      measure.add(child, lead: frame.prefixCount(node))
    case NodeKind.ref:
      let entry = self.table.entry(frame.refID(node))
      measure.objects = entry.pointee.objects
      measure.weight = entry.pointee.weight
      measure.longest = Int(entry.pointee.longest)
    default:
      let ends = frame.node(node + 2)
      if ends != 0 { measure.add(self.measure(ends, in: frame), lead: 0) }
      var next = 0
      while let child = frame.nextChild(node, from: next) {
        measure.add(self.measure(frame.node(child.link), in: frame), lead: 1)
        next = Int(child.byte) + 1
      }
    }
    return measure
  }

  /// Copies the subtree at `node`, without the first `skip` bytes of its prefix or suffix. Answers the
  /// copy's node.
  func copy(_ node: Int, from source: FrameMemory, to target: FrameMemory, skip: Int = 0) -> Int {
    self.copy(node, from: source, to: target, skip: skip, lead: 0..<0)
  }

  /// - Parameter lead: bytes in `scratch` that come before the node.
  private func copy(
    _ node: Int, from source: FrameMemory, to target: FrameMemory, skip: Int, lead: Range<Int>
  ) -> Int {
    let leadBytes = UnsafeRawBufferPointer(start: self.scratch + lead.lowerBound, count: lead.count)
    switch source.u8(node) {
    case NodeKind.leaf:
      return target.makeLeaf(
        .init(rebasing: source.suffix(node)[skip...]), after: leadBytes,
        source.bytes(source.valueStart(node), source.valueCount(node)),
        weight: source.weight(node))
    case NodeKind.ref:
      return target.makePrefix(leadBytes, child: target.makeRef(source.refID(node)))
    case NodeKind.prefix:
      let bytes = UnsafeRawBufferPointer(rebasing: source.prefix(node)[skip...])
      let longer = self.extend(lead, by: bytes)
      return self.copy(source.node(node + 4), from: source, to: target, skip: 0, lead: longer)
    default:
      return self.copyInner(node, from: source, to: target, lead: lead)
    }
  }

  private func copyInner(
    _ node: Int, from source: FrameMemory, to target: FrameMemory, lead: Range<Int>
  ) -> Int {
    let ends = source.node(node + 2)
    let count = source.childCount(node)
    if count == 0 {
      precondition(ends != 0, "an inner node without entries")
      return self.copy(ends, from: source, to: target, skip: 0, lead: lead)
    }
    if count == 1, ends == 0, let child = source.nextChild(node, from: 0) {
      let longer = withUnsafeBytes(of: child.byte) { self.extend(lead, by: $0) }
      return self.copy(source.node(child.link), from: source, to: target, skip: 0, lead: longer)
    }
    let inner = target.makeInner(NodeKind.smallest(for: count))
    let leadBytes = UnsafeRawBufferPointer(start: self.scratch + lead.lowerBound, count: lead.count)
    let head = target.makePrefix(leadBytes, child: inner)
    let none = lead.upperBound..<lead.upperBound
    if ends != 0 {
      let copy = self.copy(ends, from: source, to: target, skip: 0, lead: none)
      target.setLink(inner + 2, to: copy)
    }
    var next = 0
    while let child = source.nextChild(node, from: next) {
      let copy = self.copy(
        source.node(child.link), from: source, to: target, skip: 0, lead: none)
      target.addChild(inner, child.byte, copy)
      next = Int(child.byte) + 1
    }
    return head
  }

  private func extend(_ lead: Range<Int>, by bytes: UnsafeRawBufferPointer) -> Range<Int> {
    precondition(
      lead.upperBound + bytes.count <= self.limits.keyBytesMax + 64, "a key longer than the limit")
    if bytes.count > 0 {
      (self.scratch + lead.upperBound).copyMemory(
        from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
    }
    return lead.lowerBound..<(lead.upperBound + bytes.count)
  }
}
