import Bytes
import Fuzzing
import HTTP
import Testing

@Suite("HTTP under the fuzzer")
struct HTTPFuzzTests {
  static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }
  static let words = bytes([
    "\r\n", "\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Host: a\r\n",
    " HTTP/1.1\r\n", "Connection: close\r\n", "%41", "0\r\n\r\n", ";", "ffffffffffffffff", "\n",
  ])

  @Test("a request head parses alike whole and in pieces, and inside its window")
  func requests() throws {
    try Fuzzer.run(
      name: "http-request", seeds: Self.bytes(RequestParserTests.whole), dictionary: Self.words
    ) { bytes in
      let text = bytes.array
      var whole = RequestParser(limits: MessageLimits())
      var refused: HTTPError?
      var count: Int?
      do throws(HTTPError) { count = try whole.parse(bytes) } catch { refused = error }
      var pieces = RequestParser(limits: MessageLimits())
      var end = 0
      var pieceCount: Int?
      var pieceRefused: HTTPError?
      while pieceCount == nil, pieceRefused == nil, end < text.count {
        end = min(end + 3, text.count)
        do throws(HTTPError) {
          pieceCount = try pieces.parse(bytes.extracting(0..<end))
        } catch { pieceRefused = error }
      }
      try Fuzzer.require(count == pieceCount, "\(count ?? -1) whole, \(pieceCount ?? -1) in pieces")
      try Fuzzer.require(
        refused?.status == pieceRefused?.status,
        "whole \(refused?.description ?? "-"), in pieces \(pieceRefused?.description ?? "-")")
      guard let count else { return }
      try Fuzzer.require(count <= text.count, "\(count) of \(text.count) bytes")
      for index in 0..<whole.head.fields.count {
        let field = whole.head.fields[index]
        try Fuzzer.require(field.value.range.upperBound <= count, "field \(index)")
        try Fuzzer.require(
          !text[field.value.range].contains { $0 < 0x20 && $0 != 9 || $0 == 0x7F },
          "field \(index) holds a control character")
      }
    }
  }

  @Test("a chunked body decodes alike whole and in pieces")
  func chunks() throws {
    try Fuzzer.run(
      name: "http-chunked", seeds: Self.bytes(ChunkedTests.bodies.map(\.0)), dictionary: Self.words
    ) { bytes in
      let text = bytes.lossyText
      func outcome(_ step: Int) -> String {
        do throws(HTTPError) {
          guard let decoded = try ChunkedTests.decode(text, step: step) else { return "more" }
          return "\(decoded.body.count) \(decoded.trailers) \(decoded.consumed)"
        } catch {
          return "\(error.status.code)"
        }
      }
      let whole = outcome(.max)
      let pieces = outcome(2)
      try Fuzzer.require(whole == pieces, "\(whole) whole, \(pieces) in pieces")
    }
  }

  @Test("responses, fields and queries never trap")
  func values() throws {
    let seeds = Self.bytes([
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "bytes=0-5,-7,9-", "a=b&c=%41+d&e",
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994", "text/html;q=0.7;level=\"a\\\"b\", */*;q=0.5",
      "Basic dXNlcjpwYTpzcw==", "W/\"a\", \"b\"", "/v1/a/namespaces/b%1Fc",
    ])
    var builder = RouteTableBuilder()
    for pattern in ["/", "/v1/{a}/namespaces/{b}", "/v1/{a}/{rest...}", "/v1/config"] {
      _ = try builder.add(.get, pattern)
    }
    let table = builder.build()
    try Fuzzer.run(name: "http-values", seeds: seeds, dictionary: Self.words) { bytes in
      var response = ResponseParser(limits: MessageLimits())
      response.reset(answering: .get)
      _ = try? response.parse(bytes)
      _ = HTTPDate.parse(bytes)
      _ = MediaType(bytes)
      _ = AcceptList(bytes).best(of: ["text/html", "a/b"])
      _ = Authorization(bytes)
      _ = try? QueryString.pairs(bytes)
      _ = try? QueryString.text("c", in: bytes)
      if case .parts(let parts) = RangeRequest(bytes, size: 10) {
        try Fuzzer.require(parts.allSatisfy { $0.last < 10 }, "\(parts)")
      }
      let conditions = Conditions(
        ifMatch: bytes, ifNoneMatch: bytes, ifModifiedSince: bytes, ifUnmodifiedSince: bytes)
      _ = conditions.evaluate(.get, against: Validators(entityTag: "\"a\"", lastModified: 5))
      var match = RouteMatch()
      _ = table.match(.get, path: bytes, into: &match)
    }
  }

  @Test("a WebSocket session answers anything and stays within its limit")
  func webSocket() throws {
    let seeds: [[UInt8]] = [
      WebSocketTests.frame(0x81, Array("Hello".utf8)), WebSocketTests.frame(0x89, [1, 2]),
      WebSocketTests.frame(0x01, [65]) + WebSocketTests.frame(0x80, [66]),
      WebSocketTests.frame(0x88, [3, 0xE8, 65]), WebSocketTests.frame(0x82, [], length: 70_000),
    ]
    try Fuzzer.run(name: "http-websocket", seeds: seeds, iterations: 5000) { bytes in
      let session = WebSocketSession(.server, messageBytesMax: 100)
      var output = ByteWriter()
      session.receive(bytes, output: &output)
      while let event = session.nextEvent() {
        if case .binary(let message) = event {
          try Fuzzer.require(message.count <= 100, "a message of \(message.count) bytes")
        }
      }
      try Fuzzer.require(output.count <= bytes.byteCount + 4, "\(output.count) bytes of answer")
    }
  }
}
