import Glibc
import Runtime
import SeriesColumns
import SeriesEngine
import SeriesWorkloads
import Synchronization
import Values

// An engine that is killed while it works, for `run` beside this file:
//
//   series-crash write DIR FIRST    writes numbered rows for ever; prints "NUMBER COUNT" of each call that
//                                   was acknowledged
//   series-crash check DIR < LINES  every number of the lines is there, and none is there twice

func say(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = write(1, line, line.count)
}

func fail(_ text: String) -> Never {
  say("series-crash: \(text)")
  exit(1)
}

final class Numbers: Sendable {
  private let next: Mutex<Int64>

  init(_ first: Int64) { self.next = Mutex(first) }

  func take(_ count: Int) -> Int64 {
    self.next.withLock { next in
      defer { next += Int64(count) }
      return next
    }
  }
}

enum CrashProgram {
  static let callRows = 20
  static let options = EngineOptions {
    // Everything happens often.
    $0.flushInterval = .milliseconds(150)
    $0.flushBytesMin = 0
    $0.tick = .milliseconds(20)
    $0.mergeInputsMin = 3
  }

  static func run(_ words: [String]) async {
    guard words.count >= 2 else { fail("usage: series-crash write|check DIR [FIRST]") }
    do {
      let group = try EventLoopGroup(loops: 2)
      try await group.run {
        let engine = try await SeriesEngine.open(
          words[1], on: group.disk, clock: group.loops[0], options: self.options)
        engine.apply(group: TestTables.group, TestTables.options)
        try await engine.running(background: group.loops[1]) {
          if words[0] == "write" {
            try await self.write(engine, from: words.count > 2 ? Int64(words[2]) ?? 0 : 0)
          } else {
            try await self.check(engine)
          }
        }
      }
      group.stop()
    } catch {
      fail("\(error)")
    }
  }

  private static func write(_ engine: SeriesEngine, from first: Int64) async throws {
    let numbers = Numbers(first)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 as Range<UInt32> {
        group.addTask {
          while true {
            let number = numbers.take(self.callRows)
            let rows = (0..<Int64(self.callRows)).map { index in
              TestRow(
                series: UInt64((number + index) % 50 + 1),
                time: TestTables.start + (number % 2) * TestTables.day + index * 1_000_000,
                version: number, number: number + index, value: nil, text: nil, list: nil)
            }
            _ = try await engine.write([
              TestTables.batch(.stream, shard: writer % 2, rows)
            ])
            say("\(number) \(self.callRows)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private static func check(_ engine: SeriesEngine) async throws {
    var found: [Int64: Int] = [:]
    let view = try await engine.view(group: TestTables.group, times: .min ... .max)
    for shard in view.segments.flatMap(\.shards) {
      var cursor = shard.scan(
        ScanRequest(
          table: TestTables.schema(.stream).name, times: .min ... .max,
          columns: [TestTables.columns[0]]))
      while let block = try await cursor.next() {
        for number in block.columns[0].integers { found[number, default: 0] += 1 }
      }
    }
    if let twice = found.first(where: { $0.value > 1 }) {
      fail("row \(twice.key) is there \(twice.value) times")
    }
    var calls = 0
    while let line = readLine() {
      let words = line.split(separator: " ")
      // The last line of a killed process may be cut off.
      guard words.count == 2, let number = Int64(words[0]), let count = Int64(words[1]),
        count == Int64(self.callRows)
      else { continue }
      calls += 1
      for row in number..<(number + count) where found[row] == nil {
        fail("row \(row), which was acknowledged, is not there")
      }
    }
    let damaged = try await engine.scrub()
    if let first = damaged.first { throw first }
    let parts = engine.inventory().flatMap(\.shards).flatMap(\.parts).count
    say(
      "\(calls) calls were acknowledged, all their rows are there, each once; \(found.count) rows, "
        + "\(parts) parts, greatest \(found.keys.max() ?? -1)")
  }
}
