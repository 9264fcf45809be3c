import Admin
import ClusterTesting
import Observability
import Protobuf
import Runtime
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing
import Values

@testable import SeriesService

@Suite("The daemon's own metrics as time series")
struct SelfObservationTests {
  private func observation(
    _ fixture: SeriesFixture, _ metrics: MetricRegistry, days: UInt32 = 7
  ) -> SelfObservation {
    SelfObservation(
      fixture.writes, metrics: metrics, node: "n1", interval: .seconds(15), ttlDays: days)
  }

  private func points(_ fixture: SeriesFixture) async throws -> [MeasureWire.DataPoint] {
    try await MeasureQuery.run(
      MeasureWire.QueryRequest {
        $0.groups = [SelfObservation.group]
        $0.name = SelfObservation.measure
        $0.limit = 10_000
        $0.timeRange = SeriesFixture.range(
          SeriesFixture.start, SeriesFixture.start + 3600 * SeriesFixture.second)
        $0.tagProjection = SeriesFixture.projection([
          (SelfObservation.family, SelfObservation.tags)
        ])
        $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection {
          $0.names = SelfObservation.fields
        }
      }, in: fixture.queries
    ).dataPoints
  }

  @Test("every series of the registry is a point, each time; counters become rates")
  func samples() async throws {
    let fixture = SeriesFixture()
    let metrics = MetricRegistry()
    let requests = metrics.counters("lake_test_requests_total", "t", labels: ["op", "code"])
    metrics.gauge("lake_test_level", "t").set(2.5)
    let times = metrics.histogram("lake_test_seconds", "t", scale: .nanoseconds)
    try await fixture.running { _ in
      let observation = self.observation(fixture, metrics)
      try await observation.prepare()
      for turn in 0..<5 {
        requests.with("get", "200").add(30)
        if turn == 1 { requests.with("put", "200").add(1) }
        times.record(1_000_000)
        try await observation.sample()
        fixture.schema.clock.advance(by: .seconds(15))
      }
      let points = try await self.points(fixture)
      let frame = HistoryFrame(
        end: SeriesFixture.start + 60 * SeriesFixture.second, window: 60 * SeriesFixture.second,
        parts: 4)
      let records = frame.records(
        points.filter { point in
          point.tagFamilies[0].tags[0].value?.value
            == SeriesValue.string("lake_test_requests_total").tagValue.value
        })
      let gets = records.filter { $0.labels == "op=get,code=200" }
      // The first sample has no rate; the last part holds the fourth and the fifth.
      #expect(gets.map(\.rate) == [nil, 2, 2, 2])
      #expect(gets.map(\.value) == [nil, nil, nil, nil])
      #expect(gets.map(\.node) == ["n1", "n1", "n1", "n1"])
      let level = frame.records(
        points.filter { point in
          point.tagFamilies[0].tags[0].value?.value
            == SeriesValue.string("lake_test_level").tagValue.value
        })
      #expect(level.map(\.value) == [2.5, 2.5, 2.5, 2.5])
      let seconds = frame.records(
        points.filter { point in
          point.tagFamilies[0].tags[0].value?.value
            == SeriesValue.string("lake_test_seconds").tagValue.value
        })
      #expect(seconds.allSatisfy { $0.p99.map { $0 > 0.0009 && $0 < 0.0011 } ?? false })
      #expect(seconds.last?.rate == 1.0 / 15)
    }
  }

  @Test("a sample is no larger than the one before it: what it counts itself adds no points")
  func constant() async throws {
    let fixture = SeriesFixture()
    let metrics = MetricRegistry()
    metrics.gauge("lake_test_level", "t").set(1)
    try await fixture.running { _ in
      let observation = self.observation(fixture, metrics)
      try await observation.prepare()
      var counts: [Int] = []
      for _ in 0..<4 {
        let before = try await self.points(fixture).count
        try await observation.sample()
        counts.append(try await self.points(fixture).count - before)
        fixture.schema.clock.advance(by: .seconds(15))
      }
      #expect(Set(counts).count == 1, "\(counts)")
    }
  }

  @Test("another number of days in the settings changes the group")
  func days() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      try await self.observation(fixture, MetricRegistry()).prepare()
      try await self.observation(fixture, MetricRegistry(), days: 30).prepare()
      let group = registry.current.group(SelfObservation.group)
      #expect(group?.resourceOpts?.ttl?.num == 30)
    }
  }

  @Test("a counter that went back has no rate there")
  func restart() {
    func point(_ second: Int64, _ value: Double) -> MeasureWire.DataPoint {
      MeasureWire.DataPoint {
        $0.timestamp = ProtoTimestamp(nanoseconds: second * 1_000_000_000)
        $0.tagFamilies = [
          ModelWire.TagFamily {
            $0.tags = ["m", "", "n", "counter"].map { text in
              ModelWire.Tag { $0.value = SeriesValue.string(text).tagValue }
            }
          }
        ]
        $0.fields = [value, nil, nil, nil, nil].map { number in
          MeasureWire.DataPoint.Field {
            $0.value = (number.map { SeriesValue.float($0) } ?? .null).fieldValue
          }
        }
      }
    }
    let frame = HistoryFrame(end: 40_000_000_000, window: 40_000_000_000, parts: 4)
    let records = frame.records([point(0, 100), point(10, 110), point(20, 5), point(30, 15)])
    #expect(records.map(\.rate) == [nil, 1, nil, 1])
  }
}
