import SeriesModel
import SeriesSchema
import SeriesWire
import Testing

@testable import SeriesQuery

@Suite("What is ranked")
struct RankOrderTests {
  @Test("what is no number is last in both directions", arguments: [true, false])
  func noNumbers(ascending: Bool) {
    let values: [Double] = [.nan, 2, .infinity, .nan, -1]
    let ranked = values.map { SeriesValue.float($0) }.sorted {
      $0.ranks(before: $1, ascending: ascending)
    }
    let texts = ranked.map { "\($0)" }
    let numbers = ["float(-1.0)", "float(2.0)", "float(inf)"]
    #expect(texts == (ascending ? numbers : numbers.reversed()) + ["float(nan)", "float(nan)"])
  }

  @Test("a window with a number takes the place of one without", arguments: [true, false])
  func windows(ascending: Bool) {
    var fold = WindowFold(interval: 60, isAscending: ascending)
    for (start, value) in [(0, Double.nan), (60, 3), (120, .nan)] as [(Int64, Double)] {
      fold.add(7, WindowFold.Window(value: .float(value), start: start, version: 1))
    }
    #expect(fold.finish().map(\.window.start) == [60])
  }

  @Test("of equal values entities without a tag come first, then in the order of their tags")
  func entities() {
    let entities: [[SeriesValue]] = [
      [.null, .int(2)], [.string(""), .int(0)], [.string("c"), .int(0)], [.null, .int(0)],
      [.string("c"), .null],
    ]
    let sorted = entities.sorted(by: RankedEntity.precedes)
    #expect(sorted == [entities[3], entities[0], entities[1], entities[4], entities[2]])
    for left in entities {
      for right in entities where left != right {
        #expect(RankedEntity.precedes(left, right) != RankedEntity.precedes(right, left))
      }
    }
  }

  @Test("the greatest and the least are numbers where there are some, over all nodes")
  func extremes() throws {
    var (left, right) = (Aggregation(), Aggregation())
    left.add(.float(.nan))
    #expect("\(try left.value(.max, isFloat: true, field: "f"))" == "float(nan)")
    right.add(.float(-3))
    right.add(.float(.nan))
    right.add(.float(-5))
    left.add(right)
    #expect(try left.value(.max, isFloat: true, field: "f") == .float(-3))
    #expect(try left.value(.min, isFloat: true, field: "f") == .float(-5))
  }

  @Test("a sum that comes back into 64 bits on another node is one")
  func sums() throws {
    var (left, right) = (Aggregation(), Aggregation())
    for _ in 0..<3 { left.add(.int(.max)) }
    for _ in 0..<3 { right.add(.int(.min)) }
    #expect(throws: SeriesFault.self) { try left.value(.sum, isFloat: false, field: "f") }
    #expect(try left.value(.mean, isFloat: false, field: "f") == .int(.max))
    left.add(right)
    #expect(try left.value(.sum, isFloat: false, field: "f") == .int(-3))
    #expect(try left.value(.mean, isFloat: false, field: "f") == .int(1))
  }
}
