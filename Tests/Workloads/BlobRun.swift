import Bytes
import Crypto
import Journal
import ObjectBlobs
import ObjectModel
import Runtime
import Simulation
import Values

/// One blob store on a simulated disk and what it must hold, over one or more lives.
final class BlobRun: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  struct Plan: Sendable {
    var options: BlobStoreOptions
    var disk: DiskFaults
    var blockBytesMax: Int
    var blobs: Int

    init(seed: UInt64) {
      var generator = SeededGenerator(seed: seed, label: "blob plan")
      self.blockBytesMax = [100, 4096, 9000, 40_000][Int.random(in: 0..<4, using: &generator)]
      self.blobs = [3, 20, 200][Int.random(in: 0..<3, using: &generator)]
      self.options = BlobStoreOptions()
      let units = (self.blockBytesMax + 4095) / 4096
      self.options.dataBytesMax = Int64(
        4096 * units * [12, 60, 400][Int.random(in: 0..<3, using: &generator)])
      self.options.growBytes = Int64(4096 * units * 8)
      self.options.zeroesData = generator.chance(0.5)
      self.options.carryBytesMax = [0, 4096, 16 << 10][Int.random(in: 0..<3, using: &generator)]
      self.options.awayBytesMax = [64 << 10, 64 << 20][Int.random(in: 0..<2, using: &generator)]
      self.options.journalBytesTrigger =
        [16 << 10, 200 << 10][
          Int.random(in: 0..<2, using: &generator)]
      self.options.reserveBytes = 0
      self.options.journal.segmentBytes = 64 << 10
      self.options.journal.blockBytesMax = 32 << 10
      self.options.journal.batchBytesMax = 64 << 10
      self.options.journal.recordBytesMax = 1 << 20
      self.options.journal.zeroesSegments = false
      self.options.scrubBytesPerSecond = 1 << 30
      self.disk = .powerCuts
      self.disk.latency = .microseconds(100)
      self.options.cacheBytesMax =
        [0, 3 * self.blockBytesMax, 64 << 20][Int.random(in: 0..<3, using: &generator)]
    }
  }

  struct Block: Sendable {
    var bytes: [UInt8]
    var checksum: UInt64
  }

  let world: World
  let plan: Plan
  private var generator: SeededGenerator
  /// Blocks that were acknowledged.
  private(set) var blocks: [BlockAddress: Block] = [:]
  private var deleted: Set<BlobKey> = []
  /// What was under way when the power went.
  private var pendingPuts: [BlockAddress: Block] = [:]
  private var pendingDelete: BlobKey?
  private var nextBlob: UInt64 = 0
  static let blocksMax: UInt32 = 4

  init(_ world: World, _ plan: Plan) {
    self.world = world
    self.plan = plan
    self.generator = world.generator("operations")
  }

  func keep(_ block: Block, at address: BlockAddress) { self.blocks[address] = block }

  func forget(_ address: BlockAddress) {
    self.blocks[address] = nil
    self.deleted.insert(BlobKey(volume: address.volume, id: address.blob))
  }

  func live(operations: Int, cutAfter limit: Int? = nil, isKill: Bool = false) async throws -> Bool
  {
    let disk = self.world.disk
    disk.cutAfterChange = limit.map { disk.changeCount + $0 }
    defer {
      if disk.isCut { if isKill { disk.kill() } else { disk.restart() } }
      disk.cutAfterChange = nil
    }
    do {
      let store = try await self.open()
      try await store.running {
        try await self.checkAll(store)
        for _ in 0..<operations { try await self.step(store) }
        if let problem = store.checkSpace() { throw CheckFailure(problem) }
      }
      return true
    } catch let error as BlobError {
      guard disk.isCut, error.code != .corrupted else {
        throw CheckFailure("without a power cut: \(error)")
      }
      return false
    }
  }

  func open() async throws -> BlobStore {
    try await BlobStore.open(
      "/blobs", on: self.world.disk, clock: self.world.clock, random: self.world.random,
      options: self.plan.options)
  }

  /// Everything acknowledged is there and right; what was deleted is gone.
  func checkAll(_ store: BlobStore) async throws {
    if let blob = self.pendingDelete {
      // Either all of its blocks are there or none.
      let mine = self.blocks.keys.filter { BlobKey(volume: $0.volume, id: $0.blob) == blob }
      let there = mine.filter { store.holds($0) }
      guard there.isEmpty || there.count == mine.count else {
        throw CheckFailure("\(there.count) of \(mine.count) blocks of a deleted blob are there")
      }
      if there.isEmpty {
        for block in mine { self.blocks[block] = nil }
        self.deleted.insert(blob)
      }
      self.pendingDelete = nil
    }
    for (address, block) in self.blocks {
      guard try await self.read(store, address) == block.bytes else {
        throw CheckFailure("block \(address.number) of \(address.blob) has other bytes")
      }
    }
    for (address, block) in self.pendingPuts {
      do {
        guard let bytes = try await self.read(store, address) else { continue }
        guard bytes == block.bytes else { throw CheckFailure("a block that nobody put") }
        self.blocks[address] = block
      } catch let error as BlobError {
        // Its place became durable and its bytes did not: nobody was told.
        guard error.code == .corrupted else { throw error }
        do {
          try await store.put(address, block)
          self.blocks[address] = block
        } catch let error as BlobError where error.code == .noSpace {
          // It stays damaged and unknown: nothing is put at the address any more.
          let blob = BlobKey(volume: address.volume, id: address.blob)
          try await store.delete(blob, blocks: Self.blocksMax)
          self.deleted.insert(blob)
          for number in 0..<Self.blocksMax {
            self.blocks[
              BlockAddress(volume: blob.volume, blob: blob.id, number: number)] = nil
          }
        }
      }
    }
    self.pendingPuts = [:]
    for blob in self.deleted {
      for number in 0..<Self.blocksMax {
        let address = BlockAddress(volume: blob.volume, blob: blob.id, number: number)
        guard !store.holds(address) else { throw CheckFailure("a deleted blob is back") }
      }
    }
    let report = try await store.scrub()
    guard report.damaged.isEmpty else { throw CheckFailure("scrub finds \(report.damaged)") }
  }

  func read(_ store: BlobStore, _ address: BlockAddress) async throws -> [UInt8]? {
    guard let count = store.byteCount(of: address) else { return nil }
    let buffer = BlockBuffer(byteCount: count)
    try await store.get(address, 0..<count, into: buffer.bytes)
    return [UInt8](buffer.bytes.prefix(count))
  }

  private func step(_ store: BlobStore) async throws {
    switch Int.random(in: 0..<100, using: &self.generator) {
    case 0..<50: try await self.put(store, Int.random(in: 1...6, using: &self.generator))
    case 50..<75: try await self.get(store)
    case 75..<92: try await self.delete(store)
    case 92..<95: try await self.wrong(store)
    case 95..<97: try await store.checkpoint()
    default: _ = try await store.scrub()
    }
  }

  private func address() -> BlockAddress {
    let number = UInt64.random(in: 0..<UInt64(self.plan.blobs), using: &self.generator)
    // Names of blobs that were deleted are not used again.
    let blob = number + self.nextBlob
    return BlockAddress(
      volume: VolumeID(rawValue: 1), blob: UUID(bits: UInt128(1 + blob) << 80 | UInt128(blob)),
      number: UInt32.random(in: 0..<Self.blocksMax, using: &self.generator))
  }

  private func put(_ store: BlobStore, _ count: Int) async throws {
    var puts: [BlockAddress: Block] = [:]
    for _ in 0..<count {
      let address = self.address()
      guard self.blocks[address] == nil,
        !self.deleted.contains(BlobKey(volume: address.volume, id: address.blob))
      else { continue }
      let size = Int.random(in: 1...self.plan.blockBytesMax, using: &self.generator)
      var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: self.generator.next()), count: size)
      bytes[size / 2] = UInt8(truncatingIfNeeded: self.generator.next())
      puts[address] = Block(bytes: bytes, checksum: XXH3.hash64(of: bytes.rawBytes))
    }
    self.pendingPuts = puts
    let sorted = puts.sorted {
      ($0.key.blob.bits, $0.key.number) < ($1.key.blob.bits, $1.key.number)
    }
    try await withThrowingTaskGroup(of: BlockAddress?.self) { group in
      for (address, block) in sorted {
        group.addTask {
          do {
            try await store.put(address, block)
            return address
          } catch let error as BlobError where error.code == .noSpace {
            return nil
          }
        }
      }
      for try await done in group {
        if let done { self.blocks[done] = puts[done] }
      }
    }
    self.pendingPuts = [:]
  }

  private func get(_ store: BlobStore) async throws {
    let address =
      self.blocks.keys.sorted {
        ($0.blob.bits, $0.number) < ($1.blob.bits, $1.number)
      }.randomElement(using: &self.generator) ?? self.address()
    guard let block = self.blocks[address] else {
      guard !store.holds(address) else { throw CheckFailure("a block that nobody put") }
      return
    }
    let start = Int.random(in: 0..<block.bytes.count, using: &self.generator)
    let end = Int.random(in: start...block.bytes.count, using: &self.generator)
    let buffer = BlockBuffer(byteCount: end - start + 1)
    let checksum = try await store.get(address, start..<end, into: buffer.bytes)
    guard checksum == block.checksum,
      [UInt8](buffer.bytes.prefix(end - start)) == Array(block.bytes[start..<end])
    else { throw CheckFailure("a read of \(start)..<\(end) gave other bytes") }
  }

  private func delete(_ store: BlobStore) async throws {
    let address = self.address()
    let blob = BlobKey(volume: address.volume, id: address.blob)
    self.pendingDelete = blob
    try await store.delete(blob, blocks: Self.blocksMax)
    self.pendingDelete = nil
    self.deleted.insert(blob)
    for number in 0..<Self.blocksMax {
      self.blocks[BlockAddress(volume: blob.volume, blob: blob.id, number: number)] = nil
    }
    self.nextBlob += 1
  }

  /// What must be refused is refused.
  private func wrong(_ store: BlobStore) async throws {
    if let (address, block) = self.blocks.min(by: { $0.key.blob.bits < $1.key.blob.bits }) {
      try await store.put(address, block)
      var other = block.bytes
      other[0] ^= 1
      let changed = Block(bytes: other, checksum: XXH3.hash64(of: other.rawBytes))
      do {
        try await store.put(address, changed)
        throw CheckFailure("a block was put over another")
      } catch let error as BlobError {
        if error.code == .corrupted { return }
        guard self.world.disk.isCut else { throw CheckFailure("\(error)") }
        throw error
      }
    }
  }
}

extension BlobRun {
  /// Puts until the disk is full, then deletes, a few times over openings.
  func fill() async throws {
    for round in 0..<3 as Range<UInt64> {
      let store = try await self.open()
      try await store.running {
        var refused = 0
        for number in 0..<4000 as Range<UInt64> where refused < 20 {
          let blob = round << 32 + number + 1
          let address = BlockAddress(
            volume: VolumeID(rawValue: 1), blob: UUID(bits: UInt128(blob) << 80 | UInt128(blob)),
            number: 0)
          let size = 1 + Int(number * 977) % self.plan.blockBytesMax
          let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
          let block = Block(bytes: bytes, checksum: XXH3.hash64(of: bytes.rawBytes))
          do {
            try await store.put(address, block)
            self.keep(block, at: address)
          } catch let error as BlobError where error.code == .noSpace {
            refused += 1
          }
        }
        guard refused == 20 else { throw CheckFailure("the disk does not fill") }
        try await self.checkAll(store)
        try await self.deleteHalf(store)
        try await self.checkAll(store)
      }
    }
  }

  private func deleteHalf(_ store: BlobStore) async throws {
    let sorted = self.blocks.keys.sorted { $0.blob.bits < $1.blob.bits }
    for address in sorted.prefix(sorted.count / 2) {
      let blob = BlobKey(volume: address.volume, id: address.blob)
      do throws(BlobError) {
        try await store.delete(blob, blocks: 1)
      } catch {
        throw CheckFailure("a deletion on a full disk: \(error)")
      }
      self.forget(address)
    }
  }
}

extension BlobStore {
  func put(_ address: BlockAddress, _ block: BlobRun.Block) async throws {
    let buffer = BlockBuffer(byteCount: block.bytes.count)
    buffer.bytes.copyBytes(from: block.bytes)
    buffer.count = block.bytes.count
    try await self.put(address, buffer.filled, checksum: block.checksum)
  }
}
