private import Glibc
private import Runtime
private import SeriesColumns
internal import SeriesEngine
private import Values

/// Spans: ingest, size, traces by their ids, and the slowest of a service.
enum BenchTraces {
  private static let spansEach = 20
  private static let batchSpans = 2000
  private static let start: Int64 = 1_767_225_600_000_000_000

  private static let schema = TableSchema(
    name: "spans", kind: .trace,
    columns: [
      ColumnSchema("trace_id", .string), ColumnSchema("span_id", .string),
      ColumnSchema("service", .string, index: .inverted(.keyword)),
      ColumnSchema("endpoint", .string, index: .skipping), ColumnSchema("duration", .integer),
      ColumnSchema("span", .binary),
    ],
    orders: [OrderSchema(name: "by-duration", prefix: ["service"], key: "duration")])

  static func measure(_ engine: SeriesEngine, spans: Int) async throws {
    engine.apply(
      group: "traces", GroupOptions(shardCount: 1, segmentSeconds: 86_400, ttlSeconds: 0))
    var random = UInt64(99)
    var (wall, processor, bytes) = (0.0, 0.0, 0)
    for turn in 0..<(spans / self.batchSpans) {
      let batch = self.batch(turn, &random, &bytes)
      let begun = (seconds(), processorSeconds())
      _ = try await engine.write([batch])
      wall += seconds() - begun.0
      processor += processorSeconds() - begun.1
    }
    let begun = (seconds(), processorSeconds())
    try await engine.flush()
    wall += seconds() - begun.0
    processor += processorSeconds() - begun.1
    print(
      "\(spans) spans of \(bytes / spans) bytes: \(millions(Double(spans) / wall)) spans/s, "
        + "\(millions(Double(spans) / processor)) spans/s of processor")
    for isMerged in [false, true] {
      if isMerged { try await engine.merge(group: "traces") }
      let parts = engine.inventory(group: "traces").flatMap(\.shards).flatMap(\.parts)
      let stored = parts.reduce(0) { $0 + $1.bytes }
      print(
        "\(parts.count) parts, \(hundredths(Double(stored) / Double(spans))) bytes per span")
      try await self.byID(engine, traces: spans / self.spansEach)
      try await self.slowest(engine)
    }
  }

  private static func traceHash(_ trace: Int) -> UInt64 {
    var mixed = UInt64(trace) &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed >> 31)
  }

  private static func batch(_ turn: Int, _ random: inout UInt64, _ bytes: inout Int) -> RowBatch {
    func next() -> UInt64 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return random >> 33
    }
    var batch = RowBatch(group: "traces", schema: self.schema, shard: 0)
    for row in 0..<self.batchSpans {
      let trace = (turn * self.batchSpans + row) / self.spansEach
      let hash = self.traceHash(trace)
      let time = self.start + Int64(turn * self.batchSpans + row) * 100_000
      batch.seriesIDs.append(hash)
      batch.timestamps.append(time / 1_000_000 * 1_000_000)
      batch.versions.append(Int64(turn * self.batchSpans + row))
      let id = String(hash, radix: 16) + ".\(trace)"
      let service = "service-\(next() % 40)"
      let endpoint = "/api/v\(next() % 3)/resource-\(next() % 300)"
      let duration = Int64(next() % 1000 * (next() % 1000))
      batch.columns[0].append(text: id)
      batch.columns[1].append(text: "\(row % self.spansEach)")
      batch.columns[2].append(text: service)
      batch.columns[3].append(text: endpoint)
      batch.columns[4].append(integer: duration)
      let body = Array(
        """
        {"traceId":"\(id)","spanId":\(row % self.spansEach),"parent":\(row % self.spansEach - 1),\
        "service":"\(service)","endpoint":"\(endpoint)","start":\(time),"duration":\(duration),\
        "tags":{"http.method":"GET","http.status":\(next() % 5 == 0 ? 500 : 200),"peer":\
        "10.0.\(next() % 256).\(next() % 256):8080","db.statement":"select \(next())"}}
        """.utf8)
      bytes += body.count
      batch.columns[5].append(bytes: body)
    }
    return batch
  }

  private static func byID(_ engine: SeriesEngine, traces: Int) async throws {
    var times: [Double] = []
    for turn in 0..<300 {
      let hash = self.traceHash(turn * 7919 % traces)
      let begun = seconds()
      let view = try await engine.view(group: "traces", times: .min ... .max)
      var count = 0
      for shard in view.segments.flatMap(\.shards) {
        var cursor = shard.scan(
          ScanRequest(
            table: "spans", times: .min ... .max, series: [hash], columns: self.schema.columns))
        while let block = try await cursor.next() { count += block.count }
      }
      times.append(seconds() - begun)
      guard count == self.spansEach else { fail("a trace has \(count) spans") }
    }
    times.sort()
    print(
      "  a trace by its id: p50 \(hundredths(times[150] * 1e3)) ms, "
        + "p99 \(hundredths(times[296] * 1e3)) ms")
  }

  private static func slowest(_ engine: SeriesEngine) async throws {
    var times: [Double] = []
    for turn in 0..<100 {
      var service = Column(.string)
      service.append(text: "service-\(turn % 40)")
      let begun = seconds()
      let view = try await engine.view(group: "traces", times: .min ... .max)
      var cursor = view.segments[0].shards[0].ordered(
        OrderedRequest(
          table: "spans", order: "by-duration", prefixes: [orderPrefix([service], row: 0)],
          descending: true))
      for _ in 0..<20 {
        guard try await cursor.next() != nil else { fail("an order ends early") }
      }
      times.append(seconds() - begun)
    }
    times.sort()
    print(
      "  20 slowest of a service: p50 \(hundredths(times[50] * 1e3)) ms, "
        + "p99 \(hundredths(times[98] * 1e3)) ms")
  }
}
