import Bytes
import HTTP
import Testing

@Suite("Chunked bodies")
struct ChunkedTests {
  struct Decoded: Equatable {
    var body: [UInt8] = []
    var trailers: [String] = []
    var consumed = 0
  }

  /// Decodes in windows that grow by `step`, consuming as the decoder says; nil: not at the end.
  static func decode(
    _ text: String, step: Int = .max, atMost limit: Int = .max,
    limits: MessageLimits = MessageLimits()
  ) throws(HTTPError) -> Decoded? {
    let bytes = Array(text.utf8)
    var decoder = ChunkedDecoder(limits: limits)
    var result = Decoded()
    var end = min(step, bytes.count)
    while true {
      let window = Array(bytes[result.consumed..<end])
      switch try decoder.next(window.rawBytes, atMost: limit) {
      case .data(let offset, let count):
        result.body += window[offset..<offset + count]
        result.consumed += offset + count
      case .needsMore(let consumed):
        result.consumed += consumed
        guard end < bytes.count else { return nil }
        end = min(end + step, bytes.count)
      case .end(let consumed):
        result.consumed += consumed
        for index in 0..<decoder.trailers.count {
          let field = decoder.trailers[index]
          let name = field.nameExtent.bytes(in: window.rawBytes).lossyText
          result.trailers.append("\(name)=\(field.value.bytes(in: window.rawBytes).lossyText)")
        }
        return result
      }
    }
  }

  static func status(_ text: String, _ limits: MessageLimits = MessageLimits()) -> UInt16? {
    do throws(HTTPError) {
      _ = try self.decode(text, limits: limits)
      return nil
    } catch {
      return error.status.code
    }
  }

  static let bodies: [(String, String, [String])] = [
    ("0\r\n\r\n", "", []),
    ("5\r\nhello\r\n0\r\n\r\n", "hello", []),
    ("5;a=b;c=\"d e\"\r\nhello\r\n1\r\n!\r\n00\r\n\r\n", "hello!", []),
    (
      "a\r\n0123456789\r\nA;x\r\n0123456789\r\n0;y\r\nX-Sum: 1\r\nY:\r\n\r\n",
      "01234567890123456789", ["X-Sum=1", "Y="]
    ),
    ("0000000000000005\r\na\r\nbc\r\n0\r\n\r\n", "a\r\nbc", []),
  ]

  @Test("a body decodes the same however its bytes arrive", arguments: bodies)
  func splits(text: String, body: String, trailers: [String]) throws {
    for step in [1, 2, 3, 5, 8, .max] {
      for limit in [1, 3, .max] {
        let decoded = try #require(try Self.decode(text + "GET", step: step, atMost: limit))
        #expect(decoded.body == Array(body.utf8))
        #expect(decoded.trailers == trailers)
        #expect(decoded.consumed == text.utf8.count)
      }
    }
  }

  @Test(
    "chunks that may be read in two ways are refused",
    arguments: [
      "\r\nhello", "g\r\n", "-1\r\n", "+5\r\nhello\r\n", " 5\r\nhello", "5 \r\nhello",
      "5\t;a\r\nhello", "0x5\r\nhello", "5\nhello\n", "5\rhello", "5\r\nhelloX", "5\r\nhello\n",
      "5\r\nhello\rX", "5;a\nhello", "5;a\u{0}\r\nhello", "5;a\rb\r\n", "8000000000000000\r\n",
      "fffffffffffffffff\r\n", "5,5\r\nhello", "5\r\nhello!\r\n0\r\n\r\n",
      "0\r\nX : a\r\n\r\n", "0\r\n a\r\n\r\n", "0\r\nX: a\n\r\n", "0\r\n\n", "0\r\n\rX",
      "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "0\r\nHost: a\r\n\r\n", "0\r\nTrailer: a\r\n\r\n",
    ])
  func refused(text: String) {
    #expect(Self.status(text) == 400)
  }

  @Test("sizes, extensions and trailers have limits")
  func limits() {
    let limits = MessageLimits {
      $0.bodyBytes = 8
      $0.chunkLineBytes = 10
      $0.chunkExtensionBytes = 12
      $0.trailerBytes = 16
      $0.trailerCount = 2
    }
    #expect(Self.status("8\r\n01234567\r\n0\r\n\r\n", limits) == nil)
    #expect(Self.status("9\r\n", limits) == 413)
    #expect(Self.status("4\r\n0123\r\n5\r\n", limits) == 413)
    #expect(Self.status("7fffffffffffffff\r\n") == 413)
    #expect(Self.status("1;aaaaaaaaaaa", limits) == 400)
    #expect(Self.status("00000000001", limits) == 400)
    #expect(Self.status("1;aaaa\r\nx\r\n1;aaaa\r\nx\r\n0\r\n\r\n", limits) == nil)
    #expect(Self.status("1;aaaa\r\nx\r\n1;aaaa\r\nx\r\n1;aaaa\r\nx", limits) == 400)
    #expect(Self.status("0\r\nA: b\r\nC: d\r\n\r\n", limits) == nil)
    #expect(Self.status("0\r\nA:\r\nB:\r\nC:\r\n\r\n", limits) == 431)
    #expect(Self.status("0\r\nA: bbbbbbbbbbbbbbbbbbbbbbb", limits) == 431)
  }

  @Test("bytes of a chunk that were read past the window are counted")
  func direct() throws {
    var decoder = ChunkedDecoder(limits: MessageLimits())
    let start = Array("a\r\n012".utf8)
    let first = try decoder.next(start.rawBytes)
    #expect(first == .data(offset: 3, count: 3))
    let left = decoder.chunkRemaining
    #expect(left == 7)
    decoder.took(7)
    let nothing = decoder.chunkRemaining
    #expect(nothing == 0)
    let end = Array("\r\n0\r\n\r\n".utf8)
    let last = try decoder.next(end.rawBytes)
    #expect(last == .end(consumed: 7))
    let isDone = decoder.isDone
    #expect(isDone)
    let byteCount = decoder.byteCount
    #expect(byteCount == 10)
  }

  @Test("what the encoder writes is what the decoder reads, for chunks of any size")
  func roundTrip() throws {
    for sizes in [[1], [9, 10, 15, 16, 17], [255, 256, 4095, 4096, 65_536]] {
      var writer = ByteWriter()
      var body: [UInt8] = []
      for size in sizes {
        let chunk = (0..<size).map { UInt8(truncatingIfNeeded: $0) & 0x7F }
        body += chunk
        writer.append(chunk: chunk.rawBytes)
        let mark = writer.beginChunk()
        writer.append(chunk)
        writer.endChunk(mark)
        body += chunk
        let empty = writer.beginChunk()
        writer.endChunk(empty)
        writer.append(chunk: [UInt8]().rawBytes)
      }
      writer.appendLastChunkBeforeTrailers()
      writer.append(fieldNamed: "x-sum", "7")
      writer.appendHeadEnd()
      let text = writer.bytes.lossyText
      let decoded = try #require(try Self.decode(text, step: 100))
      #expect(decoded.body == body)
      #expect(decoded.trailers == ["x-sum=7"])
    }
  }
}
