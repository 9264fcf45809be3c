import CommandTable
import JSON

/// Rows of a metrics snapshot, which is `[{"name", "help", "type", "series": [{"labels", ...}]}]`.
///
/// `total` is the counter of a series, so that a rate can be made of it: the value of a counter,
/// the count of a histogram.
enum MetricRows {
  static let familyKeys = ["metric", "type", "series_count", "value", "total", "help"]
  static let seriesKeys = [
    "series", "value", "total", "mean", "p50", "p90", "p99", "p999", "max", "metric", "type",
    "labels",
  ]

  private static func families(in json: JSONValue) -> [JSONObject] {
    (json.array ?? json["items"]?.array ?? []).compactMap(\.object)
  }

  static func families(_ json: JSONValue) -> RowSet {
    var rows = RowSet(keys: self.familyKeys)
    for family in self.families(in: json) {
      let series = family["series"]?.array ?? []
      let type = family["type"]?.string ?? ""
      var total: Double?
      var value: Double?
      for one in series {
        if let counter = self.counter(of: one, type) { total = (total ?? 0) + counter }
        if type == "gauge", let number = one["value"]?.double { value = (value ?? 0) + number }
      }
      rows.append(
        [
          .optional(family["name"]?.string), .text(type), .integer(Int64(series.count)),
          self.cell(value), self.cell(total), .optional(family["help"]?.string),
        ], nameKeys: ["metric"])
    }
    return rows
  }

  static func series(_ json: JSONValue, of name: String) -> RowSet {
    var rows = RowSet(keys: self.seriesKeys)
    for family in self.families(in: json) where family["name"]?.string == name {
      let type = family["type"]?.string ?? ""
      for one in family["series"]?.array ?? [] {
        func number(_ key: String) -> Cell { self.cell(one[key]?.double) }
        rows.append(
          [
            .text(self.labels(one["labels"]?.object)),
            type == "counter" ? .null : number("value"), self.cell(self.counter(of: one, type)),
            number("mean"), number("p50"), number("p90"), number("p99"), number("p999"),
            number("max"), .text(name), .text(type), .text(self.names(one["labels"]?.object)),
          ], nameKeys: ["series"])
      }
    }
    return rows
  }

  private static func counter(of series: JSONValue, _ type: String) -> Double? {
    switch type {
    case "counter": series["value"]?.double
    case "histogram", "summary": series["count"]?.double
    default: nil
    }
  }

  private static func cell(_ value: Double?) -> Cell {
    guard let value else { return .null }
    return Int64(exactly: value).map { .integer($0) } ?? .real(value)
  }

  /// `op=get,node=n1`, as the history names a series.
  private static func names(_ labels: JSONObject?) -> String {
    (labels?.members ?? []).map { "\($0.name)=\($0.value.string ?? $0.value.text())" }
      .joined(separator: ",")
  }

  /// `op=get node=n1`; `-` without labels.
  private static func labels(_ labels: JSONObject?) -> String {
    guard let labels, !labels.isEmpty else { return "-" }
    return labels.members.map { "\($0.name)=\($0.value.string ?? $0.value.text())" }
      .joined(separator: " ")
  }
}
