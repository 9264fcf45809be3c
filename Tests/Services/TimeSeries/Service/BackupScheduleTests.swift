import Cluster
import JSON
import SeriesAdmin
import SeriesBackup
import Simulation
import Testing
import Values

@Suite("Backups by the clock")
struct BackupScheduleTests {
  private static let schedule = BackupSchedule(
    place: "file:///b", interval: .seconds(3600), keep: 7)

  /// A backup that was made so long ago.
  private static func make(
    _ name: String, secondsAgo: Int64, _ store: FolderBackups, _ now: WallTime
  ) async throws {
    let made = Timestamp(WallTime(nanoseconds: now.nanoseconds - secondsAgo * 1_000_000_000))
    let manifest = BackupManifest(
      name: name, node: "n", createdAt: made.description, groups: [])
    try await store.put(BackupManifest.object(name), manifest.content)
  }

  @Test(
    "one is due when the newest is old enough, whoever looks; what operators make does not count")
  func due() throws {
    try Simulation.run(seed: 9) { world in
      let store = FolderBackups("/b", on: world.disk)
      let backups = SeriesBackups(store)
      let now = world.clock.wallNow
      func isDue() async throws -> Bool {
        try await Self.schedule.due(in: backups, now: now) != nil
      }
      let first = try #require(try await Self.schedule.due(in: backups, now: now))
      #expect(first.parameters["keep"]?.int64 == 7)
      #expect(first.parameters["place"]?.string == "file:///b")
      try await Self.make("1-auto", secondsAgo: 7200, store, now)
      #expect(try await isDue())
      try await Self.make("2", secondsAgo: 10, store, now)
      #expect(try await isDue())
      try await Self.make("3-auto", secondsAgo: 3599, store, now)
      #expect(try await !isDue())
      try await Self.make("4-auto", secondsAgo: 3600, store, now)
      #expect(try await isDue())
      try await Self.make("5-auto", secondsAgo: -99_999, store, now)
      #expect(try await isDue(), "a clock that was wrong once does not stop them for ever")
    }
  }
}
