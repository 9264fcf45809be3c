import Bytes
import ClusterTesting
import Glibc
import Protobuf
import Runtime
import SeriesColumns
import SeriesIngest
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesStorage
import SeriesWire
import Values

// What the front costs beside the engine: points from their bytes into batches, and a query over blocks
// that are there already. One core, CPU time.
//
//   bench-series-front [--points N]

/// Takes everything and keeps nothing; gives blocks of regular series.
struct FlatStore: RowStore {
  var seriesCount = 4000
  var pointCount = 360

  func view(
    group: String, times: ClosedRange<Int64>
  ) async throws(SeriesError) -> [StoredSegment] {
    [
      StoredSegment(
        times: times.lowerBound..<times.upperBound,
        shards: [FlatShard(seriesCount: self.seriesCount, pointCount: self.pointCount)])
    ]
  }

  func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    WriteOutcome(rows: batches.reduce(0) { $0 + $1.count })
  }
}

struct FlatShard: StoredShard {
  let shard: UInt32 = 0
  let seriesCount: Int
  let pointCount: Int

  func series(
    table: String, terms: [IndexTerms], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows {
    var rows = SeriesRows(columns: columns.map { Column($0.type) })
    for series in 0..<self.seriesCount {
      rows.ids.append(UInt64(series))
      for (index, column) in columns.enumerated() {
        if column.type == .string {
          rows.columns[index].append(
            text: column.name.hasSuffix("host") ? "host_\(series)" : "region_\(series % 8)")
        } else {
          rows.columns[index].appendNull()
        }
      }
    }
    return rows
  }

  func scan(_ request: ScanRequest) -> any RowCursor {
    FlatCursor(request: request, series: 0, shard: self)
  }

  func ordered(_ request: OrderedRequest) -> any OrderCursor {
    preconditionFailure("no orders here")
  }
}

struct FlatCursor: RowCursor {
  let request: ScanRequest
  var series: Int
  let shard: FlatShard

  mutating func next() async throws(SeriesError) -> RowBlock? {
    guard self.series < self.shard.seriesCount else { return nil }
    let wanted = self.request.series
    var ids: [UInt64] = []
    while ids.count < 16, self.series < self.shard.seriesCount {
      let id = UInt64(self.series)
      self.series += 1
      if wanted == nil || wanted?.contains(id) == true { ids.append(id) }
    }
    if ids.isEmpty { return nil }
    let points = self.shard.pointCount
    let times = (0..<points).map { self.request.times.lowerBound + Int64($0) * 10_000_000_000 }
    let count = ids.count * points
    return RowBlock(
      runs: ids.enumerated().map { index, id in
        SeriesRun(seriesID: id, rows: index * points..<(index + 1) * points)
      },
      timestamps: ids.flatMap { _ in times }, versions: [Int64](repeating: 1, count: count),
      columns: self.request.columns.map { column in
        column.type == .float
          ? Column(floats: (0..<count).map { Double($0 % 100) })
          : Column(integers: (0..<count).map { Int64($0 % 100) })
      })
  }
}

func cpuSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

@main
struct Bench {
  static let start: Int64 = 1_767_225_600_000_000_000

  static func main() async throws {
    var points = 200_000
    if let at = CommandLine.arguments.firstIndex(of: "--points") {
      points = Int(CommandLine.arguments[at + 1]) ?? points
    }
    let count = points
    let group = try EventLoopGroup(loops: 1)
    try await group.run {
      let clock = ModelClock()
      let registry = SchemaRegistry(ModelFacts(clock: clock), time: clock)
      try await self.makeSchema(registry)
      try await self.ingest(registry, clock, count)
      try await self.query(registry, clock)
      try await self.rank(registry, clock)
    }
    group.stop()
  }

  static func makeSchema(_ registry: SchemaRegistry) async throws {
    _ = try await registry.create(
      CommonWire.Group {
        $0.metadata = CommonWire.Metadata { $0.name = "g" }
        $0.catalog = .measure
        $0.resourceOpts = CommonWire.ResourceOpts {
          $0.shardNum = 2
          for path in [\CommonWire.ResourceOpts.segmentInterval, \.ttl] {
            $0[keyPath: path] = CommonWire.IntervalRule {
              $0.unit = .day
              $0.num = 1
            }
          }
        }
      })
    _ = try await registry.create(
      DatabaseWire.Measure {
        $0.metadata = self.metadata
        $0.tagFamilies = [
          DatabaseWire.TagFamilySpec {
            $0.name = "default"
            $0.tags = ["host", "region"].map { name in
              DatabaseWire.TagSpec {
                $0.name = name
                $0.type = .string
              }
            }
          }
        ]
        $0.entity = DatabaseWire.Entity { $0.tagNames = ["host", "region"] }
        $0.fields = (0..<10).map { number in
          DatabaseWire.FieldSpec {
            $0.name = "f\(number)"
            $0.fieldType = .float
          }
        }
        $0.interval = "1m"
      })
    _ = try await registry.create(
      DatabaseWire.TopNAggregation {
        $0.metadata = CommonWire.Metadata {
          $0.group = "g"
          $0.name = "top"
        }
        $0.sourceMeasure = self.metadata
        $0.fieldName = "f0"
        $0.countersNumber = 1000
      })
  }

  static var metadata: CommonWire.Metadata {
    CommonWire.Metadata {
      $0.group = "g"
      $0.name = "cpu"
    }
  }

  static func ingest(_ registry: SchemaRegistry, _ clock: ModelClock, _ count: Int) async throws {
    let requests = (0..<count).map { number in
      MeasureWire.WriteRequest {
        if number == 0 { $0.metadata = self.metadata }
        $0.messageID = UInt64(number + 1)
        $0.dataPoint = MeasureWire.DataPointValue {
          $0.timestamp = ProtoTimestamp(nanoseconds: self.start + Int64(number) * 1_000_000)
          $0.tagFamilies = [
            ModelWire.TagFamilyForWrite {
              $0.tags = [
                SeriesValue.string("host_\(number % 4000)").tagValue,
                SeriesValue.string("region_\(number % 8)").tagValue,
              ]
            }
          ]
          $0.fields = (0..<10).map { SeriesValue.float(Double(number % 100 + $0)).fieldValue }
        }
      }.encoded()
    }
    let environment = WriteEnvironment(
      registry, FlatStore(), time: clock, random: SystemRandom.shared)
    var messages: [MeasureWire.WriteRequest] = []
    messages.reserveCapacity(count)
    let before = cpuSeconds()
    for bytes in requests {
      messages.append(try MeasureWire.WriteRequest(decoding: bytes.rawBytes))
    }
    let decoded = cpuSeconds()
    var session = WriteSession(.measure, in: environment)
    var done = 0
    for message in messages {
      _ = try await session.take(message)
      if session.isDue { done += await session.handOver().count }
    }
    done += await session.handOver().count
    let taken = cpuSeconds()
    print(
      "decode  \(Int(Double(count) / (decoded - before))) points/s, \(requests[1].count) bytes each"
    )
    print("take    \(Int(Double(done) / (taken - decoded))) points/s of 10 fields")
  }

  static func query(_ registry: SchemaRegistry, _ clock: ModelClock) async throws {
    let store = FlatStore()
    let environment = QueryEnvironment(registry, store, time: clock)
    for (name, change) in self.queries {
      var request = MeasureWire.QueryRequest {
        $0.groups = ["g"]
        $0.name = "cpu"
        $0.timeRange = ModelWire.TimeRange {
          $0.begin = ProtoTimestamp(nanoseconds: self.start)
          $0.end = ProtoTimestamp(nanoseconds: self.start + 3_600_000_000_000)
        }
        $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection { $0.names = ["f0"] }
      }
      change(&request)
      // What making the blocks costs.
      let idle = cpuSeconds()
      let plain = FlatShard(seriesCount: store.seriesCount, pointCount: store.pointCount)
      var cursor = plain.scan(
        ScanRequest(
          table: "cpu", times: self.start...(self.start + 1),
          columns: [ColumnSchema("#f0", .float)]))
      while try await cursor.next() != nil {}
      let before = cpuSeconds()
      let answer = try await MeasureQuery.run(request, in: environment)
      let spent = cpuSeconds() - before - (before - idle)
      let rows = store.seriesCount * store.pointCount
      print(
        "\(name)  \(rows) rows in \(Int(spent * 1000)) ms of CPU, "
          + "\(answer.dataPoints.count) points")
    }
  }

  static let queries: [(String, @Sendable (inout MeasureWire.QueryRequest) -> Void)] = [
    ("sum by region   ", { Self.group(&$0, ["region"]) }),
    ("sum by host     ", { Self.group(&$0, ["host"]) }),
    (
      "newest 20 points",
      {
        $0.tagProjection = Self.tags(["host"])
        $0.limit = 20
        $0.orderBy = ModelWire.QueryOrder { $0.sort = .desc }
      }
    ),
    (
      "top 5 points    ",
      {
        $0.tagProjection = Self.tags(["host"])
        $0.top = MeasureWire.QueryRequest.Top {
          $0.number = 5
          $0.fieldName = "f0"
          $0.fieldValueSort = .desc
        }
      }
    ),
  ]

  static func rank(_ registry: SchemaRegistry, _ clock: ModelClock) async throws {
    let store = FlatStore()
    let request = MeasureWire.TopNRequest {
      $0.groups = ["g"]
      $0.name = "top"
      $0.timeRange = ModelWire.TimeRange {
        $0.begin = ProtoTimestamp(nanoseconds: self.start)
        $0.end = ProtoTimestamp(nanoseconds: self.start + 3_600_000_000_000)
      }
      $0.topN = 10
      $0.fieldValueSort = .desc
    }
    let before = cpuSeconds()
    let answer = try await TopNQuery.run(
      request, in: QueryEnvironment(registry, store, time: clock))
    print(
      "best 10 entities  \(store.seriesCount * store.pointCount) rows in "
        + "\(Int((cpuSeconds() - before) * 1000)) ms of CPU with the making of the blocks, "
        + "\(answer.lists.first?.items.count ?? 0) items")
  }

  static func tags(_ names: [String]) -> ModelWire.TagProjection {
    ModelWire.TagProjection {
      $0.tagFamilies = [
        ModelWire.TagProjection.TagFamily {
          $0.name = "default"
          $0.tags = names
        }
      ]
    }
  }

  static func group(_ request: inout MeasureWire.QueryRequest, _ names: [String]) {
    request.tagProjection = Self.tags(names)
    request.limit = 10_000
    request.groupBy = MeasureWire.QueryRequest.GroupBy {
      $0.tagProjection = Self.tags(names)
      $0.fieldName = "f0"
    }
    request.agg = MeasureWire.QueryRequest.Aggregation {
      $0.function = .sum
      $0.fieldName = "f0"
    }
  }
}
