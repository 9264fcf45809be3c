import Bytes
import ClusterTesting
import Observability
import SeriesWire
import Testing

@testable import SeriesEngine
@testable import SeriesService
@testable import SeriesServing

@Suite("Metrics under the names of BanyanDB")
struct BanyanMetricsTests {
  private static func text(_ metrics: MetricRegistry) -> [String] {
    var target = ByteWriter()
    metrics.exposition().appendPrometheusText(to: &target)
    let text = String(decoding: target.bytes.array, as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  @Test("calls are told by group, service and method; registries and streams of writes apart")
  func calls() async throws {
    let metrics = MetricRegistry()
    metrics.derive { BanyanCallMetrics.families($0) }
    let calls = SeriesCalls(metrics, time: ModelClock()) { $0 == "sw" }
    let query = SeriesMethod("/banyandb.measure.v1.MeasureService/Query")
    for isError in [false, false, true] {
      calls.begin(query, group: "sw").end(isError: isError)
    }
    _ = calls.begin(query, group: "sw")
    calls.begin(query, group: "nobody knows it").end(isError: true)
    calls.begin(
      SeriesMethod("/banyandb.database.v1.IndexRuleRegistryService/Create", .write), group: "sw"
    ).end(isError: false)
    var tally = SeriesCalls.Tally()
    (tally.received, tally.refused, tally.sent) = (9, 2, 8)
    (tally.expired, tally.unapplied) = (1, 1)
    calls.begin(
      SeriesMethod("/banyandb.schema.v1.SchemaBarrierService/AwaitSchemaApplied"), group: ""
    ).end(isError: false)
    let write = SeriesMethod("/banyandb.trace.v1.TraceService/Write", .write)
    calls.add(tally, write, group: "sw")
    let started = metrics.counters("lake_grpc_calls_started_total", "s", labels: ["method"])
    started.with("/banyandb.trace.v1.TraceService/Write").add(7)
    started.with("/grpc.health.v1.Health/Check").add(9)
    let ended = metrics.counters("lake_grpc_calls_total", "e", labels: ["method", "code"])
    ended.with("/banyandb.trace.v1.TraceService/Write", "UNAVAILABLE").add(1)
    let lines = Self.text(metrics).filter { $0.hasPrefix("banyandb_") }
    let labels = #"{group="sw",service="measure",method="query"}"#
    let trace = #"{group="sw",service="trace",method="write"}"#
    for line in [
      "total_started\(labels) 4", "total_finished\(labels) 3", "total_err\(labels) 1",
      "total_latency\(labels) 0",
      #"total_err{group="",service="measure",method="query"} 1"#,
      #"total_stream_started{service="trace",method="write"} 7"#,
      #"total_stream_err{service="trace",method="write"} 1"#,
      "total_stream_msg_received\(trace) 9", "total_stream_msg_received_err\(trace) 2",
      "total_stream_msg_sent\(trace) 8",
      #"schema_status_expired_total{rpc="TraceService/Write",group="sw"} 1"#,
      #"schema_not_applied_total{rpc="TraceService/Write",group="sw"} 1"#,
      "schema_await_applied_duration_seconds_count 1",
      #"total_registry_started{group="sw",service="indexrule",method="create"} 1"#,
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

  @Test("the cache of texts, the machine and deliveries have their names")
  func more() async throws {
    let metrics = MetricRegistry()
    metrics.derive { BanyanCallMetrics.families($0) }
    for (result, count) in [("hit", 3.0), ("miss", 1), ("bypass", 5)] {
      metrics.observed(
        "lake_series_texts_total", "t", counts: true, labels: ["result": result]
      ) { count }
    }
    metrics.observed("lake_series_memory_used_bytes", "u", labels: [:]) { 50 }
    metrics.observed("lake_series_memory_limit_bytes", "l", labels: [:]) { 200 }
    metrics.observed("lake_series_processors", "p", labels: [:]) { 2 }
    metrics.observed("lake_series_disk_bytes", "d", labels: ["path": "/srv"]) { 1000 }
    metrics.observed("lake_series_disk_used_percent", "d", labels: ["path": "/srv"]) { 40 }
    metrics.counters("lake_series_deliveries_sent_failed_total", "f", labels: ["node", "error"])
      .with("data-a", "series.unavailable").add(2)
    metrics.counters("lake_series_deliveries_taken_started_total", "f", labels: ["node"])
      .with("").add(4)
    let lines = Self.text(metrics)
    for line in [
      #"bydbql_prepared_cache_total{result="hit"} 3"#, "bydbql_prepared_cache_hit_ratio 0.75",
      #"system_memory_state{kind="used_percent"} 25"#, "system_cpu_num 2",
      #"system_disk{path="/srv",kind="total"} 1000"#,
      #"system_disk{path="/srv",kind="used_percent"} 40"#,
      #"storage_disk_usage_percent{path="/srv"} 40"#,
      #"queue_pub_total_err{operation="write",group="",remote_node="data-a",remote_role="data","#
        + #"error_type="series.unavailable"} 2"#,
      #"queue_sub_total_started{operation="write",group="",remote_node="",remote_role="liaison"} 4"#,
    ] {
      #expect(lines.contains("banyandb_" + line), "\(line) of \(lines)")
    }
  }

  @Test("what flushes, merges and retention did is told, failures among what was begun")
  func work() {
    var shard = ShardInventory(
      shard: 0, memoryRows: 0, memoryBytes: 0, backlog: 0, parts: [])
    shard.work.rows = 70
    shard.work.batches = 3
    shard.work.flushes = 2
    shard.work.flushFailures = 1
    shard.work.flushNanoseconds = 1_500_000_000
    shard.work.merges = 4
    shard.work.mergedParts = 17
    let segment = SegmentInventory(group: "m", times: 0..<86_400_000_000_000, shards: [shard])
    var statistics = EngineStatistics()
    statistics.retentions = 5
    statistics.retentionFailures = 1
    statistics.segmentsDropped = 2
    let families =
      BanyanStorageMetrics.families([segment]) { _ in .measure }
      + BanyanStorageMetrics.families(statistics)
    func value(_ name: String) -> MetricSnapshot.Value? {
      families.first { $0.name == "banyandb_\(name)" }?.series.first?.value
    }
    for (name, expected) in [
      ("measure_total_written", 70), ("measure_total_batch", 3),
      ("measure_total_flush_loop_started", 3), ("measure_total_flush_loop_finished", 2),
      ("measure_total_flush_loop_err", 1), ("measure_flush_latency", 1.5),
      ("measure_total_merge_loop_started", 4), ("measure_total_merged_parts", 17),
      ("storage_retention_started", 6), ("storage_retention_finished", 5),
      ("storage_retention_err", 1), ("storage_segments_deleted", 2),
    ] {
      #expect(value(name) == .number(expected), "\(name)")
    }
    let merged = families.first { $0.name == "banyandb_measure_total_merged_parts" }
    #expect(merged?.labels == ["group", "seg", "shard", "type"])
    #expect(merged?.series.first?.labelValues == ["m", "19700101", "0", "file"])
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
