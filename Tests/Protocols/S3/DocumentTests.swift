import Bytes
import Fuzzing
import S3
import Testing

@Suite("Documents")
struct DocumentTests {
  static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// The code of what `body` throws.
  static func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as S3Error {
      return error.code.text
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "versioning is Enabled or Suspended",
    arguments: [
      ("<Status>Enabled</Status>", nil), ("<Status>Suspended</Status>", nil),
      ("<Status>On</Status>", "MalformedXML"), ("", "IllegalVersioningConfigurationException"),
      ("<Status>Enabled</Status><Status>Enabled</Status>", "MalformedXML"),
    ] as [(String, String?)])
  func versioning(inner: String, code: String?) {
    let text = "<VersioningConfiguration>\(inner)</VersioningConfiguration>"
    #expect(Self.code { _ = try VersioningConfiguration(Self.bytes(text)) } == code)
  }

  @Test(
    "a document that could be something else is refused",
    arguments: [
      "", "<a", "<Other/>", "<!DOCTYPE Tagging><Tagging><TagSet/></Tagging>",
      "<!DOCTYPE t [<!ENTITY e \"x\">]><Tagging><TagSet>&e;</TagSet></Tagging>",
      "<Tagging></Tagging>", "<Tagging>" + String(repeating: "<a>", count: 40) + "</Tagging>",
      "<Tagging" + (0..<40).map { " a\($0)=\"1\"" }.joined() + "><TagSet/></Tagging>",
      "<Tagging><TagSet/></Tagging>\u{0}", "\u{FEFF}<Nothing/>",
      "<Tagging><TagSet>" + String(repeating: " ", count: 300_000) + "</TagSet></Tagging>",
    ])
  func hostile(text: String) {
    #expect(
      Self.code { _ = try TagSet(document: Self.bytes(text), max: 10) } == "MalformedXML")
  }

  @Test("UTF-16 and bytes that are no text are refused")
  func encodings() {
    let wide = [UInt8]([0xFF, 0xFE]) + Array("<Tagging/>".utf16).flatMap { [UInt8($0), 0] }
    for bytes in [wide, Self.bytes("<Tagging><TagSet>") + [0xFF, 0xFE, 0xC0]] {
      #expect(Self.code { _ = try TagSet(document: bytes, max: 10) } == "MalformedXML")
    }
  }

  static func tags(_ pairs: [(String, String)]) -> [UInt8] {
    let inner = pairs.map { "<Tag><Key>\($0.0)</Key><Value>\($0.1)</Value></Tag>" }.joined()
    return self.bytes("<Tagging><TagSet>\(inner)</TagSet></Tagging>")
  }

  @Test("tags have their limits, and read back as they were put")
  func tagSets() throws {
    let long = String(repeating: "k", count: 128)
    let set = try TagSet(document: Self.tags([("a", "1"), (long, "")]), max: 10)
    #expect(try TagSet(document: set.text, max: 10) == set)
    #expect(try TagSet(header: "a=1&b%20c=d%26").tags == [.init("a", "1"), .init("b c", "d&")])
    for pairs in [
      [("a", "1"), ("a", "2")], [("", "1")], [(long + "k", "1")],
      [("a", String(repeating: "v", count: 257))], (0..<11).map { ("k\($0)", "v") },
    ] {
      #expect(
        Self.code { _ = try TagSet(document: Self.tags(pairs), max: 10) } == "InvalidTag")
    }
  }

  @Test("the first rule of CORS that matches answers")
  func cors() throws {
    let text = """
      <CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.org</AllowedOrigin>
      <AllowedMethod>GET</AllowedMethod><AllowedHeader>x-*</AllowedHeader>
      <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>
      <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule>
      </CORSConfiguration>
      """
    let cors = try CORSConfiguration(Self.bytes(text))
    #expect(try CORSConfiguration(cors.text) == cors)
    let grant = cors.grant(
      origin: "https://a.example.org", method: "GET", requestedHeaders: ["X-Abc"])
    #expect(grant?.origin == "https://a.example.org")
    #expect(grant?.allowedHeaders == "x-abc")
    #expect(grant?.isForAll == false)
    #expect(
      cors.grant(origin: "https://a.example.org", method: "GET", requestedHeaders: ["y"]) == nil)
    #expect(cors.grant(origin: "http://b", method: "PUT")?.origin == "*")
    #expect(cors.grant(origin: "http://b", method: "GET") == nil)
  }

  @Test(
    "rules that no browser could use are refused",
    arguments: [
      ("", "MalformedXML"),
      ("<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>", "MalformedXML"),
      (
        "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>FLY</AllowedMethod></CORSRule>",
        "InvalidRequest"
      ),
      (
        "<CORSRule><AllowedOrigin>*a*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>",
        "InvalidRequest"
      ),
    ])
  func badCORS(rules: String, code: String) {
    let text = "<CORSConfiguration>\(rules)</CORSConfiguration>"
    #expect(Self.code { _ = try CORSConfiguration(Self.bytes(text)) } == code)
  }

  static func lifecycle(_ rule: String) throws -> LifecycleConfiguration {
    let text = "<LifecycleConfiguration><Rule>\(rule)</Rule></LifecycleConfiguration>"
    return try LifecycleConfiguration(self.bytes(text), identifier: { "made" })
  }

  @Test("a lifecycle reads back as it was put")
  func lifecycles() throws {
    for rule in [
      "<ID>a</ID><Prefix>p/</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>",
      "<Filter/><Status>Disabled</Status><Expiration><Date>2026-01-01T00:00:00Z</Date></Expiration>",
      """
      <Filter><And><Prefix>x</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
      <Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>
      <NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>
      <Transition><Days>0</Days><StorageClass>GLACIER</StorageClass></Transition>
      <AbortIncompleteMultipartUpload><DaysAfterInitiation>4</DaysAfterInitiation>
      </AbortIncompleteMultipartUpload>
      """,
    ] {
      let read = try Self.lifecycle(rule)
      #expect(try LifecycleConfiguration(read.text, identifier: { "other" }) == read)
    }
    #expect(
      try Self.lifecycle(
        "<Prefix/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>"
      ).rules[0].id == "made")
  }

  @Test(
    "rules that cannot be kept are refused",
    arguments: [
      ("<Prefix/><Status>enabled</Status><Expiration><Days>1</Days></Expiration>", "MalformedXML"),
      ("<Prefix/><Status>Enabled</Status>", "InvalidRequest"),
      ("<Status>Enabled</Status><Expiration><Days>1</Days></Expiration>", "MalformedXML"),
      (
        "<Prefix/><Status>Enabled</Status><Expiration><Days>0</Days></Expiration>",
        "InvalidArgument"
      ),
      (
        "<Prefix/><Status>Enabled</Status><Expiration><Date>2026-01-01T01:00:00Z</Date></Expiration>",
        "InvalidArgument"
      ),
      (
        "<Prefix/><Status>Enabled</Status><Expiration><Date>soon</Date></Expiration>",
        "MalformedXML"
      ),
      (
        "<ID>\(String(repeating: "i", count: 256))</ID><Prefix/><Status>Enabled</Status>"
          + "<Expiration><Days>1</Days></Expiration>", "InvalidArgument"
      ),
    ])
  func badLifecycles(rule: String, code: String) {
    #expect(Self.code { _ = try Self.lifecycle(rule) } == code)
  }

  @Test(
    "an object lock has days or years",
    arguments: [
      ("<Mode>GOVERNANCE</Mode><Days>1</Days>", nil),
      ("<Mode>COMPLIANCE</Mode><Years>1</Years>", nil),
      ("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>", "MalformedXML"),
      ("<Mode>GOVERNANCE</Mode>", "MalformedXML"),
      ("<Mode>abc</Mode><Days>1</Days>", "MalformedXML"),
      ("<Mode>GOVERNANCE</Mode><Days>0</Days>", "InvalidRetentionPeriod"),
      ("<Mode>GOVERNANCE</Mode><Years>-1</Years>", "InvalidRetentionPeriod"),
    ] as [(String, String?)])
  func objectLock(inner: String, code: String?) throws {
    let text = """
      <ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>
      <DefaultRetention>\(inner)</DefaultRetention></Rule></ObjectLockConfiguration>
      """
    #expect(Self.code { _ = try ObjectLockConfiguration(Self.bytes(text)) } == code)
    if code == nil {
      let read = try ObjectLockConfiguration(Self.bytes(text))
      #expect(try ObjectLockConfiguration(read.text) == read)
    }
  }

  @Test("a deletion of many names 1 to 1000 keys")
  func deletions() throws {
    func document(_ count: Int) -> [UInt8] {
      let inner = (0..<count).map { "<Object><Key>k\($0)</Key></Object>" }.joined()
      return Self.bytes("<Delete><Quiet>true</Quiet>\(inner)</Delete>")
    }
    #expect(try DeleteDocument(document(1000)).entries.count == 1000)
    #expect(try DeleteDocument(document(1)).isQuiet)
    #expect(Self.code { _ = try DeleteDocument(document(0)) } == "MalformedXML")
    #expect(Self.code { _ = try DeleteDocument(document(1001)) } == "MalformedXML")
  }

  @Test(
    "a completion names its parts in order",
    arguments: [
      ([1, 2, 10_000], nil), ([2, 1], "InvalidPartOrder"), ([1, 1, 2], nil),
      ([0], "InvalidArgument"), ([10_001], "InvalidArgument"), ([], "MalformedXML"),
    ] as [([Int], String?)])
  func completions(numbers: [Int], code: String?) {
    let inner = numbers.map { "<Part><PartNumber>\($0)</PartNumber><ETag>x</ETag></Part>" }.joined()
    let text = "<CompleteMultipartUpload>\(inner)</CompleteMultipartUpload>"
    #expect(Self.code { _ = try CompleteDocument(Self.bytes(text)) } == code)
  }

  @Test("a list of permissions reads back, and gives what it grants")
  func permissions() throws {
    let owner = AccessControlPolicy.Owner(id: "o", name: "Olga")
    let acl = try #require(
      AccessControlPolicy.canned("public-read-write", owner: owner, bucketOwner: owner))
    #expect(try AccessControlPolicy(document: acl.text) == acl)
    #expect(acl.isPublic)
    #expect(acl.allows(.read, account: nil))
    #expect(!acl.allows(.read, account: nil, ignoringPublic: true))
    #expect(!acl.allows(.readACP, account: nil))
    #expect(acl.allows(.writeACP, account: "o"))
    #expect(AccessControlPolicy.canned("odd", owner: owner, bucketOwner: owner) == nil)
    let grants = try AccessControlPolicy.grants(
      header: "id=\"a\", uri=http://x, emailAddress=\"e@x\"", .read)
    #expect(
      grants.map(\.grantee) == [
        .account(id: "a", name: ""), .group("http://x"), .email("e@x"),
      ])
  }

  @Test("an error's document escapes what it repeats")
  func errors() {
    var text = ByteWriter()
    S3Error.invalidArgument("a", "<&>", "no").append(
      resource: "/b/<k>", requestID: "1", hostID: "h", to: &text)
    let document = text.bytes.lossyText
    #expect(document.contains("<ArgumentValue>&lt;&amp;&gt;</ArgumentValue>"))
    #expect(document.contains("<Resource>/b/&lt;k&gt;</Resource>"))
    #expect(!document.contains("xmlns"))
  }
}
