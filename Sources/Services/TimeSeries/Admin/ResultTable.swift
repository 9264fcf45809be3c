import Admin
import JSON
import Protobuf
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire
import Values

/// Answers of queries as rows of columns.
struct ResultTable {
  private(set) var columns: [SeriesColumnRecord] = []
  private var places: [String: Int] = [:]
  private var lines: [[JSONValue]] = []

  /// Columns come in the order in which rows bring them; a row has null where others have values.
  private mutating func add(_ cells: [(name: String, value: SeriesValue)]) {
    var line = [JSONValue](repeating: .null, count: self.columns.count)
    for (name, value) in cells {
      if let place = self.places[name] {
        if self.columns[place].type.isEmpty { self.columns[place].type = value.columnType ?? "" }
        line[place] = value.json
      } else {
        self.places[name] = self.columns.count
        self.columns.append(SeriesColumnRecord(name, value.columnType ?? ""))
        line.append(value.json)
      }
    }
    self.lines.append(line)
  }

  func record(
    _ kind: SeriesResultWord, _ trace: CommonWire.Trace?
  ) -> SeriesResultRecord {
    var record = SeriesResultRecord()
    record.resultKind = kind
    record.columns = self.columns.map {
      SeriesColumnRecord($0.name, $0.type.isEmpty ? "text" : $0.type)
    }
    record.rows = self.lines.map { line in
      .array(line + Array(repeating: .null, count: self.columns.count - line.count))
    }
    record.rowCount = Int64(self.lines.count)
    for span in trace?.spans ?? [] { Self.add(span, 0, to: &record.spans) }
    return record
  }

  private static let depthMax: Int64 = 64

  private static func add(
    _ span: CommonWire.Span, _ depth: Int64, to spans: inout [SeriesSpanRecord]
  ) {
    guard depth < self.depthMax else { return }
    var record = SeriesSpanRecord()
    record.message = span.message
    record.depth = depth
    record.milliseconds = Double(span.duration) / 1_000_000
    record.isError = span.error
    for tag in span.tags { record.tags[tag.key] = tag.value }
    spans.append(record)
    for child in span.children { self.add(child, depth + 1, to: &spans) }
  }

  // MARK: Answers

  private static func time(_ time: ProtoTimestamp?) -> [(name: String, value: SeriesValue)] {
    time.map { [("time", .timestamp($0.nanoseconds))] } ?? []
  }

  private static func cells(
    _ tags: [ModelWire.Tag]
  ) -> [(name: String, value: SeriesValue)] {
    tags.map { ($0.key, $0.value.map { SeriesValue($0) } ?? .null) }
  }

  mutating func take(_ response: StreamWire.QueryResponse) {
    for element in response.elements {
      self.add(
        Self.time(element.timestamp) + [("element_id", .string(element.elementID))]
          + element.tagFamilies.flatMap { Self.cells($0.tags) })
    }
  }

  mutating func take(_ response: MeasureWire.QueryResponse) {
    for point in response.dataPoints {
      self.add(
        Self.time(point.timestamp) + point.tagFamilies.flatMap { Self.cells($0.tags) }
          + point.fields.map { ($0.name, $0.value.map { SeriesValue($0) } ?? .null) })
    }
  }

  mutating func take(_ response: MeasureWire.TopNResponse) {
    for list in response.lists {
      for item in list.items {
        self.add(
          Self.time(item.timestamp ?? list.timestamp) + Self.cells(item.entity)
            + [("value", item.value.map { SeriesValue($0) } ?? .null)])
      }
    }
  }

  mutating func take(_ response: TraceWire.QueryResponse) {
    for trace in response.traces {
      for span in trace.spans {
        self.add(
          [("trace_id", .string(trace.traceID)), ("span_id", .string(span.spanID))]
            + Self.cells(span.tags.filter { $0.key != "trace_id" && $0.key != "span_id" })
            + [("span", .binary(span.span))])
      }
    }
  }

  mutating func take(_ response: PropertyWire.QueryResponse) {
    for property in response.properties {
      let metadata = property.metadata
      self.add(
        [
          ("name", .string("\(metadata?.group ?? "")/\(metadata?.name ?? "")")),
          ("id", .string(property.id)),
        ] + Self.cells(property.tags))
    }
  }
}
