private import Bytes
internal import Crypto
internal import Journal
internal import ObjectBlobs
internal import ObjectModel
internal import ObjectNamespace
internal import Runtime
internal import Values

/// What the store is measured beside, and with: a journal of its own that takes the same bytes, and a
/// namespace that names each blob when it is written.
struct Peers: Sendable {
  let journal: Journal
  let names: KeyedNamespace<TreeEngine>
  static let root = RootID(rawValue: 1)

  /// On a loop.
  init(path: String, on disk: any Disk, clock: any TimeSource) async throws {
    self.journal = try await Journal.open(
      path + "/journal", on: disk, clock: clock, random: SystemRandom.shared,
      options: JournalOptions()
    ) { _ in }
    let tree = try await TreeEngine.open(path + "/names", on: disk, clock: clock)
    self.names = KeyedNamespace(tree)
  }

  func running(_ body: @Sendable () async throws -> Void) async throws {
    try await self.journal.running {
      try await self.names.tree.running {
        try await self.names.createRoot(NamespaceCall(root: Self.root))
        try await body()
      }
    }
  }

  /// The journal alone: every writer appends one record after the other.
  func append(bytes: Int, writers: Int, each: Int) async throws {
    let record = [UInt8](repeating: 7, count: bytes)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for _ in 0..<writers {
        tasks.addTask {
          for _ in 0..<each { try await self.journal.append(record) }
        }
      }
      try await tasks.waitForAll()
    }
    // As a store does after a checkpoint: the files of the log are used again.
    try await self.journal.trim(before: self.journal.end)
  }

  /// What a PUT does: a block, then its name.
  func objects(
    _ store: BlobStore, _ round: Int, bytes: Int, writers: Int, each: Int
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for writer in 0..<writers {
        tasks.addTask {
          let buffer = BlockBuffer(byteCount: bytes)
          buffer.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(writer))
          buffer.count = bytes
          let checksum = XXH3.hash64(of: buffer.filled)
          var generator = SystemRandomNumberGenerator()
          for turn in 0..<each {
            let blob = BlobReference(
              volume: VolumeID(rawValue: 1),
              id: UUID.version7(
                at: EventLoop.current.unsafelyUnwrapped.wallNow, random: &generator),
              byteCount: Int64(bytes), blockSizeLog2: 17)
            try await store.put(
              BlockAddress(volume: blob.volume, blob: blob.id, number: 0), buffer.filled,
              checksum: checksum)
            var record = ObjectRecord()
            record.size = Int64(bytes)
            record.blob = blob
            record.contentType = "application/octet-stream"
            record.owner = "a-user"
            _ = try await self.names.put(
              NamespaceCall(root: Self.root),
              PutRequest(
                key: ObjectKey("bench/\(round)/\(writer)/object-\(turn)"), record: record.encoded,
                versioning: .unversioned))
          }
        }
      }
      try await tasks.waitForAll()
    }
  }
}
