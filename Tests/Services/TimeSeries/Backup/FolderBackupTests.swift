import Bytes
import Crypto
import Runtime
import SeriesBackup
import SeriesColumns
import SeriesStorage
import Simulation
import Synchronization
import Testing

/// A node that has one file in one group, and gets files back.
private final class OneFile: SeriesUpkeep {
  let path = "groups/g/seg/shard-0/part"
  private struct State {
    var content: [UInt8]
    var restored: [UInt8]?
    var snapshots: Set<String> = []
    /// How many pieces come before the node is away.
    var piecesLeft = Int.max
  }
  private let state: Mutex<State>

  init(_ content: [UInt8]) { self.state = Mutex(State(content: content)) }

  func cut(after pieces: Int) { self.state.withLock { $0.piecesLeft = pieces } }

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

  func beginCopy(_ name: String, groups: [String]) async throws(SeriesError) -> [String] {
    try await self.takeSnapshot(name, groups: groups)
    return []
  }

  func endCopy(_ name: String) async throws(SeriesError) {
    _ = try await self.removeSnapshot(name)
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

  func openRestore(_ restore: GroupRestore) async throws(SeriesError) -> Bool {
    self.state.withLock { state in
      if state.restored == nil { state.restored = [] }
      return true
    }
  }

  func piecesKept(
    of path: String, _ restore: GroupRestore, pieceBytes: Int
  ) async throws(SeriesError) -> [String] {
    let kept = self.restored ?? []
    return stride(from: 0, to: kept.count, by: pieceBytes).map { start in
      "\(SHA256.digest(of: Array(kept[start...].prefix(pieceBytes)).rawBytes))"
    }
  }

  func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, _ restore: GroupRestore
  ) async throws(SeriesError) {
    try self.state.withLock { state throws(SeriesError) in
      guard state.piecesLeft > 0 else { throw SeriesError(.unavailable, "the node is away") }
      state.piecesLeft -= 1
      precondition(offset == Int64(state.restored?.count ?? 0))
      state.restored?.append(contentsOf: bytes)
    }
  }

  func prepareRestore(
    _ restore: GroupRestore, files: [ShardFile]
  ) async throws(SeriesError) {}
  func closeRestore(_ restore: GroupRestore) async throws(SeriesError) {}
  func discardRestore(_ restore: GroupRestore) async throws(SeriesError) {
    self.state.withLock { $0.restored = nil }
  }
  func restored(group: String) async throws(SeriesError) -> String? { nil }
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
      let group = second.manifest.groups[0]
      #expect(try await backups.restore(group, of: "b", to: node) { _, _, _ in })
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
          try await backups.restore(made.manifest.groups[0], of: "a", to: node) { _, _, _ in }
        } throws: { ($0 as? SeriesError)?.code == .damaged }
        #expect(node.restored == nil, "what came is let go of")
      }
    }
  }

  @Test("come back from where the last try was, when a node was away meanwhile")
  func again() throws {
    try Simulation.run(seed: 24) { world in
      let backups = SeriesBackups(FolderBackups("/backups", on: world.disk))
      var content = [UInt8](repeating: 7, count: BackupManifest.pieceBytes * 2 + 5)
      content[0] = 1
      let node = OneFile(content)
      let group = try await backups.create(Self.draft("a"), from: node) { _, _, _ in }
        .manifest.groups[0]
      node.cut(after: 2)
      await #expect {
        try await backups.restore(group, of: "a", to: node) { _, _, _ in }
      } throws: { ($0 as? SeriesError)?.code == .unavailable }
      // One piece is to come, and only one can.
      node.cut(after: 1)
      #expect(try await backups.restore(group, of: "a", to: node) { _, _, _ in })
      #expect(node.restored == content)
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

  @Test(
    "copy some pieces at a time, as many as they may, and name them in their order",
    arguments: [1, 3, 8])
  func concurrency(count: Int) throws {
    try Simulation.run(seed: 25) { world in
      let store = SlowStore(FolderBackups("/backups", on: world.disk), world.clock)
      let backups = SeriesBackups(store, concurrency: count)
      // Pieces that differ, and the last of which is short.
      var content = [UInt8](repeating: 0, count: BackupManifest.pieceBytes * 9 + 5)
      for piece in 0..<10 { content[piece * BackupManifest.pieceBytes] = UInt8(piece + 1) }
      let node = OneFile(content)
      let made = try await backups.create(Self.draft("a"), from: node) { _, _, _ in }
      #expect(made.written == Int64(content.count))
      #expect(store.together.withLock { $0.max } == count)
      let group = made.manifest.groups[0]
      #expect(try await backups.restore(group, of: "a", to: node) { _, _, _ in })
      #expect(node.restored == content)
    }
  }

  @Test("that stand on pieces of one that is removed meanwhile are not left behind")
  func removedMeanwhile() throws {
    try Simulation.run(seed: 27) { world in
      let folder = FolderBackups("/backups", on: world.disk)
      let backups = SeriesBackups(folder)
      let node = OneFile([1, 2, 3])
      let first = try await backups.create(Self.draft("a"), from: node) { _, _, _ in }
      let store = SlowStore(folder, world.clock)
      store.beforeManifest.withLock { before in
        before = {
          _ = try? await SeriesBackups(folder).remove(first.manifest) { _, _, _ in }
        }
      }
      let other = SeriesBackups(store)
      await #expect {
        _ = try await other.create(Self.draft("b"), from: node) { _, _, _ in }
      } throws: { ($0 as? SeriesError)?.code == .unavailable }
      #expect(try await backups.names() == [])
      let again = try await backups.create(Self.draft("b"), from: node) { _, _, _ in }
      #expect(try await backups.verify(again.manifest) { _, _, _ in } == [])
    }
  }

  @Test("by the clock are removed when there are more than are kept; others stay")
  func keep() throws {
    try Simulation.run(seed: 26) { world in
      let backups = SeriesBackups(FolderBackups("/backups", on: world.disk))
      let node = OneFile([1, 2, 3])
      for name in ["1-auto", "2", "3-auto", "4-auto", "5"] {
        node.change([UInt8(name.utf8.first ?? 0), 2, 3])
        _ = try await backups.create(Self.draft(name), from: node) { _, _, _ in }
      }
      func remove(_ keep: Int) async throws -> [String] {
        try await backups.removeOld(keep: keep, suffix: "-auto") { _, _, _ in }
      }
      #expect(try await remove(0) == [])
      #expect(try await remove(3) == [])
      #expect(try await remove(1) == ["1-auto", "3-auto"])
      #expect(try await backups.names() == ["2", "4-auto", "5"])
      let last = try #require(try await backups.manifest("4-auto"))
      #expect(try await backups.verify(last) { _, _, _ in } == [])
    }
  }
}

/// Takes a while for each object, and counts how many come at a time.
private final class SlowStore: BackupStore {
  let together = Mutex<(now: Int, max: Int)>((0, 0))
  /// Done before a manifest is written.
  let beforeManifest = Mutex<(@Sendable () async -> Void)?>(nil)
  private let inner: any BackupStore
  private let clock: any TimeSource

  init(_ inner: any BackupStore, _ clock: any TimeSource) {
    self.inner = inner
    self.clock = clock
  }

  func put(_ name: String, _ content: [UInt8]) async throws(SeriesError) {
    self.together.withLock { counts in
      counts.now += 1
      counts.max = max(counts.max, counts.now)
    }
    try? await self.clock.sleep(for: .milliseconds(10))
    self.together.withLock { $0.now -= 1 }
    if name.hasPrefix(BackupManifest.prefix) { await self.beforeManifest.withLock { $0 }?() }
    try await self.inner.put(name, content)
  }

  func get(_ name: String, limit: Int) async throws(SeriesError) -> [UInt8]? {
    try await self.inner.get(name, limit: limit)
  }

  func list(_ prefix: String) async throws(SeriesError) -> [String] {
    try await self.inner.list(prefix)
  }

  func remove(_ name: String) async throws(SeriesError) { try await self.inner.remove(name) }
}
