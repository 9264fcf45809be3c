import SeriesColumns
import Testing

@Suite("text becomes terms")
struct AnalyzerTests {
  @Test(
    "each analyzer has its tokens",
    arguments: [
      (.keyword, "GET /api", ["GET /api"]),
      (.keyword, "", [""]),
      (.simple, "GET /v2/Users-7x", ["get", "v", "users", "x"]),
      (.url, "http://Host:80/a_b?q=7", ["http", "Host", "80", "a", "b", "q", "7"]),
      (
        .standard, "The QUICK brown-fox can't jump 32.3 feet, right?",
        ["the", "quick", "brown", "fox", "can't", "jump", "32.3", "feet", "right"]
      ),
      (.standard, "foo_bar a.b.c 1,234;5 x:y", ["foo_bar", "a.b.c", "1,234;5", "x:y"]),
      (.standard, "日本 カタカナ ひら", ["日", "本", "カタカナ", "ひ", "ら"]),
      (.standard, "  ,,, ", []),
      (
        .standard, "connection timeout: dial tcp 10.0.0.1:8080",
        ["connection", "timeout", "dial", "tcp", "10.0.0.1", "8080"]
      ),
    ] as [(Analyzer, String, [String])])
  func tokens(analyzer: Analyzer, text: String, expected: [String]) {
    #expect(analyzer.tokens(of: text) == expected)
  }

  @Test("terms of integers sort as the integers do")
  func integerTerms() {
    let numbers: [Int64] = [.min, -300, -1, 0, 1, 255, 256, .max]
    for (left, right) in zip(numbers, numbers.dropFirst()) {
      #expect(IndexTerm.of(left).lexicographicallyPrecedes(IndexTerm.of(right)))
    }
  }

  @Test("prefixes tell null, empty and split values apart")
  func prefixes() {
    var left = Column(.string)
    var right = Column(.string)
    for (a, b) in [("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", "")] {
      left.append(text: a)
      right.append(text: b)
    }
    left.appendNull()
    right.append(text: "abc")
    #expect(Set((0..<5).map { orderPrefix([left, right], row: $0) }).count == 5)
  }
}
