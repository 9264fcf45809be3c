/// Putting things into the tree.
extension Tree {
  /// What is put at the end of a key: a value, or everything that a frame holds.
  enum Item {
    case value(UnsafeRawBufferPointer, weight: UInt64)
    case frame(UInt32)

    /// Bytes of the nodes for it behind `rest` bytes of the key.
    func byteCount(rest: Int) -> Int {
      switch self {
      case .value(let value, _): FrameFormat.leafBytes(suffix: rest, value: value.count)
      case .frame: FrameFormat.prefixBytes(rest) + FrameFormat.refBytes
      }
    }
  }

  /// What a put replaced.
  enum Replaced: Equatable {
    case nothing
    case value(weight: UInt64)
  }

  /// Puts `item` at `key`; an item that is a frame must find nothing at or below it.
  ///
  /// - Parameter old: gets the bytes of the value that was there.
  func put(
    _ key: UnsafeRawBufferPointer, _ item: Item, old: (UnsafeRawBufferPointer) -> Void
  ) throws(TreeInterruption) -> Replaced {
    guard key.count <= self.limits.keyBytesMax else { throw .keyTooLong }
    if case .value(let value, _) = item,
      FrameFormat.leafBytes(suffix: key.count, value: value.count) > self.limits.leafBytesMax
    {
      throw .entryTooLarge
    }
    while true {
      try self.descend(key)
      if let replaced = try self.putAtEnd(key, item, old: old) {
        self.count(item, replaced, key)
        return replaced
      }
      // A frame was rebuilt or split: the way there is another one now.
    }
  }

  /// Follows `key` as far as the tree goes; `path` holds the nodes on the way, the last one being where
  /// the key leaves the tree or ends. An empty path: the tree is empty.
  func descend(_ key: UnsafeRawBufferPointer) throws(TreeInterruption) {
    self.path.removeAll()
    var id = TreeMemory.rootID
    var frame = try self.frame(id)
    var link = FrameFormat.rootLink
    var depth = 0
    while true {
      let node = frame.node(link)
      if node == 0 { return }
      self.path.push(id, link: link, node: node, depth: depth)
      switch frame.u8(node) {
      case NodeKind.leaf: return
      case NodeKind.prefix:
        let prefix = frame.prefix(node)
        guard prefix.count <= key.count - depth, sameBytes(prefix, key, from: depth) else { return }
        depth += prefix.count
        link = node + 4
      case NodeKind.ref:
        id = frame.refID(node)
        frame = try self.frame(id)
        link = FrameFormat.rootLink
      default:
        if depth == key.count {
          link = node + 2
        } else {
          link = frame.childLink(node, key[depth])
          if link == 0 { return }
          depth += 1
        }
      }
    }
  }

  /// Changes the tree where `path` ends. Nil when room had to be made first, and the path is void.
  private func putAtEnd(
    _ key: UnsafeRawBufferPointer, _ item: Item, old: (UnsafeRawBufferPointer) -> Void
  ) throws(TreeInterruption) -> Replaced? {
    guard self.path.count > 0 else {
      return try self.putIntoEmptyTree(key, item)
    }
    let step = self.path.last
    let frame = self.resident(step.frame)
    let node = Int(step.node)
    let depth = Int(step.depth)
    switch frame.u8(node) {
    case NodeKind.leaf:
      let rest = UnsafeRawBufferPointer(rebasing: key[depth...])
      let suffix = frame.suffix(node)
      let common = commonCount(suffix, rest)
      if common == suffix.count, common == rest.count {
        return try self.replace(step, item, rest, old: old)
      }
      return try self.forkLeaf(step, item, rest, common) ? .nothing : nil
    case NodeKind.prefix:
      let rest = UnsafeRawBufferPointer(rebasing: key[depth...])
      let common = commonCount(frame.prefix(node), rest)
      return try self.forkPrefix(step, item, rest, common) ? .nothing : nil
    case NodeKind.ref:
      preconditionFailure("a path ends at a ref")
    default:
      return try self.addToInner(step, item, key) ? .nothing : nil
    }
  }

  private func putIntoEmptyTree(
    _ key: UnsafeRawBufferPointer, _ item: Item
  ) throws(TreeInterruption) -> Replaced? {
    let id = TreeMemory.rootID
    guard try self.ensure(id, item.byteCount(rest: key.count)) else { return nil }
    self.touch(id)
    let frame = self.resident(id)
    frame.setLink(FrameFormat.rootLink, to: self.make(item, key, in: frame))
    return .nothing
  }

  func make(_ item: Item, _ rest: UnsafeRawBufferPointer, in frame: FrameMemory) -> Int {
    switch item {
    case .value(let value, let weight): frame.makeLeaf(rest, value, weight: weight)
    case .frame(let id): frame.makePrefix(rest, child: frame.makeRef(id))
    }
  }

  private func replace(
    _ step: TreePath.Step, _ item: Item, _ rest: UnsafeRawBufferPointer,
    old: (UnsafeRawBufferPointer) -> Void
  ) throws(TreeInterruption) -> Replaced? {
    guard case .value(let value, let weight) = item else { throw .destinationExists }
    let frame = self.resident(step.frame)
    let node = Int(step.node)
    let size = frame.size(node)
    let newSize = FrameFormat.leafBytes(suffix: rest.count, value: value.count)
    if newSize > size, !(try self.ensure(step.frame, newSize)) { return nil }
    self.touch(step.frame)
    let before = frame.weight(node)
    old(frame.bytes(frame.valueStart(node), frame.valueCount(node)))
    if newSize > size {
      let leaf = frame.makeLeaf(rest, value, weight: weight)
      frame.setLink(Int(step.link), to: leaf)
      frame.addGarbage(size)
    } else {
      frame.set(node + 4, u32: UInt32(value.count))
      frame.set(node + 8, u64: weight)
      if value.count > 0 {
        (frame.base + frame.valueStart(node)).copyMemory(
          from: value.baseAddress.unsafelyUnwrapped, byteCount: value.count)
      }
      frame.addGarbage(size - newSize)
    }
    return .value(weight: before)
  }

  /// Two keys that were one leaf's: a node of four, behind what they share.
  private func forkLeaf(
    _ step: TreePath.Step, _ item: Item, _ rest: UnsafeRawBufferPointer, _ common: Int
  ) throws(TreeInterruption) -> Bool {
    let need =
      FrameFormat.prefixBytes(common) + FrameFormat.n4Bytes
      + item.byteCount(rest: max(0, rest.count - common - 1))
    guard try self.ensure(step.frame, need) else { return false }
    self.touch(step.frame)
    let frame = self.resident(step.frame)
    let leaf = Int(step.node)
    let inner = frame.makeInner(NodeKind.n4)
    self.attach(item, rest, behind: common, to: inner, in: frame)
    let head = frame.makePrefix(.init(rebasing: rest[..<common]), child: inner)
    let suffix = frame.suffix(leaf)
    if common == suffix.count {
      self.shorten(leaf, by: common, in: frame)
      frame.setLink(inner + 2, to: leaf)
    } else {
      let byte = suffix[common]
      self.shorten(leaf, by: common + 1, in: frame)
      frame.addChild(inner, byte, leaf)
    }
    frame.setLink(Int(step.link), to: head)
    return true
  }

  /// Takes bytes off the front of a leaf's suffix, in place.
  private func shorten(_ leaf: Int, by count: Int, in frame: FrameMemory) {
    guard count > 0 else { return }
    let size = frame.size(leaf)
    let suffix = frame.suffixCount(leaf)
    let tail = suffix - count + frame.valueCount(leaf)
    let start = frame.base + leaf + FrameFormat.leafHeaderBytes
    UnsafeMutableRawBufferPointer(start: start, count: tail).copyMemory(
      from: UnsafeRawBufferPointer(start: start + count, count: tail))
    frame.set(leaf + 2, u16: UInt16(suffix - count))
    frame.addGarbage(size - frame.size(leaf))
  }

  private func attach(
    _ item: Item, _ rest: UnsafeRawBufferPointer, behind common: Int, to inner: Int,
    in frame: FrameMemory
  ) {
    if common == rest.count {
      frame.setLink(inner + 2, to: self.make(item, .init(rebasing: rest[common...]), in: frame))
    } else {
      let child = self.make(item, .init(rebasing: rest[(common + 1)...]), in: frame)
      frame.addChild(inner, rest[common], child)
    }
  }

  /// The key leaves in the middle of a prefix: a node of four there.
  private func forkPrefix(
    _ step: TreePath.Step, _ item: Item, _ rest: UnsafeRawBufferPointer, _ common: Int
  ) throws(TreeInterruption) -> Bool {
    if common == rest.count, case .frame = item { throw .destinationExists }
    let need =
      FrameFormat.prefixBytes(common) + FrameFormat.n4Bytes
      + item.byteCount(rest: max(0, rest.count - common - 1))
    guard try self.ensure(step.frame, need) else { return false }
    self.touch(step.frame)
    let frame = self.resident(step.frame)
    let node = Int(step.node)
    let size = frame.size(node)
    let length = frame.prefixCount(node)
    let byte = frame.prefix(node)[common]
    let inner = frame.makeInner(NodeKind.n4)
    self.attach(item, rest, behind: common, to: inner, in: frame)
    let head = frame.makePrefix(.init(rebasing: rest[..<common]), child: inner)
    let left = length - common - 1
    if left == 0 {
      frame.addChild(inner, byte, frame.node(node + 4))
      frame.addGarbage(size)
    } else {
      let start = frame.base + node + FrameFormat.prefixHeaderBytes
      UnsafeMutableRawBufferPointer(start: start, count: left).copyMemory(
        from: UnsafeRawBufferPointer(start: start + common + 1, count: left))
      frame.set(node + 2, u16: UInt16(left))
      frame.addChild(inner, byte, node)
      frame.addGarbage(size - frame.size(node))
    }
    frame.setLink(Int(step.link), to: head)
    return true
  }

  private func addToInner(
    _ step: TreePath.Step, _ item: Item, _ key: UnsafeRawBufferPointer
  ) throws(TreeInterruption) -> Bool {
    let node = Int(step.node)
    let depth = Int(step.depth)
    let endsHere = depth == key.count
    if endsHere, case .frame = item { throw .destinationExists }
    var frame = self.resident(step.frame)
    let grows = !endsHere && frame.isFull(node)
    let larger =
      grows ? NodeKind.byteCount(NodeKind.smallest(for: frame.childCount(node) + 1)) : 0
    let need = item.byteCount(rest: max(0, key.count - depth - 1)) + larger
    guard try self.ensure(step.frame, need) else { return false }
    self.touch(step.frame)
    frame = self.resident(step.frame)
    if endsHere {
      frame.setLink(node + 2, to: self.make(item, .init(rebasing: key[depth...]), in: frame))
      return true
    }
    var target = node
    if grows {
      target = frame.grown(node)
      frame.setLink(Int(step.link), to: target)
      frame.addGarbage(frame.size(node))
    }
    let child = self.make(item, .init(rebasing: key[(depth + 1)...]), in: frame)
    frame.addChild(target, key[depth], child)
    return true
  }

  /// Brings the statistics of the frames on the path up to date.
  private func count(_ item: Item, _ replaced: Replaced, _ key: UnsafeRawBufferPointer) {
    var objects: UInt64 = 1
    var weight: UInt64
    var below = 0
    switch item {
    case .value(_, let added):
      weight = added
      if case .value(let before) = replaced {
        objects = 0
        weight = added &- before
      }
    case .frame(let id):
      let entry = self.table.entry(id)
      objects = entry.pointee.objects
      weight = entry.pointee.weight
      below = Int(entry.pointee.longest)
    }
    self.addToPath(objects: objects, weight: weight, longest: key.count + below)
  }

  /// Adds (modulo 2⁶⁴, so also takes away) to every frame of the path.
  func addToPath(objects: UInt64, weight: UInt64, longest: Int = 0) {
    var last: UInt32 = 0
    self.addToFrame(TreeMemory.rootID, objects, weight, longest)
    last = TreeMemory.rootID
    for index in 0..<self.path.count where self.path[index].frame != last {
      last = self.path[index].frame
      self.addToFrame(last, objects, weight, longest - Int(self.path[index].depth))
    }
  }

  private func addToFrame(_ id: UInt32, _ objects: UInt64, _ weight: UInt64, _ longest: Int) {
    let entry = self.table.entry(id)
    entry.pointee.objects &+= objects
    entry.pointee.weight &+= weight
    entry.pointee.longest = max(entry.pointee.longest, UInt16(clamping: longest))
    self.notePage(id)
  }
}

func commonCount(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
  let count = min(left.count, right.count)
  var index = 0
  while index < count, left[index] == right[index] { index += 1 }
  return index
}
