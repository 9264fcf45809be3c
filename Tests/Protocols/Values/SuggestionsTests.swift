import Testing
import Values

@Suite("Suggestions")
struct SuggestionsTests {
  @Test(
    "the distance counts single slips",
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "abc", 3), ("port", "port", 0), ("prot", "port", 1),
      ("pot", "port", 1), ("porrt", "port", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
      ("äb", "ab", 1),
    ])
  func distance(left: String, right: String, distance: Int) {
    #expect(Suggestions.distance(left, right) == distance)
    #expect(Suggestions.distance(right, left) == distance)
  }

  @Test("the nearest words come first, and far ones not at all")
  func nearest() {
    let words = ["port", "ports", "host", "timeout", "part"]
    #expect(Suggestions.nearest(to: "prot", in: words) == ["port"])
    #expect(Suggestions.nearest(to: "PORT", in: words) == ["port", "part", "ports"])
    #expect(Suggestions.nearest(to: "tiemout", in: words) == ["timeout"])
    #expect(Suggestions.nearest(to: "zzz", in: words) == [])
    #expect(Suggestions.nearest(to: String(repeating: "x", count: 1000), in: words) == [])
  }
}
