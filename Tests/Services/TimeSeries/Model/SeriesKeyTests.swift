import Bytes
import SeriesModel
import Testing

@Suite("Names of series, shards and elements")
struct SeriesKeyTests {
  @Test(
    "the number of a series",
    arguments: [
      ("sw", [.string("webapp_id"), .string("10.0.0.1_id"), .int(0)], 0x81e4_1136_6528_c613),
      ("m", [.string("a|b\\c"), .int(-1), .null], 0xd33e_5323_7c20_6f75),
    ] as [(String, [SeriesValue], UInt64)])
  func seriesNumbers(name: String, entity: [SeriesValue], number: UInt64) {
    #expect(SeriesKey.number(name: name, entity: entity) == number)
  }

  @Test("an array has no place in an entity")
  func arrays() {
    #expect(SeriesKey.number(name: "m", entity: [.strings(["a"])]) == nil)
    #expect(SeriesKey.number(name: "m", entity: [.ints([])]) == nil)
  }

  @Test(
    "a text that is bytes already is named as the same text is", arguments: ["", "a|b\\c", "é"])
  func bytes(text: String) {
    var one = ByteWriter()
    var other = ByteWriter()
    let stands = SeriesKey.append(.string(text), to: &one)
    SeriesKey.append(text: Array(text.utf8).rawBytes, to: &other)
    #expect(stands)
    let isSame = one.bytes.isEqual(to: other.bytes)
    #expect(isSame)
  }

  @Test("a key reads back as what it was made of, escaped or not")
  func roundTrip() {
    // 62 is 124 as zig-zag: the delimiter among the bytes of a number.
    let entity: [SeriesValue] = [
      .string("a|b\\c"), .int(62), .int(.min), .int(.max), .null, .string(""),
      .binary([0, 0x7C, 0x5C, 255]), .timestamp(-46), .float(-0.0), .string("|"),
    ]
    var key = ByteWriter()
    SeriesKey.append(name: "n|\\", to: &key)
    for value in entity {
      let stands = SeriesKey.append(value, to: &key)
      #expect(stands)
    }
    var reader = SeriesKeyReader(key.bytes.withUnsafeBytes { Array($0) })
    #expect(reader.name() == "n|\\")
    for value in entity { #expect(reader.value() == value) }
    #expect(reader.isAtEnd)
    #expect(reader.value() == nil)
  }

  @Test("bytes that are no key read as nothing")
  func torn() {
    var cut = SeriesKeyReader([0x6D, 0x7C, 2, 0, 0])
    #expect(cut.name() == "m")
    #expect(cut.value() == nil)
    var dangling = SeriesKeyReader([0x6D, 0x5C])
    #expect(dangling.name() == nil)
  }

  @Test(
    "the shard of a row",
    arguments: [
      ("sw", [.string("webapp_id"), .string("10.0.0.1_id"), .int(0)], 0x2654_bafe_60f0_4fc5, 2, 1),
      ("service_cpm", [.string("frontend")], 0x8f42_02a5_f60d_d310, 5, 2),
      ("m", [.int(-7)], 0xc432_aaf2_ced2_d23d, 3, 1),
      ("m", [.null], 0xba2e_5670_83a2_b2e8, 4, 0),
      ("trace_001", [], 0x9298_42a9_4a13_8a6e, 2, 0),
    ] as [(String, [SeriesValue], UInt64, UInt32, UInt32)])
  func shards(name: String, values: [SeriesValue], hash: UInt64, among: UInt32, shard: UInt32) {
    var key = ByteWriter()
    ShardKey.append(name: name, to: &key)
    for value in values { ShardKey.append(value, to: &key) }
    #expect(ShardKey.hash(of: key.bytes) == hash)
    #expect(ShardKey.shard(name: name, values: values, among: among) == shard)
  }

  @Test("lists in a key of a shard")
  func lists() {
    var key = ByteWriter()
    ShardKey.append(.strings(["a", "b"]), to: &key)
    ShardKey.append(.ints([0, -1]), to: &key)
    let bytes = key.bytes.withUnsafeBytes { Array($0) }
    #expect(
      bytes == [0x61, 0x0A, 0x62, 128, 0, 0, 0, 0, 0, 0, 0, 127] + [UInt8](repeating: 255, count: 7)
    )
  }

  @Test("an element's identity")
  func elements() {
    let hash = ElementID.hash(group: "default", name: "sw", clientID: "0")
    #expect(ElementID.text(hash) == "0978df79cf4ed409")
  }
}
