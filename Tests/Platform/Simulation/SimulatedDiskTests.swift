import Runtime
import Simulation
import Testing
import Values

@Suite("a simulated disk")
struct SimulatedDiskTests {
  private func write(_ bytes: [UInt8], to file: any DiskFile, at offset: Int64 = 0) async throws {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 4096)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try await file.write(UnsafeRawBufferPointer(memory), at: offset)
  }

  private func read(_ path: String, on disk: SimulatedDisk) async throws -> [UInt8] {
    try await disk.readAll(path, limit: 1 << 20)
  }

  /// A durable empty file.
  private func newFile(_ path: String, on disk: SimulatedDisk) async throws -> any DiskFile {
    let file = try await disk.open(path, .creatingNew)
    try await disk.syncDirectory(parentDirectory(of: path))
    return file
  }

  @Test("keeps what was synced, whatever the faults", arguments: 0..<100 as Range<UInt64>)
  func syncedSurvives(seed: UInt64) async throws {
    let disk = SimulatedDisk(seed: seed, faults: .powerCuts)
    let file = try await newFile("/a", on: disk)
    try await write([UInt8](repeating: 1, count: 5000), to: file)
    try await file.sync()
    disk.crash()
    #expect(try await read("/a", on: disk) == [UInt8](repeating: 1, count: 5000))
  }

  @Test("a new file is durable with its name, or is not there after a failure")
  func createdFiles() async throws {
    let content = [UInt8](repeating: 9, count: 5000)
    for cut in 1...8 {
      let disk = SimulatedDisk(seed: UInt64(cut), faults: .powerCuts)
      disk.cutAfterChange = cut
      do {
        try await disk.create("/f", with: content, permissions: 0o600, below: nil)
      } catch {
        // The power went before it was said to be there.
        #expect(disk.isCut, "\(error)")
        continue
      }
      disk.crash()
      #expect(try await read("/f", on: disk) == content, "cut after \(cut)")
    }
    let disk = SimulatedDisk(seed: 1)
    disk.failsSyncs = true
    await #expect(throws: IOFailure.self) {
      try await disk.create("/f", with: content, permissions: 0o600, below: nil)
    }
    #expect(disk.paths.isEmpty)
    disk.failsSyncs = false
    try await disk.create("/f", with: content, permissions: 0o600, below: nil)
    await #expect(throws: IOFailure.self) {
      try await disk.create("/f", with: [1], permissions: 0o600, below: nil)
    }
    #expect(try await read("/f", on: disk) == content)
  }

  @Test("loses an unsynced write, tears it at sectors, or keeps it")
  func unsyncedWrites() async throws {
    var outcomes: Set<String> = []
    for seed in 0..<200 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed, faults: .powerCuts)
      let file = try await newFile("/a", on: disk)
      try await write([UInt8](repeating: 1, count: 4096), to: file)
      try await file.sync()
      try await write([UInt8](repeating: 2, count: 4096), to: file)
      disk.crash()
      let bytes = try await read("/a", on: disk)
      for sector in 0..<8 {
        let part = Set(bytes[(sector * 512)..<(sector * 512 + 512)])
        #expect(part.count == 1, "seed \(seed): a sector is torn inside")
      }
      outcomes.insert(
        bytes == [UInt8](repeating: 1, count: 4096)
          ? "lost"
          : bytes == [UInt8](repeating: 2, count: 4096) ? "whole" : "torn")
    }
    #expect(outcomes == ["lost", "whole", "torn"])
  }

  @Test("lets the older of two unsynced writes win now and then")
  func reordering() async throws {
    var winners: Set<UInt8> = []
    for seed in 0..<100 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed, faults: DiskFaults { $0.reorderedWrites = 0.5 })
      let file = try await newFile("/a", on: disk)
      try await write([1], to: file)
      try await write([2], to: file)
      disk.crash()
      winners.insert(try await read("/a", on: disk)[0])
    }
    #expect(winners == [1, 2])
  }

  @Test("loses a name that was not synced in its folder, and only then")
  func names() async throws {
    var found: Set<Bool> = []
    for seed in 0..<60 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed, faults: .powerCuts)
      _ = try await newFile("/kept", on: disk)
      _ = try await disk.open("/new", .creatingNew)
      disk.crash()
      found.insert(disk.paths.contains("/new"))
      #expect(disk.paths.contains("/kept"))
    }
    #expect(found == [true, false])
  }

  @Test("renames as a whole: the old content or the new", arguments: 0..<100 as Range<UInt64>)
  func renames(seed: UInt64) async throws {
    let disk = SimulatedDisk(seed: seed, faults: .powerCuts)
    let old: [UInt8] = [1, 1, 1]
    let new = [UInt8](repeating: 2, count: 3000)
    try await old.withUnsafeBytesAsync { try await disk.replace("/a", with: $0) }
    // Cut at every change of the replacement in turn.
    for step in 1... {
      disk.cutAfterChange = disk.changeCount + step
      let isDone: Bool
      do {
        try await new.withUnsafeBytesAsync { try await disk.replace("/a", with: $0) }
        isDone = true
      } catch {
        isDone = false
      }
      disk.crash()
      let bytes = try await read("/a", on: disk)
      if isDone {
        #expect(bytes == new)
        break
      }
      #expect(bytes == old || bytes == new, "seed \(seed), step \(step): \(bytes.prefix(8))")
    }
  }

  @Test("after a failed sync the next one succeeds and the data is lost all the same")
  func fsyncgate() async throws {
    var isLost = false
    for seed in 0..<20 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed, faults: .powerCuts)
      let file = try await newFile("/a", on: disk)
      try await write([UInt8](repeating: 7, count: 8192), to: file)
      disk.failsSyncs = true
      await #expect(throws: IOFailure.self) { try await file.sync() }
      disk.failsSyncs = false
      try await file.sync()
      disk.crash()
      if try await read("/a", on: disk) != [UInt8](repeating: 7, count: 8192) { isLost = true }
    }
    #expect(isLost)
  }

  @Test("a full disk takes what fits, says so, and takes more once space is given back")
  func fullDisk() async throws {
    let disk = SimulatedDisk(seed: 1, faults: DiskFaults { $0.capacityBytes = 3 * 4096 })
    let file = try await newFile("/a", on: disk)
    try await file.allocate(byteCount: 8192)
    await #expect { try await self.write([UInt8](repeating: 1, count: 16_384), to: file) } throws: {
      ($0 as? IOFailure)?.isOutOfSpace == true
    }
    #expect(try await file.byteCount() == 12_288)
    let other = try await newFile("/b", on: disk)
    await #expect { try await other.allocate(byteCount: 1) } throws: {
      ($0 as? IOFailure)?.isOutOfSpace == true
    }
    try await file.punchHole(at: 0, byteCount: 4096)
    try await other.allocate(byteCount: 4096)
    #expect(try await disk.space("/").freeBytes == 0)
    try await disk.removeFile("/a")
    #expect(try await disk.space("/").freeBytes == 8192)
  }

  @Test("a read may return a wrong bit while the file is right")
  func readFlip() async throws {
    let disk = SimulatedDisk(seed: 4, faults: DiskFaults { $0.readBitFlip = 1 })
    disk.plant([UInt8](repeating: 0, count: 100), at: "/d/a")
    let bytes = try await read("/d/a", on: disk)
    #expect(bytes.reduce(0) { $0 + $1.nonzeroBitCount } == 1)
    #expect(disk.durableBytes("/d/a") == [UInt8](repeating: 0, count: 100))
  }

  @Test("a bit may turn over at rest, and a test may turn one over")
  func restFlip() async throws {
    let disk = SimulatedDisk(seed: 4, faults: DiskFaults { $0.restBitFlip = 1 })
    disk.plant([UInt8](repeating: 0, count: 100), at: "/a")
    disk.crash()
    let flipped = try await read("/a", on: disk)
    #expect(flipped.reduce(0) { $0 + $1.nonzeroBitCount } == 1)
    disk.plant([0, 0], at: "/b")
    disk.flipBit(9, of: "/b")
    #expect(try await read("/b", on: disk) == [0, 2])
  }

  @Test("a write that fails leaves some of its sectors")
  func failedWrite() async throws {
    let disk = SimulatedDisk(seed: 4)
    let file = try await newFile("/a", on: disk)
    disk.failsWrites = true
    await #expect(throws: IOFailure.self) {
      try await self.write([UInt8](repeating: 1, count: 4096), to: file)
    }
    #expect(try await file.byteCount() % 512 == 0)
  }

  @Test("the power goes after the Nth change, and open files are dead after it came back")
  func cutAfterChange() async throws {
    let disk = SimulatedDisk(seed: 1)
    let file = try await newFile("/a", on: disk)
    disk.cutAfterChange = disk.changeCount + 2
    try await write([1], to: file)
    await #expect(throws: IOFailure.self) { try await self.write([2], to: file, at: 1) }
    #expect(disk.isCut)
    await #expect(throws: IOFailure.self) { try await self.read("/a", on: disk) }
    disk.restart()
    #expect(try await read("/a", on: disk) == [1, 2])
    await #expect(throws: IOFailure.self) { try await self.write([3], to: file) }
  }

  @Test("a killed process leaves what it wrote to the machine, and a later power cut may take it")
  func kill() async throws {
    let disk = SimulatedDisk(seed: 1, faults: DiskFaults { $0.lostWrite = 1 })
    let file = try await newFile("/a", on: disk)
    try file.lock()
    try await write([1, 2], to: file)
    disk.kill()
    #expect(try await read("/a", on: disk) == [1, 2])
    await #expect(throws: IOFailure.self) { try await self.write([3], to: file) }
    try await disk.open("/a", .writing).lock()
    disk.crash()
    #expect(try await read("/a", on: disk) == [])
  }

  @Test("folders are durable though whoever made them was killed before the sync")
  func killedBetweenFolders() async throws {
    for cut in 1...6 {
      let disk = SimulatedDisk(seed: 1, faults: DiskFaults { $0.lostName = 1 })
      disk.cutAfterChange = cut
      _ = try? await disk.createDirectories("/a/b/c")
      disk.kill()
      try await disk.createDirectories("/a/b/c")
      disk.crash()
      #expect(try await disk.information("/a/b/c").isDirectory, "killed after change \(cut)")
    }
  }

  @Test("an operation that was under way when the power went never succeeds")
  func cutUnderWay() throws {
    let options = SimulationOptions { $0.disk.latency = .milliseconds(10) }
    let result = try Simulation.run(seed: 1, options: options) { world in
      let file = try await world.disk.open("/a", .creatingNew)
      return try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          do {
            try await file.sync()
            return false
          } catch {
            return true
          }
        }
        try await world.clock.sleep(for: .milliseconds(5))
        world.disk.crash()
        return try await group.next() ?? false
      }
    }
    #expect(result.value)
  }

  @Test("slow operations take virtual time")
  func slowOperations() throws {
    let options = SimulationOptions {
      $0.disk.slowOperation = 1
      $0.disk.slowLatency = .seconds(2)
    }
    let result = try Simulation.run(seed: 1, options: options) { world in
      let start = world.clock.now
      _ = try await world.disk.open("/a", .creatingNew)
      return world.clock.now - start
    }
    #expect(result.value >= .seconds(2))
  }

  @Test("a lock is exclusive, and goes with its file")
  func locks() async throws {
    let disk = SimulatedDisk(seed: 1)
    var first: (any DiskFile)? = try await newFile("/a", on: disk)
    let second = try await disk.open("/a", .writing)
    try first?.lock()
    #expect(throws: IOFailure.self) { try second.lock() }
    first = nil
    try second.lock()
  }

  @Test("direct operations must be aligned")
  func alignment() async throws {
    let disk = SimulatedDisk(seed: 1)
    let file = try await disk.open(
      "/a",
      OpenMode {
        $0.writes = true
        $0.creates = true
        $0.isDirect = true
      })
    #expect(file.alignment == 4096)
    try await write([UInt8](repeating: 1, count: 4096), to: file)
    await #expect(throws: IOFailure.self) { try await self.write([1], to: file) }
    await #expect(throws: IOFailure.self) {
      try await self.write([UInt8](repeating: 1, count: 4096), to: file, at: 100)
    }
  }

  @Test("folders list their names sorted, and refuse what a file system refuses")
  func folders() async throws {
    let disk = SimulatedDisk(seed: 1)
    try await disk.createDirectories("/d/e")
    for name in ["c", "a", "b"] { _ = try await disk.open("/d/\(name)", .creatingNew) }
    #expect(try await disk.list("/d").map(\.name) == ["a", "b", "c", "e"])
    try await disk.hardLink("/d/a", to: "/d/z")
    #expect(try await disk.information("/d/z").byteCount == 0)
    let refused: [(Int32, () async throws -> Void)] = [
      (17, { _ = try await disk.open("/d/a", .creatingNew) }),
      (17, { try await disk.createDirectory("/d") }),
      (2, { _ = try await disk.open("/x/a", .creating) }),
      (2, { _ = try await disk.open("/none", .reading) }),
      (21, { _ = try await disk.open("/d", .reading) }),
      (39, { try await disk.removeDirectory("/d") }),
      (2, { try await disk.rename("/none", to: "/d/q") }),
      (20, { _ = try await disk.list("/d/a") }),
    ]
    for (code, operation) in refused {
      await #expect { try await operation() } throws: { ($0 as? IOFailure)?.code == code }
    }
    try await disk.removeDirectory("/d/e")
    #expect(try await disk.list("/d").map(\.name) == ["a", "b", "c", "z"])
  }
}

extension Array where Element == UInt8 {
  /// Lends the bytes to an asynchronous call, as `withUnsafeBytes` cannot.
  func withUnsafeBytesAsync<R>(_ body: (UnsafeRawBufferPointer) async throws -> R) async throws -> R
  {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: self.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: self)
    return try await body(UnsafeRawBufferPointer(memory))
  }
}
