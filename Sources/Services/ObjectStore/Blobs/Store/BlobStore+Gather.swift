internal import ObjectExtents
internal import ObjectModel
internal import Runtime
private import Synchronization

/// The task that writes small blocks, many with one write where they lie side by side, while the
/// committing task makes the ones before them durable.
///
/// A block of 4 KiB costs as much to submit as one of 128 KiB: written one by one, small blocks spend
/// their time there.
extension BlobStore {
  /// Has a block written with its neighbours, and committed.
  func gather(_ entry: BlockEntry, _ bytes: UnsafeRawBufferPointer) async throws(BlobError) {
    let error = await withUnsafeContinuation { (waiter: UnsafeContinuation<BlobError?, Never>) in
      let (refusal, idle) = self.state.withLock {
        state -> (BlobError?, UnsafeContinuation<Void, Never>?) in
        if let failure = state.failure { return (failure, nil) }
        state.writes.append(GatheredWrite(entry: entry, bytes: bytes, waiter: waiter))
        return (nil, state.gatherer.take())
      }
      if let refusal { waiter.resume(returning: refusal) }
      idle?.resume()
    }
    if let error { throw error }
  }

  /// Until `endGathering`, or until the store fails.
  func gatherWrites() async {
    let stage = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.stageBytes, alignment: Extent.unitBytes)
    defer { stage.deallocate() }
    while let writes = await self.nextWrites() {
      do throws(IOFailure) {
        try await self.write(writes, UnsafeMutableRawBufferPointer(rebasing: stage[...]))
      } catch {
        self.giveUp(writes, error)
        continue
      }
      let (failure, idle) = self.state.withLock { $0.enqueue(written: writes) }
      if let failure {
        for write in writes { write.waiter.resume(returning: failure) }
      }
      idle?.resume()
    }
  }

  func endGathering() {
    let gatherer = self.state.withLock { state in
      state.isGatheringOver = true
      return state.gatherer.take()
    }
    gatherer?.resume()
  }

  private static let stageBytes = 1 << 20

  /// What waits, as far as it fits the stage; nil at the end.
  private func nextWrites() async -> [GatheredWrite]? {
    while true {
      let (writes, isOver) = self.state.withLock { state -> ([GatheredWrite], Bool) in
        var units = 0
        let count =
          state.writes.firstIndex { write in
            units += write.entry.units
            return units * Extent.unitBytes > Self.stageBytes
          } ?? state.writes.count
        let writes = Array(state.writes.prefix(count))
        state.writes.removeFirst(count)
        return (writes, state.failure != nil || state.isGatheringOver)
      }
      if !writes.isEmpty { return writes }
      if isOver { return nil }
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let mustWait = self.state.withLock { state in
          if !state.writes.isEmpty || state.failure != nil || state.isGatheringOver { return false }
          state.gatherer = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  /// One write for each run of units that are side by side.
  private func write(
    _ writes: [GatheredWrite], _ stage: UnsafeMutableRawBufferPointer
  ) async throws(IOFailure) {
    let runs = Self.stage(writes, stage)
    if runs.count == 1 {
      try await self.write(runs[0])
      return
    }
    let failure = await withTaskGroup(of: IOFailure?.self) { group in
      for run in runs {
        group.addTask {
          do throws(IOFailure) {
            try await self.write(run)
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

  private func write(_ run: StagedRun) async throws(IOFailure) {
    try await self.data.write(run.bytes, at: Int64(run.unit) * Int64(Extent.unitBytes))
  }

  /// Copies the blocks' pages behind one another, zeros behind the end of each.
  private static func stage(
    _ writes: [GatheredWrite], _ stage: UnsafeMutableRawBufferPointer
  ) -> [StagedRun] {
    var runs: [StagedRun] = []
    var start = 0
    var end = 0
    var first: UInt32 = 0
    for write in writes {
      var source = 0
      write.entry.forEachExtent { extent in
        if end > start, extent.unit != first + UInt32((end - start) / Extent.unitBytes) {
          runs.append(StagedRun(first, stage[start..<end]))
          start = end
        }
        if end == start { first = extent.unit }
        let pages = UnsafeMutableRawBufferPointer(
          rebasing: stage[end..<(end + Int(extent.units) * Extent.unitBytes)])
        let count = min(pages.count, write.bytes.count - source)
        pages.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: write.bytes[source..<(source + count)]))
        UnsafeMutableRawBufferPointer(rebasing: pages[count...])
          .initializeMemory(as: UInt8.self, repeating: 0)
        source += count
        end += pages.count
      }
    }
    if end > start { runs.append(StagedRun(first, stage[start..<end])) }
    return runs
  }

  private func giveUp(_ writes: [GatheredWrite], _ error: IOFailure) {
    self.state.withLock { state in
      for write in writes { state.abandonPut(write.entry) }
    }
    let problem = BlobError(
      error.isOutOfSpace ? .noSpace : .internal, "cannot write blocks: \(error)")
    if !error.isOutOfSpace { self.fail(problem) }
    for write in writes { write.waiter.resume(returning: problem) }
  }
}

/// A block that waits to be written.
struct GatheredWrite: @unchecked Sendable {
  // Sendable: the caller's memory stays, unchanged, until the waiter is resumed.
  let entry: BlockEntry
  let bytes: UnsafeRawBufferPointer
  let waiter: UnsafeContinuation<BlobError?, Never>
}

/// Pages that go to units in a row.
private struct StagedRun: @unchecked Sendable {
  // Sendable: the stage is not touched while its runs are written.
  let unit: UInt32
  let bytes: UnsafeRawBufferPointer

  init(_ unit: UInt32, _ bytes: Slice<UnsafeMutableRawBufferPointer>) {
    self.unit = unit
    self.bytes = UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: bytes))
  }
}
