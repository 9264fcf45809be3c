/// Memory aligned to pages, as direct writes ask for; freed with its owner.
struct PageBuffer: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of its memory.
  private(set) var memory: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    precondition(byteCount > 0 && byteCount % journalPageBytes == 0, "\(byteCount) bytes")
    self.memory = .allocate(byteCount: byteCount, alignment: journalPageBytes)
  }

  deinit { self.memory.deallocate() }

  var count: Int { self.memory.count }

  /// Grows to at least `byteCount`, keeping the first `kept` bytes.
  mutating func grow(to byteCount: Int, keeping kept: Int) {
    guard byteCount > self.memory.count else { return }
    let rounded = BlockHeader.roundedToPage(byteCount)
    let moved = UnsafeMutableRawBufferPointer.allocate(
      byteCount: rounded, alignment: journalPageBytes)
    moved.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.memory[..<kept]))
    self.memory.deallocate()
    self.memory = moved
  }
}
