import Bytes
import KeyValue
import Runtime
import Testing

@Suite struct UpkeepTests {
  let scratch = Scratch()

  func open(_ name: String = "store", keys: [DataKey] = []) throws -> Store {
    var options = StoreOptions(
      path: self.scratch.path(name),
      families: [FamilyOptions("default") { $0.fileBytes = 64 << 10 }])
    options.keys = keys
    return try Store(options, pool: testPool)
  }

  func fill(_ store: Store, _ numbers: Range<Int>) async throws {
    let family = try store.family("default")
    var random = Seeded(state: 1)
    var batch = WriteBatch()
    for number in numbers {
      let value = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
      batch.put(value, for: bytes("\(100_000 + number)"), in: family)
    }
    try await store.commit(batch)
  }

  @Test(
    "a checkpoint is a store of its own with the content of its moment",
    arguments: [[], [testKey(1)]])
  func checkpoint(keys: [DataKey]) async throws {
    let store = try self.open(keys: keys)
    try await self.fill(store, 0..<1_000)
    try await store.flush(store.family("default"))
    try await store.put("unflushed", "yes")
    try await store.checkpoint(to: self.scratch.path("copy"))
    try await store.put("later", "no")
    let copy = try self.open("copy", keys: keys)
    #expect(try await copy.text("unflushed") == "yes")
    #expect(try await copy.text("later") == nil)
    #expect(try await copy.all(copy.family("default")).count == 1_001)
    let error = await #expect(throws: StoreError.self) {
      try await store.checkpoint(to: self.scratch.path("copy"))
    }
    #expect(error?.code == .invalid)
  }

  @Test("backups are listed, verified, restored and thinned out", arguments: [[], [testKey(1)]])
  func backups(keys: [DataKey]) async throws {
    let store = try self.open(keys: keys)
    let folder = BackupFolder(path: self.scratch.path("backups"), keys: keys, pool: testPool)
    for round in 1...3 {
      try await self.fill(store, (round * 1_000)..<(round * 1_000 + 500))
      try await store.backUp(to: folder)
    }
    let listed = try await folder.list()
    #expect(listed.map(\.id) == [1, 2, 3])
    #expect(listed.allSatisfy { $0.byteCount > 0 && $0.seconds > 0 })
    try await folder.verify(2)
    try await folder.restore(2, to: self.scratch.path("second"))
    let second = try self.open("second", keys: keys)
    #expect(try await second.all(second.family("default")).count == 1_000)
    try await folder.restore(to: self.scratch.path("newest"))
    try await folder.keep(newest: 1)
    #expect(try await folder.list().map(\.id) == [3])
    let error = await #expect(throws: StoreError.self) { try await folder.verify(1) }
    #expect(error?.code == .notFound)
  }

  @Test("deleting files of a range gives their room back at once")
  func deleteFiles() async throws {
    let store = try self.open()
    let family = try store.family("default")
    try await self.fill(store, 0..<5_000)
    try await store.flush(family)
    try await store.compact(in: family, rewritesBottom: true)
    try await store.waitForCompaction(limit: .seconds(20))
    let before = try store.statistics().tableBytes
    try await store.deleteFiles(KeyRange(from: bytes("101000"), to: bytes("104000")), in: family)
    let after = try store.statistics().tableBytes
    #expect(after < before * 6 / 10)
    #expect(try await store.get(bytes("100500"), in: family) != nil)
    #expect(try await store.get(bytes("102500"), in: family) == nil)
    #expect(try await store.get(bytes("104500"), in: family) != nil)
  }

  @Test("an ingested table file wins over older content")
  func ingest() async throws {
    let store = try self.open()
    let family = try store.family("default")
    try await store.put("b", "old")
    var table = try store.tableFile(self.scratch.path("one"), for: family)
    try table.put(bytes("1").rawBytes, for: bytes("a").rawBytes)
    try table.put(bytes("2").rawBytes, for: bytes("b").rawBytes)
    do {
      try table.put(bytes("3").rawBytes, for: bytes("a").rawBytes)
      Issue.record("a key out of order was taken")
    } catch {
      #expect(error.code == .invalid)
    }
    #expect(try table.finish() > 0)
    try await store.ingest([self.scratch.path("one")], into: family)
    #expect(try await store.text("a") == "1")
    #expect(try await store.text("b") == "2")
    let error = await #expect(throws: StoreError.self) {
      try await store.ingest([self.scratch.path("not there")], into: family)
    }
    #expect(error?.message.contains("not there") == true)
  }

  @Test("an estimate of a range is of the right order")
  func approximate() async throws {
    let store = try self.open()
    let family = try store.family("default")
    try await self.fill(store, 0..<5_000)
    try await store.flush(family)
    let half = try await store.approximateBytes(
      from: bytes("100000"), to: bytes("102500"), in: family)
    #expect((500_000...1_500_000).contains(half))
  }

  @Test("waiting for compaction ends when there is nothing to do")
  func waiting() async throws {
    let store = try self.open()
    let family = try store.family("default")
    for round in 0..<6 {
      try await self.fill(store, (round * 100)..<(round * 100 + 300))
      try await store.flush(family)
    }
    try await store.waitForCompaction(limit: .seconds(20))
    #expect(try store.statistics().level0Files < 6)
    #expect(try store.statistics().compactions > 0)
  }
}
