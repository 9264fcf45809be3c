import Bytes
import Crypto
import S3
import Testing

@Suite("aws-chunked bodies")
struct ChunkedPayloadTests {
  static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  static let key = SigV4Key(
    secret: secret, scope: SigV4Scope(day: "20130524", region: "us-east-1", service: "s3"))

  static func signatures(seed: String) -> SigV4ChunkSignatures {
    let text = Array("20130524T000000Z".utf8)
    let digits = Array(seed.utf8)
    return SigV4ChunkSignatures(
      key: self.key, time: SigV4Time(basic: text.rawBytes)!,
      seed: Digest<32>(hexadecimal: digits.rawBytes)!)
  }

  /// The content and the trailers of a body that comes in pieces of `step` bytes.
  static func decode(
    _ body: [UInt8], _ decoder: consuming ChunkedPayload, step: Int
  ) throws -> (content: [UInt8], trailers: [String]) {
    var content: [UInt8] = []
    var window: [UInt8] = []
    var rest = body[...]
    while true {
      let (outcome, consumed) = try decoder.next(window.rawBytes, atMost: 1000)
      if case .content(let range) = outcome { content += window[range] }
      window.removeFirst(consumed)
      if outcome == .end { break }
      guard outcome == .needsMore else { continue }
      if rest.isEmpty {
        try decoder.finish()
        break
      }
      window += rest.prefix(step)
      rest = rest.dropFirst(step)
    }
    return (content, decoder.trailers.map { "\($0.name)=\($0.value)" })
  }

  static let signedBody: [UInt8] =
    Array(
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
        .utf8) + [UInt8](repeating: 0x61, count: 65_536)
    + Array(
      ("\r\n400;chunk-signature="
        + "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n").utf8)
    + [UInt8](repeating: 0x61, count: 1024)
    + Array(
      ("\r\n0;chunk-signature="
        + "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n").utf8)

  static let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"

  @Test(
    "the example of the documentation is taken, in pieces of any size",
    arguments: [
      1, 7, 1000, 100_000,
    ])
  func signed(step: Int) throws {
    let decoder = ChunkedPayload(
      signatures: Self.signatures(seed: Self.seed), hasTrailer: false, announced: [])
    let (content, _) = try Self.decode(Self.signedBody, decoder, step: step)
    #expect(content == [UInt8](repeating: 0x61, count: 66_560))
  }

  @Test("a byte that was changed anywhere is noticed")
  func changed() {
    for at in [5, 40, 100, 40_000, 65_700, 66_600, Self.signedBody.count - 10] {
      var body = Self.signedBody
      body[at] ^= 1
      let changed = body
      #expect(throws: S3Error.self, "byte \(at)") {
        let decoder = ChunkedPayload(
          signatures: Self.signatures(seed: Self.seed), hasTrailer: false, announced: [])
        return try Self.decode(changed, decoder, step: 4096)
      }
    }
  }

  @Test("a signed trailer is checked with the chunks")
  func signedTrailer() throws {
    func body(_ value: String) -> [UInt8] {
      Array(
        "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"
          .utf8) + [UInt8](repeating: 0x61, count: 65_536)
        + Array(
          ("\r\n400;chunk-signature="
            + "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n").utf8)
        + [UInt8](repeating: 0x61, count: 1024)
        + Array(
          ("\r\n0;chunk-signature="
            + "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
            + "x-amz-checksum-crc32c:\(value)\r\nx-amz-trailer-signature:"
            + "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n").utf8)
    }
    func decoder() -> ChunkedPayload {
      ChunkedPayload(
        signatures: Self.signatures(
          seed: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"),
        hasTrailer: true, announced: ["x-amz-checksum-crc32c"])
    }
    let (content, trailers) = try Self.decode(body("sOO8/Q=="), decoder(), step: 1000)
    #expect(content.count == 66_560)
    #expect(trailers == ["x-amz-checksum-crc32c=sOO8/Q=="])
    #expect(throws: S3Error.self) { try Self.decode(body("sOO8/A=="), decoder(), step: 1000) }
  }

  static let plainBodies: [(String, String, String?)] = [
    ("5\r\nhello\r\n0\r\n\r\n", "hello", nil),
    ("5\r\nhello\r\n0\r\n", "hello", nil),
    ("1\r\na\r\n1\r\nb\r\n0\r\nx-amz-checksum-crc32:abc=\r\n\r\n", "ab", "x-amz-checksum-crc32"),
  ]

  @Test("chunks without signatures are put together", arguments: plainBodies)
  func unsigned(body: String, content: String, trailer: String?) throws {
    for step in 1...body.utf8.count {
      let decoder = ChunkedPayload(
        signatures: nil, hasTrailer: true, announced: trailer.map { [$0] } ?? [])
      let (bytes, trailers) = try Self.decode(Array(body.utf8), decoder, step: step)
      #expect(String(decoding: bytes, as: UTF8.self) == content)
      #expect(trailers.count == (trailer == nil ? 0 : 1))
    }
  }

  @Test(
    "what is no such body is refused with its code",
    arguments: [
      ("5\r\nhel", "IncompleteBody"),
      ("5\r\nhelloXX0\r\n\r\n", "IncompleteBody"),
      ("zz\r\n", "InvalidRequest"),
      ("ffffffff1\r\n", "InvalidRequest"),
      ("2000000\r\n", "InvalidChunkSizeError"),
      ("0\r\nx-other:1\r\n\r\n", "MalformedTrailerError"),
      ("0\r\nx-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:a\r\n\r\n", "MalformedTrailerError"),
      ("0\r\n\r\n", "MalformedTrailerError"),
      ("0\r\nno colon\r\n\r\n", "MalformedTrailerError"),
    ])
  func refused(body: String, code: String) {
    let error = #expect(throws: S3Error.self) {
      let decoder = ChunkedPayload(
        signatures: nil, hasTrailer: true, announced: ["x-amz-checksum-crc32"])
      return try Self.decode(Array(body.utf8), decoder, step: 3)
    }
    #expect(error?.code.text == code)
  }

  @Test("small signed chunks are refused, but the last")
  func smallChunks() throws {
    var signatures = Self.signatures(seed: Self.seed)
    var body: [UInt8] = []
    for text in ["a", "b"] {
      let digest = signatures.next(chunk: Array(text.utf8).rawBytes)
      body += Array("1;chunk-signature=\(digest)\r\n\(text)\r\n".utf8)
    }
    let whole = body
    let error = #expect(throws: S3Error.self) {
      let decoder = ChunkedPayload(
        signatures: Self.signatures(seed: Self.seed), hasTrailer: false, announced: [])
      return try Self.decode(whole, decoder, step: 9)
    }
    #expect(error?.code == .invalidChunkSize)
  }
}
