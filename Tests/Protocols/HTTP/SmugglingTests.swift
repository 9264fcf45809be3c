import HTTP
import Testing

/// Messages that two servers might frame or route differently. Each is refused, with its status.
@Suite("Smuggling")
struct SmugglingTests {
  static let fieldTable: [(String, UInt16)] = [
    // Lengths
    ("Content-Length: 5\r\nContent-Length: 6", 400),
    ("Content-Length: 5\r\nContent-Length: 5", 400),
    ("Content-Length: 5, 5", 400),
    ("Content-Length: +5", 400),
    ("Content-Length: -5", 400),
    ("Content-Length: 0x5", 400),
    ("Content-Length: 5 5", 400),
    ("Content-Length: 5.0", 400),
    ("Content-Length:", 400),
    ("Content-Length: five", 400),
    ("Content-Length: 99999999999999999999999", 413),
    ("Content-Length: 9223372036854775807", 413),
    // Codings
    ("Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
    ("Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
    ("Transfer-Encoding: chunked, chunked", 400),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
    ("Transfer-Encoding: gzip, chunked", 501),
    ("Transfer-Encoding: chunked, gzip", 400),
    ("Transfer-Encoding: identity", 400),
    ("Transfer-Encoding: xchunked", 400),
    ("Transfer-Encoding: chunkedx", 400),
    ("Transfer-Encoding: \"chunked\"", 400),
    ("Transfer-Encoding: chunked;q=1", 400),
    ("Transfer-Encoding: ,chunked", 501),
    ("Transfer-Encoding:\u{b}chunked", 400),
    ("Transfer-Encoding:", 400),
    ("Transfer-Encoding: gzip", 400),
    // Lines
    ("X: a\r\n b", 400),
    ("X: a\r\n\tb", 400),
    (" X: a", 400),
    ("X : a", 400),
    ("X\t: a", 400),
    ("Transfer-Encoding : chunked", 400),
    ("X: a\nY: b", 400),
    ("X: a\rY: b", 400),
    ("X: a\u{0}b", 400),
    ("X: a\u{7f}b", 400),
    ("X: a\u{1}", 400),
    ("X", 400),
    (": a", 400),
    ("X\u{0}Y: a", 400),
    ("X\u{e9}: a", 400),
    ("X(Y): a", 400),
    ("X\r: a", 400),
    // Hosts
    ("Host: b", 400),
  ]

  @Test("fields that may be read in two ways are refused", arguments: fieldTable)
  func fields(lines: String, status: UInt16) throws {
    let error = try #require(refusal("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n"))
    #expect(error.status.code == status, "\(error)")
    #expect(!error.message.isEmpty)
  }

  static let headTable: [(String, UInt16)] = [
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ("GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
    ("GET /\r\nHost: a\r\n\r\n", 400),
    ("GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/11\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
    ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /%4g HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /%%34 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
  ]

  @Test("request lines and hosts that are not well formed are refused", arguments: headTable)
  func heads(text: String, status: UInt16) throws {
    let error = try #require(refusal(text))
    #expect(error.status.code == status, "\(error)")
  }

  @Test("a refusal does not wait for the end of a head that is wrong already")
  func early() {
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\nX : b")?.status == .badRequest)
    #expect(refusal("\u{16}\u{3}")?.status == .badRequest)
  }

  @Test("what is over a limit is refused with the limit's status")
  func limits() {
    let limits = MessageLimits {
      $0.startLineBytes = 40
      $0.headerBytes = 100
      $0.headerCount = 4
      $0.bodyBytes = 1000
    }
    func status(_ text: String) -> UInt16? { refusal(text, limits: limits)?.status.code }
    let long = String(repeating: "a", count: 60)
    #expect(status("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n") == 414)
    #expect(status("GET /\(long)") == 414)
    #expect(status(long) == 414)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\(long)\r\n\r\n") == 431)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\(long)") == 431)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\(long)\(long)") == 431)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\n\r\n") == nil)
    #expect(status("GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n") == 431)
    #expect(status("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n") == nil)
    #expect(status("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n") == 413)
    let name = String(repeating: "n", count: 257)
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\n\(name): v\r\n\r\n")?.status.code == 431)
  }

  @Test("header bytes are counted to the byte")
  func exactLimit() throws {
    let fields = "Host: a\r\nX: \(String(repeating: "b", count: 40))\r\n"
    let exact = MessageLimits { $0.headerBytes = fields.utf8.count }
    let short = MessageLimits { $0.headerBytes = fields.utf8.count - 1 }
    #expect(refusal("GET / HTTP/1.1\r\n\(fields)\r\n", limits: exact) == nil)
    #expect(refusal("GET / HTTP/1.1\r\n\(fields)\r\n", limits: short)?.status.code == 431)
  }
}
