import Observability
import SeriesEngine
import SeriesSchema
import SeriesWire
import Values

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
      Self.family("\(prefix)_\(name)", help, shards) { Double(read($0)) }
    }
    return [
      family("total_file_parts", "Parts on disk.") { Int64($0.parts.count) },
      family("total_file_elements", "Rows in parts.") { $0.parts.reduce(0) { $0 + $1.rows } },
      family("total_file_bytes", "Bytes of parts.") { $0.parts.reduce(0) { $0 + $1.bytes } },
      family("total_mem_part", "Parts in memory.") { $0.memoryRows > 0 ? 1 : 0 },
      family("total_mem_elements", "Rows in memory.") { Int64($0.memoryRows) },
      family("total_mem_bytes", "Bytes of rows in memory.") { Int64($0.memoryBytes) },
      family("pending_data_count", "Rows that are in no part yet.") { Int64($0.memoryRows) },
    ] + Self.work(prefix, shards)
  }

  private static func family(
    _ name: String, _ help: String, counts: Bool = false, _ shards: [Shard],
    more: [(String, String)] = [], _ read: (ShardInventory) -> Double
  ) -> MetricSnapshot.Family {
    MetricSnapshot.Family(
      name: name, help: help, isCounter: counts,
      labels: ["group", "seg", "shard"] + more.map(\.0),
      series: shards.map {
        MetricSnapshot.Series(
          labelValues: $0.labels + more.map(\.1), value: .number(read($0.inventory)))
      })
  }

  /// What flushes and merges did since the process began; merges are those of files, as memory becomes one part.
  private static func work(_ prefix: String, _ shards: [Shard]) -> [MetricSnapshot.Family] {
    func family(
      _ name: String, _ help: String, more: [(String, String)] = [],
      _ read: (ShardWork) -> Double
    ) -> MetricSnapshot.Family {
      Self.family("\(prefix)_\(name)", help, counts: true, shards, more: more) { read($0.work) }
    }
    let file = [("type", "file")]
    return [
      family("total_written", "Rows that were taken.") { Double($0.rows) },
      family("total_batch", "Batches that were taken.") { Double($0.batches) },
      family("total_flush_loop_started", "Flushes begun.") {
        Double($0.flushes + $0.flushFailures)
      },
      family("total_flush_loop_finished", "Flushes that ended well.") { Double($0.flushes) },
      family("total_flush_loop_err", "Flushes that failed.") { Double($0.flushFailures) },
      family("total_flushed", "Parts of memory that became files.") { Double($0.flushes) },
      family("flush_latency", "Seconds of all flushes.") {
        Double($0.flushNanoseconds) / 1e9
      },
      family("total_merge_loop_started", "Merges begun.") {
        Double($0.merges + $0.mergeFailures)
      },
      family("total_merge_loop_finished", "Merges that ended well.") { Double($0.merges) },
      family("total_merge_loop_err", "Merges that failed.") { Double($0.mergeFailures) },
      family("total_merged_parts", "Parts that became others.", more: file) {
        Double($0.mergedParts)
      },
      family("total_merge_latency", "Seconds of all merges.", more: file) {
        Double($0.mergeNanoseconds) / 1e9
      },
    ]
  }

  /// Of the node as a whole.
  static func families(_ statistics: EngineStatistics) -> [MetricSnapshot.Family] {
    func family(_ name: String, _ help: String, _ value: Double) -> MetricSnapshot.Family {
      MetricSnapshot.Family(
        name: "banyandb_storage_\(name)", help: help, isCounter: true, labels: [],
        series: [MetricSnapshot.Series(labelValues: [], value: .number(value))])
    }
    let all = statistics.retentions + statistics.retentionFailures
    return [
      family("retention_started", "Looks for segments whose time is over.", Double(all)),
      family("retention_finished", "Those that ended well.", Double(statistics.retentions)),
      family("retention_err", "Those that failed.", Double(statistics.retentionFailures)),
      family(
        "retention_latency", "Seconds of all of them.",
        Double(statistics.retentionNanoseconds) / 1e9),
      family(
        "segments_deleted", "Segments whose time was over.", Double(statistics.segmentsDropped)),
    ]
  }
}
