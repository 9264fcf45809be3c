import Observability
import Runtime
import SeriesColumns
@testable import SeriesRemote
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Synchronization
import Testing
import Values

@Suite("what is kept for a node that is away")
struct HandOffTests {
  private static func open(
    _ world: World, max: Int64 = 1 << 30
  ) async throws -> HandOff {
    try await HandOff.open(
      "/queue", on: world.disk, time: world.clock, log: .silent,
      options: HandOff.Options { $0.byteCountMax = max })
  }

  private static func keep(
    _ handOff: HandOff, _ node: String, _ rows: Range<Int>
  ) async throws {
    let body = NodeWorld.delivery([NodeWorld.batch(.stream, rows: rows)]).body
    _ = try handOff.begin(node, body.count)
    try await handOff.append(node, body)
  }

  /// Runs `body` while the journal is written, and what waits is handed over when `node` is not nil.
  private static func running(
    _ handOff: HandOff, to node: RemoteSeriesNode? = nil, _ told: Told = Told(),
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try? await handOff.runJournal() }
      group.addTask {
        try? await handOff.run(
          node: { _ in node }, isOver: { name in told.names.withLock { $0.append(name) } })
      }
      try await body()
      group.cancelAll()
    }
  }

  private final class Told: Sendable {
    let names = Mutex<[String]>([])
  }

  private static func wait(_ handOff: HandOff, _ world: World) async throws {
    for _ in 0..<1000 where handOff.holds("n") {
      try await world.clock.sleep(for: .milliseconds(50))
    }
    #expect(!handOff.holds("n"))
  }

  private static func count(_ made: NodeWorld) async throws -> Int {
    var count = 0
    for segment in try await made.fixture.store.view(group: "g", times: .min ... .max) {
      for shard in segment.shards {
        var cursor = shard.scan(ScanRequest(table: "t", times: .min ... .max, columns: []))
        while let block = try await cursor.next() { count += block.count }
      }
    }
    return count
  }

  @Test("is handed over when it is back, also by the next start")
  func restart() throws {
    try NodeWorld.run { made in
      _ = try await made.fixture.registry.create(SchemaFixture.group("g", .stream, shards: 2))
      made.channel.trouble.withLock { $0.isCut = true }
      let first = try await Self.open(made.world)
      try await Self.running(first, to: made.node) {
        for start in 0..<5 { try await Self.keep(first, "n", start * 10..<start * 10 + 10) }
        try await made.world.clock.sleep(for: .seconds(5))
        #expect(first.holds("n"))
        #expect(first.waitingRecords == 5)
      }
      let second = try await Self.open(made.world)
      #expect(second.waitingRecords == 5)
      #expect(second.waitingBytes == first.waitingBytes)
      let told = Told()
      try await Self.running(second, to: made.node, told) {
        try await Self.keep(second, "n", 50..<60)
        made.channel.trouble.withLock { $0.isCut = false }
        try await Self.wait(second, made.world)
        try await made.world.clock.sleep(for: .seconds(1))
      }
      #expect(told.names.withLock { $0 } == ["n"])
      #expect(try await Self.count(made) == 60)
      // Nothing is handed over again.
      let third = try await Self.open(made.world)
      #expect(third.waitingRecords == 0)
    }
  }

  @Test("is there once when the answers were lost")
  func lostAnswers() throws {
    try NodeWorld.run { made in
      _ = try await made.fixture.registry.create(SchemaFixture.group("g", .stream, shards: 2))
      made.channel.trouble.withLock { $0.losesAnswers = true }
      let handOff = try await Self.open(made.world)
      try await Self.running(handOff, to: made.node) {
        for start in 0..<3 { try await Self.keep(handOff, "n", start * 10..<start * 10 + 10) }
        try await made.world.clock.sleep(for: .seconds(3))
        made.channel.trouble.withLock { $0.losesAnswers = false }
        try await Self.wait(handOff, made.world)
      }
      #expect(try await Self.count(made) == 30)
    }
  }

  @Test("has a limit, and what is over it is refused")
  func limit() throws {
    try NodeWorld.run { made in
      let handOff = try await Self.open(made.world, max: 4000)
      try await Self.running(handOff) {
        try await Self.keep(handOff, "n", 0..<10)
        await #expect {
          for start in 0..<10 { try await Self.keep(handOff, "n", start * 10..<start * 10 + 10) }
        } throws: { error in
          (error as? SeriesError)?.code == .diskFull
        }
        #expect(handOff.refusedRecords == 1)
      }
    }
  }
}
