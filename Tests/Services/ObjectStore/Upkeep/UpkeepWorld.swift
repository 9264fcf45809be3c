import Bytes
import Crypto
import Journal
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Runtime
import Simulation
import Values

/// A namespace and a volume on a simulated disk, and a gateway's way to put things into them.
struct UpkeepWorld: Sendable {
  let world: World
  let store: BlobStore
  let blobs: LocalBlobs
  let names: KeyedNamespace<TreeEngine>
  static let root = RootID(rawValue: 7)
  static let volume = VolumeID(rawValue: 1)
  static let hour: Duration = .seconds(3600)

  var call: NamespaceCall { NamespaceCall(root: Self.root) }

  /// Runs `body` in a world of its own, while both engines run.
  static func run(
    seed: UInt64 = 1, _ body: @escaping @Sendable (UpkeepWorld) async throws -> Void
  ) throws {
    var options = SimulationOptions()
    options.timeMax = .seconds(1 << 24)
    options.stepsMax = Int.max
    try Simulation.run(seed: seed, options: options) { world in
      let store = try await BlobStore.open(
        "/blobs", on: world.disk, clock: world.clock, random: world.random,
        options: BlobStoreOptions {
          $0.dataBytesMax = 4 << 20
          $0.growBytes = 1 << 20
          $0.zeroesData = false
          $0.journal.segmentBytes = 256 << 10
          $0.journal.zeroesSegments = false
        })
      let tree = try await TreeEngine.open(
        "/names", on: world.disk, clock: world.clock, random: world.random,
        options: TreeEngineOptions {
          $0.cacheBytes = 4 << 20
          $0.journal.segmentBytes = 256 << 10
          $0.journal.zeroesSegments = false
        })
      let small = UpkeepWorld(
        world: world, store: store,
        blobs: LocalBlobs([.init(id: Self.volume, members: [store])], blockByteCount: 4096),
        names: KeyedNamespace(tree, random: world.random))
      try await store.running {
        try await tree.running {
          try await small.names.createRoot(small.call)
          try await body(small)
        }
      }
    }
  }

  // MARK: What a gateway does

  func newBlob(byteCount: Int64) -> BlobReference {
    var generator = RandomBits(source: self.world.random)
    return BlobReference(
      volume: Self.volume,
      id: UUID.version7(at: self.world.clock.wallNow, random: &generator),
      byteCount: byteCount, blockSizeLog2: 12)
  }

  /// Writes a blob that nobody names yet.
  func write(_ bytes: [UInt8]) async throws -> BlobReference {
    let blob = self.newBlob(byteCount: Int64(bytes.count))
    for number in 0..<blob.blockCount {
      let count = blob.contentByteCount(ofBlock: number)
      let buffer = BlockBuffer(byteCount: count)
      let start = Int(number) * blob.blockByteCount
      buffer.bytes.copyBytes(from: bytes[start..<(start + count)])
      buffer.count = count
      try await self.blobs.put(
        BlobCall(), BlockAddress(volume: blob.volume, blob: blob.id, number: number),
        buffer.filled, checksum: XXH3.hash64(of: buffer.filled))
    }
    return blob
  }

  func write(_ count: Int = 100) async throws -> BlobReference {
    try await self.write([UInt8](repeating: 7, count: count))
  }

  func name(
    _ blob: BlobReference, _ key: String, versioning: Versioning = .unversioned
  ) async throws(NamespaceError) {
    var record = ObjectRecord()
    record.size = blob.byteCount
    record.blob = blob
    _ = try await self.names.put(
      self.call, PutRequest(key: ObjectKey(key), record: record.encoded, versioning: versioning))
  }

  func put(_ key: String) async throws -> BlobReference {
    let blob = try await self.write()
    try await self.name(blob, key)
    return blob
  }

  /// Names a table of parts.
  func nameTable(_ table: BlobReference, _ key: String, parts: UInt16 = 1) async throws {
    var record = ObjectRecord()
    record.flags.insert(.partTableBlob)
    record.blob = table
    record.entityTag.partCount = parts
    _ = try await self.names.put(
      self.call,
      PutRequest(key: ObjectKey(key), record: record.encoded, versioning: .unversioned))
  }

  /// An object of one part behind a table.
  @discardableResult
  func putInParts(_ key: String) async throws -> (table: BlobReference, part: BlobReference) {
    var bytes = ByteWriter(capacity: 208)
    let part = try await self.write()
    Self.part(1, part).append(to: &bytes)
    let table = try await self.write(bytes.bytes.array)
    try await self.nameTable(table, key)
    return (table, part)
  }

  func delete(_ key: String, version: VersionSelector = .current) async throws {
    let request = DeleteRequest(
      key: ObjectKey(key), version: version, versioning: .unversioned, marker: [])
    for result in try await self.names.delete(self.call, [request]) { _ = try result.get() }
  }

  static func part(_ number: UInt16, _ blob: BlobReference) -> ObjectPart {
    ObjectPart(
      number: number, size: blob.byteCount, md5: MD5.digest(of: RawSpan()), checksum: nil,
      blob: blob)
  }

  func upload(_ key: String) async throws -> UploadID {
    let now = UInt64(self.world.clock.wallNow.nanoseconds / 1_000_000)
    let id = UploadID(
      milliseconds: now, routing: 0,
      random: (0..<14).map { _ in UInt8(truncatingIfNeeded: self.world.random.next()) })
    var record = ObjectRecord()
    record.kind = .upload
    try await self.names.createUpload(self.call, ObjectKey(key), id, record: record.encoded)
    return id
  }

  func holds(_ blob: BlobReference) -> Bool {
    (0..<blob.blockCount).contains {
      self.store.holds(BlockAddress(volume: blob.volume, blob: blob.id, number: $0))
    }
  }

  // MARK: Upkeep

  func collector(
    oldestRead: @escaping @Sendable () -> WallTime? = { nil }
  ) -> GarbageCollector {
    GarbageCollector(self.names, blobs: self.blobs, clock: self.world.clock, oldestRead: oldestRead)
  }

  func scan(_ change: (inout OrphanScanOptions) -> Void = { _ in }) -> OrphanScan {
    var options = OrphanScanOptions()
    change(&options)
    return OrphanScan(
      [self.names], inventory: self.blobs, blobs: self.blobs,
      quarantine: Quarantine("/quarantine", on: self.world.disk), clock: self.world.clock,
      random: self.world.random, options: options)
  }

  func wait(_ duration: Duration) async throws {
    try await self.world.clock.sleep(for: duration)
  }
}

struct RandomBits: RandomNumberGenerator {
  let source: any RandomSource
  mutating func next() -> UInt64 { self.source.next() }
}
