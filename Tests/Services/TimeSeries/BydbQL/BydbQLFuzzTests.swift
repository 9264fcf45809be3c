import Bytes
import Fuzzing
import SeriesQL
import Testing

@Suite("BydbQL under damaged input")
struct BydbQLFuzzTests {
  static let seeds = [
    "SELECT a, b::TAG FROM STREAM s IN (g, h) TIME > '-1h' WHERE a = 'x' AND (b IN (1, ?) OR c = 2) LIMIT ?",
    "SELECT TOP 2 v DESC, SUM(v) FROM MEASURE m IN g TIME BETWEEN ? AND 'now' GROUP BY a, v::FIELD",
    "SHOW TOP 3 FROM MEASURE t IN g TIME = 'now' WHERE a = NULL AGGREGATE BY MAX ORDER BY DESC",
  ]

  @Test("damaged texts are queries or errors, and the same each time")
  func texts() throws {
    try Fuzzer.run(
      name: "bydbql", seeds: Self.seeds.map { Array($0.utf8) }, iterations: 4000, seconds: 2
    ) { bytes in
      let text = bytes.lossyText
      let first = try? BydbQL.placeholderCount(of: text)
      let second = try? BydbQL.placeholderCount(of: text)
      try Fuzzer.require(first == second, text)
    }
  }
}
