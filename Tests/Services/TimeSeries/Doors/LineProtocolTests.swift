import Bytes
import SeriesModel
import Testing

@testable import SeriesDoors

@Suite("Line protocol")
struct LineProtocolTests {
  /// A point as text: `name|tag=value|field=value@time`.
  static func read(_ text: String, unit: Int64 = 1) throws(DoorRefusal) -> [String] {
    let bytes = Array(text.utf8)
    var point = DoorPoint()
    var at = 0
    var points: [String] = []
    while at < bytes.count {
      if try LineProtocol.read(bytes.rawBytes, &at, into: &point, unit: unit) {
        points.append(self.describe(point))
      }
    }
    return points
  }

  private static func describe(_ point: borrowing DoorPoint) -> String {
    var text = point.text(point.name)
    for tag in point.tags { text += "|\(point.text(tag.key))=\(point.text(tag.value))" }
    for field in point.fields {
      text += "|\(point.text(field.key)):"
      switch field.value {
      case .float(let value): text += "\(value)"
      case .integer(let value): text += "\(value)i"
      case .boolean(let value): text += "\(value)"
      case .text(let range): text += "'\(point.text(range))'"
      }
    }
    return text + "@\(point.time.map { "\($0)" } ?? "now")"
  }

  @Test(
    "a line is a point",
    arguments: [
      ("cpu,host=a,region=b usage=1.5,idle=2i 17", "cpu|host=a|region=b|usage:1.5|idle:2i@17"),
      ("cpu value=1", "cpu|value:1.0@now"),
      ("cpu value=1 \r\n", "cpu|value:1.0@now"),
      ("  cpu   value=1   5  ", "cpu|value:1.0@5"),
      ("c\\,p\\ u,ho\\=st=a\\ b\\,c v=1", "c,p u|ho=st=a b,c|v:1.0@now"),
      ("a\\b,c=d\\e f=1", "a\\b|c=d\\e|f:1.0@now"),
      ("m s=\"a \\\"b\\\" \\\\ c, d=e\nf\",t=T 1", "m|s:'a \"b\" \\ c, d=e\nf'|t:true@1"),
      ("m a=t,b=True,c=FALSE,d=f,e=false", "m|a:true|b:true|c:false|d:false|e:false@now"),
      ("m a=-0,b=1e3,c=-1.5E-2,d=.5,e=5.,f=+1", "m|a:-0.0|b:1000.0|c:-0.015|d:0.5|e:5.0|f:1.0@now"),
      (
        "m a=-9223372036854775808i,b=9223372036854775807u",
        "m|a:-9223372036854775808i|b:9223372036854775807i@now"
      ),
      ("m a=0.1,b=123456789012345678901234567890", "m|a:0.1|b:1.2345678901234568e+29@now"),
      ("m\u{e9},t=\u{1F600} v=1", "m\u{e9}|t=\u{1F600}|v:1.0@now"),
      ("m v=1 -5", "m|v:1.0@-5"),
    ] as [(String, String)])
  func lines(text: String, wanted: String) throws {
    #expect(try Self.read(text) == [wanted])
  }

  @Test("comments and empty lines are passed over")
  func comments() throws {
    #expect(
      try Self.read("# a\n\n  \ncpu v=1 1\n#b\r\n\r\nmem v=2 2") == [
        "cpu|v:1.0@1", "mem|v:2.0@2",
      ])
  }

  @Test(
    "times are in the unit of the request",
    arguments: [(1, 17), (1000, 17_000), (1_000_000, 17_000_000)] as [(Int64, Int64)])
  func units(unit: Int64, wanted: Int64) throws {
    #expect(try Self.read("m v=1 17", unit: unit) == ["m|v:1.0@\(wanted)"])
  }

  @Test("a unit that nobody named is that which makes the time one of our days")
  func guessed() throws {
    for time in ["1767225600", "1767225600000", "1767225600000000", "1767225600000000000"] {
      #expect(try Self.read("m v=1 \(time)", unit: 0) == ["m|v:1.0@1767225600000000000"])
    }
  }

  @Test(
    "a broken line says what is wrong with it",
    arguments: [
      (",a=b v=1", .missingName),
      ("cpu", .missingFields),
      ("cpu ", .missingFields),
      ("cpu,host", .missingTagValue),
      ("cpu,host= v=1", .missingTagValue),
      ("cpu,host=a=b v=1", .missingTagValue),
      ("cpu,=a v=1", .missingTagKey),
      ("cpu, v=1", .missingTagKey),
      ("cpu v", .missingFieldValue),
      ("cpu v=", .missingFieldValue),
      ("cpu v=1,", .missingFields),
      ("cpu =1", .missingFields),
      ("cpu v=1x", .badNumber),
      ("cpu v=1.2.3", .badNumber),
      ("cpu v=1e", .badNumber),
      ("cpu v=-", .badNumber),
      ("cpu v=1e999", .badNumber),
      ("cpu v=i", .badBoolean),
      ("cpu v=NaN", .badBoolean),
      ("cpu v=9223372036854775808i", .badNumber),
      ("cpu v=-1u", .badNumber),
      ("cpu v=tru", .badBoolean),
      ("cpu v=\"abc", .openQuote),
      ("cpu v=\"a\\\"", .openQuote),
      ("cpu v=1 1x", .badTime),
      ("cpu v=1 1 2", .badTime),
      ("cpu v=\"a\"b", .badTime),
      ("cpu v=1 99999999999999999999", .badTime),
    ] as [(String, DoorRefusal)])
  func broken(text: String, wanted: DoorRefusal) {
    #expect(throws: wanted) { try Self.read(text) }
  }

  @Test("a time that 64 bits of nanoseconds do not hold is refused")
  func overflow() {
    #expect(throws: DoorRefusal.timeOutside) {
      try Self.read("m v=1 9223372036854775807", unit: 1_000_000_000)
    }
  }

  @Test("bytes that are no UTF-8 are refused")
  func notText() {
    var point = DoorPoint()
    var at = 0
    let bytes: [UInt8] = Array("m,t=".utf8) + [0xC3] + Array(" v=1".utf8)
    #expect(throws: DoorRefusal.notText) {
      try LineProtocol.read(bytes.rawBytes, &at, into: &point, unit: 1)
    }
  }

  @Test("what is too long or too many is refused")
  func limits() {
    let tags = (0...LineProtocol.tagsMax).map { ",t\($0)=x" }.joined()
    #expect(throws: DoorRefusal.tooManyTags(limit: LineProtocol.tagsMax)) {
      try Self.read("m\(tags) v=1")
    }
    let fields = (0...LineProtocol.fieldsMax).map { "f\($0)=1" }.joined(separator: ",")
    #expect(throws: DoorRefusal.tooManyFields(limit: LineProtocol.fieldsMax)) {
      try Self.read("m \(fields)")
    }
    let long = String(repeating: "x", count: 251)
    #expect(throws: DoorRefusal.nameTooLong(limit: 250)) { try Self.read("\(long) v=1") }
    #expect(throws: DoorRefusal.nameTooLong(limit: 250)) { try Self.read("m,\(long)=1 v=1") }
    let endless = String(repeating: "x", count: LineProtocol.lineBytesMax + 1)
    #expect(throws: DoorRefusal.tooLong(limit: LineProtocol.lineBytesMax)) {
      try Self.read("m v=\"\(endless)\"")
    }
    #expect(throws: DoorRefusal.tooLong(limit: LineProtocol.lineBytesMax)) {
      try Self.read("m,t=\(endless) v=1")
    }
  }

  @Test("no bytes trap the reader, and each step goes on")
  func noise() {
    var seed: UInt64 = 7
    func next(_ limit: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % limit
    }
    let alphabet = Array("cpu,=\\\" \n\r#0123456789.-eEiutT\u{e9}".utf8) + [0, 0xFF]
    for _ in 0..<20_000 {
      let bytes = (0..<next(40)).map { _ in alphabet[next(alphabet.count)] }
      var point = DoorPoint()
      var at = 0
      var steps = 0
      while at < bytes.count, steps <= bytes.count {
        steps += 1
        if (try? LineProtocol.read(bytes.rawBytes, &at, into: &point, unit: 1)) == nil {
          LineProtocol.skipLine(bytes.rawBytes, &at)
        }
      }
      #expect(at >= bytes.count, "\(bytes)")
    }
  }
}
