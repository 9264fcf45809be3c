import ClusterTesting
import Observability
import Protobuf
import Runtime
import SeriesColumns
import SeriesIngest
import SeriesModel
import SeriesProperty
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Testing
import Values

@testable import SeriesServing

@Suite("The guard of the disk at the doors")
struct DiskGuardTests {
  /// A disk of a hundred blocks, with as many of them in use as wanted.
  private struct Watched: Sendable {
    let disk = SimulatedDisk(seed: 1, faults: DiskFaults { $0.capacityBytes = 100 * 4096 })
    let metrics = MetricRegistry()
    let clock = ModelClock()

    func fill(_ blocks: Int, _ guardian: DiskGuard) async throws {
      try? await self.disk.removeFile("/fill")
      let file = try await self.disk.open("/fill", .creating)
      if blocks > 0 { try await file.allocate(byteCount: Int64(blocks) * 4096) }
      await guardian.look()
    }

    func guarding(_ limits: DiskGuard.Limits) -> DiskGuard {
      DiskGuard(limits, of: "/", on: self.disk, time: self.clock, metrics: self.metrics)
    }
  }

  private static func refused(_ guardian: DiskGuard) -> [DiskGuard.Kind] {
    DiskGuard.Kind.allCases.filter { kind in
      do throws(SeriesError) {
        try guardian.check(kind)
        return false
      } catch {
        return error.code == .diskFull
      }
    }
  }

  @Test("each kind has a limit of its own, and is taken again when the disk is below it")
  func kinds() async throws {
    let watched = Watched()
    let guardian = watched.guarding([.stream: 50, .measure: 80, .trace: 95, .property: 95])
    try await watched.fill(49, guardian)
    #expect(Self.refused(guardian).isEmpty)
    try await watched.fill(50, guardian)
    #expect(Self.refused(guardian) == [.stream])
    #expect(guardian.full == [.stream])
    try await watched.fill(85, guardian)
    #expect(Self.refused(guardian) == [.stream, .measure])
    try await watched.fill(40, guardian)
    #expect(Self.refused(guardian).isEmpty)
    let snapshot = watched.metrics.snapshot()
    #expect(snapshot.value("lake_series_disk_refusals_total", "stream") == .count(2))
    #expect(snapshot.value("lake_series_disk_used_percent", "/") == .number(40))
    #expect(snapshot.value("lake_series_disk_full", "stream") == .number(0))
  }

  @Test("a kind whose part is nothing is only read, however empty the disk; at once when it is set")
  func readOnly() async throws {
    let watched = Watched()
    let guardian = watched.guarding([.measure: 95])
    try await watched.fill(0, guardian)
    #expect(Self.refused(guardian).isEmpty)
    guardian.set([.trace: 0, .property: 0])
    #expect(Self.refused(guardian) == [.trace, .property])
    #expect(guardian.full.isEmpty, "what is so on purpose is no trouble")
    guardian.set([:])
    #expect(Self.refused(guardian).isEmpty)
  }

  @Test(
    "rows of a full kind have STATUS_DISK_FULL, others succeed; properties are refused")
  func statuses() async throws {
    let watched = Watched()
    let guardian = watched.guarding([.measure: 0, .property: 0])
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      var writes = fixture.writes
      writes.store = GuardedRowStore(writes.store, guardian)
      var session = WriteSession(.measure, in: writes)
      let request = MeasureWire.WriteRequest {
        $0.metadata = SchemaFixture.names("g", "m")
        $0.messageID = 1
        $0.dataPoint = SeriesFixture.point(
          SeriesFixture.start, [[.string("x"), .string("e"), .int(1)]], [.int(5)])
      }
      #expect(try await session.take(request) == nil)
      #expect(await session.handOver().map(\.status) == [.diskFull])
      guardian.set([.stream: 0])
      #expect(try await session.take(request) == nil)
      #expect(await session.handOver().map(\.status) == [.succeed])
      guardian.set([.property: 0])
      var properties = PropertyService(
        fixture.schema.facts, registry, time: fixture.schema.clock)
      properties.admit = { () throws(SeriesFault) in try guardian.checkProperty() }
      let guarded = properties
      await #expect {
        _ = try await guarded.delete(
          PropertyWire.DeleteRequest {
            $0.group = "g"
            $0.name = "p"
            $0.id = "1"
          })
      } throws: { ($0 as? SeriesFault)?.kind == .resourceExhausted }
    }
  }
}
