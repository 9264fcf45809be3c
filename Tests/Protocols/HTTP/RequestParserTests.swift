import Bytes
import HTTP
import Testing

@Suite("Request parser")
struct RequestParserTests {
  static let whole: [String] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a/b?c=d&e HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: wrk\r\nAccept: */*\r\n\r\n",
    "PUT /k%2Fx HTTP/1.1\r\nhost: [::1]:9000\r\ncontent-length: 17\r\nExpect: 100-Continue\r\n\r\n",
    "POST / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:\t chunked \r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "\r\nGET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://b:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Latin: \u{e9}\r\nX-Empty:\r\nX-Tab: a\tb\r\n\r\n",
  ]

  @Test("a head reads the same however its bytes arrive", arguments: whole)
  func splits(text: String) throws {
    let expected = try #require(try read(text))
    #expect(expected.byteCount == text.utf8.count)
    for step in [1, 2, 3, 7, 16, 17, 31] {
      #expect(try read(text, step: step) == expected, "step \(step)")
    }
  }

  @Test("no strict prefix of a head is a head", arguments: whole)
  func prefixes(text: String) throws {
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(try read(String(decoding: bytes[..<count], as: UTF8.self)) == nil, "\(count) bytes")
    }
  }

  @Test("bytes behind the head are left alone")
  func pipelined() throws {
    let one = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    let head = try #require(try read(one + "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n"))
    #expect(head.byteCount == one.utf8.count)
    #expect(head.path == "/1")
  }

  @Test("the parts of a request are told apart")
  func parts() throws {
    let head = try #require(try read(Self.whole[1]))
    #expect(head.method == .get)
    #expect(head.target == "/a/b?c=d&e")
    #expect(head.path == "/a/b")
    #expect(head.query == "c=d&e")
    #expect(head.authority == "example.org:8080")
    #expect(head.fields == ["Host=example.org:8080", "User-Agent=wrk", "Accept=*/*"])
    #expect(head.keepsAlive)
    #expect(head.framing == .none)
  }

  @Test("an absolute target wins over Host")
  func absolute() throws {
    let head = try #require(try read(Self.whole[7]))
    #expect(head.form == .absolute)
    #expect(head.authority == "b:1")
    #expect(head.path == "/x")
    #expect(head.query == "y")
    #expect(head.target == "http://b:1/x?y")
    let bare = try #require(try read("GET http://b HTTP/1.1\r\nHost: b\r\n\r\n"))
    #expect(bare.path == "")
  }

  @Test(
    "keep-alive follows the version and Connection",
    arguments: [
      ("1.1", "", true), ("1.1", "close", false), ("1.1", "foo, CLOSE ,bar", false),
      ("1.1", "keep-alive", true), ("1.1", "closed", true),
      ("1.0", "", false), ("1.0", "keep-alive", true), ("1.0", "keep-alive, close", false),
    ])
  func keepAlive(version: String, connection: String, expected: Bool) throws {
    let field = connection.isEmpty ? "" : "Connection: \(connection)\r\n"
    let head = try #require(try read("GET / HTTP/\(version)\r\nHost: a\r\n\(field)\r\n"))
    #expect(head.keepsAlive == expected)
  }

  @Test("a second Connection field counts too")
  func twoConnectionFields() throws {
    let head = try #require(
      try read("GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n"))
    #expect(!head.keepsAlive)
  }

  @Test("Expect counts only where content follows, and never with HTTP/1.0")
  func expectation() throws {
    func expects(_ version: String, _ fields: String) throws -> Bool {
      try #require(try read("PUT / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")).expectsContinue
    }
    #expect(try expects("1.1", "Expect: 100-continue\r\nContent-Length: 1\r\n"))
    #expect(try !expects("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n"))
    #expect(try !expects("1.1", "Expect: 100-continue\r\n"))
    #expect(try !expects("1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n"))
  }

  @Test("well-known names are recognised in any case, others by their text")
  func names() throws {
    for name in FieldName.allCases where name != .other {
      // These would change or refuse the request.
      if [.host, .contentLength, .transferEncoding, .expect].contains(name) { continue }
      for text in ["\(name.text)", "\(name.text)".lowercased(), "\(name.text)".uppercased()] {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\(text): v\r\n\r\n".utf8)
        var parser = RequestParser(limits: MessageLimits())
        _ = try parser.parse(bytes.rawBytes)
        let found = parser.head.fields[1].name
        #expect(found == name, "\(text)")
        let value = parser.head.fields.extent(of: name).map { Array(bytes[$0.range]) }
        #expect(value == [UInt8(ascii: "v")])
      }
    }
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX-Thing: v\r\n\r\n".utf8)
    var parser = RequestParser(limits: MessageLimits())
    _ = try parser.parse(bytes.rawBytes)
    let name = parser.head.fields[1].name
    #expect(name == .other)
    let value = parser.head.fields.value(named: "x-thing", in: bytes.rawBytes)?.lossyText
    #expect(value == "v")
    let missing = parser.head.fields.value(named: "x-thine", in: bytes.rawBytes)?.lossyText
    #expect(missing == nil)
  }

  @Test("a parser that was reset reads the next head as if it were new")
  func reset() throws {
    var parser = RequestParser(limits: MessageLimits())
    let first = Array(Self.whole[2].utf8)
    let firstCount = try parser.parse(first.rawBytes)
    #expect(firstCount == first.count)
    parser.reset()
    let second = Array(Self.whole[0].utf8)
    let secondCount = try parser.parse(second.rawBytes)
    #expect(secondCount == second.count)
    let framing = parser.head.framing
    #expect(framing == .none)
    let expectsContinue = parser.head.expectsContinue
    #expect(!expectsContinue)
    let fieldCount = parser.head.fields.count
    #expect(fieldCount == 1)
  }
}

@Suite("Scanning")
struct ScanningTests {
  /// Each byte at each place of a field value and a target, among bytes that are fine.
  @Test("every byte is allowed or refused alike at every place of a value")
  func values() {
    for byte in UInt8.min...UInt8.max {
      let isAllowed = byte >= 0x20 && byte != 0x7F || byte == 0x09
      for place in 0..<20 {
        for filler in [UInt8(ascii: "a"), 0xFF, 0x80, 0x09] {
          var value = [UInt8](repeating: filler, count: 20)
          value[place] = byte
          let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + value + [13, 10, 13, 10]
          #expect(Self.isRead(bytes) == isAllowed, "byte \(byte) at \(place) among \(filler)")
        }
      }
    }
  }

  @Test("every byte is allowed or refused alike at every place of a target")
  func targets() {
    for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "%") {
      let isAllowed = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
      for place in 0..<20 {
        var path = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
        path[place] = byte
        let bytes = Array("GET /".utf8) + path + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        #expect(Self.isRead(bytes) == isAllowed, "byte \(byte) at \(place)")
      }
    }
  }

  static func isRead(_ bytes: [UInt8]) -> Bool {
    var parser = RequestParser(limits: MessageLimits())
    return (try? parser.parse(bytes.rawBytes)) == bytes.count
  }
}
