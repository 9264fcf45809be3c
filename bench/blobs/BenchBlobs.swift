private import Bytes
private import Crypto
private import Glibc
private import ObjectBlobs
private import ObjectModel
private import Runtime
private import Values

/// The blob store beside raw io_uring: the same bytes in as many syncs, in alternating rounds.
enum BenchBlobs {
  static func run(_ words: [String]) async {
    let folder = words.first ?? "."
    var template = Array((folder + "/bench-blobs-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { fail("no folder can be made in \(folder)") }
    let path = template.withUnsafeBufferPointer {
      String(cString: $0.baseAddress.unsafelyUnwrapped)
    }
    do {
      for (bytes, writers) in [(4096, 64), (128 << 10, 16)] {
        try await measure("\(path)/\(bytes)", bytes: bytes, writers: writers)
      }
      print("files are in \(path)")
    } catch {
      fail("\(error)")
    }
  }

  private static func measure(_ path: String, bytes: Int, writers: Int) async throws {
    guard mkdir(path, 0o700) == 0 else { fail("cannot make \(path)") }
    let group = try EventLoopGroup(loops: 1)
    var raw = RawBlocks(path: path + "/raw", byteCount: 1 << 30)
    let options = BlobStoreOptions {
      $0.dataBytesMax = 2 << 30
      $0.growBytes = 1 << 30
    }
    let store = try await group.run {
      let loop = EventLoop.current.unsafelyUnwrapped
      return try await BlobStore.open(
        path + "/store", on: group.disk, clock: loop, options: options)
    }
    let running = Task(executorPreference: group.loops[0]) { try await store.run() }
    let direct = try await group.run {
      let loop = EventLoop.current.unsafelyUnwrapped
      var options = options
      options.carryBytesMax = 0
      return try await BlobStore.open(
        path + "/direct", on: group.disk, clock: loop, options: options)
    }
    let peers = try await group.run {
      try await Peers(
        path: path, on: group.disk, clock: EventLoop.current.unsafelyUnwrapped)
    }
    try await group.run {
      try await peers.running {
        try await direct.running {
          try await self.beside(peers, store, direct, bytes: bytes, writers: writers)
        }
      }
    }
    var ratios: [Double] = []
    var total = (seconds: 0.0, raw: 0.0, blocks: 0, batches: 0)
    for round in 0..<12 {
      let before = store.statistics
      let begun = seconds()
      let each = max(1, (24 << 20) / bytes / writers)
      try await group.run {
        try await puts(store, round, bytes: bytes, writers: writers, each: each)
      }
      let taken = seconds() - begun
      let after = store.statistics
      let batches = after.batches - before.batches
      let blocks = after.blocks - before.blocks
      // The first round fills the caches of the file system.
      guard round > 0 else { continue }
      let rawSeconds = raw.commit(batches: batches, blocks: blocks, bytes: bytes)
      ratios.append(rawSeconds / taken)
      total.seconds += taken
      total.raw += rawSeconds
      total.blocks += blocks
      total.batches += batches
    }
    let reads = try await group.run { try await gets(store, bytes: bytes) }
    print("\(writers) writers of \(bytes) bytes")
    print(
      "  put    \(Int(Double(total.blocks) / total.seconds)) durable blocks/s in "
        + "\(Int(Double(total.batches) / total.seconds)) batches/s; raw write + fdatasync of the same "
        + "\(Int(Double(total.blocks) / total.raw)) blocks/s: \(hundredths(ratios.sorted()[ratios.count / 2]))"
    )
    print("  get    \(Int(reads)) blocks/s, each proven, one at a time on one loop")
    store.close()
    try await running.value
    let begun = seconds()
    _ = try await group.run {
      let loop = EventLoop.current.unsafelyUnwrapped
      return try await BlobStore.open(
        path + "/store", on: group.disk, clock: loop, options: options)
    }
    print("  start  \(Int((seconds() - begun) * 1000)) ms with \(store.statistics.blocks) blocks")
    group.stop()
  }

  /// Rounds of the journal alone, of the store, and of the store and a namespace, in turns.
  private static func beside(
    _ peers: Peers, _ store: BlobStore, _ direct: BlobStore, bytes: Int, writers: Int
  ) async throws {
    let each = max(1, (8 << 20) / bytes / writers)
    var rates: [(journal: Double, blocks: Double, objects: Double, direct: Double)] = []
    for round in 0..<16 {
      let start = seconds()
      try await peers.append(bytes: bytes, writers: writers, each: each)
      let appended = seconds()
      try await self.puts(store, 1000 + round, bytes: bytes, writers: writers, each: each)
      let put = seconds()
      try await peers.objects(store, round, bytes: bytes, writers: writers, each: each)
      let named = seconds()
      try await self.puts(direct, 1000 + round, bytes: bytes, writers: writers, each: each)
      let done = seconds()
      guard round > 0 else { continue }
      let count = Double(each * writers)
      rates.append(
        (
          count / (appended - start), count / (put - appended), count / (named - put),
          count / (done - named)
        ))
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    print("\(writers) writers of \(bytes) bytes, medians of \(rates.count) rounds in turns")
    print("  journal alone          \(Int(median(rates.map(\.journal)))) records/s")
    print(
      "  block                  \(Int(median(rates.map(\.blocks))))/s: "
        + "\(hundredths(median(rates.map { $0.blocks / $0.journal }))) of the journal")
    print(
      "  block, not carried     \(Int(median(rates.map(\.direct))))/s: "
        + "\(hundredths(median(rates.map { $0.direct / $0.journal }))) of the journal")
    print(
      "  block, then its name   \(Int(median(rates.map(\.objects))))/s: "
        + "\(hundredths(median(rates.map { $0.objects / $0.journal }))) of the journal")
  }

  private static func puts(
    _ store: BlobStore, _ round: Int, bytes: Int, writers: Int, each: Int
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for writer in 0..<writers {
        tasks.addTask {
          let buffer = BlockBuffer(byteCount: bytes)
          buffer.bytes.initializeMemory(as: UInt8.self, repeating: UInt8(writer))
          buffer.count = bytes
          let checksum = XXH3.hash64(of: buffer.filled)
          for turn in 0..<each {
            let address = self.address(round, (writer * each + turn))
            try await store.put(address, buffer.filled, checksum: checksum)
          }
        }
      }
      try await tasks.waitForAll()
    }
  }

  private static func address(_ round: Int, _ number: Int) -> BlockAddress {
    BlockAddress(
      volume: VolumeID(rawValue: 1), blob: UUID(bits: UInt128(round << 32 + number + 1) << 16),
      number: 0)
  }

  private static func gets(_ store: BlobStore, bytes: Int) async throws -> Double {
    let buffer = BlockBuffer(byteCount: bytes)
    let count = min(2000, (24 << 20) / bytes)
    let begun = seconds()
    for number in 0..<count {
      let address = self.address(1, number * 7919 % count)
      try await store.get(address, 0..<bytes, into: buffer.bytes)
    }
    return Double(count) / (seconds() - begun)
  }
}

func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func hundredths(_ value: Double) -> String {
  let rounded = Int((value * 100).rounded())
  return "\(rounded / 100).\(rounded % 100 < 10 ? "0" : "")\(rounded % 100)"
}

func fail(_ text: String) -> Never {
  print("bench-blobs: \(text)")
  exit(1)
}
