import Bytes
import Observability
@testable import SeriesEngine
import SeriesWire
import Testing

@testable import SeriesService

@Suite("Metrics under the names of BanyanDB")
struct BanyanMetricsTests {
  private static func text(_ metrics: MetricRegistry) -> [String] {
    var target = ByteWriter()
    metrics.exposition().appendPrometheusText(to: &target)
    let text = String(decoding: target.bytes.array, as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  @Test("calls are told by service and method; registries and streams of writes apart")
  func calls() {
    let metrics = MetricRegistry()
    metrics.derive { BanyanCallMetrics.families($0) }
    let started = metrics.counters("lake_grpc_calls_started_total", "s", labels: ["method"])
    let ended = metrics.counters("lake_grpc_calls_total", "e", labels: ["method", "code"])
    let seconds = metrics.histograms(
      "lake_grpc_call_seconds", "t", labels: ["method"], scale: .nanoseconds)
    let query = "/banyandb.measure.v1.MeasureService/Query"
    for _ in 0..<3 { started.with(query).add(1) }
    ended.with(query, "OK").add(2)
    ended.with(query, "UNAVAILABLE").add(1)
    seconds.with(query).record(1_500_000_000)
    started.with("/banyandb.trace.v1.TraceService/Write").add(7)
    started.with("/banyandb.database.v1.IndexRuleRegistryService/Create").add(1)
    started.with("/grpc.health.v1.Health/Check").add(9)
    let lines = Self.text(metrics).filter { $0.hasPrefix("banyandb_") }
    let labels = #"{group="",service="measure",method="query"}"#
    for line in [
      "total_started\(labels) 3", "total_finished\(labels) 3", "total_err\(labels) 1",
      "total_latency\(labels) 1.5",
      #"total_stream_started{service="trace",method="write"} 7"#,
      #"total_registry_started{group="",service="indexrule",method="create"} 1"#,
    ] {
      #expect(lines.contains("banyandb_liaison_grpc_" + line), "\(line) of \(lines)")
    }
    #expect(!lines.contains { $0.contains("health") })
    #expect(
      !metrics.snapshot().families.contains { $0.name.hasPrefix("banyandb_") },
      "what is kept as rows is not kept twice")
  }

  @Test("guards and the process have the names that dashboards ask for")
  func others() {
    let metrics = MetricRegistry()
    metrics.derive { BanyanCallMetrics.families($0) }
    metrics.counters("lake_series_memory_rejections_total", "r", labels: ["call"])
      .with("stream").add(4)
    metrics.observed("process_uptime_seconds", "u", labels: [:]) { 12 }
    let lines = Self.text(metrics)
    #expect(
      lines.contains(
        #"banyandb_liaison_grpc_memory_load_shedding_rejections_total{service="stream"} 4"#))
    #expect(lines.contains("banyandb_system_up_time 12"))
    #expect(!lines.contains { $0.hasPrefix("banyandb_bydbql") }, "what is not counted is not told")
  }

  @Test("shards are told by group, segment and number, under the prefix of their kind")
  func storage() {
    let day: Int64 = 86_400_000_000_000
    func shard(_ number: UInt32) -> ShardInventory {
      ShardInventory(shard: number, memoryRows: 5, memoryBytes: 50, backlog: 0, parts: [])
    }
    let segments = [
      SegmentInventory(group: "m", times: 0..<day, shards: [shard(0), shard(1)]),
      SegmentInventory(group: "s", times: day / 4..<day / 2, shards: [shard(0)]),
      SegmentInventory(group: "p", times: 0..<day, shards: [shard(0)]),
    ]
    let catalogs: [String: CommonWire.Catalog] = ["m": .measure, "s": .stream, "p": .property]
    let families = BanyanStorageMetrics.families(segments) { catalogs[$0] }
    let rows = families.first { $0.name == "banyandb_measure_total_mem_elements" }
    #expect(rows?.labels == ["group", "seg", "shard"])
    #expect(rows?.series.map(\.labelValues) == [["m", "19700101", "0"], ["m", "19700101", "1"]])
    #expect(rows?.series.allSatisfy { $0.value == .number(5) } == true)
    let stream = families.first { $0.name == "banyandb_stream_tst_total_file_parts" }
    #expect(stream?.series.map(\.labelValues) == [["s", "1970010106", "0"]])
    #expect(!families.contains { $0.series.contains { $0.labelValues[0] == "p" } })
  }
}
