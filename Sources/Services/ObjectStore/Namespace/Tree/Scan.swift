internal import Bytes
private import Synchronization

/// One page of keys in order, with those that share a delimiter rolled up, by any thread and without a
/// lock.
///
/// The versions of all frames it went through are asked at the end: if none has changed, the page is what
/// the tree held at that moment. A common prefix is emitted where the tree leaves no doubt about it, and
/// the walk goes on behind it: what is below costs nothing.
struct Scan {
  struct Request {
    var prefix: [UInt8] = []
    /// Results come after this; empty: from the start.
    var after: [UInt8] = []
    /// Nor do keys that begin with `after` come: it is a common prefix that was given out.
    var skipsBelow = false
    var delimiter: [UInt8] = []
    var limit = 1000
    /// Values stay behind.
    var onlyKeys = false
    /// The page ends early when it holds so many bytes.
    var pageBytesMax = 4 << 20
    /// So does one that meets a frame that is not in memory, once it holds something: for pages that
    /// need more frames at once than fit.
    var endsWhereMissing = false
  }

  enum Outcome: Equatable {
    /// `isTruncated`: at least one more result follows.
    case page(count: Int, isTruncated: Bool, batch: UInt64)
    case missing(UInt32)
    case contended
  }
}

extension TreeMemory {
  /// Appends the page to `output`, each result as
  /// `kind u8 (0 key, 1 common prefix) │ key bytes u32 │ value bytes u32 │ weight u64 │ key │ value`.
  func scan(
    _ request: borrowing Scan.Request, into output: inout ByteWriter, keyBytesMax: Int,
    isOwner: Bool = false
  ) -> Scan.Outcome {
    for _ in 0..<8 {
      let before = output.count
      var walk = ScanWalk(self, keyBytesMax: keyBytesMax, isOwner: isOwner)
      let step = walk.start(request, into: &output)
      if let outcome = walk.outcome(step) { return outcome }
      output.truncate(to: before)
    }
    return .contended
  }
}

/// A walk under way.
private struct ScanWalk: ~Copyable {
  /// What a part of the walk tells the part above it.
  enum Step: Equatable {
    case next
    /// Everything that shares this many bytes with the last result is behind us.
    case skip(Int)
    case stop
    case missing(UInt32)
    /// The writer was here.
    case disturbed
  }

  private struct Seen {
    var entry: UnsafeMutablePointer<FrameEntry>
    var version: UInt64
  }

  private let memory: TreeMemory
  private let isOwner: Bool
  private let key: UnsafeMutableRawPointer
  private let keyCapacity: Int
  private let seen: UnsafeMutablePointer<Seen>
  private static let seenMax = 4096
  private var seenCount = 0
  private var count = 0
  private var isTruncated = false
  private var batch: UInt64 = 0
  private var nodesLeft = 1 << 24

  init(_ memory: TreeMemory, keyBytesMax: Int, isOwner: Bool) {
    self.memory = memory
    self.isOwner = isOwner
    self.keyCapacity = keyBytesMax + 65_536
    self.key = .allocate(byteCount: self.keyCapacity, alignment: 8)
    self.seen = .allocate(capacity: Self.seenMax)
  }

  deinit {
    self.key.deallocate()
    self.seen.deallocate()
  }

  mutating func start(_ request: borrowing Scan.Request, into output: inout ByteWriter) -> Step {
    guard request.limit > 0 else { return .next }
    return self.enterFrame(
      TreeMemory.rootID, 0, from: 0, isOnEdge: !request.after.isEmpty, request, &output)
  }

  /// Nil: disturbed, once more.
  func outcome(_ step: Step) -> Scan.Outcome? {
    if case .missing(let id) = step { return .missing(id) }
    guard step != .disturbed, self.isUndisturbed else { return nil }
    return .page(count: self.count, isTruncated: self.isTruncated, batch: self.batch)
  }

  private var isUndisturbed: Bool {
    if self.isOwner { return true }
    atomicMemoryFence(ordering: .acquiring)
    for index in 0..<self.seenCount {
      let now = self.seen[index].entry.pointee.version.load(ordering: .relaxed)
      if now != self.seen[index].version { return false }
    }
    return true
  }

  private mutating func enterFrame(
    _ id: UInt32, _ length: Int, from checked: Int, isOnEdge: Bool,
    _ request: borrowing Scan.Request, _ output: inout ByteWriter
  ) -> Step {
    guard let visit = self.memory.enter(id, isOwner: self.isOwner) else { return .disturbed }
    if visit.location == 0 {
      // Below lies at least one key that belongs to the list.
      let isCertain = !isOnEdge && length >= request.prefix.count && self.count > 0
      guard request.endsWhereMissing, isCertain else { return .missing(id) }
      self.isTruncated = true
      return .stop
    }
    if self.seenCount == Self.seenMax {
      // A page over so many frames: what there is is given out, the rest is the next page's.
      self.isTruncated = self.count > 0
      return self.count > 0 ? .stop : .disturbed
    }
    self.seen[self.seenCount] = Seen(entry: visit.entry, version: visit.version)
    self.seenCount += 1
    self.batch = max(self.batch, visit.batch)
    let root = visit.frame.node(FrameFormat.rootLink)
    if root == 0 { return .next }
    return self.visit(root, in: visit, length, from: checked, isOnEdge, request, &output)
  }

  /// - Parameters:
  ///   - length: bytes of `key` that lead to the node.
  ///   - checked: no delimiter begins before this.
  ///   - isOnEdge: those bytes are the first of `after`.
  private mutating func visit(
    _ node: Int, in at: TreeMemory.Visit, _ length: Int, from checked: Int, _ isOnEdge: Bool,
    _ request: borrowing Scan.Request, _ output: inout ByteWriter
  ) -> Step {
    self.nodesLeft -= 1
    if self.nodesLeft == 0 { return .disturbed }
    if !isOnEdge, length > request.prefix.count,
      let end = self.delimiterEnd(length, from: checked, request)
    {
      return self.emitPrefix(end, request, &output)
    }
    let frame = at.frame
    switch frame.u8(node) {
    case NodeKind.leaf:
      return self.visitLeaf(node, in: at, length, from: checked, isOnEdge, request, &output)
    case NodeKind.prefix:
      let bytes = frame.prefix(node)
      guard self.append(bytes, at: length), self.fits(length, bytes.count, request) else {
        return .next
      }
      guard let edge = self.edge(length, bytes, isOnEdge, request) else { return .next }
      return self.visit(
        frame.node(node + 4), in: at, length + bytes.count,
        from: self.nextChecked(length, checked, isOnEdge, request), edge, request, &output)
    case NodeKind.ref:
      let id = frame.refID(node)
      guard at.isValid(self.isOwner) else { return .disturbed }
      return self.enterFrame(id, length, from: checked, isOnEdge: isOnEdge, request, &output)
    case NodeKind.n4, NodeKind.n16, NodeKind.n48, NodeKind.n256:
      return self.visitInner(node, in: at, length, from: checked, isOnEdge, request, &output)
    default:
      return .disturbed
    }
  }

  private mutating func visitInner(
    _ node: Int, in at: TreeMemory.Visit, _ length: Int, from checked: Int, _ isOnEdge: Bool,
    _ request: borrowing Scan.Request, _ output: inout ByteWriter
  ) -> Step {
    let frame = at.frame
    guard length < self.keyCapacity - 1 else { return .disturbed }
    // On the edge nothing was looked for: the first node off it looks at the whole name.
    let checked = self.nextChecked(length, checked, isOnEdge, request)
    var isOnEdge = isOnEdge
    if isOnEdge, length == request.after.count {
      if request.skipsBelow { return .next }
      isOnEdge = false
    } else if !isOnEdge {
      let ends = frame.node(node + 2)
      if ends != 0, length >= request.prefix.count {
        let step = self.visit(ends, in: at, length, from: checked, false, request, &output)
        if let step = self.passed(step, length) { return step }
      }
    }
    let isInPrefix = length < request.prefix.count
    var next = isOnEdge ? Int(request.after[length]) : 0
    if isInPrefix { next = max(next, Int(request.prefix[length])) }
    while let child = frame.nextChild(node, from: next) {
      if isInPrefix, child.byte != request.prefix[length] { break }
      self.key.storeBytes(of: child.byte, toByteOffset: length, as: UInt8.self)
      let edge = isOnEdge && child.byte == request.after[length]
      let step = self.visit(
        frame.node(child.link), in: at, length + 1, from: checked, edge, request, &output)
      if let step = self.passed(step, length) { return step }
      next = Int(child.byte) + 1
    }
    return .next
  }

  /// What a node above must hear of; nil: go on with the next child.
  private func passed(_ step: Step, _ length: Int) -> Step? {
    switch step {
    case .next: nil
    case .skip(let shared): length >= shared ? step : nil
    case .stop, .missing, .disturbed: step
    }
  }

  private mutating func visitLeaf(
    _ leaf: Int, in at: TreeMemory.Visit, _ length: Int, from checked: Int, _ isOnEdge: Bool,
    _ request: borrowing Scan.Request, _ output: inout ByteWriter
  ) -> Step {
    let suffix = at.frame.suffix(leaf)
    let total = length + suffix.count
    guard self.append(suffix, at: length) else { return .disturbed }
    guard self.fits(length, suffix.count, request), total >= request.prefix.count else {
      return .next
    }
    if isOnEdge {
      let whole = UnsafeRawBufferPointer(start: self.key, count: total)
      let common = request.after.withUnsafeBytes { commonCount(whole, $0) }
      if common == request.after.count {
        // It begins with the marker: the marker itself does not come.
        if request.skipsBelow || total == common { return .next }
      } else if common == total || whole[common] < request.after[common] {
        return .next
      }
    }
    if let end = self.delimiterEnd(total, from: checked, request) {
      return self.emitPrefix(end, request, &output)
    }
    let count = request.onlyKeys ? 0 : at.frame.valueCount(leaf)
    guard count <= 1 << 18 else { return .disturbed }
    let value = at.frame.bytes(at.frame.valueStart(leaf), count)
    guard self.makeRoom(request, output) else { return .stop }
    self.emit(0, total, value, weight: at.frame.weight(leaf), &output)
    return .next
  }

  private mutating func emitPrefix(
    _ end: Int, _ request: borrowing Scan.Request, _ output: inout ByteWriter
  ) -> Step {
    guard self.makeRoom(request, output) else { return .stop }
    self.emit(1, end, UnsafeRawBufferPointer(start: nil, count: 0), weight: 0, &output)
    return .skip(end)
  }

  /// False: the page is full, and there is more.
  private mutating func makeRoom(
    _ request: borrowing Scan.Request, _ output: borrowing ByteWriter
  ) -> Bool {
    if self.count < request.limit, output.count < request.pageBytesMax { return true }
    self.isTruncated = true
    return false
  }

  private mutating func emit(
    _ kind: UInt8, _ length: Int, _ value: UnsafeRawBufferPointer, weight: UInt64,
    _ output: inout ByteWriter
  ) {
    self.count += 1
    output.append(kind)
    output.append(littleEndian: UInt32(length))
    output.append(littleEndian: UInt32(value.count))
    output.append(littleEndian: weight)
    output.append(copying: UnsafeRawBufferPointer(start: self.key, count: length))
    output.append(copying: value)
  }

  // MARK: The key

  /// False when no real key is that long.
  private func append(_ bytes: UnsafeRawBufferPointer, at length: Int) -> Bool {
    guard length + bytes.count <= self.keyCapacity else { return false }
    if bytes.count > 0 {
      (self.key + length).copyMemory(
        from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
    }
    return true
  }

  /// Whether `count` bytes that were appended agree with the prefix that is asked for.
  private func fits(_ length: Int, _ count: Int, _ request: borrowing Scan.Request) -> Bool {
    var index = length
    let end = min(length + count, request.prefix.count)
    while index < end {
      if self.key.load(fromByteOffset: index, as: UInt8.self) != request.prefix[index] {
        return false
      }
      index += 1
    }
    return true
  }

  /// Whether the path is still on the edge behind these bytes; nil when all below comes before it.
  private func edge(
    _ length: Int, _ bytes: UnsafeRawBufferPointer, _ isOnEdge: Bool,
    _ request: borrowing Scan.Request
  ) -> Bool? {
    guard isOnEdge else { return false }
    for (index, byte) in bytes.enumerated() {
      if length + index == request.after.count { return request.skipsBelow ? nil : false }
      let limit = request.after[length + index]
      if byte != limit { return byte > limit ? false : nil }
    }
    return true
  }

  private func nextChecked(
    _ length: Int, _ checked: Int, _ isOnEdge: Bool, _ request: borrowing Scan.Request
  ) -> Int {
    isOnEdge
      ? checked : max(request.prefix.count, checked, length - max(request.delimiter.count, 1) + 1)
  }

  /// The end of the first delimiter behind the prefix.
  private func delimiterEnd(
    _ length: Int, from checked: Int, _ request: borrowing Scan.Request
  ) -> Int? {
    let count = request.delimiter.count
    guard count > 0 else { return nil }
    var start = max(checked, request.prefix.count)
    while start + count <= length {
      var index = 0
      while index < count,
        self.key.load(fromByteOffset: start + index, as: UInt8.self) == request.delimiter[index]
      {
        index += 1
      }
      if index == count { return start + count }
      start += 1
    }
    return nil
  }
}
