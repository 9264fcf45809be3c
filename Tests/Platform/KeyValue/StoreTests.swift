import Bytes
import CRocksDB
import KeyValue
import Observability
import Runtime
import Testing

@Suite struct StoreTests {
  let scratch = Scratch()

  func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> Store {
    var options = StoreOptions(path: self.scratch.path("store"))
    change(&options)
    return try Store(options, pool: testPool)
  }

  @Test("what was committed is read, also after closing and opening again")
  func roundTrip() async throws {
    var store = try self.open()
    try await store.put("a", "1", .synced)
    try await store.put("empty", "")
    #expect(try await store.text("a") == "1")
    #expect(try await store.text("empty") == "")
    #expect(try await store.text("b") == nil)
    try await store.close()
    store = try self.open()
    #expect(try await store.text("a") == "1")
    #expect(try await store.text("empty") == "")
  }

  @Test("the batch bytes are those of the library")
  func batchFormat() throws {
    // The C interface makes batches of the default family without a store.
    let store = try self.open()
    let family = try store.family("default")
    let native = rocksdb_writebatch_create()
    defer { rocksdb_writebatch_destroy(native) }
    var batch = WriteBatch()
    let long = [CChar](repeating: 5, count: 300)
    batch.put(long.map { UInt8($0) }, for: bytes("key"), in: family)
    rocksdb_writebatch_put(native, "key", 3, long, 300)
    batch.delete(bytes("other"), in: family)
    rocksdb_writebatch_delete(native, "other", 5)
    batch.deleteRange(from: bytes("a"), to: bytes("b"), in: family)
    rocksdb_writebatch_delete_range(native, "a", 1, "b", 1)
    var count = 0
    let data = rocksdb_writebatch_data(native, &count)
    let expected = UnsafeBufferPointer(start: data, count: count).map { UInt8(bitPattern: $0) }
    let written = batch.copy()
    #expect(written == expected)
    batch.removeAll()
    let emptied = batch.copy()
    #expect(emptied == [UInt8](repeating: 0, count: 12))
  }

  @Test("a batch over several families is one change")
  func families() async throws {
    let store = try self.open { $0.families = [FamilyOptions("left"), FamilyOptions("right")] }
    let left = try store.family("left")
    let right = try store.family("right")
    var batch = WriteBatch()
    batch.put(bytes("1"), for: bytes("k"), in: left)
    batch.put(bytes("2"), for: bytes("k"), in: right)
    batch.put(bytes("3"), for: bytes("gone"), in: right)
    batch.delete(bytes("gone"), in: right)
    let sequence = try await store.commit(batch)
    #expect(try store.sequence == sequence)
    #expect(try await store.get(bytes("k"), in: left) == bytes("1"))
    #expect(try await store.get(bytes("k"), in: right) == bytes("2"))
    #expect(try await store.get(bytes("gone"), in: right) == nil)
    #expect(try await store.text("k") == nil)
    #expect(store.familyNames == ["default", "left", "right"])
  }

  @Test("a family is created and dropped while the store is open, and its files go")
  func createAndDrop() async throws {
    let store = try self.open()
    do {
      let family = try await store.createFamily(FamilyOptions("extra"))
      var batch = WriteBatch()
      for number in 0..<2_000 {
        batch.put(Array(repeating: 7, count: 100), for: bytes("key \(number)"), in: family)
      }
      try await store.commit(batch)
      try await store.flush(family)
      #expect(self.tableFiles().count == 1)
      try await store.dropFamily(family)
      #expect(family.isDropped)
      // A holder still reads what was there; a writer is refused, and nobody else with it.
      #expect(try await store.get(bytes("key 1"), in: family) != nil)
      let error = await #expect(throws: StoreError.self) {
        var late = WriteBatch()
        late.put([1], for: [1], in: family)
        try await store.commit(late)
      }
      #expect(error?.code == .notFound)
      #expect(throws: StoreError.self) { try store.family("extra") }
    }
    // The removal is done on a thread of the library.
    await eventually { self.tableFiles().isEmpty }
    try await store.put("still", "works")
    try await store.close()
    let again = try self.open()
    #expect(again.familyNames == ["default"])
    #expect(try await again.text("still") == "works")
  }

  func tableFiles() -> [String] {
    names(in: self.scratch.path("store")).filter { $0.hasSuffix(".sst") }
  }

  @Test("a second opener is told that the store is locked")
  func locked() throws {
    let store = try self.open()
    let error = #expect(throws: StoreError.self) { _ = try self.open() }
    #expect(error?.code == .locked)
    #expect(error?.message.contains(store.path) == true)
  }

  @Test("a store that must not be created is not found")
  func notCreated() {
    let error = #expect(throws: StoreError.self) {
      _ = try self.open { $0.createsIfMissing = false }
    }
    #expect(error?.code == .notFound)
  }

  @Test("close refuses while a snapshot is held, then later calls say that the store is closed")
  func closing() async throws {
    let store = try self.open()
    try await store.put("a", "1")
    do {
      let snapshot = try store.snapshot()
      let error = await #expect(throws: StoreError.self) { try await store.close() }
      #expect(error?.code == .busy)
      #expect(try await store.get(bytes("a"), in: store.family("default"), at: snapshot) != nil)
    }
    let family = try store.family("default")
    try await store.close()
    try await store.close()
    for operation: () async throws -> Void in [
      { _ = try await store.get(bytes("a"), in: family) },
      { try await store.commit(WriteBatch()) },
      { _ = try store.snapshot() },
      { _ = try store.statistics() },
    ] {
      let error = await #expect(throws: StoreError.self) { try await operation() }
      #expect(error?.code == .closed)
    }
  }

  @Test("a read-only opener reads beside the writer and cannot write")
  func readOnly() async throws {
    let store = try self.open()
    try await store.put("a", "1")
    let reader = try self.open { $0.isReadOnly = true }
    #expect(try await reader.text("a") == "1")
    let error = await #expect(throws: StoreError.self) { try await reader.put("b", "2") }
    #expect(error?.code == .unsupported)
  }

  @Test("a batch over the limit is refused by name")
  func batchLimit() async throws {
    let store = try self.open { $0.batchBytesMax = 1_000 }
    let error = await #expect(throws: StoreError.self) {
      try await store.put("a", String(repeating: "x", count: 2_000))
    }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("1000") == true)
  }

  @Test("statistics count what was done", arguments: [false, true])
  func statistics(ticks: Bool) async throws {
    let budget = MemoryBudget(cacheBytes: 8 << 20, writeBufferBytes: 4 << 20)
    let store = try self.open {
      $0.memory = budget
      $0.collectsStatistics = ticks
    }
    for number in 0..<50 { try await store.put("key \(number)", "value") }
    _ = try await store.text("key 7")
    try await store.flush(store.family("default"))
    _ = try await store.text("key 8")
    let statistics = try store.statistics()
    #expect(statistics.commits.requests == 50)
    #expect(statistics.commits.waiting == 0)
    #expect(statistics.estimatedKeys == 50)
    #expect(statistics.flushes == 1)
    #expect(statistics.tableBytes > 0)
    #expect(budget.cacheUsedBytes > 0)
    #expect(statistics.ticks?.keysWritten == (ticks ? 50 : nil))
  }

  @Test("a store shows its numbers among the metrics of the process")
  func metrics() async throws {
    let registry = MetricRegistry()
    let store = try self.open { $0.metrics = StoreMetrics(registry, store: "facts") }
    for number in 0..<5 { try await store.put("key \(number)", "value", .synced) }
    var text = ByteWriter()
    registry.snapshot().appendPrometheusText(to: &text)
    let lines = text.bytes.lossyText.split(separator: "\n")
    #expect(lines.contains("lake_kv_commits_total{store=\"facts\"} 5"))
    #expect(lines.contains("lake_kv_group_seconds_count{store=\"facts\"} 5"))
    #expect(lines.contains("lake_kv_keys{store=\"facts\"} 5"))
  }

  @Test("direct I/O gives the same content", arguments: [[], [testKey(1)]])
  func directIO(keys: [DataKey]) async throws {
    let store = try self.open {
      $0.usesDirectIO = true
      $0.keys = keys
    }
    let family = try store.family("default")
    for number in 0..<500 {
      try await store.put("key \(number)", String(repeating: "\(number % 10)", count: number))
    }
    try await store.flush(family)
    try await store.compact(in: family, rewritesBottom: true)
    for number in [0, 1, 17, 499] {
      #expect(
        try await store.text("key \(number)") == String(repeating: "\(number % 10)", count: number))
    }
    #expect(try await store.all(family).count == 500)
  }
}

/// Asks until it is so, for at most ten seconds.
func eventually(_ isMet: () async -> Bool) async {
  let deadline = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < deadline {
    if await isMet() { return }
    await Task.yield()
  }
  Issue.record("it did not become so within ten seconds")
}
