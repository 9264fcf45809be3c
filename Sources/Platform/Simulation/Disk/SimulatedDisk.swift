private import Glibc
public import Runtime

/// A disk in memory that fails by seed.
///
/// Faults: what `DiskFaults` lists (torn, lost and reordered writes, lost names, bit flips at rest and
/// in reads, EIO from reads, writes and syncs, a full disk, slow operations), a power cut at a moment of
/// the test's choosing (`cut`) or after the Nth change (`cutAfterChange`), and single bits (`flipBit`).
/// What survives a cut: the bytes of a file that were synced, under names that were synced by
/// `syncDirectory`; of everything else a seeded part, torn at sectors. A rename is atomic. What never
/// survives: open files and locks. After a cut every operation answers EIO until `restart`.
public final class SimulatedDisk: Disk, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  public let faults: DiskFaults
  let tree = NameTree()
  var generator: SeededGenerator
  private let clock: SimulatedClock?
  /// Changes so far: writes, syncs, allocations and changes of names, each one.
  public private(set) var changeCount = 0
  /// The power goes when this many changes have been made. Nil: it stays.
  public var cutAfterChange: Int?
  /// Raised to fail every sync, every write or nothing while the test says so.
  public var failsSyncs = false
  public var failsWrites = false
  public private(set) var isCut = false
  /// Counts restarts: a file opened before the last one is dead.
  private(set) var generation = 0

  /// - Parameter clock: what slow operations wait on; without one they take no time.
  public init(
    seed: UInt64, label: String = "disk", faults: DiskFaults = DiskFaults(),
    clock: SimulatedClock? = nil
  ) {
    precondition(faults.sectorBytes > 0, "a sector of \(faults.sectorBytes) bytes")
    self.faults = faults
    self.generator = SeededGenerator(seed: seed, label: label)
    self.clock = clock
  }

  /// The power goes: operations under way and later ones answer EIO.
  public func cut() { self.isCut = true }

  /// The power comes back: what was not synced is settled by seed, open files are dead.
  public func restart() {
    self.isCut = true
    self.tree.cut(self.faults, &self.generator)
    for file in self.tree.files() { file.content.cut(self.faults, &self.generator) }
    self.generation += 1
    self.cutAfterChange = nil
    self.isCut = false
  }

  /// The process is gone and the machine goes on: open files and locks are dead, what was written stays
  /// as it was, synced or not.
  public func kill() {
    for file in self.tree.files() { file.content.lockHolder = nil }
    self.generation += 1
    self.cutAfterChange = nil
    self.isCut = false
  }

  public func crash() {
    self.cut()
    self.restart()
  }

  /// The paths of all files, sorted.
  public var paths: [String] { self.tree.files().map(\.path).sorted() }

  /// What is on the device under `path`, or nil when there is no such file.
  public func durableBytes(_ path: String) -> [UInt8]? {
    guard case .file(let content) = self.tree.node(path) else { return nil }
    return content.durable
  }

  /// Turns one bit of a file over, as a failing device does.
  public func flipBit(_ bit: Int, of path: String) {
    guard case .file(let content) = self.tree.node(path) else {
      preconditionFailure("no file \(path)")
    }
    content.flip(bit: bit)
  }

  /// Makes `path` a durable file that holds `bytes`: a device prepared by the test.
  public func plant(_ bytes: [UInt8], at path: String) {
    var folder = self.tree.root
    var parts = path.split(separator: "/").map(String.init)
    let name = parts.removeLast()
    for part in parts {
      if case .folder(let next) = folder.seen[part] {
        folder = next
      } else {
        let next = NameTree.Folder(id: self.tree.makeID())
        self.tree.set(part, in: folder, to: .folder(next))
        self.tree.sync(folder)
        folder = next
      }
    }
    let content = FileContent(id: self.tree.makeID(), permissions: 0o600)
    content.restore(bytes)
    self.tree.set(name, in: folder, to: .file(content))
    self.tree.sync(folder)
  }

  var freeBlocks: Int64 {
    guard self.faults.capacityBytes < .max else { return .max }
    let used = self.tree.files().reduce(Int64(0)) { $0 + $1.content.occupiedBytes }
    return max(0, (self.faults.capacityBytes - used) / Int64(FileContent.blockBytes))
  }

  func checkPower(_ operation: StaticString, _ subject: String) throws(IOFailure) {
    if self.isCut { throw IOFailure(code: EIO, operation: operation, subject: subject) }
  }

  /// Counts a change that has just been made; the power may go right after it.
  func countChange() {
    self.changeCount += 1
    if let limit = self.cutAfterChange, self.changeCount >= limit { self.cut() }
  }

  /// The time an operation takes, under which the power may go, and even come back.
  func wait(_ operation: StaticString, _ subject: String) async throws(IOFailure) {
    let begun = self.generation
    if let clock = self.clock {
      let isSlow = self.generator.chance(self.faults.slowOperation)
      await clock.pause(for: isSlow ? self.faults.slowLatency : self.faults.latency)
    }
    try self.checkPower(operation, subject)
    guard begun == self.generation else {
      throw IOFailure(code: EIO, operation: operation, subject: subject)
    }
  }
}
