import ClusterTesting
import Protobuf
import Runtime
import SeriesColumns
import SeriesIngest
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Testing
import Values

@Suite("Writes")
struct WriteSessionTests {
  static let start = SeriesFixture.start

  private func running(
    _ body: @Sendable (SeriesFixture) async throws -> Void
  ) async throws {
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure, shards: 5))
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      _ = try await registry.create(SchemaFixture.group("s", .stream))
      _ = try await registry.create(
        DatabaseWire.Stream {
          $0.metadata = SchemaFixture.names("s", "logs")
          $0.tagFamilies = [
            DatabaseWire.TagFamilySpec {
              $0.name = "a"
              $0.tags = [SchemaFixture.tag("svc", .string)]
            },
            DatabaseWire.TagFamilySpec {
              $0.name = "b"
              $0.tags = [SchemaFixture.tag("line", .string), SchemaFixture.tag("n", .int)]
            },
          ]
          $0.entity = DatabaseWire.Entity { $0.tagNames = ["svc"] }
        })
      try await body(fixture)
    }
  }

  private func point(
    _ change: (inout MeasureWire.WriteRequest) -> Void
  ) -> MeasureWire.WriteRequest {
    var request = MeasureWire.WriteRequest {
      $0.metadata = SchemaFixture.names("g", "m")
      $0.messageID = 7
      $0.dataPoint = SeriesFixture.point(
        Self.start, [[.string("x"), .string("e"), .int(1)]], [.int(5)])
    }
    change(&request)
    return request
  }

  private func status(
    _ fixture: SeriesFixture, _ request: MeasureWire.WriteRequest
  ) async throws -> ModelWire.Status {
    var session = WriteSession(.measure, in: fixture.writes)
    if let receipt = try await session.take(request) {
      #expect(receipt.id == request.messageID)
      return receipt.status
    }
    let receipts = await session.handOver()
    #expect(receipts.map(\.id) == [request.messageID])
    return receipts.first?.status ?? .unspecified
  }

  /// Says what the tags of a point are, and nothing of its fields.
  private static func name(_ tags: [String], _ request: inout MeasureWire.WriteRequest) {
    request.dataPointSpec = MeasureWire.DataPointSpec {
      $0.tagFamilySpec = [
        MeasureWire.TagFamilySpec {
          $0.name = "default"
          $0.tagNames = tags
        }
      ]
    }
    let count = request.dataPoint?.tagFamilies[0].tags.count ?? 0
    request.dataPoint?.tagFamilies[0].tags.removeLast(max(0, count - tags.count))
  }

  @Test("each message has the status that it deserves, and the call goes on")
  func statuses() async throws {
    try await self.running { fixture in
      let revision = fixture.registry.subject(.measure, "g", "m")?.modRevision ?? 0
      let cases: [(ModelWire.Status, (inout MeasureWire.WriteRequest) -> Void)] = [
        (.succeed, { _ in }),
        (.succeed, { $0.metadata?.modRevision = revision }),
        (.expiredSchema, { $0.metadata?.modRevision = revision - 1 }),
        (.schemaNotApplied, { $0.metadata?.modRevision = revision + 1 }),
        (.internalError, { $0.metadata?.name = "nothing" }),
        (
          .notFound,
          {
            $0.metadata?.name = "nothing"
            $0.metadata?.modRevision = 1
          }
        ),
        (.invalidTimestamp, { $0.dataPoint?.timestamp?.nanos = 1000 }),
        (.invalidTimestamp, { $0.dataPoint?.timestamp?.seconds = 253_402_300_799 }),
        (.internalError, { $0.dataPoint?.tagFamilies[0].tags[1] = .init() }),
        (
          .internalError,
          { $0.dataPoint?.tagFamilies[0].tags[1] = SeriesValue.strings(["a"]).tagValue }
        ),
        (.internalError, { $0.dataPoint?.tagFamilies[0].tags.removeLast(2) }),
        (.succeed, { $0.dataPoint?.tagFamilies[0].tags.removeLast() }),
        (.internalError, { $0.dataPoint?.tagFamilies[0].tags.append(SeriesFixture.int(1)) }),
        (.internalError, { $0.dataPoint?.tagFamilies.append(.init()) }),
        (.succeed, { $0.dataPoint?.fields.append(SeriesValue.int(1).fieldValue) }),
        (.succeed, { Self.name(["id", "entity_id", "layer"], &$0) }),
        (.succeed, { $0.dataPoint?.fields = [] }),
        // A name of the entity's tag that has no value, and none.
        (.internalError, { Self.name(["id", "layer", "nobody", "entity_id"], &$0) }),
        (.succeed, { Self.name(["id", "layer"], &$0) }),
        (.succeed, { $0.dataPoint?.tagFamilies[0].tags[2] = SeriesFixture.text("no number") }),
      ]
      for (index, (expected, change)) in cases.enumerated() {
        let found = try await self.status(fixture, self.point(change))
        #expect(found == expected, "case \(index)")
      }
    }
  }

  @Test("what breaks a rule of the protocol ends the call")
  func ends() async throws {
    try await self.running { fixture in
      let cases: [(SeriesFault.Kind, (inout MeasureWire.WriteRequest) -> Void)] = [
        (.unknown, { $0.metadata = nil }), (.invalidArgument, { $0.messageID = 0 }),
        (.invalidArgument, { $0.dataPoint = nil }),
        (.invalidArgument, { $0.dataPoint?.timestamp = nil }),
        (.invalidArgument, { $0.dataPoint?.tagFamilies = [] }),
      ]
      for (kind, change) in cases {
        var found: SeriesFault?
        do {
          _ = try await self.status(fixture, self.point(change))
        } catch {
          found = error as? SeriesFault
        }
        #expect(found?.kind == kind)
        if kind == .unknown { #expect(found?.message == WriteSession.metadataMissing) }
      }
    }
  }

  @Test("a stream remembers where it writes and what its positions mean")
  func sticky() async throws {
    try await self.running { fixture in
      var session = WriteSession(.stream, in: fixture.writes)
      let requests = [
        StreamWire.WriteRequest {
          $0.metadata = SchemaFixture.names("s", "logs")
          $0.messageID = 1
          $0.element = SeriesFixture.element(
            "1", Self.start, [[.int(4), .string("later"), .null], [.string("svc")]])
          $0.tagFamilySpec = [
            StreamWire.TagFamilySpec {
              $0.name = "b"
              $0.tagNames = ["n", "line", "nobody knows"]
            },
            StreamWire.TagFamilySpec {
              $0.name = "a"
              $0.tagNames = ["svc"]
            },
          ]
        },
        StreamWire.WriteRequest {
          $0.messageID = 2
          $0.element = SeriesFixture.element("2", Self.start, [[.int(5)], [.string("svc")]])
        },
      ]
      for request in requests {
        let receipt = try await session.take(request)
        #expect(receipt == nil)
      }
      let receipts = await session.handOver()
      #expect(receipts.map(\.status) == [.succeed, .succeed])
      let segments = try await fixture.store.view(group: "s", times: Self.start...Self.start)
      let shard = try #require(segments.first?.shards.first)
      var cursor = shard.scan(
        ScanRequest(
          table: "logs", times: Self.start...Self.start,
          columns: [ColumnSchema("b/line", .string), ColumnSchema("b/n", .integer)]))
      let block = try #require(try await cursor.next())
      let rows = (0..<block.count).map {
        "\(block.columns[0].value($0)) \(block.columns[1].value($0))"
      }
      #expect(rows.sorted() == ["null int(5)", "string(\"later\") int(4)"])
      let number = SeriesKey.number(name: "logs", entity: [.string("svc")])
      #expect(block.runs.map(\.seriesID) == [number])
      #expect(
        Set(block.versions.map { UInt64(bitPattern: $0) })
          == Set(["1", "2"].map { ElementID.hash(group: "s", name: "logs", clientID: $0) }))
    }
  }

  @Test("rows go to the shard of their key, and elements without an id have one each")
  func shards() async throws {
    try await self.running { fixture in
      for entity in ["a", "b", "c", "d", "e", "f"] {
        let point = SeriesFixture.point(
          Self.start, [[.string("x"), .string(entity), .int(1)]], [.int(5)])
        #expect(try await fixture.write("g", "m", [point]) == [.succeed])
        let expected = ShardKey.shard(name: "m", values: [.string(entity)], among: 5)
        let segments = try await fixture.store.view(group: "g", times: Self.start...Self.start)
        let number = SeriesKey.number(name: "m", entity: [.string(entity)]) ?? 0
        var found: [UInt32] = []
        for shard in segments.flatMap(\.shards) {
          let series = try await shard.series(table: "m", terms: [], columns: [])
          if series.ids.contains(number) { found.append(shard.shard) }
        }
        #expect(found == [expected])
      }
      let elements = (0..<3).map { _ in
        SeriesFixture.element("", Self.start, [[.string("svc")]])
      }
      #expect(try await fixture.write("s", "logs", elements).allSatisfy { $0 == .succeed })
      let segments = try await fixture.store.view(group: "s", times: Self.start...Self.start)
      var ids: Set<Int64> = []
      for shard in segments.flatMap(\.shards) {
        var cursor = shard.scan(
          ScanRequest(table: "logs", times: Self.start...Self.start, columns: []))
        while let block = try await cursor.next() { ids.formUnion(block.versions) }
      }
      #expect(ids.count == 3)
    }
  }

  /// A store that takes nothing.
  struct FullStore: RowStore {
    var code: SeriesError.Code
    func view(
      group: String, times: ClosedRange<Int64>
    ) async throws(SeriesError) -> [StoredSegment] { [] }
    func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
      throw SeriesError(self.code, "no")
    }
  }

  @Test("a store that takes nothing is told in every receipt")
  func failures() async throws {
    try await self.running { fixture in
      for (code, status) in [
        (SeriesError.Code.diskFull, ModelWire.Status.diskFull), (.failed, .internalError),
      ] {
        var environment = fixture.writes
        environment.store = FullStore(code: code)
        var session = WriteSession(.measure, in: environment)
        for id in 1...3 as ClosedRange<UInt64> {
          let receipt = try await session.take(self.point { $0.messageID = id })
          #expect(receipt == nil)
        }
        let receipts = await session.handOver()
        #expect(receipts.map(\.status) == [status, status, status])
        #expect(receipts.map(\.id) == [1, 2, 3])
        let again = await session.handOver()
        #expect(again.isEmpty)
      }
    }
  }

  @Test("a long stream hands over by count and by time")
  func due() async throws {
    try await self.running { fixture in
      var environment = fixture.writes
      environment.messagesMax = 3
      var session = WriteSession(.measure, in: environment)
      for id in 1...3 as ClosedRange<UInt64> {
        let isEarly = session.isDue
        #expect(!isEarly)
        _ = try await session.take(self.point { $0.messageID = id })
      }
      let isFull = session.isDue
      #expect(isFull)
      let receipts = await session.handOver()
      #expect(receipts.count == 3)
      _ = try await session.take(self.point { _ in })
      let isYoung = session.isDue
      #expect(!isYoung)
      fixture.schema.clock.advance(by: .seconds(1))
      let isOld = session.isDue
      #expect(isOld)
    }
  }

  @Test("what a client knows of the schema is waited for, when the operator says so")
  func patience() async throws {
    try await self.running { fixture in
      let clock = fixture.schema.clock
      let revision = clock.wallNow.nanoseconds + 1_000_000_000
      let request = self.point {
        $0.metadata = SchemaFixture.names("g", "later")
        $0.metadata?.modRevision = revision
      }
      #expect(try await self.status(fixture, request) == .notFound)
      var environment = fixture.writes
      environment.patience = .seconds(5)
      let patient = environment
      let statuses = try await withThrowingTaskGroup(of: [ModelWire.Status].self) { group in
        group.addTask {
          var session = WriteSession(.measure, in: patient)
          let refused = try await session.take(request)
          let receipts = await session.handOver()
          return [refused?.status].compactMap { $0 } + receipts.map(\.status)
        }
        for _ in 0..<2000 { await Task.yield() }
        clock.advance(by: .seconds(1))
        _ = try await fixture.registry.create(SchemaFixture.measure("g", "later"))
        group.addTask {
          while !Task.isCancelled {
            clock.advance(by: .milliseconds(1))
            await Task.yield()
          }
          return []
        }
        let first = try await group.next() ?? []
        group.cancelAll()
        return first
      }
      #expect(statuses == [.succeed])
    }
  }
}
