import Hosting
import Runtime
import Simulation
import Testing
import Values

@Suite("Files of lines")
struct LineFileTests {
  @Test("a file of lines is put aside when it is full, and there are never more than two")
  func files() throws {
    try Simulation.run(seed: 3) { world in
      let disk = world.disk
      try await disk.createDirectories("/log")
      let file = LineFile("/log/q", on: disk, time: world.clock, fileBytesMax: 100)
      for number in 0..<10 {
        file.append(Array("\(number) \(String(repeating: "x", count: 37))\n".utf8))
        await file.flush()
      }
      let now = try await disk.readAll("/log/q", limit: 1000)
      let before = try await disk.readAll("/log/q.1", limit: 1000)
      #expect(now.count == 80)
      #expect(before.count == 80)
      #expect(String(decoding: now, as: UTF8.self).hasPrefix("8 "))
      #expect(String(decoding: before, as: UTF8.self).hasPrefix("6 "))
      #expect(try await disk.list("/log").map(\.name) == ["q", "q.1"])
      #expect(file.droppedCount == 0)
    }
  }

  @Test("lines that nobody writes are dropped, and counted")
  func drops() throws {
    try Simulation.run(seed: 3) { world in
      let file = LineFile(
        "/q", on: world.disk, time: world.clock, fileBytesMax: 100, memoryBytesMax: 10)
      file.append(Array("12345678\n".utf8))
      file.append(Array("9\n".utf8))
      #expect(file.droppedCount == 1)
    }
  }
}
