import Bytes
import HTTP
import Testing

private func span<R>(_ text: String, _ body: (RawSpan) throws -> R) rethrows -> R {
  let bytes = Array(text.utf8)
  return try body(bytes.rawBytes)
}

@Suite("Dates")
struct DateTests {
  static func text(_ seconds: Int64) -> String {
    var writer = ByteWriter()
    HTTPDate.append(seconds: seconds, to: &writer)
    return writer.bytes.lossyText
  }

  @Test(
    "dates are written as RFC 9110 has them",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] as [(Int64, String)])
  func written(seconds: Int64, text: String) { #expect(Self.text(seconds) == text) }

  @Test("every day from 1970 to 2120 is read back as it was written")
  func roundTrip() {
    var seconds: Int64 = 3_661
    while seconds < 4_733_510_400 {
      #expect(span(Self.text(seconds)) { HTTPDate.parse($0) } == seconds)
      seconds += 86_400
    }
  }

  @Test(
    "all three forms are read",
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
      ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
      ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Wed Nov 16 08:49:37 1994", 784_975_777),
      ("Thu, 31 Dec 1998 23:59:60 GMT", 915_148_799),
      ("Sun, 06 Nov 1994 08:49:37 UTC", nil), ("Sun, 31 Feb 1994 08:49:37 GMT", nil),
      ("Sun, 06 Nov 1994 24:00:00 GMT", nil), ("Sun, 6 Nov 1994 08:49:37 GMT", nil),
      ("Xun, 06 Nov 1994 08:49:37 GMT", nil), ("1994-11-06T08:49:37Z", nil), ("", nil),
      ("Sun, 06 Nov 1969 08:49:37 GMT", nil), ("Sunday, 06-Nov-94 08:49:37 GM", nil),
      ("Sunday, 06-Nov-94 08:49:37 GMT ", nil), ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", nil),
    ] as [(String, Int64?)])
  func read(text: String, seconds: Int64?) { #expect(span(text) { HTTPDate.parse($0) } == seconds) }
}

@Suite("Ranges")
struct RangeTests {
  @Test(
    "ranges are cut to the content",
    arguments: [
      ("bytes=0-499", 1000, .parts([ByteRange(0, 499)])),
      ("bytes=500-", 1000, .parts([ByteRange(500, 999)])),
      ("bytes=-500", 1000, .parts([ByteRange(500, 999)])),
      ("bytes=-5000", 1000, .parts([ByteRange(0, 999)])),
      ("bytes=0-0", 1000, .parts([ByteRange(0, 0)])),
      ("Bytes=0-5000", 1000, .parts([ByteRange(0, 999)])),
      ("bytes=0-0,-1", 1000, .parts([ByteRange(0, 0), ByteRange(999, 999)])),
      ("bytes= 0-0 , 5-6,, ", 1000, .parts([ByteRange(0, 0), ByteRange(5, 6)])),
      ("bytes=900-999, 0-9", 1000, .parts([ByteRange(900, 999), ByteRange(0, 9)])),
      ("bytes=999-1001,5000-", 1000, .parts([ByteRange(999, 999)])),
      ("bytes=1000-", 1000, .unsatisfiable), ("bytes=1000-1001", 1000, .unsatisfiable),
      ("bytes=-0", 1000, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
      ("bytes=-1", 0, .unsatisfiable), ("bytes=0-9,5-15", 1000, .unsatisfiable),
      ("bytes=0-99999999999999999999", 1000, .parts([ByteRange(0, 999)])),
      ("bytes=99999999999999999999-", 1000, .unsatisfiable),
      ("bytes=5-4", 1000, .whole), ("bytes=a-b", 1000, .whole), ("bytes=1", 1000, .whole),
      ("bytes=-", 1000, .whole), ("bytes=", 1000, .whole), ("bytes=,", 1000, .whole),
      ("items=0-1", 1000, .whole), ("bytes 0-1", 1000, .whole), ("bytes=0-1-2", 1000, .whole),
      ("bytes=0-1,x", 1000, .whole), ("bytes=--1", 1000, .whole), ("bytes=+0-1", 1000, .whole),
    ] as [(String, Int64, RangeRequest)])
  func parsed(field: String, size: Int64, expected: RangeRequest) {
    #expect(span(field) { RangeRequest($0, size: size) } == expected)
  }

  @Test("every single range over small content is what a plain reading of the rule says")
  func exhaustive() {
    for size in 0...4 as ClosedRange<Int64> {
      for first in 0...5 as ClosedRange<Int64> {
        for last in 0...5 as ClosedRange<Int64> {
          let wanted = (0..<size).filter { $0 >= first && $0 <= last }
          let expected: RangeRequest =
            first > last
            ? .whole
            : wanted.isEmpty
              ? .unsatisfiable : .parts([ByteRange(wanted[0], wanted[wanted.count - 1])])
          let parsed = span("bytes=\(first)-\(last)") { RangeRequest($0, size: size) }
          #expect(parsed == expected, "\(first)-\(last) of \(size)")
        }
      }
    }
  }

  @Test("more parts than the limit are refused")
  func many() {
    let field = "bytes=" + (0..<17).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",")
    #expect(span(field) { RangeRequest($0, size: 1000) } == .unsatisfiable)
  }

  @Test("Content-Range is written with the size")
  func contentRange() {
    #expect(ByteRange(5, 9).contentRange(ofSize: 20) == "bytes 5-9/20")
    #expect(ByteRange.contentRangeUnsatisfied(size: 20) == "bytes */20")
  }
}

@Suite("Conditions")
struct ConditionTests {
  struct Row: Sendable {
    var method = Method.get
    var ifMatch: String?
    var ifNoneMatch: String?
    var since: String?
    var unmodified: String?
    var tag: String? = "\"a\""
    var modified: Int64? = 784_111_777
    var exists = true
    var expected: Conditions.Outcome
  }
  static let at = "Sun, 06 Nov 1994 08:49:37 GMT"
  static let before = "Sun, 06 Nov 1994 08:49:36 GMT"

  @Test(
    "conditions decide as RFC 9110 13.2.2 orders them",
    arguments: [
      Row(expected: .proceed),
      Row(ifMatch: "\"a\"", expected: .proceed),
      Row(ifMatch: "\"b\"", expected: .failed),
      Row(ifMatch: "\"b\", \"a\"", expected: .proceed),
      Row(ifMatch: "\"x,\", \"a\"", expected: .proceed),
      Row(ifMatch: "*", expected: .proceed),
      Row(method: .put, ifMatch: "*", exists: false, expected: .failed),
      Row(ifMatch: "W/\"a\"", expected: .failed),
      Row(ifMatch: "\"a\"", tag: "W/\"a\"", expected: .failed),
      Row(ifMatch: "a", expected: .proceed),
      Row(ifMatch: "\"a", expected: .failed),
      Row(ifNoneMatch: "\"a\"", expected: .notModified),
      Row(method: .head, ifNoneMatch: "\"a\"", expected: .notModified),
      Row(method: .put, ifNoneMatch: "\"a\"", expected: .failed),
      Row(ifNoneMatch: "W/\"a\"", expected: .notModified),
      Row(ifNoneMatch: "\"a\"", tag: "W/\"a\"", expected: .notModified),
      Row(ifNoneMatch: "\"b\"", expected: .proceed),
      Row(method: .put, ifNoneMatch: "*", expected: .failed),
      Row(method: .put, ifNoneMatch: "*", exists: false, expected: .proceed),
      Row(since: at, expected: .notModified),
      Row(since: before, expected: .proceed),
      Row(method: .put, since: at, expected: .proceed),
      Row(since: "yesterday", expected: .proceed),
      Row(ifNoneMatch: "\"b\"", since: at, expected: .proceed),
      Row(unmodified: at, expected: .proceed),
      Row(unmodified: before, expected: .failed),
      Row(unmodified: "yesterday", expected: .proceed),
      Row(ifMatch: "\"a\"", unmodified: before, expected: .proceed),
      Row(ifMatch: "\"a\"", ifNoneMatch: "\"a\"", expected: .notModified),
      Row(since: at, modified: nil, expected: .proceed),
    ])
  func evaluated(row: Row) {
    func bytes(_ text: String?) -> [UInt8] { Array((text ?? "").utf8) }
    let match = bytes(row.ifMatch)
    let none = bytes(row.ifNoneMatch)
    let since = bytes(row.since)
    let unmodified = bytes(row.unmodified)
    let conditions = Conditions(
      ifMatch: row.ifMatch == nil ? nil : match.rawBytes,
      ifNoneMatch: row.ifNoneMatch == nil ? nil : none.rawBytes,
      ifModifiedSince: row.since == nil ? nil : since.rawBytes,
      ifUnmodifiedSince: row.unmodified == nil ? nil : unmodified.rawBytes)
    let current = row.exists ? Validators(entityTag: row.tag, lastModified: row.modified) : nil
    #expect(conditions.evaluate(row.method, against: current) == row.expected)
  }

  @Test(
    "If-Range lets ranges stand for the very same content only",
    arguments: [
      ("\"a\"", "\"a\"", true), ("\"b\"", "\"a\"", false), ("W/\"a\"", "W/\"a\"", false),
      (at, "\"a\"", true), (before, "\"a\"", false),
    ])
  func ifRange(field: String, tag: String, expected: Bool) {
    let current = Validators(entityTag: tag, lastModified: 784_111_777)
    #expect(span(field) { Conditions.allowsRange(ifRange: $0, current) } == expected)
    let unconditional = Conditions.allowsRange(ifRange: nil, current)
    #expect(unconditional)
  }
}

@Suite("Queries")
struct QueryTests {
  @Test("pairs are decoded in their order")
  func pairs() throws {
    let pairs = try span("a=1&b=x+y%26&c&&=d&e=%C3%A9=f") { try QueryString.pairs($0) }
    #expect(pairs.map(\.name) == ["a", "b", "c", "", "e"])
    #expect(pairs.map(\.value) == ["1", "x y&", "", "d", "\u{e9}=f"])
  }

  @Test("a value is found by its decoded name")
  func first() throws {
    try span("uploads&part%4eumber=7&b=&b=2") { query in
      let uploads = QueryString.first("uploads", in: query)?.byteCount
      #expect(uploads == 0)
      let part = try QueryString.text("partNumber", in: query)
      #expect(part == "7")
      let empty = try QueryString.text("b", in: query)
      #expect(empty == "")
      let missing = try QueryString.text("c", in: query)
      #expect(missing == nil)
    }
  }

  @Test(
    "broken escapes and bytes that are no text are refused", arguments: ["a=%", "a=%4", "a=%FF"])
  func broken(query: String) {
    #expect(throws: HTTPError.self) { try span(query) { try QueryString.text("a", in: $0) } }
    #expect(throws: HTTPError.self) { try span(query) { try QueryString.pairs($0) } }
  }

  @Test("more parameters than the limit are refused")
  func many() {
    let query = String(repeating: "a&", count: QueryString.pairsMax + 1)
    #expect(throws: HTTPError.self) { try span(query) { try QueryString.pairs($0) } }
  }

  @Test("every byte survives percent-encoding")
  func everyByte() {
    let all = (0...255).map { UInt8($0) }
    var encoded = ByteWriter()
    PercentCoding.encode(all.rawBytes, to: &encoded)
    var decoded = ByteWriter()
    let isWhole = PercentCoding.decode(encoded.bytes, to: &decoded)
    #expect(isWhole)
    let back = decoded.bytes.array
    #expect(back == all)
    var path = ByteWriter()
    PercentCoding.encode(Array("a/b c~é".utf8).rawBytes, keepingSlashes: true, to: &path)
    let text = path.bytes.lossyText
    #expect(text == "a/b%20c~%C3%A9")
  }

  @Test("a broken escape leaves the target as it was")
  func rollback() {
    var target = ByteWriter()
    target.append("x")
    let isWhole = PercentCoding.decode(Array("ab%2".utf8).rawBytes, to: &target)
    #expect(!isWhole)
    let text = target.bytes.lossyText
    #expect(text == "x")
  }
}

@Suite("Media types and credentials")
struct FieldValueTests {
  @Test(
    "media types",
    arguments: [
      ("text/plain", "text/plain"),
      ("Application/JSON ; Charset=utf-8", "application/json;charset=utf-8"),
      ("a/b; c=\"d\\\"e;f\"", "a/b;c=d\"e;f"), ("a/b;", "a/b"), ("a/b;;c=d", "a/b;c=d"),
      ("text", nil), ("/b", nil), ("a/", nil), ("a/b; c", nil), ("a/b; c=\"d", nil), ("a b/c", nil),
      ("", nil), ("a/b, c/d", nil),
    ] as [(String, String?)])
  func mediaTypes(field: String, expected: String?) {
    let parsed = span(field) { MediaType($0) }
    let text = parsed.map { type in
      "\(type.type)/\(type.subtype)"
        + type.parameters.map { ";\($0.name)=\($0.value)" }.joined()
    }
    #expect(text == expected)
  }

  @Test("the best offer is the one with the highest weight of its most specific element")
  func accept() {
    func best(_ field: String?, _ offers: [String]) -> String? {
      guard let field else { return AcceptList(nil).best(of: offers) }
      return span(field) { AcceptList($0) }.best(of: offers)
    }
    #expect(
      best("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", ["text/plain", "text/html"]) == "text/html")
    #expect(best("text/*;q=0.3, */*;q=0.5", ["text/plain", "image/png"]) == "image/png")
    #expect(best("application/json;q=0", ["application/json"]) == nil)
    #expect(best("application/json;q=0, */*", ["application/json", "a/b"]) == "a/b")
    #expect(best(nil, ["a/b", "c/d"]) == "a/b")
    #expect(best("gzip;q=1.0, identity; q=0.5, *;q=0", ["zstd", "identity"]) == "identity")
    #expect(best("a/b;q=2, c/d;q=x, e/f;q=0.1234, g/h", ["a/b", "c/d", "e/f", "g/h"]) == "g/h")
  }

  @Test(
    "credentials",
    arguments: [
      ("Basic dXNlcjpwYTpzcw==", .basic(user: "user", password: "pa:ss")),
      ("basic  dXNlcjo", .basic(user: "user", password: "")),
      ("Bearer abc.DEF-_~+/12==", .bearer(token: "abc.DEF-_~+/12==")),
      (
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=c",
        .other(scheme: "aws4-hmac-sha256", credentials: "Credential=a/b, SignedHeaders=c")
      ),
      ("Basic dXNlcg==", nil), ("Basic !", nil), ("Basic", nil), ("Basic ", nil), ("", nil),
      ("Bearer a b", nil), ("Bearer ===", nil), ("Bearer a=b", nil),
      ("Basic AAo6Yg==", nil),
    ] as [(String, Authorization?)])
  func credentials(field: String, expected: Authorization?) {
    #expect(span(field) { Authorization($0) } == expected)
  }
}
