import Bytes
import Crypto
import S3
import Testing

@Suite("Requests")
struct RequestTests {
  @Test(
    "bucket names are those of the rules",
    arguments: [
      ("abc", true), ("a.b-c", true), ("ab", false), (String(repeating: "a", count: 63), true),
      (String(repeating: "a", count: 64), false), ("Abc", false), ("a_b", false), ("-ab", false),
      ("ab-", false), ("a..b", false), ("a.-b", false), ("a-.b", false), ("192.168.0.1", false),
      ("1.2.3", true), ("xn--abc", false), ("sthree-abc", false), ("abc-s3alias", false),
      ("abc--ol-s3", false), ("abc--x-s3", false), ("..", false), ("", false),
    ])
  func bucketNames(name: String, isValid: Bool) {
    #expect(BucketName.isValid(name) == isValid)
  }

  static func target(_ path: String, _ query: String = "", bucket: String? = nil) throws -> S3Target
  {
    let path = Array(path.utf8)
    let query = Array(query.utf8)
    return try S3Target(path: path.rawBytes, query: query.rawBytes, virtualBucket: bucket)
  }

  @Test(
    "everything behind the second slash is the key, byte for byte",
    arguments: [
      ("/", "", nil), ("/b", "b", nil), ("/b/", "b", nil), ("/b/k", "b", "k"),
      ("/b//a", "b", "/a"), ("/b/a/", "b", "a/"), ("/b/a//b", "b", "a//b"),
      ("/b/%2e%2e/x", "b", "../x"), ("/b/a+b", "b", "a+b"), ("/b/a%00b", "b", "a\0b"),
      ("/b/%E2%82%AC", "b", "€"),
    ] as [(String, String, String?)])
  func paths(path: String, bucket: String, key: String?) throws {
    let target = try Self.target(path)
    #expect(target.bucket == bucket)
    #expect(target.key.map { String(decoding: $0, as: UTF8.self) } == key)
  }

  @Test("in a bucket's own host the whole path is the key")
  func virtualHost() throws {
    #expect(try Self.target("/a/b", bucket: "host").keyText == "a/b")
    #expect(VirtualHost.bucket(host: "b.s3.lan:9000", domains: ["s3.lan"]) == "b")
    #expect(VirtualHost.bucket(host: "a.b.s3.lan", domains: ["s3.lan"]) == "a.b")
    #expect(VirtualHost.bucket(host: "s3.lan", domains: ["s3.lan"]) == nil)
    #expect(VirtualHost.bucket(host: "127.0.0.1:9000", domains: ["s3.lan"]) == nil)
  }

  @Test(
    "paths that are not percent-encoded UTF-8 are refused",
    arguments: ["/b/%", "/b/%4", "/b/%zz", "/b/%ff", "/b/%c3%28"])
  func badPaths(path: String) {
    let error = #expect(throws: S3Error.self) { try Self.target(path) }
    #expect(error?.code == .invalidURI)
  }

  @Test("a word counts with or without a value, and two are too many")
  func subResources() throws {
    #expect(try Self.target("/b", "acl").subResource == .acl)
    #expect(try Self.target("/b", "acl=").subResource == .acl)
    #expect(try Self.target("/b", "x-id=ListObjects&list-type=2").subResource == nil)
    #expect(try Self.target("/b/k", "partNumber=1&uploadId=x").subResource == .uploadId)
    #expect(try Self.target("/b", "object-lock").subResource == .objectLock)
    let error = #expect(throws: S3Error.self) { try Self.target("/b", "acl&policy") }
    #expect(error?.code == .invalidArgument)
  }

  @Test(
    "numbers of results are cut, words are refused",
    arguments: [
      (nil, 1000), ("0", 0), ("5", 5), ("2147483648", 1000), ("-1", nil), ("abc", nil), ("", nil),
      ("1e3", nil), ("99999999999999999999", nil),
    ] as [(String?, Int?)])
  func limits(text: String?, limit: Int?) throws {
    let target = try Self.target("/b", text.map { "max-keys=\($0)" } ?? "")
    #expect((try? target.limit("max-keys")) == limit)
  }

  @Test(
    "part numbers are 1 to 10000",
    arguments: [
      ("1", 1), ("10000", 10_000), ("0", nil), ("10001", nil), ("1e3", nil), ("-1", nil),
      ("+1", nil),
    ] as [(String, UInt16?)])
  func partNumbers(text: String, number: UInt16?) throws {
    let target = try Self.target("/b/k", "uploadId=x&partNumber=\(text)")
    if let number {
      #expect(try target.partNumber() == number)
    } else {
      #expect(throws: S3Error.self) { try target.partNumber() }
    }
  }

  @Test(
    "a copy's source is decoded once, behind its version",
    arguments: [
      ("b/k", "b", "k", nil), ("/b/k", "b", "k", nil), ("b/a%20b", "b", "a b", nil),
      ("b/a%2520b", "b", "a%20b", nil), ("b/k?versionId=null", "b", "k", "null"),
      ("b/a%3FversionId=1?versionId=2", "b", "a?versionId=1", "2"), ("b/a+b", "b", "a+b", nil),
    ] as [(String, String, String, String?)])
  func copySources(header: String, bucket: String, key: String, version: String?) throws {
    let source = try CopySource(header)
    #expect(source.bucket == bucket)
    #expect(String(decoding: source.key, as: UTF8.self) == key)
    #expect(source.version == version)
  }

  @Test(
    "other sources are refused",
    arguments: ["", "b", "b/", "/b/", "//k", "b/%", "b/%ff"])
  func badCopySources(header: String) {
    #expect(throws: S3Error.self) { try CopySource(header) }
  }

  @Test(
    "the range of a part's copy has one form",
    arguments: [
      ("bytes=0-5", true), ("bytes=5-5", true), ("bytes=5-4", false), ("bytes=0-", false),
      ("bytes=-5", false), ("0-5", false), ("bytes=0-1,3-4", false), ("bytes=0-1 ", false),
      ("bytes=0-99999999999999999999", false), ("bytes=a-b", false),
    ])
  func copyRanges(text: String, isRange: Bool) {
    #expect(((try? CopyRange(text)) != nil) == isRange)
  }

  @Test("a token is a position of its bucket that nobody can make up")
  func tokens() throws {
    let token = ListToken(position: Array("a/b€".utf8), isCommonPrefix: true)
    let text = token.text(key: [1, 2, 3], bucket: 7)
    #expect(ListToken(text: text, key: [1, 2, 3], bucket: 7) == token)
    #expect(ListToken(text: text, key: [1, 2, 3], bucket: 8) == nil)
    #expect(ListToken(text: text, key: [1, 2, 4], bucket: 7) == nil)
    for index in text.indices {
      var changed = text
      changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
      #expect(ListToken(text: changed, key: [1, 2, 3], bucket: 7) == nil)
    }
    #expect(ListToken(text: "", key: [], bucket: 0) == nil)
  }

  /// The first two are the examples of the protocol's description.
  @Test(
    "signatures of version 2 are what clients make",
    arguments: [
      (
        SignatureV2Request(
          method: "GET", path: "/photos/puppy.jpg", arguments: [],
          virtualBucket: "awsexamplebucket1"), "Tue, 27 Mar 2007 19:36:42 +0000", [:],
        "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="
      ),
      (
        SignatureV2Request(
          method: "PUT", path: "/db-backup.dat.gz", arguments: [("other", "x")],
          virtualBucket: "static.example.com"), "Tue, 27 Mar 2007 21:06:08 +0000",
        [
          "Content-MD5": "4gJE4saaMU4BqNR0kLY+lw==", "Content-Type": "application/x-download",
          "X-Amz-Meta-ReviewedBy": "joe@example.com,jane@example.com",
          "x-amz-meta-checksumalgorithm": "  crc32", "x-amz-acl": "public-read",
        ], "kkj5yjCWAnMlrg33xDW6R0duC6k="
      ),
      (
        SignatureV2Request(
          method: "GET", path: "/awsexamplebucket1/a%20b",
          arguments: [
            ("versionId", "x"), ("response-content-type", "text/plain"), ("list-type", "2"),
          ], virtualBucket: nil), "1175139620", [:], "+mFBez8ZGLrOaMaKxxNi6zYVopw="
      ),
    ])
  func signatureV2(
    request: SignatureV2Request, date: String, headers: [String: String], expected: String
  ) {
    let text = SignatureV2.text(
      of: request, date: date,
      headers: SigV4HeaderList(headers.map { (name: $0.key, value: $0.value) }))
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    #expect(SignatureV2.signature(of: text, secret: secret) == expected, "\(text)")
  }

  @Test("an operation cannot be put into an address of version 2")
  func signatureV2Operations() {
    func text(_ arguments: [(name: String, value: String)]) -> String {
      SignatureV2.text(
        of: SignatureV2Request(
          method: "PUT", path: "/b/k", arguments: arguments, virtualBucket: nil), date: "1",
        headers: SigV4HeaderList([]))
    }
    let plain = text([])
    for word in ["retention", "legal-hold", "encryption", "renameObject", "tagging", "uploads"] {
      #expect(text([(word, "")]) != plain, "\(word)")
    }
    #expect(text([("x-amz-acl", "public-read")]) != plain)
  }
}
