import SeriesModel
import Testing

@testable import SeriesQuery

/// The first rows of many, beside a plain sort of all of them.
@Suite("Choosing rows")
struct RowSelectorTests {
  private static func rows(_ dice: ModelCheckTests.Dice, _ count: Int) -> [ResultRow] {
    (0..<count).map { number in
      ResultRow(
        timestamp: Int64(dice.below(5000)), seriesID: UInt64(dice.below(50)),
        version: Int64(number), order: dice.hits(10) ? .null : .int(Int64(dice.below(300))),
        group: dice.below(2), values: [.int(Int64(number)), .string("row \(number)")])
    }
  }

  @Test(
    "keeps what a sort would keep, whatever comes in which piece", arguments: 0..<24)
  func sameAsSort(seed: Int) throws {
    let dice = ModelCheckTests.Dice(UInt64(seed))
    let order = RowOrder(
      isByValue: seed % 2 == 1, isDescending: seed / 2 % 2 == 1, tiesByVersion: seed / 4 % 2 == 1)
    let count = [1, 10, 600, 5000][seed % 4]
    let offset = dice.below(count)
    var selector = RowSelector(order, count: count, dropsRepeats: order.tiesByVersion)
    var budget = QueryBudget(limitBytes: 1 << 30)
    var all: [ResultRow] = []
    var most = 0
    for _ in 0..<30 {
      // Versions begin anew with each piece: some ids come again.
      let piece = Self.rows(dice, 100 + dice.below(400))
      all += piece
      try selector.add(piece, &budget)
      if dice.hits(30) { selector.settle(&budget) }
      most = max(most, budget.usedBytes)
    }
    all.sort { order.precedes($0, $1) }
    if order.tiesByVersion {
      var seen: Set<Int64> = []
      all.removeAll { !seen.insert($0.version).inserted }
    }
    let wanted = all.prefix(count).dropFirst(offset)
    let found = selector.finish(offset: offset).results
    #expect(found.count == wanted.count)
    for (a, b) in zip(found, wanted) {
      #expect(a.timestamp == b.timestamp)
      if order.isByValue { #expect(a.order == b.order) }
      // Rows that no order tells apart may change places.
      #expect(order.tiesByVersion ? a.version == b.version : a.seriesID == b.seriesID)
    }
    if count == 10 { #expect(most < 1 << 20, "rows that are out of the race are let go") }
  }

  @Test("a row's values stay beside it through cuts")
  func values() throws {
    let dice = ModelCheckTests.Dice(7)
    var selector = RowSelector(RowOrder(), count: 40, dropsRepeats: false)
    var budget = QueryBudget(limitBytes: 1 << 30)
    var byNumber: [Int64: ResultRow] = [:]
    for piece in 0..<20 {
      var rows = Self.rows(dice, 300)
      for index in rows.indices {
        let number = Int64(piece * 1000 + index)
        rows[index].values = [.int(number), .string("row \(number)")]
        byNumber[number] = rows[index]
      }
      try selector.add(rows, &budget)
    }
    for row in selector.finish(offset: 0).results {
      guard case .int(let number) = row.values[0] else { continue }
      #expect(row.values == byNumber[number]?.values)
      #expect(row.timestamp == byNumber[number]?.timestamp)
      #expect(row.seriesID == byNumber[number]?.seriesID)
      #expect(row.version == byNumber[number]?.version)
      #expect(row.group == byNumber[number]?.group)
    }
  }
}
