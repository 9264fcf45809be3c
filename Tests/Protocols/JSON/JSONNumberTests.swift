import Bytes
import Fuzzing
import JSON
import Testing

@Suite("JSON numbers")
struct JSONNumberTests {
  @Test(
    "a number is an integer, a double or its text, whichever loses nothing",
    arguments: [
      ("0", .integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .unsigned(1 << 63)),
      ("18446744073709551615", .unsigned(.max)),
      ("18446744073709551616", .text("18446744073709551616")),
      ("-9223372036854775809", .text("-9223372036854775809")),
      ("100000000000000000000", .text("100000000000000000000")),
      ("-0", .double(-0.0)), ("1.0", .double(1)), ("0.1", .double(0.1)), ("1e22", .double(1e22)),
      ("1e23", .double(1e23)), ("123456789012345.6", .double(123_456_789_012_345.6)),
      ("0.1234567890123456", .double(0.1234567890123456)),
      ("0.12345678901234567", .text("0.12345678901234567")),
      ("0.12345678901234566", .double(0.12345678901234566)),
      ("0.123456789012345678", .text("0.123456789012345678")),
      ("9007199254740992.0", .double(9_007_199_254_740_992)),
      ("9007199254740993.0", .text("9007199254740993.0")),
      ("1e400", .text("1e400")), ("1e-400", .text("1e-400")),
      ("0e999999999999999999999", .double(0)),
      ("1e99999999999999999999", .text("1e99999999999999999999")),
      ("0.00000000000000000000000000000000000000000001", .double(1e-44)),
    ] as [(String, JSONNumber)])
  func kept(text: String, number: JSONNumber) throws {
    #expect(try JSONValue(parsing: text).number == number)
    #expect(JSONNumber(text) == number)
    // What is written is read as the same number.
    #expect(try JSONValue(parsing: JSONValue.number(number).description).number == number)
  }

  @Test(
    "texts that are no number make none",
    arguments: ["", "-", "01", "1.", " 1", "1 ", "[1]", "1,2", "true", "\"1\"", "1e", "é"])
  func none(text: String) { #expect(JSONNumber(text) == nil) }

  @Test("random doubles are written short and read back bit for bit")
  func doubles() throws {
    var random = FuzzRandom(seed: 11)
    var document = JSONDocument()
    for _ in 0..<30_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      var writer = ByteWriter()
      writer.appendJSON(value)
      try document.parse(writer.bytes)
      #expect(document.root.double?.bitPattern == value.bitPattern)
      #expect(document.root.number?.nearestDouble?.bitPattern == value.bitPattern)
    }
  }

  @Test("short decimals are the doubles that the standard library reads")
  func shortDecimals() throws {
    var random = FuzzRandom(seed: 12)
    var document = JSONDocument()
    for _ in 0..<20_000 {
      let digits = String(random.next() >> UInt64(random.below(60)))
      let fraction = String(random.next() >> UInt64(random.below(60)))
      let exponent = random.below(60) - 30
      let text = "\(random.oneIn(2) ? "-" : "")\(digits).\(fraction)e\(exponent)"
      try document.parse(Array(text.utf8).rawBytes)
      #expect(document.root.double == Double(text), "\(text)")
    }
  }

  @Test("integers are read exactly around every power of two")
  func integers() throws {
    for shift in 0..<64 {
      for delta in [-2, -1, 0, 1, 2] as [Int64] {
        let unsigned = (UInt64(1) << shift) &+ UInt64(bitPattern: delta)
        #expect(try JSONValue(parsing: "\(unsigned)").uint64 == unsigned)
        let signed = Int64(bitPattern: unsigned)
        #expect(try JSONValue(parsing: "\(signed)").int64 == signed)
      }
    }
  }

  @Test("a number without fraction is an integer, whatever its spelling")
  func spelling() throws {
    #expect(try Int(parsing: Array("1e3".utf8).rawBytes) == 1000)
    #expect(try Int8Like(parsing: Array("{\"v\":2.0}".utf8).rawBytes).value == 2)
    #expect(try JSONValue(parsing: "1.5").int64 == nil)
    #expect(try JSONValue(parsing: "1e30").int64 == nil)
    #expect(try JSONValue(parsing: "-1").uint64 == nil)
    #expect(try JSONValue(parsing: "-0").int64 == 0)
  }

  struct Int8Like: JSONDecodable {
    let value: UInt8
    init(json: JSONCursor) throws(JSONError) { self.value = try json.decode("v") }
  }
}
