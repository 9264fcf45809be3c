import Runtime
import SeriesColumns
import SeriesWorkloads
import Simulation
import Testing
import Values

@testable import SeriesEngine

@Suite("indexes of an engine")
struct EngineIndexTests {
  private static func traceRows(_ generator: inout SeededGenerator) -> [TestRow] {
    (0..<300).map { index in
      TestRow(
        series: UInt64.random(in: 1...90, using: &generator) &* 0x9E37_79B9_7F4A_7C15,
        time: TestTables.start + Int64(index) * 1_000_000, version: Int64(index),
        number: generator.chance(0.1) ? nil : Int64.random(in: -40...40, using: &generator),
        value: nil, text: ["svc-a", "svc-b", nil][Int.random(in: 0..<3, using: &generator)],
        list: ["tag\(index % 7)"])
    }
  }

  @Test(
    "an order gives its entries from the best key on, out of parts and memory",
    arguments: 1...4 as ClosedRange<UInt64>)
  func orders(seed: UInt64) throws {
    try Simulation.run(seed: seed) { world in
      try await withEngine(world) { engine in
        var generator = world.generator("rows")
        var rows: [TestRow] = []
        for round in 0..<3 {
          let batch = Self.traceRows(&generator)
          rows += batch
          _ = try await engine.write([TestTables.batch(.trace, shard: 0, batch)])
          if round < 2 { try await engine.flush() }
        }
        for isMerged in [false, true] {
          if isMerged { try await engine.merge(group: TestTables.group) }
          for request in Self.requests() {
            try await Self.check(engine, request, rows)
          }
        }
      }
    }
  }

  @Test("entries of series are the same from kept pages, and only of parts that are there")
  func keptEntries() throws {
    try Simulation.run(seed: 5) { world in
      try await withEngine(world) { engine in
        var generator = world.generator("rows")
        for round in 0..<3 {
          _ = try await engine.write(
            [TestTables.batch(.measure, shard: 0, Self.traceRows(&generator))])
          try await engine.flush()
          var answers: [SeriesRows] = []
          for _ in 0..<3 {
            let view = try await engine.view(group: TestTables.group, times: .min ... .max)
            answers.append(
              try await view.segments[0].shards[0].series(
                table: TestTables.schema(.measure).name,
                columns: TestTables.schema(.measure).seriesColumns))
          }
          #expect(!answers[0].ids.isEmpty)
          #expect(answers[0].ids == answers[1].ids)
          #expect(answers[1].ids == answers[2].ids)
          #expect(Set(answers[0].ids).count == answers[0].ids.count)
          for (row, id) in answers[2].ids.enumerated() {
            #expect(answers[2].columns[0].string(row) == "s\(id)")
          }
          #expect(engine.statistics.cacheHits >= 2 * (round + 1))
          if round == 1 { try await engine.merge(group: TestTables.group) }
        }
      }
    }
  }

  private static func prefix(_ text: String?) -> [UInt8] {
    var column = Column(.string)
    if let text { column.append(text: text) } else { column.appendNull() }
    return orderPrefix([column], row: 0)
  }

  private static func requests() -> [OrderedRequest] {
    var requests: [OrderedRequest] = []
    for descending in [false, true] {
      for prefixes in [nil, [self.prefix("svc-a")], [self.prefix("svc-b"), self.prefix(nil)]] {
        for keys in [.min ... .max, -5...17] as [ClosedRange<Int64>] {
          requests.append(
            OrderedRequest(
              table: TestTables.schema(.trace).name, order: "by-number", prefixes: prefixes,
              keys: keys,
              times: keys.lowerBound == .min
                ? .min ... .max : TestTables.start...(TestTables.start + 200_000_000),
              descending: descending))
        }
      }
    }
    return requests
  }

  private static func check(
    _ engine: SeriesEngine, _ request: OrderedRequest, _ rows: [TestRow]
  ) async throws {
    let view = try await engine.view(group: TestTables.group, times: .min ... .max)
    var cursor = view.segments[0].shards[0].ordered(request)
    var found: [OrderedEntry] = []
    while let entry = try await cursor.next() { found.append(entry) }
    var expected: [OrderedEntry] = []
    for row in rows {
      guard let key = row.number, request.keys.contains(key), request.times.contains(row.time),
        request.prefixes?.contains(self.prefix(row.text)) ?? true
      else { continue }
      expected.append(
        OrderedEntry(
          key: key, seriesID: row.series, timestamp: row.time, prefix: self.prefix(row.text)))
    }
    #expect(found.count == expected.count)
    #expect(
      found.map(\.key) == expected.map(\.key).sorted { request.descending ? $0 > $1 : $0 < $1 })
    #expect(Set(found) == Set(expected))
  }

  @Test("terms leave out rows and never one that matches")
  func terms() throws {
    try Simulation.run(seed: 5) { world in
      try await withEngine(world) { engine in
        var generator = world.generator("rows")
        var rows: [TestRow] = []
        for _ in 0..<4 {
          let batch = (0..<700).map { _ in
            TestTables.randomRow(
              &generator, series: UInt64.random(in: 1...40, using: &generator),
              time: TestTables.start + Int64.random(in: 0...9999, using: &generator) * 1_000_000,
              version: Int64.random(in: .min ... .max, using: &generator))
          }
          rows += batch
          _ = try await engine.write([TestTables.batch(.stream, shard: 0, batch)])
          try await engine.flush()
        }
        for isMerged in [false, true] {
          if isMerged { try await engine.merge(group: TestTables.group) }
          let number = try await Self.scan(
            engine,
            [IndexTerms(column: "t/number", values: [IndexTerm.of(17), IndexTerm.of(.min)])])
          #expect(Set(number) == Set(rows.filter { $0.number == 17 || $0.number == .min }))
          let word = try await Self.scan(
            engine,
            [IndexTerms(column: "t/text", values: [IndexTerm.of("word")], analyzer: .simple)])
          #expect(Set(word).isSuperset(of: rows.filter { $0.text != nil }))
          let both = try await Self.scan(
            engine,
            [
              IndexTerms(column: "t/number", values: [IndexTerm.of(18)]),
              IndexTerms(column: "t/list", values: [IndexTerm.of("e2")]),
            ])
          #expect(
            Set(both).isSuperset(
              of: rows.filter { $0.number == 18 && $0.list?.contains("e2") ?? false }))
          #expect(both.count < rows.count / 3)
          let nothing = try await Self.scan(
            engine, [IndexTerms(column: "t/list", values: [IndexTerm.of("never")])])
          #expect(nothing.isEmpty)
          // Another analyzer than the one that indexed: no help, and no row lost.
          let other = try await Self.scan(
            engine, [IndexTerms(column: "t/text", values: [IndexTerm.of("x")])])
          #expect(other.count == rows.count)
        }
      }
    }
  }

  private static func scan(
    _ engine: SeriesEngine, _ terms: [IndexTerms]
  ) async throws -> [TestRow] {
    let view = try await engine.view(group: TestTables.group, times: .min ... .max)
    var cursor = view.segments[0].shards[0].scan(
      ScanRequest(
        table: TestTables.schema(.stream).name, times: .min ... .max, columns: TestTables.columns,
        terms: terms))
    var rows: [TestRow] = []
    while let block = try await cursor.next() { rows += TestTables.rows(block) }
    return rows
  }

  @Test("a trace is read from one block of a part, and from no part that has it not")
  func traces() throws {
    try Simulation.run(seed: 7) { world in
      try await withEngine(world) { engine in
        for part in 0..<3 {
          let rows = (0..<15_000).map { index in
            row(UInt64(part * 1_000_000 + index / 3 + 1) &* 0x9E37_79B9_7F4A_7C15, Int64(index))
          }
          _ = try await engine.write([TestTables.batch(.trace, shard: 0, rows)])
          try await engine.flush()
        }
        let view = try await engine.view(group: TestTables.group, times: .min ... .max)
        var (count, blocks, read) = (0, 0, 0)
        for segment in view.segments {
          var cursor = segment.shards[0].scan(
            ScanRequest(
              table: TestTables.schema(.trace).name, times: .min ... .max,
              series: [1_000_078 &* 0x9E37_79B9_7F4A_7C15], columns: []))
          while let block = try await cursor.next() { count += block.count }
          blocks += cursor.statistics.blocks
          read += cursor.statistics.blocksRead
        }
        #expect(count == 3)
        #expect(blocks > 3)
        #expect(read == 1)
      }
    }
  }

  @Test("series are found by the terms of their entries")
  func seriesTerms() throws {
    try Simulation.run(seed: 6) { world in
      try await withEngine(world) { engine in
        let rows = (1...200).map { row(UInt64($0), 0) }
        _ = try await engine.write([
          TestTables.batch(.measure, shard: 0, rows) { "host-\($0 % 10)" }
        ])
        for isFlushed in [false, true] {
          if isFlushed { try await engine.flush() }
          let view = try await engine.view(group: TestTables.group, times: .min ... .max)
          let found = try await view.segments[0].shards[0].series(
            table: TestTables.schema(.measure).name,
            terms: [IndexTerms(column: "t/name", values: [IndexTerm.of("host-3")])],
            columns: TestTables.seriesColumns)
          let matching = (0..<found.ids.count).filter { found.columns[0].string($0) == "host-3" }
          let expected = (0..<20).map { UInt64($0) * 10 + 3 }
          #expect(matching.map { found.ids[$0] } == expected)
          if isFlushed { #expect(found.ids.count == 20) }
        }
      }
    }
  }

  @Test("a filter holds what was put in, and little else")
  func filter() {
    let inside = (0..<5000).map { SplitBlockFilter.hash(IndexTerm.of(Int64($0))) }
    let filter = SplitBlockFilter(inside)
    #expect(inside.allSatisfy { filter.mayHold($0) })
    let outside = (5000..<25_000).filter {
      filter.mayHold(SplitBlockFilter.hash(IndexTerm.of(Int64($0))))
    }
    #expect(outside.count < 600)
    let copy = filter.bytes.withUnsafeBytes { SplitBlockFilter($0) }
    #expect(copy?.bytes == filter.bytes)
  }
}
