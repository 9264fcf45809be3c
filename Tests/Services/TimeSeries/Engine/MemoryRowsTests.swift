import SeriesColumns
import Simulation
import Testing

@testable import SeriesEngine

@Suite("rows in memory become one order")
struct MemoryRowsTests {
  private struct Row {
    var series: UInt64
    var time: Int64
    var version: Int64
    var value: String?
  }

  private static func schema(_ kind: TableKind, _ columns: [String]) -> TableSchema {
    TableSchema(
      name: "t", kind: kind, columns: columns.map { ColumnSchema($0, .string) },
      seriesColumns: [], orders: [])
  }

  private static func chunk(_ rows: [Row], _ schema: TableSchema) -> MemoryChunk {
    var batch = RowBatch(group: "g", schema: schema, shard: 0)
    for row in rows {
      batch.seriesIDs.append(row.series)
      batch.timestamps.append(row.time)
      batch.versions.append(row.version)
      for index in batch.columns.indices {
        if let value = row.value {
          batch.columns[index].append(text: value)
        } else {
          batch.columns[index].appendNull()
        }
      }
    }
    batch.columns = batch.columns.map { $0.withDictionary() }
    return MemoryChunk(
      batch, new: SeriesRows(columns: []), sequence: 1, state: WriteState(.durable))
  }

  /// What is wanted, in the plain way: all rows sorted, then the repeats dropped.
  private static func sorted(_ rows: [Row], _ kind: TableKind) -> [String] {
    var wanted: [String] = []
    var last: (series: UInt64, time: Int64)?
    let order = rows.indices.sorted { left, right in
      let (a, b) = (rows[left], rows[right])
      if a.series != b.series { return a.series < b.series }
      if kind != .document, a.time != b.time { return a.time < b.time }
      if a.version != b.version { return a.version > b.version }
      return left > right
    }
    for row in order.map({ rows[$0] }) {
      if kind.isKeyed, let last, last.series == row.series,
        kind == .document || last.time == row.time
      {
        continue
      }
      last = (row.series, row.time)
      wanted.append("\(row.series) \(row.time) \(row.version) \(row.value ?? "null")")
    }
    return wanted
  }

  @Test(
    "like a sort of all rows",
    arguments: [TableKind.measure, .stream, .trace, .document], [1, 7, 40, 3000] as [UInt64])
  func randomRows(_ kind: TableKind, _ seriesCount: UInt64) {
    var random = SeededGenerator(seed: seriesCount)
    let schema = Self.schema(kind, ["value"])
    var (rows, chunks): ([Row], [MemoryChunk]) = ([], [])
    for chunk in 0..<6 {
      let isInOrder = Bool.random(using: &random)
      let distinct = Int.random(in: 1...400, using: &random)
      var own: [Row] = []
      for number in 0..<Int.random(in: 0...500, using: &random) {
        let time = isInOrder ? chunk * 500 + number : .random(in: 0...600, using: &random)
        own.append(
          Row(
            series: .random(in: 0..<seriesCount, using: &random) &* 0x9E37_79B9_7F4A_7C15,
            time: Int64(time), version: .random(in: 1...3, using: &random),
            value: number % 11 == 5
              ? nil : "v\(Int.random(in: 0..<distinct, using: &random))"))
      }
      rows += own
      chunks.append(Self.chunk(own, schema))
    }
    let block = MemoryRows.sorted(chunks, kind, RowSelection(columns: schema.columns))
    let ids = block.seriesIDs()
    let found = (0..<block.count).map { row in
      let column = block.columns[0]
      let value = column.isNull(row) ? "null" : column.string(row)
      return "\(ids[row]) \(block.timestamps[row]) \(block.versions[row]) \(value)"
    }
    #expect(found == Self.sorted(rows, kind))
  }

  @Test("a column that came later is null in the rows before it")
  func newColumn() {
    let row = Row(series: 1, time: 1, version: 1, value: "a")
    let chunks = [
      Self.chunk([row], Self.schema(.stream, ["old"])),
      Self.chunk([row], Self.schema(.stream, ["old", "new"])),
    ]
    let columns = MemoryRows.columns(chunks) { $0.columns }
    let block = MemoryRows.sorted(chunks, .stream, RowSelection(columns: columns))
    #expect(columns.map(\.name) == ["old", "new"])
    // The later arrival is the first of two that are alike.
    #expect((0..<2).map { block.columns[1].isNull($0) } == [false, true])
    #expect(block.columns[0].nullCount == 0)
  }
}
