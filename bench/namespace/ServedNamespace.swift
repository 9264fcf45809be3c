private import Bytes
private import Glibc
internal import ObjectModel
internal import ObjectNamespace
internal import Runtime

/// What the service sees: whole records through `KeyedNamespace`, durable, conditions and garbage
/// included.
struct ServedNamespace {
  let path: String
  let count: Int
  let group: EventLoopGroup
  static let root = RootID(rawValue: 1)

  private static var call: NamespaceCall { NamespaceCall(root: Self.root) }

  private static let record: [UInt8] = {
    var record = ObjectRecord()
    record.size = 4096
    record.contentType = "application/octet-stream"
    record.owner = "1f8a0c3c6f5b4c0f8b0a5a3f6d2e9b7c"
    return record.encoded
  }()

  /// Ten folders of a tenth of the keys each, except that one has a thousand in a folder of its own.
  private func key(_ number: Int) -> ObjectKey {
    let share = self.count / 10
    return ObjectKey(
      "p\(number / share)/folder-\(padded(number / 100, 6))/object-\(padded(number, 8)).bin")
  }

  private func put(_ names: KeyedNamespace<TreeEngine>, _ key: ObjectKey) async throws {
    _ = try await names.put(
      Self.call, PutRequest(key: key, record: Self.record, versioning: .unversioned))
  }

  func run() async throws -> ServedNumbers {
    guard mkdir(self.path, 0o700) == 0 else { fail("cannot make \(self.path)") }
    let options = TreeEngineOptions { $0.cacheBytes = 1 << 30 }
    let path = self.path
    let group = self.group
    var numbers = try await group.run { () async throws -> ServedNumbers in
      let loop = EventLoop.current.unsafelyUnwrapped
      let engine = try await TreeEngine.open(path, on: group.disk, clock: loop, options: options)
      return try await engine.running {
        let names = KeyedNamespace(engine)
        try await names.createRoot(Self.call)
        try await self.write(names, 0..<self.count, writers: 512)
        try await engine.checkpoint()
        return try await self.measure(engine, names)
      }
    }
    let begun = seconds()
    numbers.start = try await group.run { () async throws -> Int in
      let loop = EventLoop.current.unsafelyUnwrapped
      let engine = try await TreeEngine.open(path, on: group.disk, clock: loop, options: options)
      let opened = Int((seconds() - begun) * 1000)
      try await engine.running {
        let names = KeyedNamespace(engine)
        let key = self.key(self.count / 2)
        guard try await names.get(Self.call, key, version: .current) != nil else {
          fail("a key is lost")
        }
      }
      return opened
    }
    return numbers
  }

  private func write(
    _ names: KeyedNamespace<TreeEngine>, _ range: Range<Int>, writers: Int
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for writer in 0..<writers {
        tasks.addTask {
          for number in stride(from: range.lowerBound + writer, to: range.upperBound, by: writers) {
            try await self.put(names, self.key(number))
          }
        }
      }
      try await tasks.waitForAll()
    }
  }

  private func measure(
    _ engine: TreeEngine, _ names: KeyedNamespace<TreeEngine>
  ) async throws -> ServedNumbers {
    var numbers = ServedNumbers()
    let order = shuffled(self.count, 20_000)
    let keys = order.map { self.key($0) }
    let raw = keys.map { KeyBytes.object(Self.root, $0) }
    numbers.bytesPerKey = engine.statistics.cacheBytes / self.count
    var value = ByteWriter(capacity: 4096)
    numbers.engineGet =
      best(5) {
        for key in raw {
          value.removeAll()
          guard key.withUnsafeBytes({ engine.getNow($0, into: &value) }) == true else {
            fail("a key is not in memory")
          }
        }
      } / keys.count
    numbers.get =
      try await micros(5) {
        for key in keys {
          guard try await names.get(Self.call, key, version: .current) != nil else {
            fail("a key is lost")
          }
        }
      } * 1000 / keys.count
    try await engine.checkpoint()
    numbers.put =
      try await micros(3) {
        for key in keys.prefix(500) { try await self.put(names, key) }
      } / 500
    let begun = seconds()
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for writer in 0..<64 {
        tasks.addTask {
          for turn in 0..<200 {
            try await self.put(names, keys[(writer * 200 + turn) % keys.count])
          }
        }
      }
      try await tasks.waitForAll()
    }
    numbers.puts = Int(64 * 200 / (seconds() - begun))
    try await engine.checkpoint()
    numbers.delimiter = try await micros(20) {
      let page = try await names.list(
        Self.call, ListRequest(delimiter: [UInt8(ascii: "/")], limit: 1000))
      guard page.entries.count == 10 else { fail("\(page.entries.count) common prefixes") }
    }
    numbers.renameMany = try await self.rename(names, "p3/", self.count / 10)
    let folder = "p5/folder-\(padded(self.count / 2 / 100, 6))/"
    numbers.renameFew = try await self.rename(names, folder, 100)
    return numbers
  }

  private func rename(
    _ names: KeyedNamespace<TreeEngine>, _ folder: String, _ expected: Int
  ) async throws -> Int {
    var best = Int.max
    for turn in 0..<6 {
      let (from, to) = turn % 2 == 0 ? (folder, "moved/") : ("moved/", folder)
      let begun = seconds()
      let reply = try await names.renameFolder(
        Self.call, RenameFolderRequest(source: ObjectKey(from), destination: ObjectKey(to)))
      best = min(best, Int((seconds() - begun) * 1e6))
      guard reply.objects == expected else { fail("\(reply.objects) keys were renamed") }
    }
    return best
  }
}

/// Where the namespace keeps an object: for reading past it.
enum KeyBytes {
  fileprivate static func object(_ root: RootID, _ key: ObjectKey) -> [UInt8] {
    var bytes: [UInt8] = []
    for shift in stride(from: 56 as UInt64, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: root.rawValue >> shift))
    }
    return bytes + [UInt8(ascii: "o")] + key.bytes
  }
}

struct ServedNumbers: Sendable {
  /// Nanoseconds.
  var engineGet = 0
  var get = 0
  /// Microseconds, one writer, durable.
  var put = 0
  /// A second, 64 writers, durable.
  var puts = 0
  var delimiter = 0
  var renameMany = 0
  var renameFew = 0
  var bytesPerKey = 0
  var start = 0

  static func printGrowth(_ counts: [Int], _ all: [ServedNumbers]) {
    func line(_ name: String, _ unit: String, _ value: (ServedNumbers) -> Int) {
      let values = all.map(value)
      let text = values.map { "\($0) \(unit)" }.joined(separator: ", ")
      print("  \(name)  \(text): \(ratio(values.max() ?? 0, values.min() ?? 1)) between them")
    }
    print("through KeyedNamespace, \(counts.map(String.init).joined(separator: ", ")) objects")
    line("get, in the engine     ", "ns") { $0.engineGet }
    line("get                    ", "ns") { $0.get }
    line("put, durable, 1 writer ", "us") { $0.put }
    line("put, durable, 64       ", "/s") { $0.puts }
    line("ten common prefixes    ", "us") { $0.delimiter }
    line("rename of a tenth      ", "us") { $0.renameMany }
    line("rename of 100          ", "us") { $0.renameFew }
    line("memory an object       ", "B") { $0.bytesPerKey }
    line("start after clean stop ", "ms") { $0.start }
  }
}
