import Bytes
@testable import Iceberg
import JSON
import Testing
import Values

@Suite("Transforms")
struct TransformTests {
  @Test(
    "hashes are those of the specification",
    arguments: [
      (.int(34), 2_017_239_379), (.long(34), 2_017_239_379),
      (.decimal(DecimalNumber(unscaled: 1420, scale: 2)), -500_754_589),
      (.date(17_486), -653_330_422), (.time(81_068_000_000), -662_762_989),
      (.timestamp(1_510_871_468_000_000), -2_047_944_441),
      (.timestamp(1_510_871_468_000_001), -1_207_196_810),
      (.timestamptz(1_510_871_468_000_001), -1_207_196_810),
      (.timestampNanos(1_510_871_468_000_000_000), -2_047_944_441),
      (.timestamptzNanos(1_510_871_468_000_001_001), -1_207_196_810),
      (.string("iceberg"), 1_210_000_089), (.uuid(LiteralTests.uuid), 1_488_055_340),
      (.fixed([0, 1, 2, 3]), -188_683_207), (.binary([0, 1, 2, 3]), -188_683_207),
    ] as [(Literal, Int32)])
  func hashes(_ value: Literal, _ hash: Int32) { #expect(Transform.hash(of: value) == hash) }

  @Test(
    "values become what the specification says",
    arguments: [
      (.bucket(16), .long(34), .int(3)), (.bucket(128), .string("iceberg"), .int(89)),
      (.truncate(10), .int(1), .int(0)), (.truncate(10), .int(-1), .int(-10)),
      (.truncate(10), .long(-11), .long(-20)),
      (
        .truncate(50), .decimal(DecimalNumber(unscaled: 1065, scale: 2)),
        .decimal(DecimalNumber(unscaled: 1050, scale: 2))
      ),
      (.truncate(3), .string("iceberg"), .string("ice")),
      (.truncate(3), .string("héé"), .string("héé")), (.truncate(2), .string("𝄞é𝄞"), .string("𝄞é")),
      (.truncate(3), .binary([1, 2, 3, 4, 5]), .binary([1, 2, 3])),
      (.year, .date(17_486), .int(47)), (.year, .date(-1), .int(-1)),
      (.month, .date(17_486), .int(574)), (.month, .date(-1), .int(-1)),
      (.day, .date(17_486), .date(17_486)), (.day, .timestamp(-1), .date(-1)),
      (.year, .timestamp(1_510_871_468_000_001), .int(47)),
      (.month, .timestamptz(1_510_871_468_000_001), .int(574)),
      (.day, .timestampNanos(1_510_871_468_000_001_001), .date(17_486)),
      (.hour, .timestamp(1_510_871_468_000_001), .int(419_686)), (.hour, .timestamp(-1), .int(-1)),
      (.hour, .timestamptzNanos(-1), .int(-1)), (.identity, .boolean(true), .boolean(true)),
    ] as [(Transform, Literal, Literal)])
  func results(_ transform: Transform, _ value: Literal, _ result: Literal) {
    #expect(transform.apply(value) == result)
    #expect(transform.apply(nil) == nil)
  }

  @Test("void makes null of everything, and an unknown transform is kept and never applied")
  func voidAndUnknown() throws {
    #expect(Transform.void.apply(.int(1)) == nil)
    let zorder = try Transform(parsing: "zorder[4]")
    #expect(zorder == .unknown("zorder[4]"))
    #expect(zorder.description == "zorder[4]")
    #expect(zorder.apply(.int(1)) == nil)
    #expect(!zorder.accepts(.int))
  }

  @Test(
    "texts are read and written",
    arguments: [
      "identity", "year", "month", "day", "hour", "void", "bucket[16]", "truncate[2147483647]",
    ])
  func texts(_ text: String) throws { #expect(try Transform(parsing: text).description == text) }

  @Test(
    "parameters are positive",
    arguments: [
      "bucket[0]", "bucket[-1]", "truncate[0]", "bucket[2147483648]", "bucket[]", "truncate[x]", "",
    ])
  func badTexts(_ text: String) {
    #expect(throws: IcebergError.self) { try Transform(parsing: text) }
  }

  @Test("each accepts the types that the specification gives it")
  func acceptance() {
    let all: [PrimitiveType] = [
      .boolean, .int, .long, .float, .double, .decimal(precision: 9, scale: 2), .date, .time,
      .timestamp, .timestamptz, .timestampNanos, .timestamptzNanos, .string, .uuid, .fixed(2),
      .binary, .unknown, .variant, .geometry(crs: nil), .geography(crs: nil, algorithm: nil),
    ]
    func names(_ transform: Transform) -> Set<String> {
      Set(all.filter(transform.accepts).map(\.name))
    }
    let times: Set = ["timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns"]
    #expect(names(.void).count == all.count)
    #expect(
      Set(all.map(\.name)).subtracting(names(.identity)) == ["variant", "geometry", "geography"])
    #expect(
      names(.bucket(2))
        == times.union([
          "int", "long", "decimal", "date", "time", "string", "uuid", "fixed", "binary",
        ]))
    #expect(names(.truncate(2)) == ["int", "long", "decimal", "string", "binary"])
    for transform in [Transform.year, .month, .day] {
      #expect(names(transform) == times.union(["date"]))
    }
    #expect(names(.hour) == times)
  }
}
