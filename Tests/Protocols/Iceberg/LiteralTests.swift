import Bytes
import Iceberg
import JSON
import Testing
import Values

@Suite("Single values")
struct LiteralTests {
  static let uuid = try! UUID(parsing: "f79c3e09-677c-4bbd-a479-3f349cb785e7")  // A valid text.

  static let table: [(Literal, PrimitiveType, [UInt8], String)] = [
    (.boolean(false), .boolean, [0], "false"),
    (.boolean(true), .boolean, [1], "true"),
    (.int(1234), .int, [0xD2, 4, 0, 0], "1234"),
    (.int(.min), .int, [0, 0, 0, 0x80], "-2147483648"),
    (.long(1234), .long, [0xD2, 4, 0, 0, 0, 0, 0, 0], "1234"),
    (
      .long(.max), .long, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      "9223372036854775807"
    ),
    (.float(-4.5), .float, [0, 0, 0x90, 0xC0], "-4.5"),
    (.double(6.0), .double, [0, 0, 0, 0, 0, 0, 0x18, 0x40], "6.0"),
    (.date(1000), .date, [0xE8, 3, 0, 0], "\"1972-09-27\""),
    (.date(-1), .date, [0xFF, 0xFF, 0xFF, 0xFF], "\"1969-12-31\""),
    (
      .time(81_068_123_456), .time, [0x40, 0x65, 0x09, 0xE0, 0x12, 0x00, 0x00, 0x00],
      "\"22:31:08.123456\""
    ),
    (
      .timestamp(1_510_871_468_123_456), .timestamp,
      [0x40, 0xA5, 0x28, 0x2D, 0x21, 0x5E, 0x05, 0x00], "\"2017-11-16T22:31:08.123456\""
    ),
    (
      .timestamptz(-1), .timestamptz, [UInt8](repeating: 0xFF, count: 8),
      "\"1969-12-31T23:59:59.999999+00:00\""
    ),
    (
      .timestampNanos(1), .timestampNanos, [1, 0, 0, 0, 0, 0, 0, 0],
      "\"1970-01-01T00:00:00.000000001\""
    ),
    (
      .timestamptzNanos(1_510_871_468_123_456_789), .timestamptzNanos,
      [0x15, 0x85, 0xC5, 0x66, 0x98, 0xB1, 0xF7, 0x14],
      "\"2017-11-16T22:31:08.123456789+00:00\""
    ),
    (.string("iceberg"), .string, Array("iceberg".utf8), "\"iceberg\""),
    (.string(""), .string, [], "\"\""),
    (
      .uuid(Self.uuid), .uuid,
      [
        0xF7, 0x9C, 0x3E, 9, 0x67, 0x7C, 0x4B, 0xBD, 0xA4, 0x79, 0x3F, 0x34, 0x9C, 0xB7, 0x85, 0xE7,
      ],
      "\"f79c3e09-677c-4bbd-a479-3f349cb785e7\""
    ),
    (.fixed([0, 1, 2, 0xFF]), .fixed(4), [0, 1, 2, 0xFF], "\"000102FF\""),
    (.binary([0, 1, 2, 0xAB]), .binary, [0, 1, 2, 0xAB], "\"000102AB\""),
    (
      .decimal(DecimalNumber(unscaled: 1420, scale: 2)), .decimal(precision: 9, scale: 2),
      [5, 0x8C], "\"14.20\""
    ),
    (
      .decimal(DecimalNumber(unscaled: -1, scale: 2)), .decimal(precision: 9, scale: 2), [0xFF],
      "\"-0.01\""
    ),
    (
      .decimal(DecimalNumber(unscaled: 0, scale: 0)), .decimal(precision: 9, scale: 0), [0],
      "\"0\""
    ),
    (
      .decimal(DecimalNumber(unscaled: 128, scale: 1)), .decimal(precision: 38, scale: 1),
      [0, 0x80], "\"12.8\""
    ),
  ]

  @Test("have the bytes and the JSON of the specification", arguments: Self.table)
  func forms(_ value: Literal, _ type: PrimitiveType, _ bytes: [UInt8], _ json: String) throws {
    #expect(value.bytes == bytes)
    #expect(Literal(bytes: bytes.rawBytes, as: type) == value)
    #expect(value.text() == json)
    let parsed = try JSONValue(parsing: json)
    #expect(try Literal(json: parsed, as: type) == value)
    #expect(value.isValue(of: type))
  }

  @Test("bounds of a column that was promoted are read in the type they were written with")
  func promotedBounds() {
    let bytes: [UInt8] = [0xD2, 4, 0, 0]
    #expect(Literal(bytes: bytes.rawBytes, as: .long) == .long(1234))
    #expect(Literal(bytes: bytes.rawBytes, as: .timestamp) == .timestamp(1234 * 86_400_000_000))
    let float = Literal.float(1.5).bytes
    #expect(Literal(bytes: float.rawBytes, as: .double) == .double(1.5))
    #expect(Literal(bytes: bytes.rawBytes, as: .timestamptz) == nil)
    #expect(Literal(bytes: bytes.rawBytes, as: .uuid) == nil)
  }

  @Test(
    "what is no value of its type is refused",
    arguments: [
      ("1.0", .int), ("2147483648", .int), ("9223372036854775808", .long), ("\"5\"", .long),
      ("1e3", .long), ("null", .string), ("\"2017-02-29\"", .date), ("\"17-02-01\"", .date),
      ("\"24:00:00\"", .time), ("\"2017-11-16T22:31:08.1234567\"", .timestamp),
      ("\"2017-11-16T22:31:08+00:00\"", .timestamp), ("\"2017-11-16T22:31:08\"", .timestamptz),
      ("\"123\"", .decimal(precision: 2, scale: 0)),
      ("\"1.234\"", .decimal(precision: 9, scale: 2)),
      ("\"0\"", .binary), ("\"00\"", .fixed(2)), ("\"f79c3e09\"", .uuid), ("{}", .variant),
      ("\"9999999-01-01\"", .date), ("\"300000-01-01T00:00:00\"", .timestamp),
    ] as [(String, PrimitiveType)])
  func refused(_ text: String, _ type: PrimitiveType) throws {
    let value = try JSONValue(parsing: text)
    #expect(throws: IcebergError.self) { try Literal(json: value, as: type) }
  }

  @Test("dates and times of all years that their integers hold are written and read again")
  func farTimes() throws {
    for day in [Int32.min, -719_529, -719_528, 0, 2_932_897, .max] {
      let value = Literal.date(day)
      #expect(try Literal(json: JSONValue(parsing: value.text()), as: .date) == value)
    }
    for time in [Int64.min, -1, 0, .max] {
      for (value, type) in [
        (Literal.timestamp(time), PrimitiveType.timestamp), (.timestamptz(time), .timestamptz),
        (.timestampNanos(time), .timestampNanos), (.timestamptzNanos(time), .timestamptzNanos),
      ] {
        #expect(try Literal(json: JSONValue(parsing: value.text()), as: type) == value)
      }
    }
  }

  @Test("decimals of every length keep their value as bytes and as text")
  func decimals() throws {
    for power in 0..<38 {
      for offset in -1...1 {
        for sign in [1, -1] {
          var unscaled: Int128 = Int128(sign)
          for _ in 0..<power { unscaled *= 10 }
          unscaled += Int128(offset)
          let number = DecimalNumber(unscaled: unscaled, scale: 5)
          #expect(DecimalNumber(bytes: number.bytes.span.bytes, scale: 5) == number)
          #expect(DecimalNumber(number.description) == number)
          let padded = [UInt8](repeating: unscaled < 0 ? 0xFF : 0, count: 7) + number.bytes
          #expect(DecimalNumber(bytes: padded.span.bytes, scale: 5) == number)
        }
      }
    }
    #expect(DecimalNumber("2E+3") == DecimalNumber(unscaled: 2000, scale: 0))
    #expect(DecimalNumber("") == nil)
    #expect(DecimalNumber("1..2") == nil)
    #expect(DecimalNumber(String(repeating: "9", count: 60)) == nil)
    #expect(
      (1...38).map(DecimalNumber.byteCount(ofPrecision:)) == [
        1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 11, 11, 12, 12,
        13, 13, 13, 14, 14, 15, 15, 16, 16, 16,
      ])
  }

  @Test("values are ordered as their types are")
  func order() {
    for values in [
      [.boolean(false), .boolean(true)],
      [.double(-.infinity), .double(-0.0), .double(0.0), .double(1), .double(.nan)],
      [.string("Z"), .string("a"), .string("é"), .string("𝄞")],
      [.binary([1]), .binary([1, 0]), .binary([0x80])],
      [
        .decimal(DecimalNumber(unscaled: -5, scale: 2)),
        .decimal(DecimalNumber(unscaled: 4, scale: 2)),
      ],
    ] as [[Literal]] {
      for (left, right) in zip(values, values.dropFirst()) {
        #expect(left.isBefore(right) == true)
        #expect(right.isBefore(left) == false)
      }
    }
    #expect(Literal.int(1).isBefore(.long(2)) == nil)
    #expect(Literal.string("e\u{301}") != .string("é"))
  }
}
