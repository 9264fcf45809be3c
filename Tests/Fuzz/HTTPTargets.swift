import Bytes
import Fuzzing
import HTTP

extension FuzzTarget {
  /// A head parses alike whole and in pieces.
  static let httpRequest = FuzzTarget(
    "http-request",
    texts: [
      "GET /a?b=c HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
      "PUT /x HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
      "OPTIONS * HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
    ],
    words: [
      "\r\n", "\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Host: a\r\n",
      " HTTP/1.1\r\n", "\n", "%41", "\t",
    ]
  ) { input in
    var whole = RequestParser(limits: MessageLimits())
    let count = try? whole.parse(input)
    var pieces = RequestParser(limits: MessageLimits())
    var pieceCount: Int?
    for end in stride(from: 1, through: input.byteCount, by: 3) {
      guard let found = try? pieces.parse(input.extracting(0..<end)) else { continue }
      pieceCount = found
      break
    }
    if let count, let pieceCount {
      try Fuzzer.require(count == pieceCount, "\(count) whole, \(pieceCount) in pieces")
    }
  }

  /// A session answers anything and stays within its limit.
  static let webSocket = FuzzTarget(
    "http-websocket",
    seeds: [[0x81, 0x85, 1, 2, 3, 4, 0x49, 0x67, 0x6F, 0x68, 0x6E], [0x88, 0x80, 0, 0, 0, 0]]
  ) { input in
    let session = WebSocketSession(.server, messageBytesMax: 100)
    var output = ByteWriter()
    session.receive(input, output: &output)
    while let event = session.nextEvent() {
      if case .binary(let message) = event {
        try Fuzzer.require(message.count <= 100, "a message of \(message.count) bytes")
      }
    }
  }
}
