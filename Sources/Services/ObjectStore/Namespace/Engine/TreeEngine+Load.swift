private import Bytes
private import Crypto
internal import ObjectModel
private import Runtime
private import Synchronization

/// Frames from disk.
extension TreeEngine {
  private enum LoadStep {
    case done
    case waits
    case reads(Int, DiskRun, UInt64)
    case full
  }

  /// Returns once the frame is, or for a moment was, in memory. Throws `corrupted` when what lies on
  /// disk is not what was written.
  ///
  /// - Parameter canWait: false for the committing task, which no checkpoint begins without.
  func load(_ id: UInt32, canWait: Bool = true) async throws(NamespaceError) {
    while true {
      var step = LoadStep.done
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        step = self.withState { state in self.beginLoad(id, waiter, state) }
        if case .waits = step { return }
        waiter.resume()
      }
      switch step {
      case .done, .waits:
        return
      case .full:
        guard canWait else { throw Self.error(.noMemory) }
        try await self.relieve()
      case .reads(let unit, let run, let checksum):
        let result = await self.read(id, into: unit, from: run, checksum: checksum)
        return try result.get()
      }
    }
  }

  /// The same for a reader, who counts its loads: where most of the cache waits for a checkpoint, the
  /// frames of one way may evict each other for ever.
  func load(_ id: UInt32, _ loads: inout Int) async throws(NamespaceError) {
    loads += 1
    if loads == 1 { self.looksOnDisk.add(1, ordering: .relaxed) }
    if loads > 4 * self.options.framesMax, self.queue.withLock({ $0.isRunning }) {
      loads = 0
      try await self.relieve()
    }
    try await self.load(id)
  }

  private func beginLoad(
    _ id: UInt32, _ waiter: UnsafeContinuation<Void, Never>, _ state: EngineState
  ) -> LoadStep {
    guard let entry = state.memory.entry(id) else { return .done }
    guard entry.pointee.state == .used, entry.pointee.location.load(ordering: .relaxed) == 0 else {
      return .done
    }
    if state.loading[id] != nil {
      state.loading[id]?.append(waiter)
      return .waits
    }
    let units = Int(entry.pointee.diskUnits)
    precondition(units > 0, "frame \(id) is neither in memory nor on disk")
    _ = state.tree.table.makeRoom(for: units) { _ in false }
    guard let unit = state.tree.table.takeRun(units) else { return .full }
    state.loading[id] = []
    return .reads(
      unit, DiskRun(unit: entry.pointee.diskUnit, units: units), entry.pointee.checksum)
  }

  private func read(
    _ id: UInt32, into unit: Int, from run: DiskRun, checksum: UInt64
  ) async -> Result<Void, NamespaceError> {
    let byteCount = run.units * FrameFormat.unitBytes
    let target = UnsafeMutableRawBufferPointer(
      start: self.memory.arena + unit * FrameFormat.unitBytes, count: byteCount)
    var problem: NamespaceError?
    do throws(IOFailure) {
      try await self.files.read(target, run, checksum: checksum, what: "frame \(id)", &problem)
    } catch {
      problem = NamespaceError(.internal, "cannot read frame \(id): \(error)")
    }
    if problem == nil, FrameMemory(self.memory.arena + unit * 4096).id != id {
      problem = NamespaceError(.corrupted, "frame \(id) holds another frame's bytes")
    }
    let waiters = self.withState { state in
      let waiters = state.loading.removeValue(forKey: id) ?? []
      if problem == nil {
        state.framesRead += 1
        self.publish(id, unit, run.units, state)
      } else {
        state.tree.table.giveBackRun(unit, run.units)
      }
      return waiters
    }
    for waiter in waiters { waiter.resume() }
    if let problem { return .failure(problem) }
    return .success(())
  }

  private func publish(_ id: UInt32, _ unit: Int, _ units: Int, _ state: EngineState) {
    let entry = state.tree.table.entry(id)
    let version = entry.pointee.version.load(ordering: .relaxed)
    precondition(version & 1 == 0, "frame \(id) is read while it is changed")
    entry.pointee.version.store(version + 1, ordering: .relaxed)
    atomicMemoryFence(ordering: .releasing)
    entry.pointee.location.store(UInt64(unit) << 16 | UInt64(units), ordering: .relaxed)
    entry.pointee.isRecent.store(true, ordering: .relaxed)
    entry.pointee.version.store(version + 2, ordering: .releasing)
  }

  /// Everything in memory is dirty: waits for a checkpoint.
  func relieve() async throws(NamespaceError) {
    let (isRunning, isCheckpointing) = self.queue.withLock { ($0.isRunning, $0.isCheckpointing) }
    guard isRunning else { throw Self.error(.noMemory) }
    if isCheckpointing {
      await self.waitForCheckpointEnd()
    } else {
      try await self.checkpoint()
    }
  }
}
