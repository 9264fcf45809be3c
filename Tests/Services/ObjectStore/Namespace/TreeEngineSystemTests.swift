import Bytes
import Glibc
import Journal
import ObjectModel
import ObjectNamespace
import Runtime
import TestSupport
import Testing

@Suite("the namespace's tree on the machine's disk")
struct TreeEngineSystemTests {
  private static let options = TreeEngineOptions {
    $0.cacheBytes = 8 << 20
    $0.journalBytesTrigger = 256 << 10
    $0.journal.segmentBytes = 1 << 20
  }

  @Test(
    "readers on one loop see only whole states while writers on another change them",
    arguments: [BackendChoice.automatic, .epoll])
  func readersAndWriters(backend: BackendChoice) async throws {
    let folder = TemporaryDirectory("tree")
    try await withLoops(2, backend: backend) { group in
      let engine = try await TreeEngine.open(
        folder.file("n"), on: group.disk, clock: group.loops[0], options: Self.options)
      try await engine.running {
        // A folder of 300 keys moves between two names; each key's value is its turn.
        try await Self.write(engine, turn: 0)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          tasks.addTask(executorPreference: group.loops[0]) {
            for turn in 1...60 { try await Self.move(engine, turn) }
          }
          for reader in 0..<3 {
            tasks.addTask(executorPreference: group.loops[1]) {
              for _ in 0..<60 { try await Self.look(engine, reader) }
            }
          }
          try await tasks.waitForAll()
        }
        _ = try await engine.verify()
      }
    }
  }

  private static func name(_ turn: Int) -> [UInt8] {
    Array((turn % 2 == 0 ? "even/" : "odd/").utf8)
  }

  private static func write(_ engine: TreeEngine, turn: Int) async throws {
    try await engine.commit { transaction in
      for number in 0..<300 {
        try transaction.put(
          self.name(turn) + Array("\(number)".utf8), [UInt8](repeating: UInt8(turn), count: 150),
          weight: 1)
      }
    }
  }

  private static func move(_ engine: TreeEngine, _ turn: Int) async throws {
    let moved = try await engine.commit { transaction in
      try transaction.rename(self.name(turn - 1), to: self.name(turn), keyBytesMax: 100)
    }
    #expect(moved == 300)
    try await self.write(engine, turn: turn)
  }

  /// A page is one state: all keys, under one of the names; during a write all values are one turn's.
  private static func look(_ engine: TreeEngine, _ reader: Int) async throws {
    let page = try await engine.scan(TreeScan(prefix: [], limit: 1000))
    var values: Set<UInt8> = []
    var names: Set<UInt8> = []
    page.forEach { _, key, value, _ in
      names.insert(key.array[0])
      values.insert(value.array[0])
    }
    #expect(page.count == 300)
    #expect(names.count == 1)
    #expect(values.count == 1)
  }

  /// The folder has ten times the frames of the cache, and every one of its keys would be too long.
  @Test("a renaming to names that are too long is refused as such, however small the cache")
  func tooLong() async throws {
    let folder = TemporaryDirectory("tree")
    try await withLoops(1) { group in
      let engine = try await TreeEngine.open(
        folder.file("n"), on: group.disk, clock: group.loops[0],
        options: TreeEngineOptions {
          $0.frameBytes = 4096
          $0.cacheBytes = 64 * 4096
        })
      let source = Array("folder/".utf8)
      try await engine.running {
        for first in stride(from: 0, to: 6_000, by: 100) {
          try await engine.commit { transaction in
            for number in first..<(first + 100) {
              let name = source + Array("\(number)/of-some-length".utf8)
              try transaction.put(name, [UInt8](repeating: 7, count: 300), weight: 1)
            }
          }
        }
        let destination = [UInt8](repeating: UInt8(ascii: "d"), count: 90)
        do throws(NamespaceError) {
          try await engine.commit { transaction in
            _ = try transaction.rename(source, to: destination, keyBytesMax: 100)
          }
          Issue.record("keys became longer than they may be")
        } catch {
          #expect(error.code == .keyTooLong, "\(error)")
        }
        let moved = try await engine.commit { transaction in
          try transaction.rename(source, to: Array("other/".utf8), keyBytesMax: 100)
        }
        #expect(moved == 6_000)
      }
    }
  }

  @Test("exactly one of many who put if absent succeeds")
  func conditions() async throws {
    let folder = TemporaryDirectory("tree")
    try await withLoops(2) { group in
      let engine = try await TreeEngine.open(
        folder.file("n"), on: group.disk, clock: group.loops[0], options: Self.options)
      try await engine.running {
        let winners = try await withThrowingTaskGroup(of: Int.self) { tasks in
          for writer in 0..<64 {
            tasks.addTask(executorPreference: group.loops[writer % 2]) {
              try await engine.commit { transaction in
                guard try transaction.get([1]) == nil else { return 0 }
                try transaction.put([1], [UInt8(writer)], weight: 0)
                return 1
              }
            }
          }
          return try await tasks.reduce(0, +)
        }
        #expect(winners == 1)
      }
    }
  }

  @Test("nothing acknowledged is lost when the process is killed among commits and checkpoints")
  func killed() async throws {
    let folder = TemporaryDirectory("tree")
    let path = folder.path
    // More of them: LAKE_KILLS=500 swift test --filter killed
    let rounds = getenv("LAKE_KILLS").flatMap { Int(String(cString: $0)) } ?? 12
    for round in 0..<rounds {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        try await commitUntilKilled(path, round)
      }
      try await withLoops { group in
        let engine = try await TreeEngine.open(
          path + "/n", on: group.disk, clock: group.loops[0], options: killedOptions)
        _ = try await engine.verify()
        let noted = lines(of: path + "/acknowledged")
        #expect(noted.count > round)
        for line in noted.suffix(500) {
          #expect(try await engine.get(Array(line.utf8)) == Array("value of \(line)".utf8))
        }
        // Checkpoints while it runs leave the next round something new to recover from.
        if round % 3 == 0 { try await engine.running { try await engine.checkpoint() } }
      }
    }
  }
}

let killedOptions = TreeEngineOptions {
  $0.cacheBytes = 4 << 20
  $0.frameBytes = 16 << 10
  $0.journalBytesTrigger = 64 << 10
  $0.journal.segmentBytes = 256 << 10
}

/// In a child process: many tasks commit and note what was acknowledged, until one kills the process.
func commitUntilKilled(_ path: String, _ round: Int) async throws {
  let notes = Glibc.open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  try await withLoops { group in
    let engine = try await TreeEngine.open(
      path + "/n", on: group.disk, clock: group.loops[0], options: killedOptions)
    try await engine.running {
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for caller in 0..<16 {
          tasks.addTask {
            for number in 0... {
              let key = "\(round)/\(caller)/\(number)"
              try await engine.commit { transaction in
                try transaction.put(Array(key.utf8), Array("value of \(key)".utf8), weight: 1)
              }
              let line = Array((key + "\n").utf8)
              _ = write(notes, line, line.count)
              if caller == round % 16, number == 5 + round * 7 % 60 { kill(getpid(), SIGKILL) }
            }
          }
        }
        try await tasks.waitForAll()
      }
    }
  }
}
