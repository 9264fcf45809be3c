private import Crypto
private import ObjectExtents
internal import ObjectModel
internal import Runtime

/// Writes the frames and the map of a plan to new places, many frames with one write.
struct CheckpointWriter: ~Copyable {
  private let engine: TreeEngine
  private let plan: CheckpointPlan
  private let buffer: UnsafeMutableRawBufferPointer
  /// What the buffer holds, and where it goes.
  private var filled = 0
  private var startUnit = 0
  private var held: [(id: UInt32, run: DiskRun, checksum: UInt64)] = []

  init(_ engine: TreeEngine, _ plan: CheckpointPlan) {
    self.engine = engine
    self.plan = plan
    self.buffer = .allocate(byteCount: 1 << 20, alignment: 4096)
  }

  deinit { self.buffer.deallocate() }

  mutating func writeFrames() async throws(IOFailure) {
    do throws(IOFailure) {
      try await self.writeFrozen()
    } catch {
      // What is in the buffer has no place after all; thawing makes it dirty again.
      self.engine.withState { state in
        for frame in self.held { state.disk.giveBack(Int(frame.run.unit), count: frame.run.units) }
      }
      throw error
    }
  }

  private mutating func writeFrozen() async throws(IOFailure) {
    let generation = self.plan.superblock.generation
    while self.plan.next + self.held.count < self.plan.frames.count {
      let id = self.plan.frames[self.plan.next + self.held.count]
      if self.filled + FrameFormat.classes.last.unsafelyUnwrapped * 4096 > self.buffer.count {
        try await self.flush()
      }
      let at = self.buffer.baseAddress.unsafelyUnwrapped + self.filled
      // Looked at before it is taken: a frame that finds no place stays frozen.
      let units = self.engine.withState { $0.tree.frozenUnits(id) }
      let run = try await self.place(units)
      if self.filled > 0, Int(run.unit) != self.startUnit + self.filled / 4096 {
        try await self.flush(keeping: run)
        continue
      }
      self.engine.withState { state in
        _ = state.tree.takeFrozen(id, generation: generation, into: at)
      }
      if self.filled == 0 { self.startUnit = Int(run.unit) }
      let bytes = UnsafeRawBufferPointer(start: at, count: units * 4096)
      self.held.append((id, run, XXH3.hash64(of: bytes)))
      self.filled += bytes.count
    }
    try await self.flush()
  }

  /// Writes the buffer; its frames lie where they belong then.
  private mutating func flush(keeping unused: DiskRun? = nil) async throws(IOFailure) {
    if let unused {
      self.engine.withState { $0.disk.giveBack(Int(unused.unit), count: unused.units) }
    }
    guard self.filled > 0 else { return }
    let bytes = UnsafeRawBufferPointer(
      rebasing: UnsafeRawBufferPointer(self.buffer)[..<self.filled])
    try await self.engine.files.frames.write(bytes, at: Int64(self.startUnit) * 4096)
    self.engine.withState { state in
      for frame in self.held {
        state.tree.settle(frame.id, at: frame.run, checksum: frame.checksum, in: self.plan)
      }
    }
    self.plan.next += self.held.count
    self.held.removeAll(keepingCapacity: true)
    self.filled = 0
  }

  mutating func writeMap() async throws(IOFailure) {
    for number in self.plan.pages.keys.sorted() {
      guard let page = self.plan.pages[number] else { continue }
      FrameMap.writeHeader(
        page.bytes.baseAddress.unsafelyUnwrapped, magic: FrameMap.pageMagic, number: number,
        generation: self.plan.superblock.generation, namespace: self.plan.superblock.folded)
      let run = try await self.place(FrameMap.pageUnits)
      self.plan.fresh.append(run)
      try await self.engine.files.frames.write(
        UnsafeRawBufferPointer(page.bytes), at: Int64(run.unit) * 4096)
      self.plan.places[number] = MapDirectory.Page(run: run, checksum: page.checksum)
    }
    var directory = self.engine.withState { $0.directory }
    _ = directory.take(self.plan.places)
    let bytes = directory.encoded(self.plan.superblock)
    let run = try await self.place(bytes.count / 4096)
    self.plan.fresh.append(run)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 4096)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try await self.engine.files.frames.write(
      UnsafeRawBufferPointer(memory), at: Int64(run.unit) * 4096)
    self.plan.superblock.pageCount = directory.pages.count
    self.plan.superblock.directory = run
    self.plan.superblock.directoryChecksum = XXH3.hash64(of: UnsafeRawBufferPointer(memory))
  }

  /// Takes a place in the file, which grows when it has none.
  private func place(_ units: Int) async throws(IOFailure) -> DiskRun {
    while true {
      let (unit, count) = self.engine.withState { state in
        (state.disk.take(units), state.disk.unitCount)
      }
      if let unit { return DiskRun(unit: UInt32(unit), units: units) }
      let grown = count + max(units, self.engine.options.growBytes / FrameFormat.unitBytes)
      try await self.engine.files.frames.allocate(
        byteCount: Int64(grown) * Int64(FrameFormat.unitBytes))
      self.engine.withState { $0.disk.grow(to: grown) }
    }
  }
}
