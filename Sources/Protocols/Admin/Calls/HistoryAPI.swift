private import HTTP

/// What metrics were, as far back as the time series keep them.
public enum HistoryAPI {
  public static let metrics = AdminCall<MetricHistoryInput, AdminList<MetricHistoryRecord>>(
    .get, "/metric-history", id: "listMetricHistory", AdminPrivilege("metrics", .read),
    "a metric over time, from the time series that the daemon keeps of itself")

  static let all = [metrics.route]
}
