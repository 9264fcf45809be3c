import Hosting
import Runtime
import Simulation
import Testing
import Values

@Suite("Folders of lines")
struct LineFolderTests {
  private static func names(_ world: World) async throws -> [String] {
    try await world.disk.list("/log").map(\.name)
  }

  @Test("each log has a file for every ten minutes, and goes on in it after a restart")
  func slices() throws {
    try Simulation.run(seed: 5) { world in
      let disk = world.disk
      try await disk.createDirectories("/log")
      // At the beginning of a slice, whatever the clock began with.
      let into = world.clock.wallNow.nanoseconds % 600_000_000_000
      try await world.clock.sleep(for: .nanoseconds(600_000_000_000 - into))
      for run in 0..<2 {
        let logs = LineFolder("/log", on: disk, time: world.clock)
        await logs.append(Array("run \(run)\n".utf8), to: "measure-ingest")
        await logs.append(Array("other\n".utf8), to: "stream-ingest")
        await logs.flush()
        #expect(logs.droppedCount == 0)
      }
      let names = try await Self.names(world)
      #expect(names.count == 2)
      let first = try #require(names.first { $0.hasPrefix("measure-ingest-") })
      let text = String(
        decoding: try await disk.readAll("/log/" + first, limit: 100), as: UTF8.self)
      #expect(text == "run 0\nrun 1\n")
      #expect(first == "measure-ingest-20260101T001000Z-000")
      try await world.clock.sleep(for: .seconds(599))
      let logs = LineFolder("/log", on: disk, time: world.clock)
      await logs.append(Array("late\n".utf8), to: "measure-ingest")
      await logs.flush()
      #expect(try await Self.names(world).count == 2)
      try await world.clock.sleep(for: .seconds(1))
      await logs.append(Array("next\n".utf8), to: "measure-ingest")
      await logs.flush()
      #expect(try await Self.names(world).count == 3)
    }
  }

  @Test("all files of a log together are bounded: the oldest go, and those of other logs stay")
  func bounded() throws {
    try Simulation.run(seed: 6) { world in
      let disk = world.disk
      try await disk.createDirectories("/log")
      let logs = LineFolder(
        "/log", on: disk, time: world.clock, options: .init { $0.logBytesMax = 400 })
      await logs.append(Array("stays\n".utf8), to: "trace-query")
      for number in 0..<40 {
        await logs.append(
          Array("\(100 + number)\(String(repeating: "x", count: 36))\n".utf8), to: "trace-ingest")
        await logs.flush()
      }
      var total: Int64 = 0
      var newest = ""
      for name in try await Self.names(world) where name.hasPrefix("trace-ingest") {
        total += try await disk.information("/log/" + name).byteCount
        newest = name
      }
      #expect(total <= 400 && total > 200, "\(total)")
      let text = String(
        decoding: try await disk.readAll("/log/" + newest, limit: 400), as: UTF8.self)
      #expect(text.contains("139x"))
      #expect(try await Self.names(world).contains { $0.hasPrefix("trace-query") })
    }
  }

  @Test("who writes waits while too many lines do; when the log is sampled they are dropped")
  func pressure() throws {
    try Simulation.run(seed: 7) { world in
      let line = Array("12345678\n".utf8)
      try await world.disk.createDirectories("/log")
      let sampled = LineFolder(
        "/log", on: world.disk, time: world.clock,
        options: .init {
          $0.memoryBytesMax = 10
          $0.isSampled = true
        })
      await sampled.append(line, to: "a")
      await sampled.append(line, to: "a")
      #expect(sampled.droppedCount == 1)
      let whole = LineFolder(
        "/log", on: world.disk, time: world.clock, options: .init { $0.memoryBytesMax = 10 })
      let start = world.clock.now
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          for _ in 0..<20 { await whole.append(line, to: "b") }
        }
        try await world.clock.sleep(for: .seconds(1))
        await whole.flush()
        tasks.addTask { try? await whole.run() }
        _ = try await tasks.next()
        tasks.cancelAll()
      }
      await whole.flush()
      #expect(whole.droppedCount == 0)
      #expect(world.clock.now - start >= .seconds(1))
      let names = try await Self.names(world).filter { $0.hasPrefix("b-") }
      var bytes: Int64 = 0
      for name in names { bytes += try await world.disk.information("/log/" + name).byteCount }
      #expect(bytes == 180)
    }
  }

  @Test("lines that the disk does not take are dropped and counted, and nobody waits for ever")
  func fullDisk() throws {
    try Simulation.run(seed: 8) { world in
      // There is no such folder.
      let logs = LineFolder("/nowhere/log", on: world.disk, time: world.clock)
      await logs.append(Array("a\nb\n".utf8), to: "x")
      await logs.flush()
      #expect(logs.droppedCount == 2)
    }
  }
}
