import Bytes
import Crypto
import Fuzzing
import Testing
import Values

/// The published examples of S3's documentation, recomputed with an implementation of our own.
private struct Example: Sendable {
  var method = "GET"
  var path: String
  var query = ""
  var headers: [(name: String, value: String)] = []
  var payloadHash = emptyHash
  var signature: String
}

private let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
private let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
private let accessKeyID = "AKIAIOSFODNN7EXAMPLE"
private let scope = SigV4Scope(day: "20130524", region: "us-east-1", service: "s3")
private let time = SigV4Time(seconds: 1_369_353_600)
private let welcome = SHA256.digest(of: "Welcome to Amazon S3.".bytes.rawBytes).description

private let examples: [Example] = [
  Example(
    path: "/test.txt", headers: [("Range", "bytes=0-9")],
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
  Example(
    method: "PUT", path: "/test$file.text",
    headers: [
      ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ], payloadHash: welcome,
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
  Example(
    path: "/", query: "lifecycle",
    signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
  Example(
    path: "/", query: "max-keys=2&prefix=J",
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]

@Suite("Signature Version 4")
struct SigV4Tests {
  private let signer = SigV4Signer(
    accessKeyID: accessKeyID, key: SigV4Key(secret: secret, scope: scope))

  @Test("the published requests get their published signatures", arguments: examples.indices)
  func published(index: Int) throws {
    let example = examples[index]
    let headers = SigV4HeaderList(
      example.headers + [
        ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", example.payloadHash),
        ("x-amz-date", "20130524T000000Z"),
      ])
    let authorization = self.signer.authorization(
      method: example.method, path: example.path, query: example.query, headers: headers,
      payloadHash: example.payloadHash, at: time)
    #expect(authorization.signature.description == example.signature)
    let read = try SigV4Authorization(header: authorization.headerValue.bytes.rawBytes)
    #expect(read == authorization)
    try SigV4Verification.checkSignedNames(read, headers: headers)
  }

  @Test("the published presigned request gets its published signature")
  func presigned() throws {
    let query = self.signer.presignedQuery(
      method: "GET", path: "/test.txt", query: "",
      headers: SigV4HeaderList([("host", "examplebucket.s3.amazonaws.com")]), at: time,
      expiresSeconds: 86_400)
    let read = try SigV4Presigned(query: query.bytes.rawBytes)
    #expect(
      read.authorization.signature.description
        == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    #expect(read.authorization.accessKeyID == accessKeyID)
    #expect(read.time == time)
    try read.check(now: SigV4Time(seconds: time.seconds + 86_400))
    #expect(throws: SigV4Error.self) {
      try read.check(now: SigV4Time(seconds: time.seconds + 86_401))
    }
    #expect(throws: SigV4Error.self) { try read.check(now: SigV4Time(seconds: time.seconds - 901)) }
  }

  @Test("the published chunks get their published signatures")
  func chunks() {
    let headers = SigV4HeaderList([
      ("content-encoding", "aws-chunked"), ("content-length", "66824"),
      ("host", "s3.amazonaws.com"),
      ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
      ("x-amz-date", "20130524T000000Z"), ("x-amz-decoded-content-length", "66560"),
      ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ])
    let seed = self.signer.authorization(
      method: "PUT", path: "/examplebucket/chunkObject.txt", query: "", headers: headers,
      payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", at: time)
    #expect(
      seed.signature.description
        == "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
    var chain = SigV4ChunkSignatures(key: self.signer.key, time: time, seed: seed.signature)
    #expect(
      chain.next(chunk: [UInt8](repeating: 0x61, count: 65_536)).description
        == "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648")
    #expect(
      chain.next(chunk: [UInt8](repeating: 0x61, count: 1024)).description
        == "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497")
    #expect(
      chain.next(chunk: []).description
        == "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9")
  }

  @Test("the published chunks with a trailer get their published signatures")
  func trailer() {
    let seed = hex("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
    guard let digest = Digest<32>(seed.rawBytes) else { return }
    var chain = SigV4ChunkSignatures(key: self.signer.key, time: time, seed: digest)
    #expect(
      chain.next(chunk: [UInt8](repeating: 0x61, count: 65_536)).description
        == "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
    #expect(
      chain.next(chunk: [UInt8](repeating: 0x61, count: 1024)).description
        == "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
    #expect(
      chain.next(chunk: []).description
        == "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992")
    #expect(
      chain.trailer(canonical: "x-amz-checksum-crc32c:sOO8/Q==\n").description
        == "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435")
  }

  @Test("requests signed by botocore are believed, and no longer when a byte changes")
  func botocore() throws {
    for (number, vector) in sigV4Vectors.enumerated() {
      try self.check(vector, number: number)
    }
  }

  private func check(_ vector: SigV4Vector, number: Int) throws {
    let isPresigned = vector.authorization.isEmpty
    let authorization =
      try isPresigned
      ? SigV4Presigned(query: vector.query.bytes.rawBytes).authorization
      : SigV4Authorization(header: vector.authorization.bytes.rawBytes)
    #expect(authorization.accessKeyID == vector.accessKeyID)
    let key = SigV4Key(secret: vector.secret, scope: authorization.scope)
    let readTime = SigV4Time(basic: vector.time)
    let time = try #require(readTime)
    let headers = SigV4HeaderList(vector.headers)
    try SigV4Verification.checkSignedNames(authorization, headers: headers)
    try SigV4Verification.check(time: time, scope: authorization.scope, now: time)
    func outcome(path: String, query: String, _ headers: SigV4HeaderList) -> Bool {
      let parts = [vector.method, path, query, authorization.signedNames, vector.payloadHash]
        .map(\.bytes)
      let (method, path, query, names, hash) = (parts[0], parts[1], parts[2], parts[3], parts[4])
      let request = SigV4Request(
        method: method.rawBytes, path: path.rawBytes, query: query.rawBytes,
        signedNames: names.rawBytes, payloadHash: hash.rawBytes)
      let found = try? SigV4Verification.check(
        request, headers: headers, at: time, authorization: authorization, key: key)
      return found != nil
    }
    #expect(outcome(path: vector.path, query: vector.query, headers), "vector \(number)")
    #expect(!outcome(path: vector.path + "x", query: vector.query, headers), "vector \(number)")
    #expect(!outcome(path: vector.path, query: vector.query + "&x=1", headers), "vector \(number)")
    var other = headers
    other.lines[0].value += "1"
    #expect(!outcome(path: vector.path, query: vector.query, other), "vector \(number)")
    // The order of the pieces and blanks around values do not matter.
    let turned = vector.query.split(separator: "&").reversed().joined(separator: "&")
    var blanks = headers
    for index in blanks.lines.indices {
      blanks.lines[index].value = "  \(blanks.lines[index].value)\t"
    }
    #expect(outcome(path: vector.path, query: turned, blanks), "vector \(number)")
  }

  @Test("a path that was signed as it was sent is believed and told apart")
  func pathAsSent() throws {
    let method = "GET".bytes
    let names = "host".bytes
    let path = "/a b".bytes
    let none: [UInt8] = []
    let hash = SigV4Signer.unsignedPayload.bytes
    let headers = SigV4HeaderList([("host", "h")])
    let canonical = "GET\n/a b\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD".bytes
    let authorization = SigV4Authorization(
      accessKeyID: "k", scope: scope, signedNames: "host",
      signature: self.signer.key.signature(ofCanonicalRequest: canonical.rawBytes, at: time))
    let outcome = try SigV4Verification.check(
      SigV4Request(
        method: method.rawBytes, path: path.rawBytes, query: none.rawBytes,
        signedNames: names.rawBytes, payloadHash: hash.rawBytes),
      headers: headers, at: time, authorization: authorization, key: self.signer.key)
    #expect(outcome == .matchesPathAsSent)
  }

  @Test("a header that must be signed and is not is named")
  func unsigned() {
    let authorization = SigV4Authorization(
      accessKeyID: "k", scope: scope, signedNames: "range",
      signature: SHA256.digest(of: []))
    let error: SigV4Error? = #expect(throws: SigV4Error.self) {
      try SigV4Verification.checkSignedNames(
        authorization, headers: SigV4HeaderList([("X-Amz-Acl", "x"), ("other", "y")]))
    }
    #expect(error?.code == .headersNotSigned)
    #expect(error?.message == "not signed: host, x-amz-acl")
  }

  @Test("a request of another day or hour is refused")
  func skew() {
    #expect(throws: SigV4Error.self) {
      try SigV4Verification.check(
        time: time, scope: scope, now: SigV4Time(seconds: time.seconds + 901))
    }
    #expect(throws: SigV4Error.self) {
      try SigV4Verification.check(
        time: SigV4Time(seconds: time.seconds - 1), scope: scope, now: time)
    }
  }

  @Test("times are written and read by the calendar")
  func times() {
    for seconds in stride(from: Int64(-62_135_596_800), through: 253_402_300_799, by: 86_399 * 997)
    {
      let time = SigV4Time(seconds: seconds)
      #expect(SigV4Time(basic: time.description) == time)
    }
    #expect(SigV4Time(basic: "20240229T235959Z")?.seconds == 1_709_251_199)
    #expect(SigV4Time(basic: "20230229T000000Z") == nil)
    #expect(SigV4Time(basic: "20231301T000000Z") == nil)
    #expect(SigV4Time(basic: "2023-01-01T0000Z") == nil)
    #expect(SigV4Time(httpDate: "Fri, 24 May 2013 00:00:00 GMT") == time)
    #expect(SigV4Time(httpDate: "Fri, 24 Mai 2013 00:00:00 GMT") == nil)
    #expect(SigV4Time(WallTime(nanoseconds: -1)).seconds == -1)
  }

  @Test("headers and queries of any bytes are read or refused, never worse")
  func fuzz() throws {
    let header = sigV4Vectors.first { !$0.authorization.isEmpty }?.authorization ?? ""
    let query = sigV4Vectors.first { $0.authorization.isEmpty }?.query ?? ""
    try Fuzzer.run(name: "sigv4-header", seeds: [header.bytes], iterations: 5000) { bytes in
      guard let read = try? SigV4Authorization(header: bytes) else { return }
      let again = try? SigV4Authorization(header: read.headerValue.bytes.rawBytes)
      try Fuzzer.require(again == read, "\(read) reads back as \(String(describing: again))")
    }
    try Fuzzer.run(name: "sigv4-query", seeds: [query.bytes], iterations: 5000) { bytes in
      _ = try? SigV4Presigned(query: bytes)
      var canonical = ByteWriter()
      SigV4Request(
        method: bytes, path: bytes, query: bytes, signedNames: bytes, payloadHash: bytes
      ).appendCanonical(SigV4HeaderList([("host", "h")]), to: &canonical)
      try Fuzzer.require(canonical.count <= bytes.byteCount * 12 + 64, "\(canonical.count) bytes")
    }
  }
}
