internal import Bytes
internal import Synchronization
private import Glibc

/// Point lookups by any thread, without a lock.
///
/// A reader notes the version of a frame, walks, and asks before it believes anything whether the
/// version is still the same; it notes the child's version before it asks the parent's. A frame that is
/// being changed (an odd version) or was changed sends it back to the root. Nothing is allocated, and
/// nothing but plain numbers is on the way.
enum Lookup: Equatable {
  /// The value was appended. `batch`: tell nobody before that batch is durable.
  case found(weight: UInt64, batch: UInt64)
  case absent(batch: UInt64)
  /// The walk needs a frame that is not in memory.
  case missing(UInt32)
  /// The writer was in the way too often: ask again under the lock.
  case contended
}

extension TreeMemory {
  static let attemptsMax = 64

  /// - Parameter isOwner: the caller holds the lock and may see frames that it is changing.
  func lookup(
    _ key: UnsafeRawBufferPointer, into value: inout ByteWriter, isOwner: Bool = false
  ) -> Lookup {
    for attempt in 0..<Self.attemptsMax {
      if let result = self.attempt(key, into: &value, isOwner: isOwner) { return result }
      // A change takes a microsecond, a split some fifty.
      if attempt > 8 { sched_yield() }
    }
    return .contended
  }

  /// One walk; nil when the writer got in the way.
  private func attempt(
    _ key: UnsafeRawBufferPointer, into value: inout ByteWriter, isOwner: Bool
  ) -> Lookup? {
    guard var at = self.enter(Self.rootID, isOwner: isOwner) else { return nil }
    if at.location == 0 { return .missing(at.id) }
    var batch = at.batch
    var link = FrameFormat.rootLink
    var depth = 0
    // Every step but a ref takes a byte of the key, or ends.
    var steps = 2 &* key.count &+ 64
    while steps > 0 {
      steps &-= 1
      let node = at.frame.node(link)
      if node == 0 { return at.isValid(isOwner) ? .absent(batch: batch) : nil }
      switch at.frame.u8(node) {
      case NodeKind.leaf:
        let suffix = at.frame.suffix(node)
        let isFound =
          suffix.count == key.count &- depth && sameBytes(suffix, key, from: depth)
        guard isFound else { return at.isValid(isOwner) ? .absent(batch: batch) : nil }
        let count = at.frame.valueCount(node)
        // More than any leaf holds: torn.
        if count > 1 << 18 { return nil }
        let before = value.count
        value.append(copying: at.frame.bytes(at.frame.valueStart(node), count))
        let weight = at.frame.weight(node)
        if at.isValid(isOwner) { return .found(weight: weight, batch: batch) }
        value.truncate(to: before)
        return nil
      case NodeKind.prefix:
        let prefix = at.frame.prefix(node)
        guard prefix.count <= key.count &- depth, sameBytes(prefix, key, from: depth) else {
          return at.isValid(isOwner) ? .absent(batch: batch) : nil
        }
        depth &+= prefix.count
        link = node &+ 4
      case NodeKind.ref:
        guard let child = self.enter(at.frame.refID(node), isOwner: isOwner) else { return nil }
        // After the child's version was noted: what is below was the child's at this moment.
        guard at.isValid(isOwner) else { return nil }
        if child.location == 0 { return .missing(child.id) }
        at = child
        batch = max(batch, at.batch)
        link = FrameFormat.rootLink
      case NodeKind.n4, NodeKind.n16, NodeKind.n48, NodeKind.n256:
        if depth == key.count {
          link = node &+ 2
        } else {
          link = at.frame.childLink(node, key[depth])
          depth &+= 1
          if link == 0 { return at.isValid(isOwner) ? .absent(batch: batch) : nil }
        }
      default:
        return nil
      }
    }
    return nil
  }

  /// A frame that a reader has entered: the version it noted and where the bytes lay then.
  struct Visit {
    let id: UInt32
    let entry: UnsafeMutablePointer<FrameEntry>
    let version: UInt64
    let location: UInt64
    let batch: UInt64
    let frame: FrameMemory

    /// Whether everything that was read from the frame is what it held when it was entered.
    @inline(__always) func isValid(_ isOwner: Bool) -> Bool {
      if isOwner { return true }
      atomicMemoryFence(ordering: .acquiring)
      return self.entry.pointee.version.load(ordering: .relaxed) == self.version
    }
  }

  /// Nil when the frame is being changed, or is none.
  @inline(__always) func enter(_ id: UInt32, isOwner: Bool) -> Visit? {
    guard let entry = self.entry(id) else { return nil }
    let version = entry.pointee.version.load(ordering: .acquiring)
    if version & 1 == 1, !isOwner { return nil }
    let location = entry.pointee.location.load(ordering: .relaxed)
    let batch = entry.pointee.batch.load(ordering: .relaxed)
    if !entry.pointee.isRecent.load(ordering: .relaxed) {
      entry.pointee.isRecent.store(true, ordering: .relaxed)
    }
    return Visit(
      id: id, entry: entry, version: version, location: location, batch: batch,
      frame: self.frame(at: location))
  }
}

@inline(__always) func sameBytes(
  _ bytes: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer, from depth: Int
) -> Bool {
  guard bytes.count > 0 else { return true }
  return memcmp(
    bytes.baseAddress.unsafelyUnwrapped, key.baseAddress.unsafelyUnwrapped + depth, bytes.count)
    == 0
}
