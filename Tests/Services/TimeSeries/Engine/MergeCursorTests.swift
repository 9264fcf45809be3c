import SeriesColumns
import Simulation
import Testing

@testable import SeriesEngine

@Suite("rows of several sources become one order")
struct MergeCursorTests {
  private struct Row: Hashable {
    var series: UInt64
    var time: Int64
    var version: Int64
    var value: Int64
  }

  /// Gives its rows in blocks of some sizes.
  private final class Blocks: RowSource {
    private var blocks: ArraySlice<RowBlock>

    init(_ rows: [Row], _ random: inout SeededGenerator) {
      var blocks: [RowBlock] = []
      var start = 0
      while start < rows.count {
        let end = min(rows.count, start + .random(in: 1...20, using: &random))
        blocks.append(MergeCursorTests.block(Array(rows[start..<end])))
        start = end
      }
      self.blocks = blocks[...]
    }

    func next() async throws(SeriesError) -> RowBlock? { self.blocks.popFirst() }
  }

  private static func block(_ rows: [Row]) -> RowBlock {
    var texts = Column(.string)
    for row in rows {
      if row.value % 5 == 0 { texts.appendNull() } else { texts.append(text: "\(row.value)") }
    }
    return RowBlock(
      runs: RowBlock.runs(of: rows.map(\.series)), timestamps: rows.map(\.time),
      versions: rows.map(\.version), columns: [Column(integers: rows.map(\.value)), texts])
  }

  private static func isBefore(_ left: Row, _ right: Row) -> Bool {
    if left.series != right.series { return left.series < right.series }
    return left.time != right.time ? left.time < right.time : left.version > right.version
  }

  /// Sources whose times follow each other, overlap in some series, or are mixed.
  private static func sources(
    overlap: Int64, _ random: inout SeededGenerator
  ) -> [[Row]] {
    var value: Int64 = 0
    return (0..<Int64.random(in: 1...6, using: &random)).map { source in
      var seen: Set<[Int64]> = []
      var rows: [Row] = []
      for _ in 0..<Int.random(in: 0...150, using: &random) {
        value += 1
        let row = Row(
          series: .random(in: 1...9, using: &random),
          time: source * 30 + .random(in: 0..<(30 + overlap), using: &random),
          version: .random(in: 0...2, using: &random), value: value)
        if seen.insert([Int64(row.series), row.time]).inserted { rows.append(row) }
      }
      return rows.sorted { Self.isBefore($0, $1) }
    }
  }

  /// All rows sorted one by one; of equal ones the newer source is first.
  private static func wanted(_ sources: [[Row]], isKeyed: Bool) -> [Row] {
    var rows: [Row] = []
    for source in sources.reversed() { rows.append(contentsOf: source) }
    // Swift's sort is stable.
    rows.sort { Self.isBefore($0, $1) }
    guard isKeyed else { return rows }
    var last: Row?
    rows.removeAll { row in
      defer { last = row }
      return row.series == last?.series && row.time == last?.time
    }
    return rows
  }

  @Test(
    "as if sorted row by row", arguments: [TableKind.measure, .stream], [0, 1, 90] as [Int64])
  func order(kind: TableKind, overlap: Int64) async throws {
    var random = SeededGenerator(seed: UInt64(overlap) + 7)
    for _ in 0..<60 {
      let isKeyed = kind == .measure
      let sources = Self.sources(overlap: overlap, &random)
      let cursor = MergeCursor(sources.map { Blocks($0, &random) }, kind)
      var rows: [Row] = []
      while let block = try await cursor.next() {
        #expect(!block.isEmpty)
        for run in block.runs {
          for row in run.rows {
            let value = block.columns[0].integer(row)
            #expect(block.columns[1].isNull(row) == (value % 5 == 0))
            if value % 5 != 0 { #expect(block.columns[1].string(row) == "\(value)") }
            rows.append(
              Row(
                series: run.seriesID, time: block.timestamps[row], version: block.versions[row],
                value: value))
          }
        }
      }
      #expect(rows == Self.wanted(sources, isKeyed: isKeyed))
    }
  }
}
