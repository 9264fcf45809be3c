/// Inner nodes: one child a byte, in four sizes.
extension FrameMemory {
  /// Where the child for `byte` is linked; 0 when there is none.
  @inline(__always) func childLink(_ node: Int, _ byte: UInt8) -> Int {
    switch self.u8(node) {
    case NodeKind.n4:
      let count = min(Int(self.u8(node + 1)), 4)
      var index = 0
      while index < count {
        if self.u8(node + 4 + index) == byte { return node + 8 + index &* 2 }
        index &+= 1
      }
      return 0
    case NodeKind.n16:
      let index = self.n16Index(node, byte)
      return index < min(Int(self.u8(node + 1)), 16) ? node + 24 + index &* 2 : 0
    case NodeKind.n48:
      let slot = Int(self.u8(node + 8 + Int(byte)))
      return slot == 0 || slot > 48 ? 0 : node + 262 + slot &* 2
    case NodeKind.n256:
      let link = node + 8 + Int(byte) &* 2
      return self.u16(link) == 0 ? 0 : link
    default:
      return 0
    }
  }

  /// The place of `byte` among the sixteen, 16 when it is not there: eight lanes at a time, by the
  /// subtraction that borrows at the first lane equal to zero.
  @inline(__always) private func n16Index(_ node: Int, _ byte: UInt8) -> Int {
    let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
    let low = self.u64(node + 8) ^ pattern
    let lowHit = (low &- 0x0101_0101_0101_0101) & ~low & 0x8080_8080_8080_8080
    if lowHit != 0 { return lowHit.trailingZeroBitCount >> 3 }
    let high = self.u64(node + 16) ^ pattern
    let highHit = (high &- 0x0101_0101_0101_0101) & ~high & 0x8080_8080_8080_8080
    return highHit == 0 ? 16 : 8 &+ highHit.trailingZeroBitCount >> 3
  }

  /// How many children, without the key that ends here.
  func childCount(_ node: Int) -> Int {
    self.u8(node) == NodeKind.n256 ? min(Int(self.u16(node + 4)), 256) : Int(self.u8(node + 1))
  }

  /// The first child at or after `byte`: its byte and its link; nil behind the last.
  func nextChild(_ node: Int, from byte: Int) -> (byte: UInt8, link: Int)? {
    guard byte <= 255 else { return nil }
    switch self.u8(node) {
    case NodeKind.n4:
      for index in 0..<min(Int(self.u8(node + 1)), 4) where Int(self.u8(node + 4 + index)) >= byte {
        return (self.u8(node + 4 + index), node + 8 + index * 2)
      }
    case NodeKind.n16:
      for index in 0..<min(Int(self.u8(node + 1)), 16) where Int(self.u8(node + 8 + index)) >= byte
      {
        return (self.u8(node + 8 + index), node + 24 + index * 2)
      }
    case NodeKind.n48:
      for next in byte...255 {
        let slot = Int(self.u8(node + 8 + next))
        if slot > 0, slot <= 48 { return (UInt8(next), node + 262 + slot * 2) }
      }
    case NodeKind.n256:
      for next in byte...255 where self.u16(node + 8 + next * 2) != 0 {
        return (UInt8(next), node + 8 + next * 2)
      }
    default: break
    }
    return nil
  }

  func isFull(_ node: Int) -> Bool {
    self.childCount(node) == NodeKind.capacity(self.u8(node))
  }

  func makeInner(_ kind: UInt8) -> Int {
    let byteCount = NodeKind.byteCount(kind)
    let node = self.allocate(byteCount)
    (self.base + node).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    self.set(node, u8: kind)
    return node
  }

  /// Adds a child to a node that has room and has none for `byte`.
  func addChild(_ node: Int, _ byte: UInt8, _ child: Int) {
    switch self.u8(node) {
    case NodeKind.n4: self.addSorted(node, keys: node + 4, children: node + 8, byte, child)
    case NodeKind.n16: self.addSorted(node, keys: node + 8, children: node + 24, byte, child)
    case NodeKind.n48:
      var slot = 1
      while self.u16(node + 262 + slot * 2) != 0 { slot += 1 }
      precondition(slot <= 48, "a full node of 48 gets a child")
      self.set(node + 8 + Int(byte), u8: UInt8(slot))
      self.setLink(node + 262 + slot * 2, to: child)
      self.set(node + 1, u8: self.u8(node + 1) + 1)
    default:
      self.setLink(node + 8 + Int(byte) * 2, to: child)
      self.set(node + 4, u16: self.u16(node + 4) + 1)
    }
  }

  private func addSorted(_ node: Int, keys: Int, children: Int, _ byte: UInt8, _ child: Int) {
    let count = Int(self.u8(node + 1))
    precondition(count < NodeKind.capacity(self.u8(node)), "a full node gets a child")
    var index = count
    while index > 0, self.u8(keys + index - 1) > byte {
      self.set(keys + index, u8: self.u8(keys + index - 1))
      self.set(children + index * 2, u16: self.u16(children + (index - 1) * 2))
      index -= 1
    }
    self.set(keys + index, u8: byte)
    self.setLink(children + index * 2, to: child)
    self.set(node + 1, u8: UInt8(count + 1))
  }

  /// Takes the child at `link` out.
  func removeChild(_ node: Int, link: Int) {
    if link == node + 2 {
      self.set(link, u16: 0)
      return
    }
    switch self.u8(node) {
    case NodeKind.n4: self.removeSorted(node, keys: node + 4, children: node + 8, link)
    case NodeKind.n16: self.removeSorted(node, keys: node + 8, children: node + 24, link)
    case NodeKind.n48:
      let slot = UInt8((link - node - 262) / 2)
      for byte in 0..<256 where self.u8(node + 8 + byte) == slot {
        self.set(node + 8 + byte, u8: 0)
        break
      }
      self.set(link, u16: 0)
      self.set(node + 1, u8: self.u8(node + 1) - 1)
    default:
      self.set(link, u16: 0)
      self.set(node + 4, u16: self.u16(node + 4) - 1)
    }
  }

  private func removeSorted(_ node: Int, keys: Int, children: Int, _ link: Int) {
    let count = Int(self.u8(node + 1))
    var index = (link - children) / 2
    while index + 1 < count {
      self.set(keys + index, u8: self.u8(keys + index + 1))
      self.set(children + index * 2, u16: self.u16(children + (index + 1) * 2))
      index += 1
    }
    self.set(keys + count - 1, u8: 0)
    self.set(children + (count - 1) * 2, u16: 0)
    self.set(node + 1, u8: UInt8(count - 1))
  }

  /// The next larger node with the same content.
  func grown(_ node: Int) -> Int {
    let kind = NodeKind.smallest(for: self.childCount(node) + 1)
    let larger = self.makeInner(kind)
    self.set(larger + 2, u16: self.u16(node + 2))
    var next = 0
    while let child = self.nextChild(node, from: next) {
      self.addChild(larger, child.byte, self.node(child.link))
      next = Int(child.byte) + 1
    }
    return larger
  }
}
