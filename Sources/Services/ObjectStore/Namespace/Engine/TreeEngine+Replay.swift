private import Bytes
internal import Journal
internal import ObjectModel
private import Synchronization

/// Doing again what the journal says.
extension TreeEngine {
  /// Applies one record. When memory runs full, a checkpoint is written first: up to this record, which
  /// comes again should the power go now.
  func replay(_ bytes: [UInt8], at position: JournalPosition) async throws(NamespaceError) {
    guard let head = ChangeReader(bytes.rawBytes) else { throw self.unreadable(position, 0) }
    let (count, batch, number) = (head.changeCount, head.batch, head.number)
    let milliseconds = head.milliseconds
    var offset = ChangeRecord.headerBytes
    var done = 0
    var isRelieved = false
    try await self.makeRoomForReplay(position)
    self.withState { $0.beginBatch(batch, milliseconds: milliseconds) }
    while done < count {
      let (step, end) = self.withState { state in
        self.replayOne(bytes, at: offset, state)
      }
      switch step {
      case .done:
        offset = end
        done += 1
        isRelieved = false
      case .missing(let id):
        try await self.load(id, canWait: false)
      case .refused(let error) where error?.code == .slowDown && !isRelieved:
        isRelieved = true
        self.withState {
          $0.tree.table.makeRuns(self.runsOfRelief, of: self.options.limits.unitsMax)
        }
      case .refused(let error):
        throw error ?? self.unreadable(position, offset)
      }
    }
    guard offset == bytes.count else { throw self.unreadable(position, offset) }
    self.withState { state in
      state.number = max(state.number, number)
      state.undo.removeAll()
    }
  }

  private func unreadable(_ position: JournalPosition, _ offset: Int) -> NamespaceError {
    NamespaceError(
      .corrupted, "the record at \(position) of the journal makes no sense at byte \(offset)")
  }

  private enum ReplayStep {
    case done
    case missing(UInt32)
    /// Nil: it is no change.
    case refused(NamespaceError?)
  }

  private func replayOne(
    _ bytes: [UInt8], at offset: Int, _ state: EngineState
  ) -> (ReplayStep, Int) {
    guard var reader = ChangeReader(bytes.rawBytes, at: offset), let change = reader.next() else {
      return (.refused(nil), offset)
    }
    state.tree.begin(batch: state.batch)
    defer { state.tree.end() }
    do throws(TreeInterruption) {
      switch change {
      case .put(let key, let value, let weight):
        try key.withUnsafeBytes { key throws(TreeInterruption) in
          try value.withUnsafeBytes { value throws(TreeInterruption) in
            _ = try state.tree.put(key, .value(value, weight: weight)) { _ in }
          }
        }
      case .remove(let key):
        try key.withUnsafeBytes { key throws(TreeInterruption) in
          _ = try state.tree.remove(key) { _ in }
        }
      case .rename(let from, let to):
        try from.withUnsafeBytes { from throws(TreeInterruption) in
          try to.withUnsafeBytes { to throws(TreeInterruption) in
            _ = try state.tree.rename(from, to: to, keyBytesMax: state.tree.limits.keyBytesMax)
          }
        }
      }
      return (.done, reader.offset)
    } catch {
      if case .missing(let id) = error { return (.missing(id), offset) }
      return (.refused(Self.error(error)), offset)
    }
  }

  /// Before each record, which changes at most `batchBytesMax` and a little, and behind the last, so that
  /// readers find room for more than one frame of their way.
  func makeRoomForReplay(_ position: JournalPosition) async throws(NamespaceError) {
    let plan: Locked<CheckpointPlan>? = self.withState { state in
      let limit = Double(state.tree.table.unitsLimit) * self.options.dirtyShareMax
      guard Double(state.tree.dirtyUnits) > limit else {
        _ = state.tree.table.makeRoom(for: self.options.batchBytesMax / 4096 + 64) { _ in false }
        return nil
      }
      return Locked(state.beginCheckpoint(position: position.rawValue))
    }
    guard let plan else { return }
    if let error = await self.writeWithoutTrim(plan.value) {
      // On a full disk it goes on as far as memory reaches.
      guard error.code == .noSpace else { throw error }
    }
  }
}
