internal import Bytes
internal import ObjectExtents

/// The tree, the batch that is being put together, and where frames lie on disk: all under the engine's
/// tree lock.
final class EngineState {
  let tree: Tree
  let memory: TreeMemory
  var record = ByteWriter(capacity: 64 << 10)
  var changes = 0
  var undo = UndoLog()
  /// Of the batch under way, or the last one.
  var batch: UInt64
  var number: UInt64
  var milliseconds: UInt64
  /// Which units of the file `frames` are in use.
  var disk = UnitMap(unitCount: 0)
  /// Who waits for a frame that is being read.
  var loading: [UInt32: [UnsafeContinuation<Void, Never>]] = [:]
  /// Of the last checkpoint.
  private(set) var superblock: Superblock
  private(set) var directory: MapDirectory
  var framesRead: UInt64 = 0

  init(tree: Tree, superblock: Superblock, directory: MapDirectory) {
    self.tree = tree
    self.memory = tree.table.memory
    self.batch = superblock.batch
    self.number = superblock.number
    self.milliseconds = superblock.milliseconds
    self.superblock = superblock
    self.directory = directory
    ChangeRecord.begin(&self.record)
  }

  func beginBatch(_ batch: UInt64, milliseconds: UInt64) {
    self.batch = batch
    self.milliseconds = max(self.milliseconds, milliseconds)
    self.changes = 0
    self.undo.removeAll()
    ChangeRecord.begin(&self.record)
  }

  /// One transaction: all of it, or what it changed is taken back.
  func transact(_ body: (inout EngineTransaction) throws -> Void) throws {
    let mark = self.undo.mark
    let recordEnd = self.record.count
    let changes = self.changes
    self.tree.begin(batch: self.batch)
    defer { self.tree.end() }
    var transaction = EngineTransaction(self)
    do {
      try body(&transaction)
    } catch {
      self.undo.takeBack(to: mark, in: self.tree)
      self.record.truncate(to: recordEnd)
      self.changes = changes
      throw error
    }
  }

  /// Takes back the last change of the batch, which the journal has no room for. False: none is left.
  func takeBackOne() throws(TreeInterruption) -> Bool {
    self.tree.begin(batch: self.batch)
    defer { self.tree.end() }
    return try self.undo.takeBackOne(in: self.tree)
  }

  // MARK: Checkpoints

  func beginCheckpoint(position: UInt64) -> CheckpointPlan {
    var next = self.superblock
    next.generation += 1
    next.position = position
    next.batch = self.batch
    next.number = self.number
    next.milliseconds = self.milliseconds
    next.nextID = self.tree.table.nextID
    return self.tree.freeze(next)
  }

  /// The superblock is durable.
  func endCheckpoint(_ plan: CheckpointPlan) {
    var released = plan.released + self.directory.take(plan.places)
    if self.superblock.directory.units > 0 { released.append(self.superblock.directory) }
    self.superblock = plan.superblock
    for run in released { self.disk.giveBack(Int(run.unit), count: run.units) }
    self.tree.table.endCheckpoint()
  }

  func abandonCheckpoint(_ plan: CheckpointPlan) {
    self.tree.thaw(plan)
    for run in plan.fresh { self.disk.giveBack(Int(run.unit), count: run.units) }
    self.tree.table.endCheckpoint()
  }

  // MARK: Changes

  func put(
    _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, weight: UInt64
  ) throws(TreeInterruption) {
    var before = 0..<0
    let replaced = try self.tree.put(key, .value(value, weight: weight)) {
      before = self.undo.stash($0)
    }
    switch replaced {
    case .nothing: self.undo.remove(key)
    case .value(let old): self.undo.putBack(key, before, weight: old)
    }
    ChangeRecord.appendPut(&self.record, key, value, weight: weight)
    self.changes += 1
  }

  func remove(_ key: UnsafeRawBufferPointer) throws(TreeInterruption) -> Bool {
    var before = 0..<0
    guard let weight = try self.tree.remove(key, old: { before = self.undo.stash($0) }) else {
      return false
    }
    self.undo.putBack(key, before, weight: weight)
    ChangeRecord.appendRemove(&self.record, key)
    self.changes += 1
    return true
  }

  func rename(
    _ source: UnsafeRawBufferPointer, to destination: UnsafeRawBufferPointer, keyBytesMax: Int
  ) throws(TreeInterruption) -> UInt64 {
    let moved = try self.tree.rename(source, to: destination, keyBytesMax: keyBytesMax)
    self.undo.rename(destination, to: source)
    ChangeRecord.appendRename(&self.record, source, destination)
    self.changes += 1
    return moved
  }
}
