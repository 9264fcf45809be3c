import Fuzzing
import Testing

@testable import Identity

@Suite("Wildcard patterns")
struct PatternTests {
  @Test(
    "stars and question marks",
    arguments: [
      ("*", "", true),
      ("*", "anything/at all", true),
      ("abc", "abc", true),
      ("abc", "abcd", false),
      ("abc*", "abcd", true),
      ("abc*", "ab", false),
      ("a*c", "abbbc", true),
      ("a*c", "abbbcd", false),
      ("a?c", "abc", true),
      ("a?c", "ac", false),
      // One character, however many bytes.
      ("a?c", "aéc", true),
      ("a??c", "aéc", false),
      ("*a*b*", "xxaxxbxx", true),
      ("*a*b", "xxbxxa", false),
      ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/", true),
      ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs", false),
      ("a**b", "ab", true),
      ("", "", true),
      ("", "a", false),
    ] as [(String, String, Bool)])
  func matching(pattern: String, text: String, matches: Bool) {
    #expect(WildcardPattern(pattern).matches(text) == matches)
  }

  @Test(
    "a grant's resource covers what lies below it",
    arguments: [
      ("catalog/lake", "catalog/lake", true),
      ("catalog/lake", "catalog/lake/sales/orders", true),
      ("catalog/lake", "catalog/lakehouse", false),
      ("catalog/lake/*", "catalog/lake", false),
    ])
  func below(pattern: String, text: String, matches: Bool) {
    #expect(WildcardPattern(pattern, coversBelow: true).matches(text) == matches)
  }

  /// Tries every way to share the text out, one character a step.
  private static func slow(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool
  {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return Self.slow(pattern.dropFirst(), text)
        || (!text.isEmpty && Self.slow(pattern, text.dropFirst()))
    }
    guard let character = text.first, first == "?" || first == character else { return false }
    return Self.slow(pattern.dropFirst(), text.dropFirst())
  }

  @Test("every short pattern matches what the plain definition matches")
  func exhaustive() {
    let alphabet: [Character] = ["a", "b", "*", "?"]
    var patterns: [[Character]] = [[]]
    for length in 1...5 {
      patterns += patterns.filter { $0.count == length - 1 }
        .flatMap { start in alphabet.map { start + [$0] } }
    }
    var texts: [[Character]] = [[]]
    for length in 1...4 {
      texts += texts.filter { $0.count == length - 1 }
        .flatMap { start in ["a", "b"].map { start + [$0] } }
    }
    for pattern in patterns {
      let compiled = WildcardPattern(String(pattern))
      for text in texts where compiled.matches(String(text)) != Self.slow(pattern[...], text[...]) {
        Issue.record("\(String(pattern)) on \(String(text))")
      }
    }
  }

  @Test("a hostile pattern takes no longer than text times pattern")
  func hostile() {
    let pattern = WildcardPattern(String(repeating: "*a", count: 1000) + "b")
    let text = String(repeating: "a", count: 1024)
    let start = ContinuousClock.now
    #expect(!pattern.matches(text))
    #expect(ContinuousClock.now - start < .seconds(2))
  }
}

@Suite("Network addresses")
struct NetworkAddressTests {
  @Test(
    "blocks",
    arguments: [
      ("203.0.113.0/24", "203.0.113.7", true),
      ("203.0.113.0/24", "203.0.114.7", false),
      ("203.0.113.9", "203.0.113.9", true),
      ("0.0.0.0/0", "8.8.8.8", true),
      ("0.0.0.0/0", "::1", false),
      ("10.0.0.0/8", "::ffff:10.1.2.3", true),
      ("2001:db8::/32", "2001:db8:1::1", true),
      ("2001:db8::/32", "2001:db9::1", false),
      ("::/0", "fe80::1", true),
      ("2001:db8:0:0:0:0:0:1", "2001:DB8::1", true),
    ])
  func blocks(block: String, address: String, contains: Bool) throws {
    let block = try #require(NetworkBlock(block))
    let address = try #require(NetworkAddress(address))
    #expect(block.contains(address) == contains)
  }

  @Test(
    "what is no address",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.-4", ":", ":::", "1::2::3",
      "1:2:3:4:5:6:7:8:9", "12345::", "g::1", "1:2:3:4:5:6:7", "::1.2.3", "1.2.3.4/33", "+1.2.3.4",
      "::1/129", "1.2.3.4/", "1.2.3.4/+8",
    ])
  func malformed(text: String) {
    #expect(NetworkBlock(text) == nil)
  }
}
