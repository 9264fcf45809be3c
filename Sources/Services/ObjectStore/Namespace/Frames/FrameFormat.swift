/// A frame: a piece of the tree, in memory and on disk the same bytes.
///
/// ```
///  0  magic "LKNF"            u32
///  4  format, 1               u16
///  6  units of 4 KiB          u16    1, 2, 3, 4, 6, 8, 12 or 16
///  8  frame id                u32    1 is the root of the tree
/// 12  root node               u16    offset in units of 8 bytes; 0: nothing below
/// 14  zeros                   u16
/// 16  bytes used              u32    header and nodes; what follows is free
/// 20  bytes of garbage        u32    nodes that nothing points to any more
/// 24  checkpoint generation   u64    of the one that wrote it; 0 in memory
/// 32  namespace id, folded    u64
/// 40  zeros                   24 bytes
/// 64  nodes
/// ```
///
/// A node begins at a multiple of 8 and is pointed to by its offset in units of 8 bytes; 0 is none.
///
/// ```
/// leaf    kind 1 │ flags u8 │ suffix bytes u16 │ value bytes u32 │ weight u64 │ suffix │ value
/// prefix  kind 2 │ 0 │ bytes u16 │ child u16 │ bytes …
/// N4      kind 3 │ count u8 │ ends u16 │ 4 key bytes │ 4 children u16
/// N16     kind 4 │ count u8 │ ends u16 │ 0 0 0 0 │ 16 key bytes │ 16 children u16
/// N48     kind 5 │ count u8 │ ends u16 │ 0 0 0 0 │ 256 slots u8, from 1 │ 48 children u16
/// N256    kind 6 │ 0 │ ends u16 │ count u16 │ 0 0 │ 256 children u16
/// ref     kind 7 │ 0 0 0 │ frame id u32
/// ```
///
/// `ends` points to the leaf of the key that ends at the node: keys are raw bytes and one may be the
/// beginning of another. Key bytes of N4 and N16 ascend. The checksum of a frame is not in it but in the
/// frame map (XXH3-64 over all units), so that a frame that was lost, misplaced or is an older one is
/// told from the one that is meant.
enum FrameFormat {
  static let magic: UInt32 = 0x464E_4B4C
  static let version: UInt16 = 1
  static let unitBytes = 4096
  static let headerBytes = 64
  /// Where the offset of the root node stands.
  static let rootLink = 12

  static let leafHeaderBytes = 16
  static let prefixHeaderBytes = 6
  static let n4Bytes = 16
  static let n16Bytes = 56
  static let n48Bytes = 360
  static let n256Bytes = 520
  static let refBytes = 8

  /// Sizes of frames, in units.
  static let classes = [1, 2, 3, 4, 6, 8, 12, 16]

  @inline(__always) static func rounded(_ byteCount: Int) -> Int { (byteCount + 7) & ~7 }
  static func leafBytes(suffix: Int, value: Int) -> Int {
    self.rounded(self.leafHeaderBytes + suffix + value)
  }
  /// Nothing when there are no bytes: the child is then linked directly.
  static func prefixBytes(_ count: Int) -> Int {
    count == 0 ? 0 : self.rounded(self.prefixHeaderBytes + count)
  }
}

/// What a node is. Raw numbers on the walk: a byte that a torn read made up must not trap.
enum NodeKind {
  static let leaf: UInt8 = 1
  static let prefix: UInt8 = 2
  static let n4: UInt8 = 3
  static let n16: UInt8 = 4
  static let n48: UInt8 = 5
  static let n256: UInt8 = 6
  static let ref: UInt8 = 7

  @inline(__always) static func isInner(_ kind: UInt8) -> Bool {
    kind >= Self.n4 && kind <= Self.n256
  }

  static func capacity(_ kind: UInt8) -> Int {
    switch kind {
    case Self.n4: 4
    case Self.n16: 16
    case Self.n48: 48
    default: 256
    }
  }

  static func byteCount(_ kind: UInt8) -> Int {
    switch kind {
    case Self.n4: FrameFormat.n4Bytes
    case Self.n16: FrameFormat.n16Bytes
    case Self.n48: FrameFormat.n48Bytes
    default: FrameFormat.n256Bytes
    }
  }

  /// The smallest inner node that holds `count` children.
  static func smallest(for count: Int) -> UInt8 {
    count <= 4 ? Self.n4 : count <= 16 ? Self.n16 : count <= 48 ? Self.n48 : Self.n256
  }
}
