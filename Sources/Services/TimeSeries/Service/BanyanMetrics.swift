import Observability
import SeriesEngine
import SeriesSchema
import SeriesWire
import Values

// What we count under the names of BanyanDB's metrics, for dashboards that were made for it. Names and labels are
// literal; what we do not count is not there. Groups of calls are not told apart: their label is empty.

/// Of a data node: shards by kind of group.
struct BanyanStorageMetrics: Sendable {
  /// Shards that are told of, the newest segments first.
  static let shardsMax = 2048

  private struct Shard {
    var labels: [String]
    var inventory: ShardInventory
  }

  static func families(
    _ segments: [SegmentInventory], catalog: (String) -> CommonWire.Catalog?
  ) -> [MetricSnapshot.Family] {
    var byPrefix: [String: [Shard]] = [:]
    let newest = segments.sorted { $0.times.lowerBound > $1.times.lowerBound }
    var left = Self.shardsMax
    for segment in newest {
      guard let prefix = Self.prefix(catalog(segment.group)) else { continue }
      for shard in segment.shards where left > 0 {
        left -= 1
        let labels = [segment.group, Self.name(segment.times.lowerBound), "\(shard.shard)"]
        byPrefix[prefix, default: []].append(Shard(labels: labels, inventory: shard))
      }
    }
    return byPrefix.sorted { $0.key < $1.key }.flatMap { prefix, shards in
      Self.families("banyandb_\(prefix)", shards)
    }
  }

  private static func prefix(_ catalog: CommonWire.Catalog?) -> String? {
    switch catalog {
    case .measure: "measure"
    case .stream: "stream_tst"
    case .trace: "trace_tst"
    default: nil
    }
  }

  /// `20260131`, or with the hour where it begins within a day.
  private static func name(_ begin: Int64) -> String {
    let digits = Timestamp(WallTime(nanoseconds: begin)).description.prefix(13).filter(\.isNumber)
    return digits.hasSuffix("00") ? String(digits.prefix(8)) : String(digits)
  }

  private static func families(
    _ prefix: String, _ shards: [Shard]
  ) -> [MetricSnapshot.Family] {
    func family(
      _ name: String, _ help: String, _ read: (ShardInventory) -> Int64
    ) -> MetricSnapshot.Family {
      MetricSnapshot.Family(
        name: "\(prefix)_\(name)", help: help, isCounter: false, labels: ["group", "seg", "shard"],
        series: shards.map {
          MetricSnapshot.Series(labelValues: $0.labels, value: .number(Double(read($0.inventory))))
        })
    }
    return [
      family("total_file_parts", "Parts on disk.") { Int64($0.parts.count) },
      family("total_file_elements", "Rows in parts.") { $0.parts.reduce(0) { $0 + $1.rows } },
      family("total_file_bytes", "Bytes of parts.") { $0.parts.reduce(0) { $0 + $1.bytes } },
      family("total_mem_part", "Parts in memory.") { $0.memoryRows > 0 ? 1 : 0 },
      family("total_mem_elements", "Rows in memory.") { Int64($0.memoryRows) },
      family("total_mem_bytes", "Bytes of rows in memory.") { Int64($0.memoryBytes) },
      family("pending_data_count", "Rows that are in no part yet.") { Int64($0.memoryRows) },
    ]
  }
}

/// Of a liaison: calls, guards, and the process.
enum BanyanCallMetrics {
  static func families(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    self.calls(snapshot) + self.others(snapshot)
  }

  /// What of the path of a method the labels say.
  private struct Method {
    var family: String
    var service: String
    var method: String

    /// Nil for what is none of the original's.
    init?(_ path: String) {
      let parts = path.split(separator: "/")
      guard parts.count == 2, parts[0].hasPrefix("banyandb.") else { return nil }
      let words = parts[0].split(separator: ".")
      guard words.count == 4 else { return nil }
      self.method = parts[1].lowercased()
      if words[3].hasSuffix("RegistryService") {
        self.family = "total_registry"
        self.service = words[3].dropLast("RegistryService".count).lowercased()
      } else {
        self.family = self.method == "write" ? "total_stream" : "total"
        self.service = String(words[1])
      }
    }
  }

  private struct Sums {
    var labels: [String]
    var started = 0.0
    var finished = 0.0
    var errors = 0.0
    var seconds = 0.0
  }

  private static func calls(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    var sums: [String: [String: Sums]] = [:]
    func add(_ family: String, _ change: (inout Sums, [String], MetricSnapshot.Value) -> Void) {
      for series in snapshot[family]?.series ?? [] {
        guard let path = series.labelValues.first, let method = Method(path) else { continue }
        let isStream = method.family == "total_stream"
        let labels = (isStream ? [] : [""]) + [method.service, method.method]
        var sum = sums[method.family]?[path] ?? Sums(labels: labels)
        change(&sum, series.labelValues, series.value)
        sums[method.family, default: [:]][path] = sum
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
    return sums.sorted { $0.key < $1.key }.flatMap { family, byPath in
      Self.families(family, byPath.sorted { $0.key < $1.key }.map(\.value))
    }
  }

  private static func families(_ family: String, _ sums: [Sums]) -> [MetricSnapshot.Family] {
    let labels = (family == "total_stream" ? [] : ["group"]) + ["service", "method"]
    func made(_ name: String, _ help: String, _ read: (Sums) -> Double) -> MetricSnapshot.Family {
      MetricSnapshot.Family(
        name: "banyandb_liaison_grpc_\(family)_\(name)", help: help, isCounter: true,
        labels: labels,
        series: sums.map { MetricSnapshot.Series(labelValues: $0.labels, value: .number(read($0))) }
      )
    }
    return [
      made("started", "Calls that began.", \.started),
      made("finished", "Calls that ended.", \.finished),
      made("err", "Calls that ended with an error.", \.errors),
      made("latency", "Seconds of all calls together.", \.seconds),
    ]
  }

  /// One number by another name.
  private static func others(_ snapshot: MetricSnapshot) -> [MetricSnapshot.Family] {
    [
      (
        "lake_series_memory_rejections_total",
        "banyandb_liaison_grpc_memory_load_shedding_rejections_total", true
      ),
      ("lake_series_memory_state", "banyandb_liaison_grpc_memory_state", false),
      ("lake_series_slow_queries_total", "banyandb_bydbql_slow_query_total", true),
      ("process_uptime_seconds", "banyandb_system_up_time", false),
    ].compactMap { ours, theirs, isCounter in
      guard let family = snapshot[ours], !family.series.isEmpty else { return nil }
      return MetricSnapshot.Family(
        name: theirs, help: family.help, isCounter: isCounter,
        labels: family.labels.isEmpty ? [] : ["service"], series: family.series)
    }
  }
}

extension MetricSnapshot.Value {
  fileprivate var number: Double {
    switch self {
    case .count(let count): Double(count)
    case .number(let number): number
    case .histogram(let histogram): Double(histogram.count)
    }
  }
}
