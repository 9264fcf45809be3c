import Bytes
import Crypto
import Glibc
import Journal
import ObjectBlobs
import ObjectModel
import Runtime
import TestSupport
import Testing
import Values
import Workloads

@Suite("the blob store under faults")
struct BlobFaultTests {
  @Test("keeps what was put until it is deleted", arguments: 1...6 as ClosedRange<UInt64>)
  func operations(seed: UInt64) throws {
    do { _ = try BlobWorkloads.operations(seed: seed, steps: 200) } catch {
      Issue.record("\(error)\n\(Workload.replayLine("blobs", seed: seed))")
    }
  }

  @Test("loses nothing when the power is cut", arguments: 1...3 as ClosedRange<UInt64>)
  func powerCuts(seed: UInt64) throws {
    do {
      #expect(try BlobWorkloads.powerCuts(seed: seed, step: 13, operations: 20) > 1)
    } catch {
      Issue.record("\(error)\n\(Workload.replayLine("blobs-cuts", seed: seed))")
    }
  }

  @Test("takes deletions on a full disk", arguments: 1...4 as ClosedRange<UInt64>)
  func full(seed: UInt64) throws {
    do { _ = try BlobWorkloads.fullDisk(seed: seed) } catch {
      Issue.record("\(error)\n\(Workload.replayLine("blobs-full", seed: seed))")
    }
  }

  @Test("never serves a flipped bit, and scrubbing finds it", arguments: [1, 2, 3] as [UInt64])
  func flips(seed: UInt64) throws {
    do { _ = try BlobWorkloads.flips(seed: seed, runs: 6) } catch {
      Issue.record("\(error)\n\(Workload.replayLine("blobs-flips", seed: seed))")
    }
  }
}

@Suite("the blob store on the machine's disk")
struct BlobStoreTests {
  static let options = BlobStoreOptions {
    $0.dataBytesMax = 4 << 20
    $0.growBytes = 1 << 20
    $0.journalBytesTrigger = 64 << 10
    $0.journal.segmentBytes = 256 << 10
    $0.scrubBytesPerSecond = 1 << 30
  }

  static func address(_ number: Int, _ block: UInt32 = 0) -> BlockAddress {
    BlockAddress(
      volume: VolumeID(rawValue: 1), blob: UUID(bits: UInt128(number + 1) << 80), number: block)
  }

  static func buffer(_ number: Int, _ count: Int) -> BlockBuffer {
    let buffer = BlockBuffer(byteCount: count)
    buffer.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number))
    buffer.count = count
    return buffer
  }

  static func put(_ store: BlobStore, _ number: Int, _ count: Int) async throws(BlobError) {
    let buffer = self.buffer(number, count)
    try await store.put(
      self.address(number), buffer.filled, checksum: XXH3.hash64(of: buffer.filled))
  }

  static func check(_ store: BlobStore, _ number: Int, _ count: Int) async throws {
    let target = BlockBuffer(byteCount: count)
    try await store.get(self.address(number), 0..<count, into: target.bytes)
    #expect(target.bytes.prefix(count).allSatisfy { $0 == UInt8(truncatingIfNeeded: number) })
  }

  @Test(
    "serves blocks of every size to many loops, with and without io_uring",
    arguments: [BackendChoice.automatic, .epoll])
  func everySize(backend: BackendChoice) async throws {
    let folder = TemporaryDirectory("blobs")
    let sizes = [1, 4095, 4096, 4097, 40_000, 131_072, 131_100]
    try await withLoops(2, backend: backend) { group in
      let store = try await BlobStore.open(
        folder.file("b"), on: group.disk, clock: group.loops[0], options: Self.options)
      try await store.running {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          for (number, size) in sizes.enumerated() {
            tasks.addTask(executorPreference: group.loops[number % 2]) {
              try await Self.put(store, number, size)
              try await Self.check(store, number, size)
            }
          }
          try await tasks.waitForAll()
        }
        #expect(store.checkSpace() == nil)
      }
      let again = try await BlobStore.open(
        folder.file("b"), on: group.disk, clock: group.loops[0], options: Self.options)
      for (number, size) in sizes.enumerated() { try await Self.check(again, number, size) }
      #expect(again.statistics.blocks == sizes.count)
    }
  }

  @Test("refuses above the high-water mark, and takes blocks again after deletions")
  func highWater() async throws {
    let folder = TemporaryDirectory("blobs")
    try await withLoops { group in
      let store = try await BlobStore.open(
        folder.file("b"), on: group.disk, clock: group.loops[0], options: Self.options)
      try await store.running {
        var count = 0
        let refused = await #expect(throws: BlobError.self) {
          while true {
            try await Self.put(store, count, 100_000)
            count += 1
          }
        }
        #expect(refused?.code == .noSpace)
        #expect(store.statistics.fill > 0.85)
        #expect(store.statistics.fill <= 0.92)
        for number in 0..<10 {
          try await store.delete(
            BlobKey(volume: VolumeID(rawValue: 1), id: Self.address(number).blob), blocks: 1)
        }
        for number in 1000..<1010 { try await Self.put(store, number, 100_000) }
        #expect(store.checkSpace() == nil)
        let late = await #expect(throws: BlobError.self) { try await Self.put(store, 3, 10) }
        #expect(late?.code == .versionSkipped)
      }
    }
  }

  @Test("refuses calls whose time is over; what is in no hurry takes turns")
  func calls() async throws {
    let folder = TemporaryDirectory("blobs")
    var options = Self.options
    options.backgroundMax = 2
    try await withLoops { [options] group in
      let clock = group.loops[0]
      let store = try await BlobStore.open(
        folder.file("b"), on: group.disk, clock: clock, options: options)
      try await store.running {
        try await Self.put(store, 1, 5000)
        let late = BlobCall(deadline: clock.now)
        let target = BlockBuffer(byteCount: 5000)
        let refusal = await #expect(throws: BlobError.self) {
          try await store.get(Self.address(1), 0..<5000, into: target.bytes, late)
        }
        #expect(refusal?.code == .deadlineExceeded)
        let buffer = Self.buffer(2, 100)
        let put = await #expect(throws: BlobError.self) {
          try await store.put(
            Self.address(2), buffer.filled, checksum: XXH3.hash64(of: buffer.filled), late)
        }
        #expect(put?.code == .deadlineExceeded)
        #expect(!store.holds(Self.address(2)))
        let reads = try await withThrowingTaskGroup(of: Bool.self) { tasks in
          for number in 0..<40 {
            tasks.addTask {
              let target = BlockBuffer(byteCount: 5000)
              let call = BlobCall(priority: number % 2 == 0 ? .repair : .scrub)
              try await store.get(Self.address(1), 0..<5000, into: target.bytes, call)
              return target.bytes[4999] == 1
            }
          }
          return try await tasks.reduce(true) { $0 && $1 }
        }
        #expect(reads)
      }
    }
  }

  @Test("a mirror serves from the whole copy and repairs the damaged one")
  func mirror() async throws {
    let folder = TemporaryDirectory("blobs")
    try await withLoops { group in
      let clock = group.loops[0]
      let first = try await BlobStore.open(
        folder.file("1"), on: group.disk, clock: clock, options: Self.options)
      let second = try await BlobStore.open(
        folder.file("2"), on: group.disk, clock: clock, options: Self.options)
      let id = VolumeID(rawValue: 1)
      let blobs = LocalBlobs([.init(id: id, members: [first, second])])
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await first.run() }
        tasks.addTask { try await second.run() }
        try await self.damageAndRepair(blobs, first, folder.file("1/data"))
        first.close()
        second.close()
        try await tasks.waitForAll()
      }
    }
  }

  private func damageAndRepair(
    _ blobs: LocalBlobs, _ first: BlobStore, _ path: String
  ) async throws {
    let buffer = Self.buffer(5, 40_000)
    let sum = XXH3.hash64(of: buffer.filled)
    try await blobs.put(BlobCall(), Self.address(5), buffer.filled, checksum: sum)
    // Every byte of the first copy.
    damage(path)
    let target = BlockBuffer(byteCount: 40_000)
    let served: any Blobs = blobs
    let checksum = try await served.get(
      BlobCall(), Self.address(5), 10..<8000, into: target.bytes)
    #expect(checksum == sum)
    #expect(target.bytes.prefix(7990).allSatisfy { $0 == 5 })
    // The read has put it right, elsewhere: where it was nothing is put any more.
    #expect(blobs.selfRepairs == (1, 0))
    try await Self.check(first, 5, 40_000)
    #expect(first.statistics.quarantinedBytes == 40_960)
    // Each copy for itself.
    let alone = blobs.membersAlone(of: VolumeID(rawValue: 1)).map(\.node)
    damage(path)
    #expect(try await Self.damagedCounts(alone) == [1, 0])
    _ = try await served.get(BlobCall(), Self.address(5), 0..<40_000, into: target.bytes)
    #expect(try await Self.damagedCounts(alone) == [0, 0])
  }

  private static func damagedCounts(_ nodes: [any BlobNode]) async throws -> [Int] {
    var counts: [Int] = []
    for node in nodes {
      let page = try await node.verified(in: VolumeID(rawValue: 1), after: [], limit: 10)
      counts.append(page.damaged.count)
    }
    return counts
  }

  @Test("small blocks that were read are answered from memory, within its limit, until deleted")
  func cache() async throws {
    let folder = TemporaryDirectory("blobs")
    var options = Self.options
    options.cacheBytesMax = 8 * (4096 + 160)
    options.cachedBlockBytesMax = 4096
    try await withLoops { [options] group in
      let clock = group.loops[0]
      func open() async throws(BlobError) -> BlobStore {
        try await BlobStore.open(
          folder.file("b"), on: group.disk, clock: clock, options: options)
      }
      let first = try await open()
      try await first.running {
        for number in 1...20 { try await Self.put(first, number, 4096) }
        try await Self.put(first, 21, 4097)
      }
      let store = try await open()
      try await store.running {
        for number in 1...21 { try await Self.check(store, number, number < 21 ? 4096 : 4097) }
        #expect(store.statistics.cacheBytes == options.cacheBytesMax)
        #expect(store.statistics.cacheMisses == 20, "the larger one is not asked for")
        for _ in 1...3 { try await Self.check(store, 20, 4096) }
        #expect(store.statistics.cacheHits == 3)
        // What memory has is right, whatever became of the disk; scrubbing sees the disk.
        damage(folder.file("b/data"))
        try await Self.check(store, 20, 4096)
        #expect(store.statistics.scrubbedAt == nil)
        #expect(try await store.scrub().damaged.contains(Self.address(20)))
        #expect(store.statistics.scrubbedAt != nil)
        #expect(store.statistics.scrubRatio == nil)
        await #expect(throws: BlobError.self) { try await Self.check(store, 1, 4096) }
        try await store.delete(
          BlobKey(volume: VolumeID(rawValue: 1), id: Self.address(20).blob), blocks: 1)
        await #expect(throws: BlobError.self) { try await Self.check(store, 20, 4096) }
        #expect(store.statistics.cacheBytes < options.cacheBytesMax)
      }
    }
  }

  @Test("nothing acknowledged is lost when the process is killed among puts and deletions")
  func killed() async throws {
    let folder = TemporaryDirectory("blobs")
    let path = folder.path
    // More of them: LAKE_KILLS=500 swift test --filter killed
    let rounds = getenv("LAKE_KILLS").flatMap { Int(String(cString: $0)) } ?? 10
    for round in 0..<rounds {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        try await putUntilKilled(path, round)
      }
      try await withLoops { group in
        let store = try await BlobStore.open(
          path + "/b", on: group.disk, clock: group.loops[0], options: bigOptions)
        for line in lines(of: path + "/acknowledged").suffix(300) {
          let words = line.split(separator: " ")
          let number = Int(words[1]) ?? 0
          if words[0] == "put" {
            try await BlobStoreTests.check(store, number, killedBytes(number))
          } else {
            #expect(!store.holds(BlobStoreTests.address(number)))
          }
        }
        #expect(try await store.scrub().damaged.isEmpty)
        #expect(store.checkSpace() == nil)
      }
    }
  }
}

/// Small ones travel in the journal, every fifth is written to its place at once.
func killedBytes(_ number: Int) -> Int {
  (number % 5 == 0 ? 20_000 : 500) + number % 9000
}

let bigOptions = BlobStoreOptions {
  $0.dataBytesMax = 256 << 20
  $0.growBytes = 8 << 20
  $0.journalBytesTrigger = 64 << 10
  $0.journal.segmentBytes = 256 << 10
  $0.scrubBytesPerSecond = 1 << 30
}

/// Turns every byte of a file around.
func damage(_ path: String) {
  let descriptor = open(path, O_RDWR)
  defer { close(descriptor) }
  var block = [UInt8](repeating: 0, count: 1 << 20)
  let count = pread(descriptor, &block, block.count, 0)
  for index in 0..<max(0, count) { block[index] ^= 0xFF }
  _ = pwrite(descriptor, block, max(0, count), 0)
  _ = fsync(descriptor)
}

/// In a child process: many tasks put, some delete, and note what was acknowledged, until one kills the
/// process. A blob that is deleted is noted as put never.
func putUntilKilled(_ path: String, _ round: Int) async throws {
  let file = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  try await withLoops { group in
    let store = try await BlobStore.open(
      path + "/b", on: group.disk, clock: group.loops[0], options: bigOptions)
    try await store.running {
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for caller in 0..<8 {
          tasks.addTask {
            for turn in 0... {
              let number = round * 100_000 + turn * 8 + caller
              try await BlobStoreTests.put(store, number, killedBytes(number))
              var line = "put \(number)\n"
              if turn % 4 == 3 {
                try await store.delete(
                  BlobKey(
                    volume: VolumeID(rawValue: 1), id: BlobStoreTests.address(number).blob),
                  blocks: 1)
                line = "delete \(number)\n"
              }
              let bytes = Array(line.utf8)
              _ = write(file, bytes, bytes.count)
              if caller == round % 8, turn == 3 + round * 5 % 40 { kill(getpid(), SIGKILL) }
            }
          }
        }
        try await tasks.waitForAll()
      }
    }
  }
}
