import Bytes
import Columnar
import Testing

@Suite struct ChunkTests {
  @Test("numbers of every width are read in place")
  func numbers() async throws {
    let session = try openSession()
    let rows = try await session.query(
      """
      SELECT true, (-1)::TINYINT, (-2)::SMALLINT, (-3)::INTEGER, (-4)::BIGINT, (-5)::HUGEINT,
        1::UTINYINT, 2::USMALLINT, 3::UINTEGER, 4::UBIGINT, 5::UHUGEINT, 1.5::FLOAT, 2.5::DOUBLE
      """)
    let chunk = try #require(try await rows.next())
    same(chunk.column(0).boolean(0), true)
    same(chunk.column(1).values(of: Int8.self)[0], -1)
    same(chunk.column(2).values(of: Int16.self)[0], -2)
    same(chunk.column(3).values(of: Int32.self)[0], -3)
    same(chunk.column(4).values(of: Int64.self)[0], -4)
    same(chunk.column(5).values(of: Int128.self)[0], -5)
    same(chunk.column(6).values(of: UInt8.self)[0], 1)
    same(chunk.column(7).values(of: UInt16.self)[0], 2)
    same(chunk.column(8).values(of: UInt32.self)[0], 3)
    same(chunk.column(9).values(of: UInt64.self)[0], 4)
    same(chunk.column(10).values(of: UInt128.self)[0], 5)
    same(chunk.column(11).values(of: Float.self)[0], 1.5)
    same(chunk.column(12).values(of: Double.self)[0], 2.5)
  }

  @Test("decimals of every storage, times, intervals, UUIDs and enumerations are read in place")
  func others() async throws {
    let session = try openSession()
    try await session.execute("CREATE TYPE mood AS ENUM ('sad', 'glad')")
    let rows = try await session.query(
      """
      SELECT 12.3::DECIMAL(4,1), -12.34::DECIMAL(9,2), 12.345::DECIMAL(18,3),
        -99999999999999999999999999999999.999999::DECIMAL(38,6), DATE '2024-02-29',
        TIME '01:02:03.000004', TIMESTAMP '1970-01-01 00:00:01', TIMESTAMP_NS '1970-01-01 00:00:01',
        TIMESTAMPTZ '1970-01-01 00:00:01+00', INTERVAL '14 months 3 days 5 microseconds',
        UUID '00112233-4455-6677-8899-aabbccddeeff', 'glad'::mood, '\\x00\\xFF'::BLOB
      """)
    let chunk = try #require(try await rows.next())
    same(chunk.column(0).unscaled(0), 123)
    same(chunk.column(1).unscaled(0), -1234)
    same(chunk.column(2).unscaled(0), 12345)
    same(chunk.column(3).unscaled(0), -99_999_999_999_999_999_999_999_999_999_999_999_999)
    same(chunk.column(4).values(of: Int32.self)[0], 19_782)
    same(chunk.column(5).values(of: Int64.self)[0], 3_723_000_004)
    same(chunk.column(6).values(of: Int64.self)[0], 1_000_000)
    same(chunk.column(7).values(of: Int64.self)[0], 1_000_000_000)
    same(chunk.types[8], .instant)
    same(chunk.column(8).values(of: Int64.self)[0], 1_000_000)
    let interval = chunk.column(9).interval(0)
    #expect(interval == (14, 3, 5))
    same(chunk.column(10).uuid(0), (0..<16).map { UInt8($0 * 0x11) })
    same(chunk.types[11], .enumeration(["sad", "glad"]))
    same(chunk.column(11).enumerator(0), "glad")
    let blob = chunk.column(12).bytes(0).array
    #expect(blob == [0, 255])
  }

  @Test("texts of every length around the inline limit, and nulls among them")
  func texts() async throws {
    let session = try openSession()
    let rows = try await session.query(
      "SELECT CASE WHEN range % 3 = 1 THEN NULL ELSE repeat('a', range::INTEGER) END FROM range(40)"
    )
    let chunk = try #require(try await rows.next())
    let column = chunk.column(0)
    same(column.mayHaveNulls, true)
    for row in 0..<40 {
      let isNull = column.isNull(row)
      #expect(isNull == (row % 3 == 1))
      if !isNull {
        let text = column.text(row)
        #expect(text == String(repeating: "a", count: row))
      }
    }
  }

  @Test("lists, arrays, structs and maps are taken apart to the bottom")
  func nested() async throws {
    let session = try openSession()
    let rows = try await session.query(
      """
      SELECT * FROM (VALUES
        ([1, 2, NULL], {'a': 1, 'b': ['x', 'a long text of more than twelve']}, MAP {'k': 1.5::DOUBLE},
          [10, 20]::INTEGER[2]),
        ([], NULL, MAP {}, [30, 40]::INTEGER[2]),
        (NULL, {'a': 3, 'b': ['z']}, NULL, NULL))
      """)
    #expect(
      rows.columns.map(\.type) == [
        .list(.int32), .structure([ColumnField("a", .int32), ColumnField("b", .list(.text))]),
        .map(key: .text, value: .double), .array(.int32, count: 2),
      ])
    let chunk = try #require(try await rows.next())
    let list = chunk.column(0)
    same(list.elementRange(0), 0..<3)
    same(list.elementRange(1).isEmpty, true)
    same(list.isNull(2), true)
    let elements = list.elements
    same(elements.values(of: Int32.self)[1], 2)
    same(elements.isNull(2), true)
    let structure = chunk.column(1)
    same(structure.isNull(1), true)
    same(structure.field(0).values(of: Int32.self)[2], 3)
    let inner = structure.field(1)
    let text = inner.elements.text(inner.elementRange(0).upperBound - 1)
    #expect(text == "a long text of more than twelve")
    let map = chunk.column(2)
    let key = map.elements.field(0).text(map.elementRange(0).lowerBound)
    #expect(key == "k")
    same(map.elements.field(1).values(of: Double.self)[0], 1.5)
    let array = chunk.column(3)
    same(array.elementRange(1), 2..<4)
    same(array.elements.values(of: Int32.self)[3], 40)
    same(array.isNull(2), true)
  }

  @Test("an appender writes every kind of value")
  func appender() async throws {
    let session = try openSession()
    try await session.execute("SET TimeZone = 'UTC'")
    try await session.execute(
      """
      CREATE TABLE t (n BIGINT, t VARCHAR, d DECIMAL(18,3), u UUID, l INTEGER[], s STRUCT(a DATE, b VARCHAR),
        m MAP(VARCHAR, INTEGER), f BOOLEAN, z TIMESTAMPTZ, b BLOB)
      """)
    let appender = try await session.appender(to: "t")
    #expect(appender.columns[2] == .decimal(width: 18, scale: 3))
    for part in 0..<3 {
      try await appender.append { chunk in
        for row in 0..<1_000 {
          let number = part * 1_000 + row
          guard number % 7 != 0 else {
            for column in 0..<10 { chunk.column(column).setNull(at: row) }
            continue
          }
          chunk.column(0).set(Int64(number), at: row)
          chunk.column(1).set(String(repeating: "ü", count: number % 20), at: row)
          chunk.column(2).setUnscaled(Int128(number), at: row)
          chunk.column(3).setUUID((0..<16).map { UInt8($0) }, at: row)
          let start = chunk.column(4).setList(count: number % 4, at: row)
          let elements = chunk.column(4).elements
          for index in 0..<(number % 4) { elements.set(Int32(index), at: start + index) }
          chunk.column(5).field(0).set(Int32(number), at: row)
          chunk.column(5).field(1).set("b\(number)", at: row)
          let entry = chunk.column(6).setList(count: 1, at: row)
          chunk.column(6).elements.field(0).set("k", at: entry)
          chunk.column(6).elements.field(1).set(Int32(number), at: entry)
          chunk.column(7).set(UInt8(number % 2), at: row)
          chunk.column(8).set(Int64(number) * 1_000_000, at: row)
          chunk.column(9).set([0, 1, 255].rawBytes, at: row)
        }
        return 1_000
      }
    }
    await session.expectError("SELECT 1", .busy, "")
    try await appender.close()
    #expect(try await session.number("SELECT count(*) FROM t") == 3_000)
    #expect(try await session.number("SELECT count(*) FROM t WHERE n IS NULL") == 429)
    let row = try await session.texts("SELECT * FROM t WHERE n = 2003")
    #expect(
      row == [
        [
          "2003", "üüü", "2.003", "00010203-0405-0607-0809-0a0b0c0d0e0f", "[0, 1, 2]",
          "{'a': 1975-06-27, 'b': b2003}", "{k=2003}", "true", "1970-01-01 00:33:23+00",
          "\\x00\\x01\\xFF",
        ]
      ])
    let error = await #expect(throws: ColumnarError.self) { try await appender.flush() }
    #expect(error?.code == .closed)
  }

  @Test("an appender reports a broken constraint and what its filler throws")
  func appenderErrors() async throws {
    struct Refusal: Error {}
    let session = try openSession()
    try await session.execute("CREATE TABLE t (x BIGINT PRIMARY KEY)")
    let appender = try await session.appender(to: "t")
    try await appender.append { chunk in
      for row in 0..<2 { chunk.column(0).set(Int64(5), at: row) }
      return 2
    }
    let error = await #expect(throws: ColumnarError.self) { try await appender.flush() }
    #expect(error?.code == .constraint, "\(String(describing: error))")
    await #expect(throws: Refusal.self) { try await appender.append { _ in throw Refusal() } }
    try await appender.append { chunk in
      chunk.column(0).set(Int64(6), at: 0)
      return 1
    }
    try await appender.close()
    #expect(try await session.texts("SELECT * FROM t") == [["6"]])
    let missing = await #expect(throws: ColumnarError.self) {
      _ = try await session.appender(to: "nowhere")
    }
    #expect(missing?.code == .catalog, "\(String(describing: missing))")
    #expect(!session.isBusy)
  }
}
