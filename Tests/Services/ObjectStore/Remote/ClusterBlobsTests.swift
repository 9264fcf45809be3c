import Bytes
import Crypto
import Link
import LinkServing
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectRemote
import Runtime
import Simulation
import Synchronization
import Testing
import Values

/// Two nodes with a store each, and a gateway that sees a mirror of the two.
struct MirrorWorld: Sendable {
  static let volume = VolumeID(rawValue: 1)

  let world: World
  let stores: [BlobStore]
  let channels: [TroubledChannel]
  let cluster: ClusterBlobs

  static func run(
    seed: UInt64 = 1, _ body: @escaping @Sendable (MirrorWorld) async throws -> Void
  ) throws {
    try Simulation.run(seed: seed) { world in
      let stores = [try await world.store("/a"), try await world.store("/b")]
      let nodes = stores.map {
        LocalBlobs([.init(id: Self.volume, members: [$0])], blockByteCount: 4096)
      }
      let channels = nodes.map { node in
        let server = BlobServer { node }
        return world.channel { server.add(to: &$0) }
      }
      let remote = channels.map { RemoteBlobNode($0, clock: world.clock) }
      let record = VolumeRecord(
        id: Self.volume, kind: .replicated,
        members: ["0", "1"].map { .init(node: $0, disk: $0, address: "\($0):1") },
        writeQuorum: 2, readQuorum: 1, isOpen: true)
      let cluster = ClusterBlobs(
        own: "gateway", clock: world.clock,
        options: .init { $0.blockByteCount = 4096 }
      ) {
        VolumeMap([record], revision: 1)
      } node: { member in
        remote[member.node == "0" ? 0 : 1]
      }
      try await stores[0].running {
        try await stores[1].running {
          try await cluster.refresh()
          await cluster.ask()
          try await body(
            MirrorWorld(world: world, stores: stores, channels: channels, cluster: cluster))
        }
      }
    }
  }

  static func address(_ number: Int, _ block: UInt32 = 0) -> BlockAddress {
    BlockAddress(volume: Self.volume, blob: UUID(bits: UInt128(number + 1) << 80), number: block)
  }

  func put(_ number: Int, _ block: UInt32 = 0) async throws {
    let buffer = Self.buffer(number)
    try await self.cluster.put(
      BlobCall(), Self.address(number, block), buffer.filled,
      checksum: XXH3.hash64(of: buffer.filled))
  }

  static func buffer(_ number: Int) -> BlockBuffer {
    let buffer = BlockBuffer(byteCount: 4096)
    buffer.count = 4000
    buffer.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number))
    return buffer
  }

  func holds(_ number: Int, _ range: Range<Int> = 0..<4000) async throws -> Bool {
    let target = BlockBuffer(byteCount: 4096)
    _ = try await self.cluster.get(BlobCall(), Self.address(number), range, into: target.bytes)
    return target.bytes.prefix(range.count).allSatisfy { $0 == UInt8(truncatingIfNeeded: number) }
  }

  func blob(_ number: Int) -> BlobReference {
    BlobReference(
      volume: Self.volume, id: Self.address(number).blob, byteCount: 4000, blockSizeLog2: 12)
  }

  func cut(_ node: Int, _ isCut: Bool = true) {
    self.channels[node].trouble.withLock { $0.isCut = isCut }
  }

  func repair(reads: Bool = false) async throws -> VolumeRepairReport {
    try await self.world.clock.sleep(for: .seconds(20))
    return try await VolumeRepair(
      try await self.cluster.peers(of: Self.volume), clock: self.world.clock
    ).run(
      Self.volume, reads: reads
    ) { _ in }
  }
}

@Suite("a mirror of two nodes")
struct ClusterBlobsTests {
  @Test("puts on both, reads from either, deletes on both")
  func both() throws {
    try MirrorWorld.run { mirror in
      let wish = BlobPlacement(byteCount: 10, storageClass: 0, placement: .local)
      #expect(try await mirror.cluster.place(wish) == MirrorWorld.volume)
      for number in 0..<20 { try await mirror.put(number) }
      for store in mirror.stores { #expect(store.blockCount == 20) }
      for node in 0...1 {
        mirror.cut(node)
        for number in 0..<20 {
          #expect(try await mirror.holds(number))
          #expect(try await mirror.holds(number, 100..<200))
        }
        mirror.cut(node, false)
      }
      try await mirror.cluster.delete(BlobCall(), mirror.blob(3))
      for store in mirror.stores { #expect(store.blockCount == 19) }
      let gone = await #expect(throws: BlobError.self) { _ = try await mirror.holds(3) }
      #expect(gone?.code == .notFound)
      let missing = try await mirror.cluster.missing([mirror.blob(3), mirror.blob(4)])
      #expect(missing == [mirror.blob(3)])
    }
  }

  @Test("refuses what too few members would have, and places nothing there meanwhile")
  func away() throws {
    try MirrorWorld.run { mirror in
      try await mirror.put(1)
      mirror.cut(1)
      let error = await #expect(throws: BlobError.self) { try await mirror.put(2) }
      #expect(error?.code == .unreachable)
      await mirror.cluster.ask()
      let wish = BlobPlacement(byteCount: 10, storageClass: 0, placement: .local)
      let refused = await #expect(throws: BlobError.self) {
        _ = try await mirror.cluster.place(wish)
      }
      #expect(refused?.code == .unreachable)
      #expect(mirror.cluster.trouble == "no answer from 1")
      // Neither is it known to be gone, as long as one is away that may have it.
      let unknown = await #expect(throws: BlobError.self) { _ = try await mirror.holds(9) }
      #expect(unknown?.code == .unreachable)
      let kept = await #expect(throws: BlobError.self) {
        try await mirror.cluster.delete(BlobCall(), mirror.blob(1))
      }
      #expect(kept?.code == .unreachable)
      mirror.cut(1, false)
      await mirror.cluster.ask()
      #expect(try await mirror.cluster.place(wish) == MirrorWorld.volume)
      #expect(mirror.cluster.trouble == nil)
    }
  }

  @Test("repairs what a member misses, and undoes no deletion")
  func repair() throws {
    try MirrorWorld.run { mirror in
      try await mirror.put(1)
      try await mirror.put(2)
      mirror.cut(1)
      // One has the block, and nobody was told that it is there.
      await #expect(throws: BlobError.self) { try await mirror.put(3) }
      await #expect(throws: BlobError.self) {
        try await mirror.cluster.delete(BlobCall(), mirror.blob(1))
      }
      mirror.cut(1, false)
      #expect(mirror.stores.map(\.blockCount) == [2, 2])
      let report = try await mirror.repair()
      #expect(report.repaired == 1)
      #expect(report.deleted == 1)
      #expect(report.failed == 0)
      #expect(mirror.stores.map(\.blockCount) == [2, 2])
      mirror.cut(0)
      #expect(try await mirror.holds(3))
      let gone = await #expect(throws: BlobError.self) { _ = try await mirror.holds(1) }
      #expect(gone != nil)
      mirror.cut(0, false)
      let second = try await mirror.repair()
      #expect(second.repaired == 0)
      #expect(second.deleted == 0)
    }
  }

  @Test(
    "survives lost requests, lost answers and doubles",
    arguments: 1...6 as ClosedRange<UInt64>)
  func troubled(seed: UInt64) throws {
    try MirrorWorld.run(seed: seed) { mirror in
      for channel in mirror.channels {
        channel.trouble.withLock {
          $0.losesRequests = 30
          $0.losesAnswers = 30
          $0.sendsTwice = 60
        }
      }
      var acknowledged: [Int] = []
      for number in 0..<40 {
        do {
          try await mirror.put(number)
          acknowledged.append(number)
        } catch let error as BlobError {
          #expect(error.code == .unreachable)
        }
      }
      for channel in mirror.channels { channel.trouble.withLock { $0 = .init() } }
      #expect(!acknowledged.isEmpty)
      for node in 0...1 {
        mirror.cut(node)
        for number in acknowledged { #expect(try await mirror.holds(number), "seed \(seed)") }
        mirror.cut(node, false)
      }
    }
  }

  @Test("a walk over what is stored tells the blocks of both, in pages")
  func inventory() throws {
    try MirrorWorld.run { mirror in
      for number in 0..<10 { try await mirror.put(number) }
      var seen: [BlockAddress: Int] = [:]
      var cursor: [UInt8] = []
      repeat {
        let page = try await mirror.cluster.stored(
          in: MirrorWorld.volume, after: cursor, limit: 4)
        for block in page.blocks { seen[block.address, default: 0] += 1 }
        cursor = page.cursor
      } while !cursor.isEmpty
      #expect(seen.count == 10)
      #expect(seen.values.allSatisfy { $0 >= 2 })
    }
  }
}
