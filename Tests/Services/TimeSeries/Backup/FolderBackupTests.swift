import SeriesBackup
import SeriesColumns
import SeriesStorage
import Simulation
import Synchronization
import Testing

/// A node that has one file in one group, and gets files back.
private final class OneFile: SeriesUpkeep {
  let path = "groups/g/seg/shard-0/part"
  private let state: Mutex<(content: [UInt8], restored: [UInt8]?, snapshots: Set<String>)>

  init(_ content: [UInt8]) { self.state = Mutex((content, nil, [])) }

  var restored: [UInt8]? { self.state.withLock { $0.restored } }
  func change(_ content: [UInt8]) { self.state.withLock { $0.content = content } }

  func choosing(_ node: String?) throws(SeriesError) -> any SeriesUpkeep { self }
  func shards(group: String?) async throws(SeriesError) -> [StoredShardReport] { [] }
  func parts(group: String?) async throws(SeriesError) -> [StoredPartReport] { [] }
  func flush() async throws(SeriesError) {}
  func merge(group: String) async throws(SeriesError) {}
  func scrub(group: String?) async throws(SeriesError) -> [String] { [] }
  func retain() async throws(SeriesError) -> Int { 0 }
  func rankings(group: String?) async throws(SeriesError) -> [StoredRankingReport] { [] }
  func rebuildRanking(group: String, name: String) async throws(SeriesError) {}

  func takeSnapshot(_ name: String, groups: [String]) async throws(SeriesError) {
    self.state.withLock { _ = $0.snapshots.insert(name) }
  }

  func snapshots() async throws(SeriesError) -> [StoredSnapshot] {
    self.state.withLock { state in
      state.snapshots.map { name in
        let file = StoredSnapshot.File(
          path: self.path, group: "g", bytes: Int64(state.content.count))
        return StoredSnapshot(name: name, files: [file], takenAt: nil)
      }
    }
  }

  func files(ofSnapshot name: String) async throws(SeriesError) -> [StoredSnapshot.File] {
    try await self.snapshots().first { $0.name == name }?.files ?? []
  }

  func removeSnapshot(_ name: String) async throws(SeriesError) -> Bool {
    self.state.withLock { $0.snapshots.remove(name) != nil }
  }

  func read(
    _ file: StoredSnapshot.File, ofSnapshot name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    self.state.withLock { Array($0.content[Int(offset)...].prefix(count)) }
  }

  func openRestore(group: String) async throws(SeriesError) {
    self.state.withLock { $0.restored = [] }
  }

  func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, restoring group: String
  ) async throws(SeriesError) {
    self.state.withLock { state in
      precondition(offset == Int64(state.restored?.count ?? 0))
      state.restored?.append(contentsOf: bytes)
    }
  }

  func closeRestore(group: String) async throws(SeriesError) {}
}

@Suite("Backups in a folder")
struct FolderBackupTests {
  private static func draft(_ name: String) -> BackupManifest {
    BackupManifest(
      name: name, node: "n1", createdAt: "2026-11-20T14:03:21Z",
      groups: [BackupManifest.Group(name: "g", documents: [])])
  }

  @Test("copy only what is new, come back byte by byte, and go without what others need")
  func life() throws {
    try Simulation.run(seed: 21) { world in
      let store = FolderBackups("/backups", on: world.disk)
      let backups = SeriesBackups(store)
      var content = [UInt8](repeating: 7, count: BackupManifest.pieceBytes * 2 + 5)
      content[0] = 1
      let node = OneFile(content)
      let first = try await backups.create(Self.draft("a"), from: node) { _, _, _ in }
      #expect(first.written == Int64(content.count))
      #expect(first.manifest.groups[0].files.map(\.path) == ["seg/shard-0/part"])
      content[content.count - 1] = 9
      node.change(content)
      let second = try await backups.create(Self.draft("b"), from: node) { _, _, _ in }
      #expect(second.written == 5, "the last piece alone is new")
      #expect(try await node.snapshots().isEmpty)
      #expect(try await backups.names() == ["a", "b"])
      #expect(try await backups.remove(first.manifest) { _, _, _ in } == 1)
      #expect(try await backups.verify(second.manifest) { _, _, _ in } == [])
      try await backups.restore(second.manifest.groups[0], to: node) { _, _, _ in }
      #expect(node.restored == content)
    }
  }

  @Test("with a piece that is missing are told so, and are not taken back")
  func missing() throws {
    try Simulation.run(seed: 22) { world in
      let store = FolderBackups("/backups", on: world.disk)
      let backups = SeriesBackups(store)
      let node = OneFile([1, 2, 3])
      let made = try await backups.create(Self.draft("a"), from: node) { _, _, _ in }
      let piece = try #require(made.manifest.pieces.first)
      for damage in [[UInt8]?.none, [1, 2, 4]] {
        try await store.remove(BackupManifest.piece(piece))
        if let damage { try await store.put(BackupManifest.piece(piece), damage) }
        #expect(try await backups.verify(made.manifest) { _, _, _ in }.count == 1)
        await #expect {
          try await backups.restore(made.manifest.groups[0], to: node) { _, _, _ in }
        } throws: { ($0 as? SeriesError)?.code == .damaged }
      }
    }
  }

  @Test("that were stopped have no manifest, and the next try makes one")
  func stopped() throws {
    struct Stop: Error {}
    try Simulation.run(seed: 23) { world in
      let backups = SeriesBackups(FolderBackups("/backups", on: world.disk))
      let node = OneFile([1, 2, 3])
      await #expect(throws: Stop.self) {
        _ = try await backups.create(Self.draft("a"), from: node) { _, _, _ in throw Stop() }
      }
      #expect(try await backups.names().isEmpty)
      #expect(try await node.snapshots().isEmpty)
      _ = try await backups.create(Self.draft("a"), from: node) { _, _, _ in }
      #expect(try await backups.names() == ["a"])
    }
  }
}
