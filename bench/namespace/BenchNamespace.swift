private import Bytes
private import Glibc
private import KeyValue
private import ObjectNamespace
private import Runtime

/// The namespace engine beside RocksDB: the same keys, the same values, the same questions, one after the
/// other; then what only the tree can do, and what a start costs.
enum BenchNamespace {
  static func run(_ words: [String]) async {
    do {
      if words.count == 3, words[0] == "--fill" {
        try await Filling.run(words[1], bytes: Int(words[2]) ?? 0)
        return
      }
      let servesOnly = words.contains("--served")
      let recoversOnly = words.contains("--recovery")
      let folder = words.first { !$0.hasPrefix("--") } ?? "."
      var template = Array((folder + "/bench-namespace-XXXXXX").utf8CString)
      guard mkdtemp(&template) != nil else { fail("no folder can be made in \(folder)") }
      let path = template.withUnsafeBufferPointer {
        String(cString: $0.baseAddress.unsafelyUnwrapped)
      }
      let group = try EventLoopGroup(loops: 1)
      let counts = [10_000, 100_000, 1_000_000]
      var served: [ServedNumbers] = []
      for count in counts where !recoversOnly {
        served.append(
          try await ServedNamespace(path: "\(path)/served-\(count)", count: count, group: group)
            .run())
      }
      if !recoversOnly { ServedNumbers.printGrowth(counts, served) }
      for count in counts where !servesOnly && !recoversOnly {
        try await Comparison(path: "\(path)/\(count)", count: count, group: group).run()
      }
      try await Filling.measure(path + "/log", group)
      group.stop()
      print("files are in \(path)")
    } catch {
      fail("\(error)")
    }
  }
}

/// Keys as a bucket has them: ten prefixes, folders of a hundred objects below.
enum Keys {
  static let head: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, UInt8(ascii: "o")]

  static func key(_ number: Int, of count: Int) -> [UInt8] {
    let share = count / 10
    return self.head
      + Array(
        "p\(number / share)/folder-\(padded(number / 100, 6))/object-\(padded(number, 8)).bin".utf8)
  }

  static func value(_ number: Int) -> [UInt8] {
    // As large as a record with a few headers.
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 200)
  }
}

/// One number of keys, both engines.
private struct Comparison {
  let path: String
  let count: Int
  let group: EventLoopGroup

  func run() async throws {
    guard mkdir(self.path, 0o700) == 0 else { fail("cannot make \(self.path)") }
    let order = shuffled(self.count, 20_000)
    let rocks = try await self.rocks(order)
    let tree = try await self.tree(order)
    print("\(self.count) keys")
    print(
      "  get        tree \(tree.get) ns, rocksdb \(rocks.get) ns: \(ratio(rocks.get, tree.get)) times as fast"
    )
    print(
      "  load       tree \(tree.load) keys/s, rocksdb \(rocks.load) keys/s: \(ratio(tree.load, rocks.load))"
    )
    print(
      "  put        64 writers, durable: tree \(tree.put)/s, rocksdb \(rocks.put)/s: \(ratio(tree.put, rocks.put))"
    )
    print(
      "  list 1000  tree \(tree.list) us, rocksdb \(rocks.list) us: \(ratio(rocks.list, tree.list))"
    )
    print("  delimiter  tree \(tree.delimiter) us, rocksdb \(rocks.delimiter) us")
    print("  sums       tree \(tree.sums) us, rocksdb \(rocks.sums) us")
    print(
      "  rename of \(self.count / 10) keys: tree \(tree.rename) us; of \(self.count / 1000): \(tree.renameFew) us"
    )
    print("  memory     \(tree.bytesPerKey) bytes a key; start after a clean stop \(tree.start) ms")
  }

  struct Numbers {
    var get = 0
    var load = 0
    var put = 0
    var list = 0
    var delimiter = 0
    var sums = 0
    var rename = 0
    var renameFew = 0
    var bytesPerKey = 0
    var start = 0
  }

  private func tree(_ order: [Int]) async throws -> Numbers {
    let options = TreeEngineOptions { $0.cacheBytes = 1 << 30 }
    let path = self.path + "/tree"
    let group = self.group
    var numbers = try await group.run { () async throws -> Numbers in
      let loop = EventLoop.current.unsafelyUnwrapped
      let engine = try await TreeEngine.open(path, on: group.disk, clock: loop, options: options)
      return try await engine.running { try await self.measure(engine, order) }
    }
    let begun = seconds()
    try await group.run {
      let loop = EventLoop.current.unsafelyUnwrapped
      let engine = try await TreeEngine.open(path, on: group.disk, clock: loop, options: options)
      try await engine.running {
        guard try await engine.get(Keys.key(self.count / 2, of: self.count)) != nil else {
          fail("a key is lost")
        }
      }
    }
    numbers.start = Int((seconds() - begun) * 1000)
    return numbers
  }

  private func measure(_ engine: TreeEngine, _ order: [Int]) async throws -> Numbers {
    var numbers = try await self.common(engine)
    let keys = order.map { Keys.key($0, of: self.count) }
    var value = ByteWriter(capacity: 4096)
    numbers.get =
      best(5) {
        for key in keys {
          value.removeAll()
          let isFound = key.withUnsafeBytes { engine.getNow($0, into: &value) }
          guard isFound == true else { fail("a key is not in memory") }
        }
      } / keys.count
    numbers.bytesPerKey = engine.statistics.cacheBytes / self.count
    // A checkpoint under way would be measured with it.
    try await engine.checkpoint()
    let big = Keys.head + Array("p3/".utf8)
    let target = Keys.head + Array("elsewhere/p3/".utf8)
    numbers.rename = try await self.rename(engine, big, target)
    let few = Keys.head + Array("p5/folder-\(padded(self.count / 2 / 100, 6))/".utf8)
    numbers.renameFew = try await self.rename(engine, few, Keys.head + Array("few/".utf8))
    return numbers
  }

  /// There and back, the better of each of several.
  private func rename(_ engine: TreeEngine, _ one: [UInt8], _ other: [UInt8]) async throws -> Int {
    var best = Int.max
    for turn in 0..<6 {
      let (from, to) = turn % 2 == 0 ? (one, other) : (other, one)
      let begun = seconds()
      _ = try await engine.commit { try $0.rename(from, to: to, keyBytesMax: 1033) }
      best = min(best, Int((seconds() - begun) * 1e6))
    }
    return best
  }

  private func rocks(_ order: [Int]) async throws -> Numbers {
    var options = StoreOptions(path: self.path + "/rocksdb", families: RocksTree.families)
    options.memory = MemoryBudget(cacheBytes: 1 << 30, writeBufferBytes: 128 << 20)
    let pool = BlockingPool(name: "bench-rocks", threads: 2)
    let store = try Store(options, pool: pool)
    let group = self.group
    let numbers = try await group.run { () async throws -> Numbers in
      let loop = EventLoop.current.unsafelyUnwrapped
      let tree = try RocksTree(store, clock: loop, readers: pool)
      defer { tree.stop() }
      var numbers = try await self.common(tree)
      let family = try store.family("objects")
      let keys = order.map { Keys.key($0, of: self.count) }
      numbers.get =
        best(5) {
          for key in keys {
            guard (try? store.readNow(key.rawBytes, in: family)) != nil else {
              fail("a key is lost")
            }
          }
        } / keys.count
      return numbers
    }
    try store.closeNow()
    return numbers
  }

  private func common(_ tree: some KeyTree) async throws -> Numbers {
    var numbers = Numbers()
    let count = self.count
    var begun = seconds()
    for start in stride(from: 0, to: count, by: 1000) {
      try await tree.commit { transaction in
        for number in start..<(start + 1000) {
          try transaction.put(
            Keys.key(number, of: count), Keys.value(number), weight: UInt64(number))
        }
      }
    }
    numbers.load = Int(Double(count) / (seconds() - begun))
    begun = seconds()
    let each = 150
    try await withThrowingTaskGroup(of: Void.self) { writers in
      for writer in 0..<64 {
        writers.addTask {
          for turn in 0..<each {
            let number = (writer * 7919 + turn * 104_729) % count
            try await tree.commit {
              try $0.put(Keys.key(number, of: count), Keys.value(turn), weight: 1)
            }
          }
        }
      }
      try await writers.waitForAll()
    }
    numbers.put = Int(Double(64 * each) / (seconds() - begun))
    numbers.list = try await micros(20) {
      _ = try await tree.scan(
        TreeScan(prefix: Keys.head, after: Keys.key(count / 2, of: count), limit: 1000))
    }
    numbers.delimiter = try await micros(20) {
      let page = try await tree.scan(
        TreeScan(prefix: Keys.head, delimiter: [UInt8(ascii: "/")], limit: 1000))
      guard page.count == 10 else { fail("\(page.count) common prefixes") }
    }
    numbers.sums = try await micros(3) {
      let sums = try await tree.sums(under: Keys.head + Array("p7/".utf8))
      guard sums.objects == UInt64(count / 10) else { fail("\(sums.objects) keys") }
    }
    return numbers
  }
}

func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func best(_ turns: Int, _ body: () -> Void) -> Int {
  var best = Double.infinity
  for _ in 0..<turns {
    let begun = seconds()
    body()
    best = min(best, seconds() - begun)
  }
  return Int(best * 1e9)
}

func micros(_ turns: Int, _ body: () async throws -> Void) async throws -> Int {
  var best = Double.infinity
  for _ in 0..<turns {
    let begun = seconds()
    try await body()
    best = min(best, seconds() - begun)
  }
  return Int(best * 1e6)
}

func shuffled(_ count: Int, _ wanted: Int) -> [Int] {
  var state: UInt64 = 88_172_645_463_325_252
  return (0..<wanted).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(count))
  }
}

func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

func ratio(_ left: Int, _ right: Int) -> String {
  let hundredths = left * 100 / max(1, right)
  return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

func fail(_ text: String) -> Never {
  print("bench-namespace: \(text)")
  exit(1)
}
