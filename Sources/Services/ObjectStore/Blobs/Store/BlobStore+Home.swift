internal import ObjectExtents
internal import ObjectModel
internal import Runtime
private import Synchronization
private import Values

/// The task that writes small blocks to their places.
///
/// A small block becomes durable inside the journal's record: one write and one sync for all that waits.
/// Until its bytes are in the data file it is served from memory, and no checkpoint gives the record up.
extension BlobStore {
  /// Until `endHome`, or until the store fails.
  func writeHome() async {
    let stage = HomeStage()
    while let blocks = await self.nextHome() {
      do throws(IOFailure) {
        try await stage.write(blocks, to: self.data)
      } catch {
        guard error.isOutOfSpace else {
          self.fail(BlobError(.internal, "cannot write blocks to their places: \(error)"))
          return
        }
        await self.waitForSpace(error)
        continue
      }
      let waiters = self.state.withLock { $0.cameHome(blocks.count) }
      for waiter in waiters { waiter.resume(returning: nil) }
    }
  }

  func endHome() {
    let homer = self.state.withLock { state in
      state.isHomeOver = true
      return state.homer.take()
    }
    homer?.resume()
  }

  /// What waits, as far as it fits the stage; nil at the end.
  private func nextHome() async -> [HomeBlock]? {
    while true {
      let (blocks, isOver) = self.state.withLock { state -> ([HomeBlock], Bool) in
        if state.failure != nil || state.isHomeOver { return ([], true) }
        guard state.isWorthwhile else { return ([], false) }
        return (Array(state.home.prefix(HomeStage.count(of: state.home))), false)
      }
      if !blocks.isEmpty { return blocks }
      if isOver { return nil }
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let mustWait = self.state.withLock { state in
          if state.isWorthwhile || state.failure != nil || state.isHomeOver { return false }
          state.homer = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  /// The file system has no room for what was reserved: the blocks stay in the journal and in memory.
  private func waitForSpace(_ error: IOFailure) async {
    let waiters = self.state.withLock { state in
      let waiters = state.homeWaiters.map(\.waiter)
      state.homeWaiters = []
      return waiters
    }
    let problem = BlobError(.noSpace, "cannot write blocks to their places: \(error)")
    for waiter in waiters { waiter.resume(returning: problem) }
    try? await self.clock.sleep(for: .seconds(1))
  }

  /// Returns when everything that is committed now is in the data file, though not yet durable there, and
  /// the position of the journal behind it.
  func allHome() async -> (position: UInt64, failure: BlobError?) {
    var position: UInt64 = 0
    let failure = await withUnsafeContinuation {
      (waiter: UnsafeContinuation<BlobError?, Never>) in
      let (isHome, homer) = self.state.withLock {
        state -> (Bool, UnsafeContinuation<Void, Never>?) in
        position = state.appliedEnd
        guard let last = state.home.last, state.failure == nil else { return (true, nil) }
        state.homeWaiters.append((last.batch, waiter))
        return (false, state.homer.take())
      }
      if isHome { waiter.resume(returning: nil) }
      homer?.resume()
    }
    return (position, failure ?? self.state.withLock { $0.failure })
  }
}

/// A small block on its way to its place.
struct HomeBlock: Sendable {
  let entry: BlockEntry
  /// The record that carries it, and where in it.
  let record: [UInt8]
  let offset: Int
  let batch: UInt64
  /// With the last block of a batch: nobody takes a place of the batch before this ticket is given back.
  var ticket: Int?
}

/// A block that is served from the record that carries it.
struct AwayBlock: Sendable {
  let record: [UInt8]
  let offset: Int
  let batch: UInt64
}

extension StoreState {
  /// Whether there is enough for a large write, or somebody waits. A little stays in memory.
  var isWorthwhile: Bool {
    !self.home.isEmpty && (self.awayBytes >= HomeStage.byteCount || !self.homeWaiters.isEmpty)
  }

  /// Changes of a batch whose record is durable. Answers who writes small blocks home, when he waits.
  mutating func apply(
    _ batch: [Waiting], number: UInt64, _ record: StoreRecord.Encoded, end: UInt64
  ) -> UnsafeContinuation<Void, Never>? {
    let ticket = self.epochs.enter()
    let before = self.home.count
    for (index, waiting) in batch.enumerated() {
      guard self.apply(waiting.change), case .carry(let entry) = waiting.change else { continue }
      let offset = record.offsets[index]
      self.away[entry.address] = AwayBlock(record: record.bytes, offset: offset, batch: number)
      self.awayBytes += entry.units * Extent.unitBytes
      self.home.append(
        HomeBlock(entry: entry, record: record.bytes, offset: offset, batch: number, ticket: nil))
    }
    self.confirmed = number
    self.statistics.batches += 1
    self.appliedEnd = end
    guard self.home.count > before else {
      let free = self.epochs.leave(ticket)
      self.giveBack(free)
      return nil
    }
    self.home[self.home.count - 1].ticket = ticket
    return self.isWorthwhile ? self.homer.take() : nil
  }

  /// Answers those who waited for it.
  mutating func cameHome(_ count: Int) -> [UnsafeContinuation<BlobError?, Never>] {
    for block in self.home.prefix(count) {
      self.awayBytes -= block.entry.units * Extent.unitBytes
      let address = block.entry.address
      if self.away[address]?.batch == block.batch { self.away[address] = nil }
      if let ticket = block.ticket {
        let free = self.epochs.leave(ticket)
        self.giveBack(free)
      }
    }
    self.home.removeFirst(count)
    let next = self.home.first?.batch ?? .max
    let served = self.homeWaiters.filter { $0.batch < next }
    self.homeWaiters.removeAll { $0.batch < next }
    return served.map(\.waiter)
  }
}

/// Memory in which blocks are laid out as they lie in the file, so that one write takes all that are side
/// by side.
struct HomeStage: ~Copyable {
  static let byteCount = 1 << 20
  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: HomeStage.byteCount, alignment: Extent.unitBytes)

  deinit { self.memory.deallocate() }

  /// How many of the first blocks fit.
  static func count(of blocks: [HomeBlock]) -> Int {
    var units = 0
    for (index, block) in blocks.enumerated() {
      units += block.entry.units
      if units * Extent.unitBytes > self.byteCount { return index }
    }
    return blocks.count
  }

  /// - Precondition: all of them fit.
  borrowing func write(_ blocks: [HomeBlock], to file: any DiskFile) async throws(IOFailure) {
    let runs = self.lay(blocks)
    if runs.count == 1 {
      try await runs[0].write(to: file)
      return
    }
    let failure = await withTaskGroup(of: IOFailure?.self) { group in
      for run in runs {
        group.addTask {
          do throws(IOFailure) {
            try await run.write(to: file)
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(nil as IOFailure?) { $0 ?? $1 }
    }
    if let failure { throw failure }
  }

  /// Units in a row.
  private struct Run: @unchecked Sendable {
    // Sendable: the stage is not touched while its runs are written.
    let unit: UInt32
    let bytes: UnsafeRawBufferPointer

    func write(to file: any DiskFile) async throws(IOFailure) {
      try await file.write(self.bytes, at: Int64(self.unit) * Int64(Extent.unitBytes))
    }
  }

  /// Copies the blocks' pages behind one another, zeros behind the end of each.
  private borrowing func lay(_ blocks: [HomeBlock]) -> [Run] {
    var runs: [Run] = []
    var start = 0
    var end = 0
    var first: UInt32 = 0
    for block in blocks {
      var source = 0
      for extent in block.entry.extents {
        if end > start, extent.unit != first + UInt32((end - start) / Extent.unitBytes) {
          runs.append(self.run(first, start..<end))
          start = end
        }
        if end == start { first = extent.unit }
        let next = end + Int(extent.units) * Extent.unitBytes
        let pages = UnsafeMutableRawBufferPointer(rebasing: self.memory[end..<next])
        let count = min(pages.count, Int(block.entry.byteCount) - source)
        block.record.withUnsafeBytes { record in
          let from = block.offset + source
          pages.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: record[from..<(from + count)]))
        }
        UnsafeMutableRawBufferPointer(rebasing: pages[count...])
          .initializeMemory(as: UInt8.self, repeating: 0)
        source += count
        end = next
      }
    }
    if end > start { runs.append(self.run(first, start..<end)) }
    return runs
  }

  private borrowing func run(_ unit: UInt32, _ range: Range<Int>) -> Run {
    Run(unit: unit, bytes: UnsafeRawBufferPointer(rebasing: self.memory[range]))
  }
}
