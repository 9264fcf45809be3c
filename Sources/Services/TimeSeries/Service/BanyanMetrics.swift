import Observability

// What we count under the names of BanyanDB's metrics, for dashboards that were made for it. Names and labels are
// literal; what we do not count is not there.

/// Of a liaison: calls, guards, queues, and the process.
enum BanyanCallMetrics {
  static func families(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    self.calls(snapshot) + self.streams(snapshot) + self.messages(snapshot)
      + self.schema(snapshot)
      + BanyanQueueMetrics.families(snapshot) + BanyanSystemMetrics.families(snapshot)
      + self.others(snapshot)
  }

  // MARK: Calls

  private struct Sums {
    var labels: [String]
    var started = 0.0
    var finished = 0.0
    var errors = 0.0
    var seconds = 0.0
  }

  /// Of the names of a service and a method: which family, and how the labels call them. Nil for a service that is
  /// none of the original's.
  private static func labels(
    _ service: String, _ method: String
  ) -> (family: String, service: String, method: String)? {
    let method = method.lowercased()
    if service.hasSuffix("RegistryService") {
      return (
        "total_registry", service.dropLast("RegistryService".count).lowercased(), method
      )
    }
    if service == "Service" { return ("total", "common", method) }
    guard service.hasSuffix("Service") else { return nil }
    return ("total", service.dropLast("Service".count).lowercased(), method)
  }

  /// Calls with one request: they have a group.
  private static func calls(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    var sums: [String: [[String]: Sums]] = [:]
    func add(_ name: String, _ change: (inout Sums, Double) -> Void) {
      for series in snapshot["lake_series_\(name)_total"]?.series ?? [] {
        let values = series.labelValues
        guard values.count == 3, let named = self.labels(values[1], values[2]) else { continue }
        let labels = [values[0], named.service, named.method]
        var sum = sums[named.family]?[labels] ?? Sums(labels: labels)
        change(&sum, series.value.number)
        sums[named.family, default: [:]][labels] = sum
      }
    }
    add("calls_started") { $0.started += $1 }
    add("calls") { $0.finished += $1 }
    add("call_errors") { $0.errors += $1 }
    add("call_nanoseconds") { $0.seconds += $1 / 1e9 }
    return Self.families(sums, labels: ["group", "service", "method"])
  }

  /// Streams of writes: one may be of many groups.
  private static func streams(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    var sums: [[String]: Sums] = [:]
    func add(_ family: String, _ change: (inout Sums, [String], MetricSnapshot.Value) -> Void) {
      for series in snapshot[family]?.series ?? [] {
        let parts = series.labelValues.first?.split(separator: "/") ?? []
        guard parts.count == 2, parts[0].hasPrefix("banyandb."), parts[1] == "Write" else {
          continue
        }
        let words = parts[0].split(separator: ".")
        guard words.count == 4 else { continue }
        let labels = [String(words[1]), "write"]
        change(&sums[labels, default: Sums(labels: labels)], series.labelValues, series.value)
      }
    }
    add("lake_grpc_calls_started_total") { sum, _, value in sum.started += value.number }
    add("lake_grpc_calls_total") { sum, labels, value in
      sum.finished += value.number
      if labels.last != "OK" { sum.errors += value.number }
    }
    add("lake_grpc_call_seconds") { sum, _, value in
      guard case .histogram(let histogram) = value else { return }
      sum.seconds += Double(histogram.sum) * histogram.scale.factor
    }
    return Self.families(["total_stream": sums], labels: ["service", "method"])
  }

  private static func families(
    _ sums: [String: [[String]: Sums]], labels: [String]
  ) -> [MetricSnapshot.Family] {
    sums.sorted { $0.key < $1.key }.flatMap { family, byLabels in
      let sorted = byLabels.values.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
      func made(
        _ name: String, _ help: String, _ read: (Sums) -> Double
      ) -> MetricSnapshot.Family {
        MetricSnapshot.Family(
          name: "banyandb_liaison_grpc_\(family)_\(name)", help: help, isCounter: true,
          labels: labels,
          series: sorted.map {
            MetricSnapshot.Series(labelValues: $0.labels, value: .number(read($0)))
          })
      }
      return [
        made("started", "Calls that began.", \.started),
        made("finished", "Calls that ended.", \.finished),
        made("err", "Calls that ended with an error.", \.errors),
        made("latency", "Seconds of all calls together.", \.seconds),
      ]
    }
  }

  /// Messages of streams of writes. One that is refused is an error of what was received; nothing that is sent is.
  private static func messages(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    let all = snapshot["lake_series_messages_total"]?.series ?? []
    return [
      ("received", "msg_received", "Messages that came."),
      ("refused", "msg_received_err", "Messages that were refused."),
      ("sent", "msg_sent", "Answers that went out."),
    ].compactMap { what, name, help in
      let series = all.filter { $0.labelValues.last == what }.compactMap {
        series -> MetricSnapshot.Series? in
        let values = series.labelValues
        guard values.count == 4, let named = self.labels(values[1], values[2]) else { return nil }
        return MetricSnapshot.Series(
          labelValues: [values[0], named.service, named.method], value: series.value)
      }
      guard !series.isEmpty else { return nil }
      return MetricSnapshot.Family(
        name: "banyandb_liaison_grpc_total_stream_\(name)", help: help, isCounter: true,
        labels: ["group", "service", "method"], series: series)
    }
  }

  // MARK: Schema

  /// Waits for a change of the schema, and messages that knew another one.
  private static func schema(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    let barriers = snapshot["lake_series_barrier_seconds"]?.series ?? []
    let waits = [
      ("AwaitRevisionApplied", "revision"), ("AwaitSchemaApplied", "applied"),
      ("AwaitSchemaDeleted", "deleted"),
    ].compactMap { method, name -> MetricSnapshot.Family? in
      guard let wait = barriers.first(where: { $0.labelValues == [method] }) else { return nil }
      return MetricSnapshot.Family(
        name: "banyandb_liaison_grpc_schema_await_\(name)_duration_seconds",
        help: "How long clients waited for a change of the schema.", isCounter: false, labels: [],
        series: [MetricSnapshot.Series(labelValues: [], value: wait.value)])
    }
    let messages = snapshot["lake_series_messages_total"]?.series ?? []
    let statuses = [("expired", "status_expired"), ("unapplied", "not_applied")].compactMap {
      what, name -> MetricSnapshot.Family? in
      let found = messages.filter { $0.labelValues.last == what }
      guard !found.isEmpty else { return nil }
      return MetricSnapshot.Family(
        name: "banyandb_liaison_grpc_schema_\(name)_total",
        help: "Messages whose client knew another schema.", isCounter: true,
        labels: ["rpc", "group"],
        series: found.map {
          MetricSnapshot.Series(
            labelValues: ["\($0.labelValues[1])/\($0.labelValues[2])", $0.labelValues[0]],
            value: $0.value)
        })
    }
    return waits + statuses
  }

  // MARK: Others

  /// One number by another name.
  private static func others(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    let renamed: [MetricSnapshot.Family] = [
      (
        "lake_series_memory_rejections_total",
        "banyandb_liaison_grpc_memory_load_shedding_rejections_total", true, ["service"]
      ),
      ("lake_series_memory_state", "banyandb_liaison_grpc_memory_state", false, []),
      ("lake_series_slow_texts_total", "banyandb_bydbql_slow_query_total", true, []),
      ("lake_series_texts_total", "banyandb_bydbql_prepared_cache_total", true, ["result"]),
      ("lake_series_cached_texts", "banyandb_bydbql_prepared_cache_count", false, []),
      ("lake_series_cached_text_bytes", "banyandb_bydbql_prepared_cache_bytes", false, []),
      ("lake_series_disk_used_percent", "banyandb_storage_disk_usage_percent", false, ["path"]),
    ].compactMap { ours, theirs, isCounter, labels in
      guard let family = snapshot[ours], !family.series.isEmpty else { return nil }
      return MetricSnapshot.Family(
        name: theirs, help: family.help, isCounter: isCounter, labels: labels,
        series: family.series)
    }
    return renamed + self.hitRatio(snapshot)
  }

  private static func hitRatio(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    let hits = snapshot.value("lake_series_texts_total", "hit")?.number ?? 0
    let misses = snapshot.value("lake_series_texts_total", "miss")?.number ?? 0
    guard hits + misses > 0 else { return [] }
    return [
      MetricSnapshot.Family(
        name: "banyandb_bydbql_prepared_cache_hit_ratio",
        help: "Of the texts that may be kept, those that were there.", isCounter: false, labels: [],
        series: [
          MetricSnapshot.Series(labelValues: [], value: .number(hits / (hits + misses)))
        ])
    ]
  }
}

extension MetricSnapshot.Value {
  var number: Double {
    switch self {
    case .count(let count): Double(count)
    case .number(let number): number
    case .histogram(let histogram): Double(histogram.count)
    }
  }
}
