import Runtime
import Simulation
import Synchronization
import Testing
import Values

@testable import SeriesEngine
@testable import SeriesService

@Suite("Files that are watched")
struct FileWatchTests {
  private final class Told: Sendable {
    let count = Atomic<Int>(0)
    var now: Int { self.count.load(ordering: .relaxed) }
  }

  @Test("a change is told once, when it has stayed for a second; a file that is away is none")
  func changes() throws {
    try Simulation.run(seed: 4) { world in
      let disk = world.disk
      try await disk.replace("/cert", with: [1])
      try await disk.replace("/key", with: [1])
      let told = Told()
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          try? await FileWatch(["/cert", "/key"], on: disk).run(world.clock) {
            told.count.add(1, ordering: .relaxed)
          }
        }
        try await world.clock.sleep(for: .seconds(10))
        #expect(told.now == 0)
        try await disk.replace("/cert", with: [2])
        try await world.clock.sleep(for: .milliseconds(900))
        try await disk.replace("/key", with: [2])
        try await world.clock.sleep(for: .seconds(10))
        #expect(told.now == 1, "the two files of a pair come one after the other")
        try await disk.removeFile("/key")
        try await world.clock.sleep(for: .seconds(10))
        #expect(told.now == 1)
        try await disk.replace("/key", with: [3])
        try await world.clock.sleep(for: .seconds(10))
        #expect(told.now == 2)
        tasks.cancelAll()
      }
    }
  }
}
