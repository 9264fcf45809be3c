internal import Synchronization

/// What is known of a frame whether it is in memory or not: 64 bytes, one cache line.
///
/// Readers load `version`, `location` and `batch`; everything else is the tree's, under its lock. An
/// entry is never freed, so that a reader may hold its address for as long as it likes.
struct FrameEntry: ~Copyable {
  /// Odd while the frame is being changed; grows with each change, move and eviction.
  let version = Atomic<UInt64>(2)
  /// Unit in the arena << 16 | units; 0: not in memory.
  let location = Atomic<UInt64>(0)
  /// The batch that changed it last: what a reader saw is told once that batch is durable.
  let batch = Atomic<UInt64>(0)
  /// Whether a reader came by since the clock hand did.
  let isRecent = Atomic<Bool>(false)
  var state = FrameState.unused
  /// The bytes in memory are not those on disk.
  var isDirty = false
  /// The running checkpoint has yet to write the bytes as they are.
  var isFrozen = false
  /// The running checkpoint is writing it: the bytes on disk are not there yet.
  var isHeld = false
  /// No key below is longer than this, counted from the frame's root: never too small.
  var longest: UInt16 = 0
  var diskUnits: UInt16 = 0
  var diskUnit: UInt32 = 0
  /// XXH3-64 of the bytes on disk.
  var checksum: UInt64 = 0
  /// Keys below, and the sum of their weights, in this frame and all under it.
  var objects: UInt64 = 0
  var weight: UInt64 = 0
}

enum FrameState: UInt8 {
  case unused
  case used
}

/// The arena and the frame table as readers see them: plain addresses, good while the tree lives.
struct TreeMemory: @unchecked Sendable {
  // Sendable: versions tell a reader what it may believe; see FrameEntry.
  static let chunkEntries = 4096
  static let chunksMax = 16_384
  static let rootID: UInt32 = 1

  let arena: UnsafeMutableRawPointer
  let chunks: UnsafeMutablePointer<UnsafeMutablePointer<FrameEntry>?>

  /// The entry of a frame; nil for a number that a torn read made up.
  @inline(__always) func entry(_ id: UInt32) -> UnsafeMutablePointer<FrameEntry>? {
    let chunk = Int(id >> 12)
    guard chunk < Self.chunksMax, let entries = self.chunks[chunk] else { return nil }
    return entries + Int(id & 4095)
  }

  @inline(__always) func frame(at location: UInt64) -> FrameMemory {
    FrameMemory(self.arena + Int(location >> 16) &* FrameFormat.unitBytes)
  }
}
