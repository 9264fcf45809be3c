import Bytes
import JSON
import Testing

/// The grammar of RFC 8259, row by row.
@Suite("JSON texts")
struct JSONConformanceTests {
  @Test(
    "texts of the grammar are read and written back",
    arguments: [
      ("null", "null"), ("true", "true"), ("false", "false"),
      (" \t\r\n null \t\r\n ", "null"),
      ("0", "0"), ("-0", "-0.0"), ("-1", "-1"), ("1234567890", "1234567890"),
      ("9223372036854775807", "9223372036854775807"),
      ("-9223372036854775808", "-9223372036854775808"),
      ("9223372036854775808", "9223372036854775808"),
      ("18446744073709551615", "18446744073709551615"),
      ("18446744073709551616", "18446744073709551616"),
      ("-9223372036854775809", "-9223372036854775809"),
      ("123456789012345678901234567890", "123456789012345678901234567890"),
      ("0.5", "0.5"), ("1.0", "1.0"), ("1.50", "1.5"), ("0e1", "0.0"), ("0E+1", "0.0"),
      ("1e3", "1000.0"), ("1E3", "1000.0"), ("1e-3", "0.001"), ("123.456e78", "1.23456e+80"),
      ("20e1", "200.0"), ("-0.0", "-0.0"), ("-1e-400", "-1e-400"), ("1e400", "1e400"),
      ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
      ("3.14159265358979323846", "3.14159265358979323846"),
      ("5e-324", "5e-324"), ("4.9e-324", "4.9e-324"),
      ("1.7976931348623157e308", "1.7976931348623157e+308"),
      ("0.30000000000000004", "0.30000000000000004"), ("9007199254740993.0", "9007199254740993.0"),
      ("\"\"", "\"\""), ("\"a\"", "\"a\""),
      ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""),
      ("\"\\u0041\\u00e9\\u20AC\"", "\"Aé€\""), ("\"\\uD834\\uDD1E\"", "\"𝄞\""),
      ("\"\\u0000\\u001f\"", "\"\\u0000\\u001f\""), ("\"\u{7F}\u{80}\"", "\"\u{7F}\u{80}\""),
      ("\"€𝄞\u{2028}\u{FFFF}\u{10FFFF}\"", "\"€𝄞\u{2028}\u{FFFF}\u{10FFFF}\""),
      ("\"\\uDBFF\\uDFFF\"", "\"\u{10FFFF}\""), ("\"\\\\u0041\"", "\"\\\\u0041\""),
      ("[]", "[]"), ("[ ]", "[]"), ("{}", "{}"), ("{ }", "{}"), ("[[]]", "[[]]"),
      ("[1,2 , 3]", "[1,2,3]"), ("[null,true,false,\"x\",{},[]]", "[null,true,false,\"x\",{},[]]"),
      ("{\"a\":1}", "{\"a\":1}"), ("{\"b\":1,\"a\":{\"c\":[{}]}}", "{\"b\":1,\"a\":{\"c\":[{}]}}"),
      ("{\"\":0}", "{\"\":0}"), ("{\"a\\u0062\":0}", "{\"ab\":0}"), ("[1]\n", "[1]"),
      (
        "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbbbbbbbb\"}",
        "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbbbbbbbb\"}"
      ),
    ])
  func accepted(text: String, written: String) throws {
    let value = try JSONValue(parsing: text)
    #expect(value.description == written)
    #expect(try JSONValue(parsing: written) == value)
  }

  @Test(
    "texts outside the grammar are refused with the place and what was expected",
    arguments: [
      ("", 1, 1, "expected a value, found the end of the text"),
      (" ", 1, 2, "expected a value, found the end of the text"),
      ("nul", 1, 4, "expected \"null\", found the end of the text"),
      ("nulL", 1, 4, "expected \"null\", found \"L\""),
      ("truex", 1, 5, "expected the end of the text, found \"x\""),
      ("True", 1, 1, "expected a value, found \"T\""),
      ("NaN", 1, 1, "expected a value, found \"N\""),
      ("-Infinity", 1, 2, "expected a digit, found \"I\""),
      ("1 2", 1, 3, "expected the end of the text, found \"2\""),
      ("[1]]", 1, 4, "expected the end of the text, found \"]\""),
      ("[1", 1, 3, "expected \",\" or \"]\", found the end of the text"),
      ("[1,", 1, 4, "expected a value, found the end of the text"),
      ("[1,]", 1, 4, "expected a value, found \"]\""),
      ("[,1]", 1, 2, "expected a value, found \",\""),
      ("[1,,2]", 1, 4, "expected a value, found \",\""),
      ("[1 2]", 1, 4, "expected \",\" or \"]\", found \"2\""),
      ("[1}", 1, 3, "expected \",\" or \"]\", found \"}\""),
      ("{\"a\":1]", 1, 7, "expected \",\" or \"}\", found \"]\""),
      ("{", 1, 2, "expected a member name in quotes or \"}\", found the end of the text"),
      ("{,}", 1, 2, "expected a member name in quotes or \"}\", found \",\""),
      ("{a:1}", 1, 2, "expected a member name in quotes or \"}\", found \"a\""),
      ("{'a':1}", 1, 2, "expected a member name in quotes or \"}\", found \"'\""),
      ("{1:1}", 1, 2, "expected a member name in quotes or \"}\", found \"1\""),
      ("{\"a\"}", 1, 5, "expected \":\" after the member name, found \"}\""),
      ("{\"a\" 1}", 1, 6, "expected \":\" after the member name, found \"1\""),
      ("{\"a\":}", 1, 6, "expected a value, found \"}\""),
      ("{\"a\":1,}", 1, 8, "expected a member name in quotes, found \"}\""),
      ("{\"a\":1 \"b\":2}", 1, 8, "expected \",\" or \"}\", found \"\"\""),
      ("{\n  \"a\": 1,\n  \"é\": x\n}", 3, 8, "expected a value, found \"x\""),
      ("01", 1, 1, "a number does not start with a zero"),
      ("-01", 1, 1, "a number does not start with a zero"),
      ("-", 1, 2, "expected a digit, found the end of the text"),
      ("+1", 1, 1, "expected a value, found \"+\""),
      (".5", 1, 1, "expected a value, found \".\""),
      ("1.", 1, 3, "expected a digit, found the end of the text"),
      ("1.e1", 1, 3, "expected a digit, found \"e\""),
      ("1e", 1, 3, "expected a digit, found the end of the text"),
      ("1e+", 1, 4, "expected a digit, found the end of the text"),
      ("0x1", 1, 2, "expected the end of the text, found \"x\""),
      ("1_000", 1, 2, "expected the end of the text, found \"_\""),
      ("--1", 1, 2, "expected a digit, found \"-\""),
      ("\"", 1, 1, "a string is not closed"),
      ("[\"abc", 1, 2, "a string is not closed"),
      ("\"\\", 1, 2, "no escape \"\\\" followed by the end of the text exists"),
      ("\"\\x41\"", 1, 2, "no escape \"\\\" followed by \"x\" exists"),
      ("\"\\U0041\"", 1, 2, "no escape \"\\\" followed by \"U\" exists"),
      ("\"\\u004\"", 1, 2, "expected four hexadecimal digits after \"\\u\""),
      ("\"\\u00G0\"", 1, 2, "expected four hexadecimal digits after \"\\u\""),
      ("\"\\uD800\"", 1, 2, "half of a surrogate pair"),
      ("\"\\uD800\\u0041\"", 1, 2, "half of a surrogate pair"),
      ("\"\\uD800\\\"", 1, 2, "half of a surrogate pair"),
      ("\"x\\uDC00\"", 1, 3, "half of a surrogate pair"),
      ("\"a\nb\"", 1, 3, "control character 0xa in a string is not escaped"),
      ("\"a\tb\"", 1, 3, "control character 0x9 in a string is not escaped"),
      ("\"a\0b\"", 1, 3, "control character 0x0 in a string is not escaped"),
      ("\u{FEFF}null", 1, 1, "expected a value, found a byte order mark"),
      ("[1]\0", 1, 4, "expected the end of the text, found byte 0x0"),
      ("\0", 1, 1, "expected a value, found byte 0x0"),
      ("\u{C}1", 1, 1, "expected a value, found byte 0xc"),
      ("// c\n1", 1, 1, "expected a value, found \"/\""),
      ("[1/**/]", 1, 3, "expected \",\" or \"]\", found \"/\""),
    ] as [(String, Int, Int, String)])
  func refused(text: String, line: Int, column: Int, message: String) throws {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.code == .malformed)
    #expect(error?.message == message)
    #expect(error?.position?.line == line)
    #expect(error?.position?.column == column)
  }

  @Test(
    "bytes that are not UTF-8 are refused wherever they stand",
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0x80],
      [0xE2, 0x82], [0xE2, 0x41, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
      [0xF0, 0x8F, 0x80, 0x80],
      [0xF0, 0x9D, 0x84], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    for prefix in 0..<10 {
      let blanks = [UInt8](repeating: 0x61, count: prefix)
      for text in [
        [quote] + blanks + bytes + [quote], [quote] + blanks + bytes, bytes,
        [quote, 0x5C, 0x6E] + blanks + bytes + [quote],
      ] {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.rawBytes) }
      }
    }
  }

  @Test("every scalar value stands for itself, escaped and not")
  func everyScalar() throws {
    var document = JSONDocument()
    for number in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(number) else { continue }
      // All of the first plane's start, then a sample: the rest differs in nothing but bits.
      guard number < 0x3000 || number % 61 == 0 || number & 0xFFFF > 0xFFF0 else { continue }
      let text = String(Character(scalar))
      var writer = ByteWriter()
      writer.appendJSON(text)
      try document.parse(writer.bytes)
      #expect(document.root.string?.unicodeScalars.first == scalar)
      let units = Array(text.utf16).map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
      try document.parse(Array("\"\(units.joined())\"".utf8).rawBytes)
      #expect(document.root.string?.unicodeScalars.first == scalar)
    }
  }

  @Test("a string ends where it ends at every distance from the next eight bytes")
  func stringLengths() throws {
    for length in 0..<40 {
      for (index, special) in ["\\n", "\\u0041", "é", "€", "𝄞"].enumerated() {
        for place in 0...length {
          let before = String(repeating: "x", count: place)
          let after = String(repeating: "y", count: length - place)
          let value = try JSONValue(parsing: "[\"\(before)\(special)\(after)\",7]")
          let plain = ["\n", "A", "é", "€", "𝄞"][index]
          #expect(value == [.string(before + plain + after), 7])
        }
      }
    }
  }
}
