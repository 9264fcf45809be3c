import Admin
import AdminServing
import Protobuf
import Runtime
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesServing
import SeriesWire
import Values

/// Gives back what `SelfObservation` kept, in parts of equal length.
struct MetricHistory: Sendable {
  static let partsMax = 2000
  static let pointsMax: UInt32 = 200_000
  static let windowMax = Duration.seconds(366 * 86_400)

  /// Nil while the process starts.
  let front: @Sendable () -> SeriesFront?

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(HistoryAPI.metrics) { input, context in
      let records = try await self.records(input)
      return context.paging.page(records, by: \.place)
    }
  }

  private func records(_ input: MetricHistoryInput) async throws -> [MetricHistoryRecord] {
    guard let front = self.front() else {
      throw AdminError(.unavailable, "series.starting", "the time series are not open yet")
    }
    let window = try Self.window(input.window ?? "1h")
    let parts = Int(clamping: input.parts ?? 120)
    guard (1...Self.partsMax).contains(parts) else {
      throw AdminError(
        .badRequest, "request.bad_value", "parts is between 1 and \(Self.partsMax)")
    }
    let end = front.queries.time.wallNow.nanoseconds
    let frame = HistoryFrame(end: end, window: window.nanosecondsClamped, parts: parts)
    do throws(SeriesFault) {
      let answer = try await MeasureQuery.run(
        Self.request(input, from: frame.start, to: end), in: front.queries)
      guard answer.dataPoints.count < Int(Self.pointsMax) else {
        throw SeriesFault(
          .resourceExhausted,
          "more than \(Self.pointsMax) points: ask for one series or a shorter"
            + " window")
      }
      return frame.records(answer.dataPoints)
    } catch {
      // Nothing was sampled yet.
      if error.kind == .notFound { return [] }
      throw AdminError(.unavailable, "series.history", error.message)
    }
  }

  private static func window(_ text: String) throws(AdminError) -> Duration {
    guard let window = try? DurationText.parse(text), window >= .seconds(1),
      window <= self.windowMax
    else {
      throw AdminError(
        .badRequest, "request.bad_value",
        "window \(text.prefix(40).debugDescription) is no duration between 1s and 366d",
        try: ["use 1h, 6h or 24h"])
    }
    return window
  }

  private static func request(
    _ input: MetricHistoryInput, from start: Int64, to end: Int64
  ) -> MeasureWire.QueryRequest {
    var conditions = [("metric", input.metric)]
    if let labels = input.labels { conditions.append(("labels", labels)) }
    if let node = input.node { conditions.append(("node", node)) }
    return MeasureWire.QueryRequest {
      $0.groups = [SelfObservation.group]
      $0.name = SelfObservation.measure
      $0.limit = Self.pointsMax
      $0.timeRange = ModelWire.TimeRange {
        $0.begin = ProtoTimestamp(nanoseconds: start)
        $0.end = ProtoTimestamp(nanoseconds: end)
      }
      $0.tagProjection = ModelWire.TagProjection {
        $0.tagFamilies = [
          ModelWire.TagProjection.TagFamily {
            $0.name = SelfObservation.family
            $0.tags = SelfObservation.tags
          }
        ]
      }
      $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection {
        $0.names = SelfObservation.fields
      }
      $0.criteria = conditions.reduce(nil) { joined, condition in
        let one = ModelWire.Criteria {
          $0.exp = .condition(
            ModelWire.Condition {
              $0.name = condition.0
              $0.op = .eq
              $0.value = SeriesValue.string(condition.1).tagValue
            })
        }
        guard let joined else { return one }
        return ModelWire.Criteria {
          $0.exp = .le(
            ModelWire.LogicalExpression {
              $0.op = .and
              $0.left = joined
              $0.right = one
            })
        }
      }
    }
  }
}

/// A window cut into parts.
struct HistoryFrame {
  let start: Int64
  let step: Int64
  let parts: Int

  init(end: Int64, window: Int64, parts: Int) {
    self.step = max(1, window / Int64(parts))
    self.parts = parts
    self.start = end - self.step * Int64(parts)
  }

  /// Of the points of a part: what is averaged, and the greatest.
  private struct Sum {
    var total = 0.0
    var count = 0
    var top: Double?

    mutating func add(_ value: Double?) {
      guard let value else { return }
      self.total += value
      self.count += 1
      self.top = max(self.top ?? value, value)
    }

    var mean: Double? { self.count == 0 ? nil : self.total / Double(self.count) }
  }

  private struct Part {
    var value = Sum()
    var rate = Sum()
    var p50 = Sum()
    var p99 = Sum()
    var max = Sum()
  }

  private struct Name: Hashable {
    var metric: String
    var labels: String
    var node: String
  }

  private struct Series {
    var parts: [Int: Part] = [:]
    var last: (time: Int64, counter: Double)?
  }

  /// Points in the order of time into a record a part, series after series.
  func records(_ points: [MeasureWire.DataPoint]) -> [MetricHistoryRecord] {
    var all: [Name: Series] = [:]
    for point in points {
      let tags = point.tagFamilies.flatMap(\.tags).map { tag -> String in
        guard case .str(let text)? = tag.value?.value else { return "" }
        return text.value
      }
      guard tags.count == 4, let time = point.timestamp?.nanoseconds, time >= self.start else {
        continue
      }
      let name = Name(metric: tags[0], labels: tags[1], node: tags[2])
      let part = min(self.parts - 1, Int((time - self.start) / self.step))
      let numbers = point.fields.map { field -> Double? in
        guard case .float(let number)? = field.value?.value else { return nil }
        return number.value
      }
      guard numbers.count == SelfObservation.fields.count else { continue }
      self.add(numbers, type: tags[3], at: time, part, to: &all[name, default: Series()])
    }
    return all.sorted {
      ($0.key.labels, $0.key.node) < ($1.key.labels, $1.key.node)
    }.flatMap { self.records($0.key, $0.value) }
  }

  private func add(
    _ numbers: [Double?], type: String, at time: Int64, _ part: Int, to series: inout Series
  ) {
    let counter = type == "counter" ? numbers[0] : type == "histogram" ? numbers[1] : nil
    if type != "counter" { series.parts[part, default: Part()].value.add(numbers[0]) }
    series.parts[part, default: Part()].p50.add(numbers[2])
    series.parts[part, default: Part()].p99.add(numbers[3])
    series.parts[part, default: Part()].max.add(numbers[4])
    guard let counter else { return }
    // A counter that went back belongs to a process that began anew.
    if let last = series.last, counter >= last.counter, time > last.time {
      let seconds = Double(time - last.time) / 1e9
      series.parts[part, default: Part()].rate.add((counter - last.counter) / seconds)
    }
    series.last = (time, counter)
  }

  private func records(_ name: Name, _ series: Series) -> [MetricHistoryRecord] {
    series.parts.sorted { $0.key < $1.key }.map { index, part in
      var record = MetricHistoryRecord()
      let at = self.start + Int64(index) * self.step
      record.at = Timestamp(WallTime(nanoseconds: at))
      record.metric = name.metric
      record.labels = name.labels
      record.node = name.node
      record.value = part.value.mean
      record.rate = part.rate.mean
      record.p50 = part.p50.mean
      record.p99 = part.p99.top
      record.max = part.max.top
      return record
    }
  }
}

extension MetricHistoryRecord {
  /// Orders records; page tokens are made of it.
  var place: String { "\(self.labels) \(self.node) \(self.at.map { "\($0)" } ?? "")" }
}
