import Bytes
import HTTP
import Testing

@Suite("Responses")
struct ResponseTests {
  struct Read: Equatable {
    var status: UInt16
    var framing: ResponseFraming
    var keepsAlive: Bool
  }

  static func read(_ text: String, _ method: Method = .get) throws(HTTPError) -> Read? {
    var parser = ResponseParser(limits: MessageLimits())
    parser.reset(answering: method)
    let bytes = Array(text.utf8)
    var last: Read?
    for end in 0...bytes.count {
      let window = Array(bytes[..<end])
      if try parser.parse(window.rawBytes) != nil {
        last = Read(
          status: parser.head.status.code, framing: parser.head.framing,
          keepsAlive: parser.head.keepsAlive)
      }
    }
    return last
  }

  @Test(
    "content ends where status, method and fields say",
    arguments: [
      ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Method.get, ResponseFraming.length(5), true),
      ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", .head, .none, true),
      ("HTTP/1.1 204 No Content\r\n\r\n", .get, .none, true),
      ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .get, .none, true),
      ("HTTP/1.1 100 Continue\r\n\r\n", .put, .none, true),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .get, .chunked, true),
      ("HTTP/1.1 200 OK\r\n\r\n", .get, .close, false),
      ("HTTP/1.1 200\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", .get, .length(0), false),
      ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", .get, .length(0), false),
      ("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", .get, .length(0), true),
    ])
  func framing(text: String, method: Method, framing: ResponseFraming, keepsAlive: Bool) throws {
    let read = try #require(try Self.read(text, method))
    #expect(read.framing == framing)
    #expect(read.keepsAlive == keepsAlive)
  }

  @Test(
    "responses that are not well formed are refused as 502",
    arguments: [
      "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n", "ICY 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
  func refused(text: String) {
    #expect { try Self.read(text) } throws: { ($0 as? HTTPError)?.status == .badGateway }
  }

  @Test("a head is written with its date, and the date is kept for the second")
  func encode() {
    var encoder = ResponseEncoder()
    var output = ByteWriter()
    encoder.begin(.ok, seconds: 784_111_777, to: &output)
    output.append(field: .contentType, "text/plain")
    output.append(contentLength: 5)
    output.appendHeadEnd()
    let text1 = output.bytes.lossyText
    #expect(
      text1
        == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n")
    output.removeAll()
    encoder.begin(.notFound, seconds: 784_111_778, to: &output)
    let text2 = output.bytes.lossyText
    #expect(
      text2
        == "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT\r\n")
  }

  @Test("a value cannot end its line")
  func splitting() {
    var output = ByteWriter()
    output.append(field: .location, "/a\r\nSet-Cookie: b\u{0}c" as String)
    let first = output.bytes.lossyText
    #expect(first == "Location: /a  Set-Cookie: b c\r\n")
    output.removeAll()
    output.append(fieldNamed: "x", "\r\n\r\n")
    let second = output.bytes.lossyText
    #expect(second == "x:     \r\n")
  }

  @Test("a field name of ours that is no token is a bug")
  func badName() async {
    await #expect(processExitsWith: .failure) {
      var output = ByteWriter()
      output.append(fieldNamed: "a b", "c")
    }
  }
}
