import Bytes
import KeyValue
import Runtime
import TestSupport
import Testing

@Suite struct ReadTests {
  let scratch = Scratch()

  /// A store whose 2,000 keys are on disk and not in memory.
  func cold() async throws -> Store {
    var options = StoreOptions(path: self.scratch.path("store"))
    options.memory = MemoryBudget(cacheBytes: 4 << 20, writeBufferBytes: 1 << 20)
    var store = try Store(options, pool: testPool)
    var batch = WriteBatch()
    for number in 0..<2_000 {
      batch.put(
        bytes("value \(number)"), for: bytes("key \(1_000_000 + number)"),
        in: try store.family("default"))
    }
    try await store.commit(batch)
    try await store.flush(store.family("default"))
    try await store.close()
    options.memory = MemoryBudget(cacheBytes: 4 << 20, writeBufferBytes: 1 << 20)
    store = try Store(options, pool: testPool)
    return store
  }

  enum Answer: Equatable {
    case value([UInt8])
    case absent
    case unknown
  }

  func cached(_ store: Store, _ key: String) throws -> Answer {
    switch try store.cached(bytes(key).rawBytes, in: store.family("default")) {
    case .value(let value): .value(value.copy())
    case .absent: .absent
    case .unknown: .unknown
    }
  }

  @Test("memory says that it does not know, until the disk was read once")
  func cacheFallback() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    let key = "key 1000500"
    #expect(try self.cached(store, key) == .unknown)
    #expect(try await store.get(bytes(key), in: family) == bytes("value 500"))
    #expect(try self.cached(store, key) == .value(bytes("value 500")))
    // The neighbour came with its block; a key outside the file's range needs no block at all.
    #expect(try self.cached(store, "key 1000501") == .value(bytes("value 501")))
    #expect(try self.cached(store, "zzz") == .absent)
    try await store.put("fresh", "in the buffer")
    #expect(try self.cached(store, "fresh") == .value(bytes("in the buffer")))
  }

  @Test("a read that memory answers leaves no work on the pool")
  func poolStaysOut() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    let pool = BlockingPool(name: "kv-counted", threads: 1)
    defer { pool.stop() }
    try await store.close()
    let counted = try Store(StoreOptions(path: self.scratch.path("store")), pool: pool)
    let main = try counted.family("default")
    _ = try await counted.get(bytes("key 1000500"), in: main)
    #expect(pool.statistics.done + pool.statistics.running == 1)
    for _ in 0..<100 {
      #expect(try await counted.get(bytes("key 1000500"), in: main) == bytes("value 500"))
      #expect(try await counted.get(KeyList([bytes("key 1000500")]), in: main).count == 1)
    }
    #expect(pool.statistics.done + pool.statistics.running == 1)
    withExtendedLifetime(family) {}
    try await counted.close()
  }

  @Test("on an event loop a cached read stays on the loop, and a cold one comes back to it")
  func onLoop() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    try await withLoops(1) { group in
      let loop = group.loops[0]
      #expect(EventLoop.current === loop)
      // Cold: the pool reads, and the task goes on where it was.
      #expect(try await store.get(bytes("key 1000500"), in: family) == bytes("value 500"))
      #expect(EventLoop.current === loop)
      // Warm: a read that crossed threads would come back through the loop's queue as another job.
      let before = loop.statistics.jobs
      for _ in 0..<1_000 {
        let value = try await store.get(bytes("key 1000500"), in: family)
        guard value == bytes("value 500"), EventLoop.current === loop else {
          Issue.record("a cached read left the loop")
          return
        }
      }
      #expect(loop.statistics.jobs < before + 100)
    }
  }

  @Test("commits from event loops come back to their loops")
  func commitsOnLoops() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    try await withLoops(2) { group in
      await withTaskGroup(of: Void.self) { tasks in
        for loop in group.loops {
          for caller in 0..<8 {
            tasks.addTask(executorPreference: loop) {
              for number in 0..<20 {
                var batch = WriteBatch()
                batch.put([1], for: bytes("\(loop.index)/\(caller)/\(number)"), in: family)
                let outcome = try? await store.commit(batch)
                guard outcome != nil, EventLoop.current === loop else {
                  Issue.record("a commit failed or left its loop")
                  return
                }
              }
            }
          }
        }
      }
    }
    let scan = try store.scan(.prefix(bytes("0/")), in: family)
    #expect(try await scan.next()?.count == 160)
  }

  @Test("a pinned value outlives its key")
  func pinned() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    let value = try await store.read(bytes("key 1000007"), in: family)
    var batch = WriteBatch()
    batch.deleteRange(from: [0], to: [0xFF], in: family)
    try await store.commit(batch)
    try await store.flush(family)
    try await store.compact(in: family, rewritesBottom: true)
    #expect(try await store.get(bytes("key 1000007"), in: family) == nil)
    let copy = value?.copy()
    #expect(copy == bytes("value 7"))
  }

  @Test("many keys come in their order, sorted or not, absent ones as nil")
  func multiGet() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    var keys = KeyList()
    for number in [5, 3, 3, 9_999, 0] { keys.append(bytes("key \(1_000_000 + number)").rawBytes) }
    #expect(!keys.isSorted)
    let values = try await store.get(keys, in: family)
    #expect(
      (0..<5).map { values.copy($0) } == [5, 3, 3, nil, 0].map { $0.map { bytes("value \($0)") } })
    #expect(try await store.get(KeyList(), in: family).count == 0)
    #expect(KeyList([[1], [1, 0], [2]]).isSorted)
  }

  @Test("a scan goes through everything once, whatever the batch size", arguments: [1, 7, 100_000])
  func scanBatches(bytesMax: Int) async throws {
    let store = try await self.cold()
    let scan = try store.scan(in: store.family("default"))
    var count = 0
    while let batch = try await scan.next(bytesMax: bytesMax) {
      batch.forEach { key, value in
        #expect(key.lossyText == "key \(1_000_000 + count)")
        #expect(value.lossyText == "value \(count)")
        count += 1
      }
      if bytesMax == 1, count > 50 { break }
    }
    #expect(bytesMax == 1 ? (51...52).contains(count) : count == 2_000)
  }

  @Test("a scan sees the store as it was when it began; renewed, as it is")
  func scanIsolation() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    let scan = try store.scan(.prefix(bytes("new")), in: family)
    let snapshot = try store.snapshot()
    try await store.put("new", "1")
    #expect(try await scan.next() == nil)
    try await scan.renew()
    #expect(try await scan.next()?.count == 1)
    #expect(try await scan.next() == nil)
    let past = try store.scan(.prefix(bytes("new")), in: family, at: snapshot)
    #expect(try await past.next() == nil)
    let error = await #expect(throws: StoreError.self) { try await past.renew() }
    #expect(error?.code == .unsupported)
    #expect(try store.sequence == snapshot.sequence + 1)
  }

  @Test("a cursor moves both ways and stays in its range")
  func cursor() async throws {
    let store = try await self.cold()
    let family = try store.family("default")
    func walk() throws -> [String] {
      var seen: [String] = []
      var cursor = try store.cursor(.prefix(bytes("key 10000")), in: family)
      for move in 0..<7 {
        let isOn =
          switch move {
          case 0: try cursor.first()
          case 1: try cursor.next()
          case 2: try cursor.seek(bytes("key 100005").rawBytes)
          case 3: try cursor.previous()
          case 4: try cursor.last()
          case 5: try cursor.seekBack(bytes("key 1000010x").rawBytes)
          default: try cursor.seek(bytes("key 2").rawBytes)
          }
        seen.append(isOn ? cursor.key.lossyText + "=" + cursor.value.lossyText : "-")
      }
      return seen
    }
    #expect(
      try walk() == [
        "key 1000000=value 0", "key 1000001=value 1", "key 1000050=value 50",
        "key 1000049=value 49", "key 1000099=value 99", "key 1000010=value 10", "-",
      ])
  }

  @Test(
    "the successor of a prefix is the first key behind it",
    arguments: [
      ([], nil),
      ([0], [1]),
      ([1, 0xFF], [2]),
      ([0xFF], nil),
      ([0xFF, 0xFF], nil),
      ([1, 2], [1, 3]),
    ] as [([UInt8], [UInt8]?)])
  func successor(prefix: [UInt8], expected: [UInt8]?) {
    #expect(KeyRange.successor(ofPrefix: prefix) == expected)
  }
}
