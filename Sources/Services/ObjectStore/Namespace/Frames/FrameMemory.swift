/// The bytes of one frame in the arena, as numbers at places.
///
/// Nothing is checked here. An offset is 16 bits, so that the farthest byte that any bits can name lies
/// `reachBytes` behind the start, and the arena has that much behind its last frame: a reader that is
/// overtaken by the writer reads nonsense, never foreign memory, and its validation fails.
struct FrameMemory {
  let base: UnsafeMutableRawPointer

  /// 65,535 × 8 of an offset, 65,535 of a length, and the largest node.
  static let reachBytes = 1 << 20

  @inline(__always) init(_ base: UnsafeMutableRawPointer) { self.base = base }

  @inline(__always) func u8(_ at: Int) -> UInt8 {
    self.base.load(fromByteOffset: at, as: UInt8.self)
  }
  @inline(__always) func u16(_ at: Int) -> UInt16 {
    UInt16(littleEndian: self.base.load(fromByteOffset: at, as: UInt16.self))
  }
  @inline(__always) func u32(_ at: Int) -> UInt32 {
    UInt32(littleEndian: self.base.load(fromByteOffset: at, as: UInt32.self))
  }
  @inline(__always) func u64(_ at: Int) -> UInt64 {
    UInt64(littleEndian: self.base.load(fromByteOffset: at, as: UInt64.self))
  }
  @inline(__always) func set(_ at: Int, u8 value: UInt8) {
    self.base.storeBytes(of: value, toByteOffset: at, as: UInt8.self)
  }
  @inline(__always) func set(_ at: Int, u16 value: UInt16) {
    self.base.storeBytes(of: value.littleEndian, toByteOffset: at, as: UInt16.self)
  }
  @inline(__always) func set(_ at: Int, u32 value: UInt32) {
    self.base.storeBytes(of: value.littleEndian, toByteOffset: at, as: UInt32.self)
  }
  @inline(__always) func set(_ at: Int, u64 value: UInt64) {
    self.base.storeBytes(of: value.littleEndian, toByteOffset: at, as: UInt64.self)
  }

  /// The node that the link at `link` points to; 0 for none.
  @inline(__always) func node(_ link: Int) -> Int { Int(self.u16(link)) &* 8 }
  @inline(__always) func setLink(_ link: Int, to node: Int) {
    self.set(link, u16: UInt16(truncatingIfNeeded: node / 8))
  }
  func bytes(_ at: Int, _ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: self.base + at, count: count)
  }

  // MARK: Header

  var units: Int { Int(self.u16(6)) }
  var capacity: Int { self.units * FrameFormat.unitBytes }
  var id: UInt32 { self.u32(8) }
  var used: Int { Int(self.u32(16)) }
  var garbage: Int { Int(self.u32(20)) }
  /// Bytes of nodes that are reachable.
  var live: Int { self.used - FrameFormat.headerBytes - self.garbage }
  var free: Int { self.capacity - self.used }

  func initialize(id: UInt32, units: Int, namespace: UInt64) {
    self.base.initializeMemory(as: UInt8.self, repeating: 0, count: FrameFormat.headerBytes)
    self.set(0, u32: FrameFormat.magic)
    self.set(4, u16: FrameFormat.version)
    self.set(6, u16: UInt16(units))
    self.set(8, u32: id)
    self.set(16, u32: UInt32(FrameFormat.headerBytes))
    self.set(32, u64: namespace)
  }

  func addGarbage(_ byteCount: Int) { self.set(20, u32: self.u32(20) &+ UInt32(byteCount)) }

  /// Room for a node at the end of the used bytes. The caller has made sure that it is there.
  func allocate(_ byteCount: Int) -> Int {
    let at = self.used
    let rounded = FrameFormat.rounded(byteCount)
    precondition(at + rounded <= self.capacity, "\(rounded) bytes at \(at) of \(self.capacity)")
    self.set(16, u32: UInt32(at + rounded))
    return at
  }

  // MARK: Leaves, prefixes, refs

  @inline(__always) func suffixCount(_ leaf: Int) -> Int { Int(self.u16(leaf + 2)) }
  @inline(__always) func valueCount(_ leaf: Int) -> Int { Int(self.u32(leaf + 4)) }
  @inline(__always) func weight(_ leaf: Int) -> UInt64 { self.u64(leaf + 8) }
  @inline(__always) func suffix(_ leaf: Int) -> UnsafeRawBufferPointer {
    self.bytes(leaf + FrameFormat.leafHeaderBytes, self.suffixCount(leaf))
  }
  @inline(__always) func valueStart(_ leaf: Int) -> Int {
    leaf + FrameFormat.leafHeaderBytes + self.suffixCount(leaf)
  }
  @inline(__always) func prefixCount(_ node: Int) -> Int { Int(self.u16(node + 2)) }
  @inline(__always) func prefix(_ node: Int) -> UnsafeRawBufferPointer {
    self.bytes(node + FrameFormat.prefixHeaderBytes, self.prefixCount(node))
  }
  @inline(__always) func refID(_ node: Int) -> UInt32 { self.u32(node + 4) }

  func size(_ node: Int) -> Int {
    switch self.u8(node) {
    case NodeKind.leaf:
      FrameFormat.leafBytes(suffix: self.suffixCount(node), value: self.valueCount(node))
    case NodeKind.prefix: FrameFormat.prefixBytes(self.prefixCount(node))
    case NodeKind.ref: FrameFormat.refBytes
    case let kind: NodeKind.byteCount(kind)
    }
  }

  func makeLeaf(
    _ suffix: UnsafeRawBufferPointer, after lead: UnsafeRawBufferPointer? = nil,
    _ value: UnsafeRawBufferPointer, weight: UInt64
  ) -> Int {
    let count = suffix.count + (lead?.count ?? 0)
    let leaf = self.allocate(FrameFormat.leafBytes(suffix: count, value: value.count))
    self.set(leaf, u8: NodeKind.leaf)
    self.set(leaf + 1, u8: 0)
    self.set(leaf + 2, u16: UInt16(count))
    self.set(leaf + 4, u32: UInt32(value.count))
    self.set(leaf + 8, u64: weight)
    var at = leaf + FrameFormat.leafHeaderBytes
    if let lead { self.put(lead, at: &at) }
    self.put(suffix, at: &at)
    self.put(value, at: &at)
    return leaf
  }

  /// A prefix in front of `child`, or the child itself when there are no bytes.
  func makePrefix(_ bytes: UnsafeRawBufferPointer, child: Int) -> Int {
    guard bytes.count > 0 else { return child }
    let node = self.allocate(FrameFormat.prefixBytes(bytes.count))
    self.set(node, u16: UInt16(NodeKind.prefix))
    self.set(node + 2, u16: UInt16(bytes.count))
    self.setLink(node + 4, to: child)
    var at = node + FrameFormat.prefixHeaderBytes
    self.put(bytes, at: &at)
    return node
  }

  func makeRef(_ id: UInt32) -> Int {
    let node = self.allocate(FrameFormat.refBytes)
    self.setRef(node, id)
    return node
  }

  /// Makes the node, whatever it was, a ref: every node has room for one.
  func setRef(_ node: Int, _ id: UInt32) {
    self.set(node, u32: UInt32(NodeKind.ref))
    self.set(node + 4, u32: id)
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at: inout Int) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    (self.base + at).copyMemory(from: start, byteCount: bytes.count)
    at += bytes.count
  }
}
