package import Observability
import Protobuf
import Runtime
package import SeriesIngest
import SeriesModel
package import SeriesSchema
import SeriesWire
import Values

/// Keeps the metrics of this process among its own time series: each sample of a metric is a point of the measure
/// `metrics` in the group `_lakeworks`.
///
/// It holds nobody up: it samples when the last sample is written, and leaves out what cannot be written. A
/// sample has as many points as there are metrics, whatever the sample itself counts.
package struct SelfObservation: Sendable {
  package static let group = "_lakeworks"
  package static let measure = "metrics"
  static let family = "tags"
  static let entity = ["metric", "labels", "node"]
  static let tags = entity + ["type"]
  /// `value` of a counter or gauge; the mean of a histogram since the process began, and beside it the others.
  static let fields = ["value", "count", "p50", "p99", "max"]

  private let registry: SchemaRegistry
  private let writes: WriteEnvironment
  private let metrics: MetricRegistry
  private let node: String
  private let interval: Duration
  private let ttlDays: UInt32
  private let failures: Counter

  package init(
    _ writes: WriteEnvironment, metrics: MetricRegistry, node: String, interval: Duration,
    ttlDays: UInt32
  ) {
    self.registry = writes.registry
    self.writes = writes
    self.metrics = metrics
    self.node = node
    self.interval = interval
    self.ttlDays = ttlDays
    self.failures = metrics.counter(
      "lake_series_self_failed_total", "Samples of our own metrics that were not written.")
  }

  /// Samples until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      try await self.writes.time.sleep(for: self.interval)
      do throws(SeriesFault) {
        try await self.prepare()
        try await self.sample()
      } catch {
        self.failures.add(1)
      }
    }
  }

  /// Makes the group and the measure, or gives the group the days that the settings say.
  package func prepare() async throws(SeriesFault) {
    let state = self.registry.current
    let group = CommonWire.Group {
      $0.metadata = CommonWire.Metadata { $0.name = Self.group }
      $0.catalog = .measure
      $0.resourceOpts = CommonWire.ResourceOpts {
        $0.shardNum = 1
        $0.segmentInterval = Self.days(1)
        $0.ttl = Self.days(self.ttlDays)
      }
    }
    if let known = state.group(Self.group) {
      if known.resourceOpts?.ttl?.seconds != group.resourceOpts?.ttl?.seconds {
        _ = try await self.registry.update(group)
      }
    } else {
      try await self.made(group)
    }
    guard state.item(SchemaKey(.measure, Self.group, Self.measure)) == nil else { return }
    try await self.made(Self.schema)
  }

  private func made<Object: SchemaObject>(_ object: Object) async throws(SeriesFault) {
    do throws(SeriesFault) {
      _ = try await self.registry.create(object)
    } catch {
      guard error.kind == .alreadyExists else { throw error }
    }
  }

  private static func days(_ count: UInt32) -> CommonWire.IntervalRule {
    CommonWire.IntervalRule {
      $0.unit = .day
      $0.num = count
    }
  }

  private static var schema: DatabaseWire.Measure {
    DatabaseWire.Measure {
      $0.metadata = CommonWire.Metadata {
        $0.group = Self.group
        $0.name = Self.measure
      }
      $0.tagFamilies = [
        DatabaseWire.TagFamilySpec {
          $0.name = Self.family
          $0.tags = Self.tags.map { name in
            DatabaseWire.TagSpec {
              $0.name = name
              $0.type = .string
            }
          }
        }
      ]
      $0.fields = Self.fields.map { name in
        DatabaseWire.FieldSpec {
          $0.name = name
          $0.fieldType = .float
          $0.encodingMethod = .gorilla
          $0.compressionMethod = .zstd
        }
      }
      $0.entity = DatabaseWire.Entity { $0.tagNames = Self.entity }
    }
  }

  /// Writes the values of this moment.
  package func sample() async throws(SeriesFault) {
    // Times of this protocol are whole milliseconds.
    let now = self.writes.time.wallNow.nanoseconds / 1_000_000 * 1_000_000
    var session = WriteSession(.measure, in: self.writes)
    var number: UInt64 = 0
    for family in self.metrics.snapshot().families {
      for series in family.series {
        guard let values = Self.values(series.value) else { continue }
        number += 1
        let labels = zip(family.labels, series.labelValues).map { "\($0)=\($1)" }
        let tags = [
          family.name, labels.joined(separator: ","), self.node, Self.type(family, series.value),
        ]
        let request = self.request(number, tags, values, at: now)
        if try await session.take(request) != nil { self.failures.add(1) }
      }
    }
    for receipt in await session.handOver() where receipt.status != .succeed {
      throw SeriesFault(.unavailable, "metrics were not written: \(receipt.status.name ?? "")")
    }
  }

  private func request(
    _ number: UInt64, _ tags: [String], _ values: [Double?], at time: Int64
  ) -> MeasureWire.WriteRequest {
    MeasureWire.WriteRequest {
      $0.messageID = number
      if number == 1 {
        $0.metadata = CommonWire.Metadata {
          $0.group = Self.group
          $0.name = Self.measure
        }
      }
      $0.dataPoint = MeasureWire.DataPointValue {
        $0.timestamp = ProtoTimestamp(nanoseconds: time)
        $0.version = time
        $0.tagFamilies = [
          ModelWire.TagFamilyForWrite { $0.tags = tags.map { SeriesValue.string($0).tagValue } }
        ]
        $0.fields = values.map { ($0.map { SeriesValue.float($0) } ?? .null).fieldValue }
      }
    }
  }

  private static func type(
    _ family: MetricSnapshot.Family, _ value: MetricSnapshot.Value
  ) -> String {
    switch value {
    case .count: "counter"
    case .number: family.isCounter ? "counter" : "gauge"
    case .histogram: "histogram"
    }
  }

  /// In the order of `fields`; nil for what is no number.
  private static func values(_ value: MetricSnapshot.Value) -> [Double?]? {
    switch value {
    case .count(let count): return [Double(count), nil, nil, nil, nil]
    case .number(let number): return number.isFinite ? [number, nil, nil, nil, nil] : nil
    case .histogram(let histogram):
      let factor = histogram.scale.factor
      return [
        histogram.mean * factor, Double(histogram.count),
        Double(histogram.quantile(0.5)) * factor, Double(histogram.quantile(0.99)) * factor,
        Double(histogram.max) * factor,
      ]
    }
  }
}
