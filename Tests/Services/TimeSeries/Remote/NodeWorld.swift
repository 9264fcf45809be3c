import ClusterTesting
import Link
import LinkServing
import Observability
import Protobuf
import Runtime
import SeriesColumns
import SeriesQuery
import SeriesRemote
import SeriesSchema
import SeriesTesting
import SeriesWire
import Simulation
import Synchronization
import Values

/// Counts calls, and may lose requests or answers.
final class NodeChannel: LinkChannel {
  struct Trouble: Sendable {
    var isCut = false
    var losesAnswers = false
    /// Who asks waits until it gives up.
    var hangs = false
    /// The same of all but pings.
    var worksForEver = false
  }

  let trouble = Mutex(Trouble())
  let bodies = Mutex<[UInt32: [UInt8]]>([:])
  private let inner: any LinkChannel
  private let clock: any TimeSource

  init(_ inner: any LinkChannel, clock: any TimeSource) {
    self.inner = inner
    self.clock = clock
  }

  private func wait(_ request: LinkRequest) async throws(LinkError) {
    let trouble = self.trouble.withLock { $0 }
    guard trouble.hangs || trouble.worksForEver && request.command != LinkCommand.ping else {
      return
    }
    do {
      try await self.clock.sleep(until: request.deadline)
    } catch {
      throw LinkError(.cancelled, "the call was cancelled")
    }
    throw LinkError(.deadlineExceeded, "no answer before the deadline")
  }

  private func check(_ request: LinkRequest) throws(LinkError) {
    self.bodies.withLock { $0[request.command] = request.body }
    guard !self.trouble.withLock({ $0.isCut }) else {
      throw LinkError(.unreachable, "the request was lost")
    }
  }

  func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply {
    try self.check(request)
    try await self.wait(request)
    let reply = try await self.inner.call(request)
    guard !self.trouble.withLock({ $0.losesAnswers }) else {
      throw LinkError(.unreachable, "the answer was lost")
    }
    return reply
  }

  func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream {
    try self.check(request)
    try await self.wait(request)
    return try await self.inner.stream(request)
  }
}

/// A data node with rows in memory, and the way to it.
struct NodeWorld: Sendable {
  let world: World
  let fixture: SeriesFixture
  let channel: NodeChannel
  let node: RemoteSeriesNode

  static func run(
    seed: UInt64 = 1, _ body: @escaping @Sendable (NodeWorld) async throws -> Void
  ) throws {
    try Simulation.run(seed: seed) { world in
      let fixture = SeriesFixture()
      // The clock of the schema goes with that of the world.
      world.spawn {
        while (try? await world.clock.sleep(for: .milliseconds(500))) != nil {
          fixture.schema.clock.advance(by: .milliseconds(500))
        }
      }
      try await fixture.running { _ in
        let local = LocalSeriesNode("n", fixture.queries, data: NoData()) { _ in [] }
        let server = SeriesNodeServer(time: world.clock, random: world.random) { local }
        var router = LinkRouter()
        server.add(to: &router)
        let link = LinkLocal(
          router,
          identity: LinkIdentity(
            role: "test", clusterID: [UInt8](repeating: 1, count: 16), nodeID: "n"),
          limits: LinkLimits { $0.frameByteCountMax = 32 << 20 }, clock: world.clock,
          metrics: LinkMetrics(MetricRegistry()), spawn: { world.spawn($0) })
        let channel = NodeChannel(link, clock: world.clock)
        try await body(
          NodeWorld(
            world: world, fixture: fixture, channel: channel,
            node: RemoteSeriesNode("n", channel, clock: world.clock)))
      }
    }
  }

  static func batch(
    _ kind: TableKind, shard: UInt32 = 0, rows: Range<Int>, group: String = "g",
    table: String = "t"
  ) -> RowBatch {
    let schema = TableSchema(
      name: table, kind: kind,
      columns: [
        ColumnSchema("v", .integer), ColumnSchema("w", .string, index: .inverted(.keyword)),
        ColumnSchema("l", .strings), ColumnSchema("f", .float),
      ], seriesColumns: [ColumnSchema("s", .string, index: .inverted(.keyword))])
    var batch = RowBatch(group: group, schema: schema, shard: shard)
    var known: Set<UInt64> = []
    for row in rows {
      let series = UInt64(row % 7)
      batch.seriesIDs.append(series)
      batch.timestamps.append(SeriesFixture.start + Int64(row) * SeriesFixture.minute)
      batch.versions.append(Int64(row))
      if row % 5 == 0 {
        batch.columns[0].appendNull()
      } else {
        batch.columns[0].append(integer: Int64(row))
      }
      batch.columns[1].append(text: "word-\(row % 3)")
      batch.columns[2].append(strings: ["a", "\(row)"])
      batch.columns[3].append(float: -Double(row))
      guard known.insert(series).inserted else { continue }
      batch.series.ids.append(series)
      batch.series.columns[0].append(text: "series-\(series)")
    }
    return batch
  }

  static func delivery(_ batches: [RowBatch]) -> Delivery {
    var delivery = Delivery()
    for batch in batches { delivery.add(Delivery.encoded(batch), rows: batch.count) }
    return delivery
  }
}

struct NoData: GroupData {
  func holdsData(_ group: String) async throws(SeriesFault) -> Bool { false }
  func byteCount(_ group: String) async throws(SeriesFault) -> Int64 { 17 }
  func drop(_ group: String) async throws(SeriesFault) {
    throw SeriesFault(.failedPrecondition, "group \(group) stays")
  }
  func inspect(_ group: String) async throws(SeriesFault)
    -> (data: [DatabaseWire.DataInfo], liaisons: [DatabaseWire.LiaisonInfo])
  {
    ([DatabaseWire.DataInfo { $0.dataSizeBytes = 23 }], [])
  }
}
