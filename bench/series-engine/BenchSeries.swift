private import Glibc
private import Runtime
private import SeriesColumns
private import SeriesEngine
private import Values

/// Ingest, size and scans of the engine by itself, on one event loop and a real disk.
enum BenchSeries {
  static func run(_ words: [String]) async {
    let folder = words.first ?? "."
    let hosts = words.count > 1 ? Int(words[1]) ?? 4000 : 4000
    let turns = words.count > 2 ? Int(words[2]) ?? 1080 : 1080
    if folder == "lines" { return InfluxLines.print(hosts: hosts, turns: turns) }
    var template = Array((folder + "/bench-series-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { fail("no folder can be made in \(folder)") }
    let path = template.withUnsafeBufferPointer {
      String(cString: $0.baseAddress.unsafelyUnwrapped)
    }
    do {
      let group = try EventLoopGroup(loops: 1)
      try await group.run {
        let loop = EventLoop.current.unsafelyUnwrapped
        let engine = try await SeriesEngine.open(path, on: group.disk, clock: loop)
        engine.apply(
          group: "bench", GroupOptions(shardCount: 1, segmentSeconds: 86_400, ttlSeconds: 0))
        try await engine.running {
          if words.count > 3 {
            try await BenchTraces.measure(engine, spans: Int(words[3]) ?? 1_000_000)
          } else {
            try await self.measure(engine, hosts: hosts, turns: turns)
          }
        }
      }
      group.stop()
    } catch {
      fail("\(error)")
    }
  }

  private static func measure(_ engine: SeriesEngine, hosts: Int, turns: Int) async throws {
    let points = Double(hosts * turns * DevOps.fields.count)
    print(
      "\(hosts) hosts × \(DevOps.fields.count) fields × \(turns) times = \(millions(points)) points"
    )
    try await self.ingest(engine, hosts: hosts, turns: turns, points: points)
    self.printSizes(engine, "flushed", points)
    var begun = (seconds(), processorSeconds())
    try await engine.merge(group: "bench")
    let merged = (seconds() - begun.0, processorSeconds() - begun.1)
    self.printSizes(engine, "merged", points)
    print("merge of the rest: \(hundredths(merged.0)) s, \(hundredths(merged.1)) s of processor")
    for columns in [1, 10] {
      begun = (seconds(), processorSeconds())
      let (count, sum) = try await self.scan(engine, columns: columns, series: nil)
      let taken = processorSeconds() - begun.1
      print(
        "scan of \(columns) fields, all series: \(millions(Double(count) / taken)) values/s "
          + "of processor (sum \(Int(sum)))")
    }
    try await self.scanSingle(engine, hosts: hosts)
  }

  /// What a client would send is made before the clock starts; ten seconds of data a turn.
  private static func ingest(
    _ engine: SeriesEngine, hosts: Int, turns: Int, points: Double
  ) async throws {
    var data = DevOps(hosts: hosts, step: 10_000_000_000)
    var (wall, processor) = (0.0, 0.0)
    for turn in 0..<turns {
      let batches = data.batches(turn, rows: 1000, isFirst: turn == 0)
      let begun = (seconds(), processorSeconds())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for batch in batches {
          group.addTask { _ = try await engine.write([batch]) }
        }
        try await group.waitForAll()
      }
      wall += seconds() - begun.0
      processor += processorSeconds() - begun.1
    }
    let begun = (seconds(), processorSeconds())
    try await engine.flush()
    wall += seconds() - begun.0
    processor += processorSeconds() - begun.1
    print(
      "ingest with flushes and merges: \(millions(points / wall)) points/s, "
        + "\(millions(points / processor)) points/s of processor")
    let statistics = engine.statistics
    print(
      "\(statistics.writes) writes, \(statistics.flushes) flushes, \(statistics.merges) merges "
        + "of \(statistics.mergedBytesRead >> 20) MiB")
  }

  private static func printSizes(_ engine: SeriesEngine, _ what: String, _ points: Double) {
    let parts = engine.inventory(group: "bench").flatMap(\.shards).flatMap(\.parts)
    let bytes = parts.reduce(0) { $0 + $1.bytes }
    print(
      "\(what): \(parts.count) parts of \(bytes >> 10) KiB, \(hundredths(Double(bytes) / points)) "
        + "bytes per value")
  }

  private static func scan(
    _ engine: SeriesEngine, columns: Int, series: [UInt64]?,
    times: ClosedRange<Int64> = .min ... .max
  ) async throws -> (count: Int, sum: Double) {
    let view = try await engine.view(group: "bench", times: times)
    var (count, sum) = (0, 0.0)
    for shard in view.segments.flatMap(\.shards) {
      var cursor = shard.scan(
        ScanRequest(
          table: "cpu", times: times, series: series,
          columns: Array(DevOps.schema.columns.prefix(columns)), readsVersions: false))
      while let block = try await cursor.next() {
        for column in block.columns {
          column.floats.withUnsafeBufferPointer { for value in $0 { sum += value } }
          count += column.count
        }
      }
    }
    return (count, sum)
  }

  /// One series over all times, as a graph asks for it.
  private static func scanSingle(_ engine: SeriesEngine, hosts: Int) async throws {
    var times: [Double] = []
    for turn in 0..<200 {
      let begun = seconds()
      let host = turn * 7919 % hosts
      let (count, _) = try await self.scan(engine, columns: 1, series: [DevOps.seriesID(host)])
      times.append(seconds() - begun)
      guard count > 0 else { fail("host \(host) has no values") }
    }
    times.sort()
    print(
      "one field of one series: p50 \(hundredths(times[100] * 1e3)) ms, p99 \(hundredths(times[197] * 1e3)) ms"
    )
  }
}
