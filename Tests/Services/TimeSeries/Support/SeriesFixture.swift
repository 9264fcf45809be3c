import ClusterTesting
import Protobuf
import Runtime
import SeriesColumns
package import SeriesIngest
package import SeriesModel
package import SeriesQuery
package import SeriesSchema
import SeriesStorage
package import SeriesWire
package import Simulation
import Values

/// A front over rows in memory: a registry, a store, and what writes and queries need.
package struct SeriesFixture: Sendable {
  /// 2026-01-01T00:00:00Z.
  package static let start: Int64 = 1_767_225_600_000_000_000
  package static let second: Int64 = 1_000_000_000
  package static let minute: Int64 = 60 * second

  package let schema = SchemaFixture()
  package let store: MemoryRowStore
  package let random: SimulatedRandom

  package init(segmentSeconds: Int64 = 3600, seed: UInt64 = 1) {
    self.store = MemoryRowStore(segmentSeconds: segmentSeconds)
    self.random = SimulatedRandom(seed: seed)
  }

  package var registry: SchemaRegistry { self.schema.registry }

  package var queries: QueryEnvironment {
    QueryEnvironment(self.registry, self.store, time: self.schema.clock)
  }

  /// The same, answered from the shares of so many nodes when there are several.
  package func queries(nodes: UInt32) -> QueryEnvironment {
    Self.shared(self.queries, nodes: nodes)
  }

  package static func shared(
    _ environment: QueryEnvironment, nodes: UInt32
  ) -> QueryEnvironment {
    guard nodes > 1 else { return environment }
    var shared = environment
    shared.partials = SharedAnswers(environment: environment, nodes: nodes)
    return shared
  }

  package var writes: WriteEnvironment {
    WriteEnvironment(self.registry, self.store, time: self.schema.clock, random: self.random)
  }

  package func running(_ body: @Sendable (SchemaRegistry) async throws -> Void) async throws {
    try await self.schema.running(body)
  }

  // MARK: Values

  package static func text(_ text: String) -> ModelWire.TagValue {
    SeriesValue.string(text).tagValue
  }
  package static func int(_ number: Int64) -> ModelWire.TagValue {
    SeriesValue.int(number).tagValue
  }
  package static let null = SeriesValue.null.tagValue

  package static func range(_ begin: Int64, _ end: Int64) -> ModelWire.TimeRange {
    ModelWire.TimeRange {
      $0.begin = ProtoTimestamp(nanoseconds: begin)
      $0.end = ProtoTimestamp(nanoseconds: end)
    }
  }

  package static func projection(
    _ families: [(String, [String])]
  ) -> ModelWire.TagProjection {
    ModelWire.TagProjection {
      $0.tagFamilies = families.map { name, tags in
        ModelWire.TagProjection.TagFamily {
          $0.name = name
          $0.tags = tags
        }
      }
    }
  }

  package static func condition(
    _ name: String, _ op: ModelWire.Condition.BinaryOp, _ value: SeriesValue
  ) -> ModelWire.Criteria {
    ModelWire.Criteria {
      $0.exp = .condition(
        ModelWire.Condition {
          $0.name = name
          $0.op = op
          $0.value = value.tagValue
        })
    }
  }

  package static func joined(
    _ op: ModelWire.LogicalExpression.LogicalOp, _ left: ModelWire.Criteria?,
    _ right: ModelWire.Criteria?
  ) -> ModelWire.Criteria {
    ModelWire.Criteria {
      $0.exp = .le(
        ModelWire.LogicalExpression {
          $0.op = op
          $0.left = left
          $0.right = right
        })
    }
  }

  // MARK: Schema

  package func bind(
    _ group: String, _ catalog: CommonWire.Catalog, _ subject: String, _ rules: [String]
  ) async throws {
    _ = try await self.registry.create(
      DatabaseWire.IndexRuleBinding {
        $0.metadata = SchemaFixture.names(group, "\(subject)-binding")
        $0.rules = rules
        $0.subject = DatabaseWire.Subject {
          $0.catalog = catalog
          $0.name = subject
        }
        $0.beginAt = ProtoTimestamp(nanoseconds: 0)
        $0.expireAt = ProtoTimestamp(nanoseconds: 4_000_000_000_000_000_000)
      })
  }

  // MARK: Writes

  /// Writes points of a measure in one call; the statuses of those that are refused, then of the others.
  package func write(
    _ group: String, _ name: String, _ points: [MeasureWire.DataPointValue]
  ) async throws -> [ModelWire.Status] {
    var session = WriteSession(.measure, in: self.writes)
    var statuses: [ModelWire.Status] = []
    for (index, point) in points.enumerated() {
      let request = MeasureWire.WriteRequest {
        if index == 0 { $0.metadata = SchemaFixture.names(group, name) }
        $0.dataPoint = point
        $0.messageID = UInt64(index + 1)
      }
      if let receipt = try await session.take(request) { statuses.append(receipt.status) }
    }
    let receipts = await session.handOver()
    return statuses + receipts.map(\.status)
  }

  package static func point(
    _ time: Int64, _ tags: [[SeriesValue]], _ fields: [SeriesValue], version: Int64 = 0
  ) -> MeasureWire.DataPointValue {
    MeasureWire.DataPointValue {
      $0.timestamp = ProtoTimestamp(nanoseconds: time)
      $0.tagFamilies = tags.map { family in
        ModelWire.TagFamilyForWrite { $0.tags = family.map(\.tagValue) }
      }
      $0.fields = fields.map(\.fieldValue)
      $0.version = version
    }
  }

  /// Writes elements of a stream in one call.
  package func write(
    _ group: String, _ name: String, _ elements: [StreamWire.ElementValue]
  ) async throws -> [ModelWire.Status] {
    var session = WriteSession(.stream, in: self.writes)
    var statuses: [ModelWire.Status] = []
    for (index, element) in elements.enumerated() {
      let request = StreamWire.WriteRequest {
        if index == 0 { $0.metadata = SchemaFixture.names(group, name) }
        $0.element = element
        $0.messageID = UInt64(index + 1)
      }
      if let receipt = try await session.take(request) { statuses.append(receipt.status) }
    }
    let receipts = await session.handOver()
    return statuses + receipts.map(\.status)
  }

  package static func element(
    _ id: String, _ time: Int64, _ tags: [[SeriesValue]]
  ) -> StreamWire.ElementValue {
    StreamWire.ElementValue {
      $0.elementID = id
      $0.timestamp = ProtoTimestamp(nanoseconds: time)
      $0.tagFamilies = tags.map { family in
        ModelWire.TagFamilyForWrite { $0.tags = family.map(\.tagValue) }
      }
    }
  }

  /// Writes spans of a trace in one call.
  package func write(
    _ group: String, _ name: String, spans: [(tags: [SeriesValue], body: String)]
  ) async throws -> [ModelWire.Status] {
    var session = WriteSession(.trace, in: self.writes)
    var statuses: [ModelWire.Status] = []
    for (index, span) in spans.enumerated() {
      let request = TraceWire.WriteRequest {
        if index == 0 { $0.metadata = SchemaFixture.names(group, name) }
        $0.tags = span.tags.map(\.tagValue)
        $0.span = Array(span.body.utf8)
        $0.version = UInt64(index + 1)
      }
      if let receipt = try await session.take(request) { statuses.append(receipt.status) }
    }
    let receipts = await session.handOver()
    return statuses + receipts.map(\.status)
  }
}

/// Nodes that have every so many-th shard each, in one process.
private struct SharedAnswers: PartialSource {
  let environment: QueryEnvironment
  let nodes: UInt32

  func partials(_ query: PartialQuery) async throws(SeriesFault) -> [[UInt8]] {
    var answers: [[UInt8]] = []
    for node in 0..<self.nodes {
      let shards = Set((0..<16 as Range<UInt32>).filter { $0 % self.nodes == node })
      var environment = self.environment
      environment.store = ShardChoice(
        self.environment.store,
        Dictionary(
          uniqueKeysWithValues: query.groups.map {
            ($0, GroupShare(shares: [ShardShare(shards: shards)]))
          }))
      answers.append(try await query.answer(in: environment))
    }
    return answers
  }
}
