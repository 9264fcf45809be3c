@testable import Columnar
import TestSupport
import Testing

@Suite struct ParquetTests {
  let folder = TemporaryDirectory("parquet")

  @Test("a written file comes with the statistics of its columns, typed")
  func statistics() async throws {
    let session = try openSession()
    try await session.execute("SET TimeZone = 'UTC'")
    let path = self.folder.file("a.parquet")
    let files = try await session.writeParquet(
      """
      SELECT range AS id, (range - 500)::DECIMAL(9,2) AS price, 'name ' || range AS name,
        CASE WHEN range % 4 = 0 THEN NULL ELSE range / 2.0 END::DOUBLE AS half,
        DATE '2024-01-01' + range::INTEGER AS day,
        TIMESTAMP '2024-01-01' + INTERVAL (range) SECOND AS moment,
        TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (range) SECOND AS "in""stant",
        [range, range + 1] AS l, {'a': range, 'b.c': range::VARCHAR} AS st, MAP {range: true} AS m,
        range % 2 = 0 AS even, unhex(printf('%04x', range)) AS raw, 'nan'::FLOAT AS nothing
      FROM range(1000)
      """, to: path)
    #expect(files.count == 1)
    let file = try #require(files.first)
    #expect(file.path == path)
    #expect(file.rowCount == 1_000)
    #expect(file.byteCount > 1_000)
    #expect(file.footerBytes > 100 && file.footerBytes < file.byteCount)
    let byPath = Dictionary(uniqueKeysWithValues: file.columns.map { ($0.path, $0) })
    func check(_ path: [String], _ lower: ParquetValue?, _ upper: ParquetValue?, count: Int = 1_000)
    {
      let column = byPath[path]
      #expect(column?.lower?.value == lower, "\(path): \(String(describing: column))")
      #expect(column?.upper?.value == upper, "\(path): \(String(describing: column))")
      #expect(column?.valueCount == count, "\(path)")
      #expect((column?.byteCount ?? 0) > 0)
    }
    check(["id"], .integer(0), .integer(999))
    check(["price"], .decimal(-50_000, scale: 2), .decimal(49_900, scale: 2))
    check(["name"], .text("name 0"), .text("name 999"))
    check(["half"], .double(0.5), .double(499.5))
    #expect(byPath[["half"]]?.nullCount == 250)
    #expect(byPath[["half"]]?.hasNaN == false)
    check(["day"], .date(19_723), .date(20_722))
    check(["moment"], .timestamp(1_704_067_200_000_000), .timestamp(1_704_068_199_000_000))
    check(["in\"stant"], .instant(1_704_067_200_000_000), .instant(1_704_068_199_000_000))
    check(["l", "element"], .integer(0), .integer(1_000), count: 2_000)
    check(["st", "a"], .integer(0), .integer(999))
    check(["st", "b.c"], .text("0"), .text("999"))
    check(["m", "key"], .integer(0), .integer(999))
    check(["even"], .boolean(false), .boolean(true))
    check(["raw"], .blob([0, 0]), .blob([3, 0xE7]))
    check(["nothing"], nil, nil)
    #expect(byPath[["nothing"]]?.hasNaN == true)
  }

  @Test("options arrive in the file: field ids, metadata, compression, row groups")
  func options() async throws {
    let session = try openSession()
    let path = self.folder.file("it's.parquet")
    _ = try await session.writeParquet(
      "SELECT range AS id, [range] AS l, {'a': range, 'b': 1} AS st FROM range(10000)", to: path,
      ParquetOptions {
        $0.fieldIDs = [
          .init("id", 1), .init("l", 4, [.init("element", 5)]),
          .init("st", 6, [.init("a", 7), .init("b", 8)]),
        ]
        $0.metadata = [("k'ey", "v'alue")]
        $0.compression = .zstd(level: 7)
        $0.rowGroupRows = 4_096
      })
    let name = quoted(literal: path)
    let ids = try await session.texts(
      "SELECT name, field_id FROM parquet_schema(\(name)) WHERE field_id IS NOT NULL")
    #expect(
      ids == [["id", "1"], ["l", "4"], ["element", "5"], ["st", "6"], ["a", "7"], ["b", "8"]])
    #expect(
      try await session.texts(
        "SELECT decode(key) AS k, decode(value) AS v FROM parquet_kv_metadata(\(name)) "
          + "WHERE decode(key) = 'k''ey'") == [["k'ey", "v'alue"]])
    #expect(
      try await session.texts("SELECT DISTINCT compression FROM parquet_metadata(\(name))")
        == [["ZSTD"]])
    let groups = try await session.parquetRowGroups(path)
    #expect(groups.map(\.rowCount) == [4_096, 4_096, 1_808])
    #expect(groups.first?.offset == 4)
    #expect(groups.map(\.offset) == groups.map(\.offset).sorted())
    #expect(try await session.number("SELECT sum(id) FROM read_parquet(\(name))") == 49_995_000)
  }

  @Test("a partitioned write answers a file for each partition")
  func partitions() async throws {
    let session = try openSession()
    let files = try await session.writeParquet(
      "SELECT range AS id, CASE WHEN range % 3 = 2 THEN NULL ELSE range % 3 END AS part FROM range(30)",
      to: self.folder.file("parts"),
      ParquetOptions {
        $0.partitionColumns = ["part"]
        $0.filenamePattern = "f_{uuid}"
      })
    #expect(files.map(\.rowCount) == [10, 10, 10])
    #expect(files.allSatisfy { $0.partition.count == 1 && $0.partition[0].name == "part" })
    let values = Set(files.map { $0.partition[0].value })
    #expect(values.count == 3 && values.isSuperset(of: ["0", "1"]), "\(values)")
  }

  @Test("a query that fails, or a path that cannot be written, is an error by name")
  func failures() async throws {
    let session = try openSession()
    let cases: [(String, String, ColumnarError.Code)] = [
      ("SELECT nothing", self.folder.file("x"), .binder),
      ("SELECT 1", "/nowhere/x.parquet", .io),
      (
        "SELECT 'x' || range::INTEGER::VARCHAR AS t, error('late') FROM range(10)",
        self.folder.file("y"), .invalidInput
      ),
    ]
    for (query, path, code) in cases {
      let error = await #expect(throws: ColumnarError.self) {
        _ = try await session.writeParquet(query, to: path)
      }
      #expect(error?.code == code, "\(String(describing: error))")
      #expect(!session.isBusy)
    }
  }

  @Test(
    "names of nested columns are taken apart",
    arguments: [
      ("\"id\"", ["id"]), ("\"st\".\"a\"", ["st", "a"]), ("\"a.b\".\"c\"", ["a.b", "c"]),
      ("\"with \"\"quotes\"\"\"", ["with \"quotes\""]), ("plain", ["plain"]),
    ])
  func paths(text: String, names: [String]) {
    #expect(pathNames(text) == names)
  }

  @Test(
    "bounds are read as the engine prints them",
    arguments: [
      ("0001-01-01", .date, .date(-719_162)),
      ("1969-12-31", .date, .date(-1)),
      ("2000-03-01", .date, .date(11_017)),
      ("9999-12-31", .date, .date(2_932_896)),
      ("infinity", .date, nil),
      ("24:00:00", .time, .time(86_400_000_000)),
      ("1969-12-31 23:59:59.999999", .timestamp, .timestamp(-1)),
      ("1970-01-01 00:00:00.000000001", .timestampNanoseconds, .timestamp(1)),
      ("2024-01-01 05:30:00+05:30", .instant, .instant(1_704_067_200_000_000)),
      ("2023-12-31 19:00:00-05", .instant, .instant(1_704_067_200_000_000)),
      ("-0.5", .decimal(width: 9, scale: 2), .decimal(-50, scale: 2)),
      ("7", .decimal(width: 9, scale: 0), .decimal(7, scale: 0)),
      ("1.234", .decimal(width: 9, scale: 2), nil),
      ("inf", .double, .double(.infinity)),
      ("1e10", .double, .double(1e10)),
      ("00FF", .blob, .blob([0, 255])),
      ("00112233-4455-6677-8899-aabbccddeeff", .uuid, .uuid((0..<16).map { UInt8($0 * 0x11) })),
      ("x", .int64, nil),
    ] as [(String, ColumnType, ParquetValue?)])
  func bounds(text: String, type: ColumnType, value: ParquetValue?) {
    #expect(ParquetValue.read(text, type) == value)
  }
}
