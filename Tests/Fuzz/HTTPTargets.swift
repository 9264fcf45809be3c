import Bytes
import Fuzzing
import HTTP

extension FuzzTarget {
  /// A head is refused, or its parts lie within it.
  static let httpRequest = FuzzTarget(
    "http-request",
    texts: [
      "GET /a/b?c=d&e HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: wrk\r\n\r\n",
      "PUT /k%2Fx HTTP/1.1\r\nhost: [::1]:9000\r\ncontent-length: 17\r\nExpect: 100-continue\r\n\r\n",
      "POST http://b:1/ HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:\t chunked \r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
    words: ["\r\n", "\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked", "Host: a", "%41"]
  ) { input in
    var parser = RequestParser(limits: MessageLimits())
    guard let count = try? parser.parse(input) else { return }
    try Fuzzer.require(count <= input.byteCount, "\(count) of \(input.byteCount) bytes")
    for index in 0..<parser.head.fields.count {
      let end = parser.head.fields[index].value.range.upperBound
      try Fuzzer.require(end <= count, "field \(index) ends at \(end) of \(count)")
    }
  }

  /// The same, for what a server answers.
  static let httpResponse = FuzzTarget(
    "http-response",
    texts: [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 404\r\n\r\n",
      "HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    ]
  ) { input in
    var parser = ResponseParser(limits: MessageLimits())
    parser.reset(answering: .get)
    guard let count = try? parser.parse(input) else { return }
    try Fuzzer.require(count <= input.byteCount, "\(count) of \(input.byteCount) bytes")
  }

  /// No more content comes out than went in, and the end is the end.
  static let httpChunks = FuzzTarget(
    "http-chunks",
    texts: [
      "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n", "0\r\n\r\n",
      "00000a\r\n0123456789\r\n0\r\n\r\n",
    ],
    words: ["\r\n", "0\r\n\r\n", ";", "ffffffffffffffff"]
  ) { input in
    var decoder = ChunkedDecoder(limits: MessageLimits())
    var at = 0
    var content = 0
    while let step = try? decoder.next(input.extracting(at..<input.byteCount)) {
      switch step {
      case .data(let offset, let count):
        content += count
        at += offset + count
      case .needsMore(let consumed), .end(let consumed):
        at += consumed
        try Fuzzer.require(at <= input.byteCount, "\(at) of \(input.byteCount) bytes")
        try Fuzzer.require(content <= at, "\(content) bytes of content in \(at)")
        return
      }
    }
  }

  /// A session answers no more than it was sent, and one close frame.
  static let webSocket = FuzzTarget(
    "websocket",
    seeds: [
      [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58],
      [0x89, 0x80, 0, 0, 0, 0, 0x88, 0x82, 0, 0, 0, 0, 3, 0xE8],
      [0x01, 0x81, 0, 0, 0, 0, 65, 0x80, 0x81, 0, 0, 0, 0, 66],
    ]
  ) { input in
    let session = WebSocketSession(.server, messageBytesMax: 1000)
    var output = ByteWriter()
    session.receive(input, output: &output)
    try Fuzzer.require(output.count <= input.byteCount + 4, "\(output.count) bytes of answer")
    while session.nextEvent() != nil {}
  }
}
