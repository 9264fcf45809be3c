private import CRocksDB
private import Glibc
private import KeyValue
private import Runtime

enum BenchKeyValue {
  static let rounds = 5

  static func run(_ folder: String?) async {
    var template = Array(((folder ?? "/tmp") + "/bench-kv-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      print("no folder can be made in \(folder ?? "/tmp")")
      exit(1)
    }
    let path = template.withUnsafeBufferPointer {
      String(cString: $0.baseAddress.unsafelyUnwrapped)
    }
    do {
      try await commits(path + "/commits")
      try await reads(path + "/reads")
    } catch {
      print("bench-kv stopped: \(error)")
      exit(1)
    }
    print("the stores are in \(path)")
  }

  /// Group commit against one caller, both with a sync for each acknowledgement.
  private static func commits(_ path: String) async throws {
    let pool = BlockingPool(name: "bench-kv", threads: 2)
    let store = try Store(StoreOptions(path: path), pool: pool)
    let family = try store.family("default")
    var single: [Double] = []
    var grouped: [Int: [Double]] = [:]
    for round in 0..<rounds {
      single.append(
        try await rate(200) {
          for number in 0..<200 { try await put(store, family, "s\(round)/\(number)") }
        })
      for callers in [16, 64, 256] {
        let each = 4_096 / callers
        grouped[callers, default: []].append(
          try await rate(4_096) {
            try await withThrowingTaskGroup(of: Void.self) { group in
              for caller in 0..<callers {
                group.addTask {
                  for number in 0..<each {
                    try await put(store, family, "g\(round)/\(caller)/\(number)")
                  }
                }
              }
              try await group.waitForAll()
            }
          })
      }
    }
    print("synced puts, one caller:         \(whole(median(single)))/s")
    for (callers, rates) in grouped.sorted(by: { $0.key < $1.key }) {
      let ratio = median(zip(rates, single).map { $0 / $1 })
      print(
        "synced puts, \(padded(callers, 3)) callers:        \(whole(median(rates)))/s = "
          + "\(tenths(ratio)) × one caller")
    }
    try await store.close()
    pool.stop()
  }

  private static func put(_ store: Store, _ family: Family, _ key: String) async throws {
    var batch = WriteBatch()
    batch.put(Array(repeating: 120, count: 100), for: Array(key.utf8), in: family)
    try await store.commit(batch, .synced)
  }

  /// Point reads of content in the cache, through `Store` and through the C interface.
  private static func reads(_ path: String) async throws {
    let count = 100_000
    let pool = BlockingPool(name: "bench-kv", threads: 2)
    var options = StoreOptions(path: path)
    options.memory = MemoryBudget(cacheBytes: 256 << 20, writeBufferBytes: 64 << 20)
    options.families = [FamilyOptions("default") { $0.bottomCompression = .lz4 }]
    let store = try Store(options, pool: pool)
    let family = try store.family("default")
    for start in stride(from: 0, to: count, by: 1_000) {
      var batch = WriteBatch()
      for number in start..<(start + 1_000) {
        batch.put(Array(repeating: 120, count: 100), for: key(number), in: family)
      }
      try await store.commit(batch, .logged)
    }
    try await store.flush(family)
    try await store.compact(in: family, rewritesBottom: true)
    try await store.checkpoint(to: path + "-peer")
    let peer = Peer(path + "-peer")
    defer { peer.close() }

    let order = (0..<count).map { ($0 &* 7_919) % count }
    let keys = order.map { key($0) }
    var ours: [Double] = []
    var theirs: [Double] = []
    var copied: [Double] = []
    var many: [Double] = []
    for round in 0...rounds {
      let native = peer.reads(keys)
      let cached = try await rate(count) {
        var bytes = 0
        for key in keys {
          if let value = try await store.read(key, in: family) { bytes += value.byteCount }
        }
        precondition(bytes == count * 100, "\(bytes) bytes were read")
      }
      let copy = try await rate(count) {
        for key in keys { _ = try await store.get(key, in: family) }
      }
      let sorted = (0..<count).map { key($0) }
      let multi = try await rate(count) {
        for start in stride(from: 0, to: count, by: 100) {
          let values = try await store.get(KeyList(sorted[start..<(start + 100)]), in: family)
          precondition(values.count == 100)
        }
      }
      // The first round fills both caches.
      guard round > 0 else { continue }
      theirs.append(native)
      ours.append(cached)
      copied.append(copy)
      many.append(multi)
    }
    func line(_ name: String, _ rates: [Double]) {
      let ratio = median(zip(rates, theirs).map { $0 / $1 })
      print("\(name)\(whole(median(rates)))/s = \(tenths(ratio, 100)) × the C interface")
    }
    print("cached gets, C interface pinned: \(whole(median(theirs)))/s")
    line("cached gets, Store.read pinned:  ", ours)
    line("cached gets, Store.get copied:   ", copied)
    line("sorted lookups of 100, per key:  ", many)
    try await store.close()
    pool.stop()
  }

  private static func key(_ number: Int) -> [UInt8] {
    let digits = "\(number)"
    return Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8)
  }

  static func rate(_ count: Int, _ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return Double(count) / seconds(ContinuousClock.now - start)
  }

  static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
  static func whole(_ value: Double) -> String { padded(Int(value), 9) }
  static func tenths(_ value: Double, _ parts: Double = 10) -> String {
    "\((value * parts).rounded() / parts)"
  }
  static func padded(_ value: Int, _ width: Int) -> String {
    let digits = "\(value)"
    return String(repeating: " ", count: max(0, width - digits.count)) + digits
  }
}
