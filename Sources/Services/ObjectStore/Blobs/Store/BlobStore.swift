internal import Crypto
internal import Journal
internal import ObjectExtents
package import ObjectModel
internal import Runtime
internal import Synchronization
internal import Values

/// The blocks of one disk: a data file in units of 4 KiB, an index in memory, a journal of what changed
/// in it, and a checkpoint of the index now and then. DESIGN.md has the bytes.
///
/// `put` writes the block past the page cache and returns when both its bytes and its place in the index
/// survive a power cut. `get` proves every byte of the block before it gives any of them. `run` must run.
package final class BlobStore: Sendable {
  let directory: String
  let options: BlobStoreOptions
  let clock: any TimeSource
  let disk: any Disk
  let data: any DiskFile
  let superblocks: any DiskFile
  let journal: Journal
  let slabs: PinnedSlabs
  let state: Mutex<StoreState>
  let background: BackgroundGate
  private let idHigh: UInt64
  private let idLow: UInt64

  init(
    directory: String, options: BlobStoreOptions, clock: any TimeSource, disk: any Disk,
    files: (data: any DiskFile, superblocks: any DiskFile), journal: Journal,
    state: consuming sending StoreState
  ) {
    self.directory = directory
    self.options = options
    self.clock = clock
    self.disk = disk
    self.data = files.data
    self.superblocks = files.superblocks
    self.journal = journal
    self.slabs = PinnedSlabs(count: options.pinnedBuffers, bufferBytes: (128 << 10) + 4096)
    self.background = BackgroundGate(slots: options.backgroundMax)
    var state = state
    state.appliedEnd = journal.end.rawValue
    self.idHigh = state.superblock.idHigh
    self.idLow = state.superblock.idLow
    self.state = Mutex(state)
  }

  /// Its identifier as text: what a volume calls its members.
  package var name: String { UUID(bits: self.storeID).description }

  package var storeID: UInt128 { UInt128(self.idHigh) << 64 | UInt128(self.idLow) }

  static func pages(_ byteCount: Int) -> Int {
    (byteCount + Extent.unitBytes - 1) / Extent.unitBytes
  }

  var now: UInt64 { UInt64(max(0, self.clock.wallNow.nanoseconds / 1_000_000)) }

  // MARK: Put

  /// Writes a block. The same block with the same checksum again is fine.
  ///
  /// Throws `noSpace` above the high-water mark, `versionSkipped` when the blob was deleted, `corrupted`
  /// when the block is there with other bytes, or `bytes` do not match `checksum`, `slowDown`, and
  /// `deadlineExceeded` when the call's time was over before the bytes were written.
  package func put(
    _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, checksum: UInt64,
    _ call: BlobCall = BlobCall()
  ) async throws(BlobError) {
    try await self.enter(call)
    defer { self.leave(call) }
    try await self.putNow(block, bytes, checksum, call)
  }

  private func putNow(
    _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, _ checksum: UInt64, _ call: BlobCall
  ) async throws(BlobError) {
    guard bytes.count > 0, bytes.count <= self.options.blockBytesMax else {
      throw BlobError(.badRequest, "a block of \(bytes.count) bytes")
    }
    guard XXH3.hash64(of: bytes) == checksum else {
      throw BlobError(.corrupted, "block \(block.number) does not match its checksum")
    }
    var entry = BlockEntry(block)
    entry.checksum = checksum
    entry.byteCount = UInt32(bytes.count)
    entry.milliseconds = self.now
    let limit =
      call.priority == .foreground ? self.options.refuseAbove : self.options.refuseAllAbove
    var growths = 0
    while true {
      switch self.state.withLock({ $0.beginPut(&entry, limit: limit, self.options) }) {
      case .refused(let error): throw error
      case .present: return
      case .full:
        growths += 1
        guard growths <= 3 else { throw BlobError(.noSpace, "the data file cannot grow") }
        await self.waitForGrowth()
        try self.check(call)
        continue
      case .newCarried:
        try await self.commit(.carry(entry), LentBytes(bytes))
        return
      case .new: break
      }
      break
    }
    do throws(IOFailure) {
      try await self.write(bytes, to: entry)
    } catch {
      self.state.withLock { $0.abandonPut(entry) }
      if !error.isOutOfSpace { self.fail(BlobError(.internal, "cannot write a block: \(error)")) }
      throw BlobError(error.isOutOfSpace ? .noSpace : .internal, "cannot write a block: \(error)")
    }
    try await self.commit(.put(entry))
  }

  private func waitForGrowth() async {
    await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
      let (isOver, idle) = self.state.withLock {
        state -> (Bool, UnsafeContinuation<Void, Never>?) in
        if state.refusal != nil { return (true, nil) }
        state.growWaiters.append(waiter)
        state.wantsUpkeep = true
        return (false, state.idle.take())
      }
      if isOver { waiter.resume() }
      idle?.resume()
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, to entry: BlockEntry
  ) async throws(IOFailure) {
    let byteCount = Self.pages(bytes.count) * Extent.unitBytes
    let isAligned =
      bytes.count == byteCount && Int(bitPattern: bytes.baseAddress) % Extent.unitBytes == 0
    if isAligned {
      try await self.write(pages: bytes, to: entry)
      return
    }
    let memory = BlockMemory(byteCount: byteCount, from: self.slabs)
    memory.bytes.copyMemory(from: bytes)
    UnsafeMutableRawBufferPointer(rebasing: memory.bytes[bytes.count...])
      .initializeMemory(as: UInt8.self, repeating: 0)
    let result: Result<Void, IOFailure>
    do throws(IOFailure) {
      result = .success(
        try await self.write(pages: UnsafeRawBufferPointer(memory.bytes), to: entry))
    } catch {
      result = .failure(error)
    }
    memory.giveBack()
    try result.get()
  }

  private func write(
    pages: UnsafeRawBufferPointer, to entry: BlockEntry
  ) async throws(IOFailure) {
    var done = 0
    for extent in entry.extents {
      let count = Int(extent.units) * Extent.unitBytes
      let part = UnsafeRawBufferPointer(rebasing: pages[done..<(done + count)])
      try await self.data.write(part, at: Int64(extent.unit) * Int64(Extent.unitBytes))
      done += count
    }
  }

  // MARK: Get

  /// Reads a part of a block, after the whole block was proven. Answers its checksum.
  ///
  /// Throws `corrupted` when a byte of the block is not what was put: nothing is in `target` then.
  @discardableResult
  package func get(
    _ block: BlockAddress, _ range: Range<Int>, into target: UnsafeMutableRawBufferPointer,
    _ call: BlobCall = BlobCall()
  ) async throws(BlobError) -> UInt64 {
    try await self.result(of: block, range, into: target, call).get()
  }

  /// `get` for who goes on after an error.
  func result(
    of block: BlockAddress, _ range: Range<Int>, into target: UnsafeMutableRawBufferPointer,
    _ call: BlobCall = BlobCall()
  ) async -> Result<UInt64, BlobError> {
    do throws(BlobError) { try await self.enter(call) } catch { return .failure(error) }
    defer { self.leave(call) }
    let key = BlockEntry(block)
    let mayCache = call.priority == .foreground
    let place = self.state.withLock { $0.beginRead(key, mayCache: mayCache) }
    switch place {
    case .refused(let failure): return .failure(failure)
    case .away(let entry, let block):
      return block.record.withUnsafeBytes { record in
        let end = block.offset + Int(entry.byteCount)
        return Self.copy(
          UnsafeRawBufferPointer(rebasing: record[block.offset..<end]), entry, range, into: target)
      }
    case .cached(let entry, let block):
      return Self.copy(block.bytes, entry, range, into: target)
    case .absent:
      return .failure(
        BlobError(.notFound, "there is no block \(block.number) of \(block.blob)"))
    case .here(let entry, let ticket):
      let mayKeep = mayCache && Int(entry.byteCount) <= self.options.cachedBlockBytesMax
      let result = await self.read(entry, range, into: target, mayKeep: mayKeep)
      let idle = self.state.withLock { state -> UnsafeContinuation<Void, Never>? in
        let free = state.epochs.leave(ticket)
        state.giveBack(free)
        switch result {
        case .success(let kept):
          state.proven(entry)
          if let kept { state.keep(kept, of: entry) }
          return nil
        case .failure(let error): return error.code == .corrupted ? state.damaged(entry) : nil
        }
      }
      idle?.resume()
      return result.map { _ in entry.checksum }
    }
  }

  /// From memory of ours, which was proven when it came in.
  private static func copy(
    _ whole: UnsafeRawBufferPointer, _ entry: BlockEntry, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) -> Result<UInt64, BlobError> {
    guard range.lowerBound >= 0, range.upperBound <= whole.count, range.count <= target.count
    else { return .failure(BlobError(.badRequest, "\(range) of \(whole.count) bytes")) }
    guard XXH3.hash64(of: whole) == entry.checksum else {
      return .failure(BlobError(.corrupted, "block \(entry.number) changed in memory"))
    }
    if range.count > 0 { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[range])) }
    return .success(entry.checksum)
  }

  /// Answers a copy for the cache when one may be kept.
  private func read(
    _ entry: BlockEntry, _ range: Range<Int>, into target: UnsafeMutableRawBufferPointer,
    mayKeep: Bool
  ) async -> Result<CachedBlock?, BlobError> {
    let byteCount = Int(entry.byteCount)
    guard range.lowerBound >= 0, range.upperBound <= byteCount, range.count <= target.count else {
      return .failure(BlobError(.badRequest, "\(range) of \(byteCount) bytes"))
    }
    let memory = BlockMemory(byteCount: entry.units * Extent.unitBytes, from: self.slabs)
    defer { memory.giveBack() }
    do throws(IOFailure) {
      var done = 0
      for extent in entry.extents {
        let count = Int(extent.units) * Extent.unitBytes
        let part = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[done..<(done + count)])
        let offset = Int64(extent.unit) * Int64(Extent.unitBytes)
        let read = try await self.data.read(into: part, at: offset)
        if read < count {
          return .failure(self.corrupted(entry, "the file ends at \(offset + Int64(read))"))
        }
        done += count
      }
    } catch {
      return .failure(BlobError(.internal, "cannot read a block: \(error)"))
    }
    let whole = UnsafeRawBufferPointer(rebasing: memory.bytes[..<byteCount])
    let checksum = XXH3.hash64(of: whole)
    guard checksum == entry.checksum else {
      return .failure(
        self.corrupted(
          entry,
          "its checksum is \(String(checksum, radix: 16)), "
            + "put was \(String(entry.checksum, radix: 16))"))
    }
    if range.count > 0 { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[range])) }
    return .success(mayKeep ? CachedBlock(entry, whole) : nil)
  }

  private func corrupted(_ entry: BlockEntry, _ problem: String) -> BlobError {
    let offset = Int64(entry.starts.0) * Int64(Extent.unitBytes)
    return BlobError(
      .corrupted,
      "block \(entry.number) of \(entry.address.blob) at \(offset) of "
        + "\(self.data.path) is damaged: \(problem)")
  }

  // MARK: Delete

  /// Forgets every block of a blob and remembers that it was there: it never comes back.
  package func delete(
    _ blob: BlobKey, blocks: UInt32, _ call: BlobCall = BlobCall()
  ) async throws(BlobError) {
    try self.check(call)
    try await self.commit(.remove(blob, blocks: blocks, milliseconds: self.now))
  }

  func commit(
    _ change: StoreRecord.Change, _ body: LentBytes? = nil
  ) async throws(BlobError) {
    let error = await withUnsafeContinuation { (waiter: UnsafeContinuation<BlobError?, Never>) in
      let (refusal, idle) = self.state.withLock { state in
        state.enqueue(change, body, waiter)
      }
      if let refusal { waiter.resume(returning: refusal) }
      idle?.resume()
    }
    if let error { throw error }
  }

  /// Nothing works any more: what a failed sync left on the disk is unknown. Reopening decides.
  func fail(_ error: BlobError) {
    let (waiters, idle) = self.state.withLock { $0.fail(error) }
    for waiter in waiters { waiter.resume(returning: error) }
    for waiter in idle { waiter.resume() }
  }
}
