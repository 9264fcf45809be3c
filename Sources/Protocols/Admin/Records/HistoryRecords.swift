public import Values

/// A metric in one part of a window.
public struct MetricHistoryRecord: AdminRecord, Hashable {
  public var at: Timestamp?
  public var metric = ""
  public var labels = ""
  public var node = ""
  public var value: Double?
  public var rate: Double?
  public var p50: Double?
  public var p99: Double?
  public var max: Double?

  public init() {}
  public static let kind = "MetricHistory"
  public static let fields: [AdminField<MetricHistoryRecord>] = [
    AdminField("at", \.at, "when the part begins"),
    .required("metric", \.metric, "its name, with its unit last"),
    AdminField("labels", \.labels, "which of its series"),
    AdminField("node", \.node, "where"),
    AdminField("value", \.value, "of a gauge, the mean of the part; of a histogram its mean"),
    AdminField("rate_per_s", \.rate, "of a counter, and how many a histogram measured"),
    AdminField("p50", \.p50, "of a histogram: half were at most this"),
    AdminField("p99", \.p99, "of a histogram: 99 % were at most this"),
    AdminField("max", \.max, "of a histogram: the largest"),
  ]
}

public struct MetricHistoryInput: AdminRecord {
  public var metric = ""
  public var labels: String?
  public var node: String?
  public var window: String?
  public var parts: Int64?

  public init() {}
  public static let kind = "MetricHistoryInput"
  public static let fields: [AdminField<MetricHistoryInput>] = [
    .required("metric", \.metric, "its name"),
    AdminField("labels", \.labels, "only this of its series: a=b,c=d; empty for the one without"),
    AdminField("node", \.node, "only this node"),
    AdminField("window", \.window, "how far back: 1h by default"),
    AdminField("parts", \.parts, "into how many parts it is cut: 120 by default"),
  ]
}
