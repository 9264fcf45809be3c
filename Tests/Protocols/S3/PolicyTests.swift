import S3
import Testing

@Suite("Bucket policies")
struct PolicyTests {
  static func policy(_ statements: String) throws -> BucketPolicy {
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": [\(statements)]}"
    return try BucketPolicy(Array(text.utf8), bucket: "b")
  }

  static func request(
    _ action: String, _ resource: String = "arn:aws:s3:::b/k", by principals: [String] = ["alice"],
    context: [String: [String]] = [:]
  ) -> PolicyRequest {
    PolicyRequest(principals: principals, action: action, resource: resource, context: context)
  }

  static func allow(_ rest: String) -> String { "{\"Effect\": \"Allow\", \(rest)}" }
  static let everybody = #""Principal": "*""#

  @Test("a statement allows what it names, to whom it names")
  func allows() throws {
    let policy = try Self.policy(
      Self.allow(
        #""Principal": {"AWS": ["alice"]}, "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*""#))
    #expect(policy.evaluate(Self.request("s3:GetObject")) == .allowed)
    #expect(policy.evaluate(Self.request("s3:getobject")) == .allowed)
    #expect(policy.evaluate(Self.request("s3:PutObject")) == .noStatement)
    #expect(policy.evaluate(Self.request("s3:GetObject", by: ["bob"])) == .noStatement)
    #expect(
      policy.evaluate(Self.request("s3:GetBucketAcl", "arn:aws:s3:::b")) == .noStatement)
    #expect(!policy.isPublic)
  }

  @Test("a denial wins, wherever it stands")
  func denies() throws {
    let policy = try Self.policy(
      """
      \(Self.allow(#""Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#)),
      {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"}
      """)
    #expect(policy.evaluate(Self.request("s3:GetObject")) == .allowed)
    #expect(policy.evaluate(Self.request("s3:PutObject")) == .denied)
    #expect(policy.isPublic)
    #expect(policy.evaluate(Self.request("s3:GetObject"), ignoringPublic: true) == .noStatement)
  }

  static let cases: [(String, [String: [String]], Bool)] = [
    (#""StringEquals": {"s3:prefix": "a"}"#, ["s3:prefix": ["a"]], true),
    (#""StringEquals": {"s3:prefix": "a"}"#, ["s3:prefix": ["b"]], false),
    (#""StringEquals": {"s3:prefix": "a"}"#, [:], false),
    (#""StringEqualsIfExists": {"s3:prefix": "a"}"#, [:], true),
    (#""StringNotEquals": {"s3:prefix": "a"}"#, ["s3:prefix": ["b"]], true),
    (#""StringNotEquals": {"s3:prefix": "a"}"#, [:], true),
    (#""StringLike": {"s3:prefix": ["x", "a*c?"]}"#, ["s3:prefix": ["abbcd"]], true),
    (#""StringNotLike": {"s3:prefix": "a*"}"#, ["s3:prefix": ["abc"]], false),
    (#""NumericLessThanEquals": {"s3:max-keys": 10}"#, ["s3:max-keys": ["10"]], true),
    (#""NumericLessThan": {"s3:max-keys": "10"}"#, ["s3:max-keys": ["10"]], false),
    (#""Bool": {"aws:SecureTransport": true}"#, ["aws:securetransport": ["true"]], true),
    (#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, ["aws:sourceip": ["10.1.2.3"]], true),
    (#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, ["aws:sourceip": ["11.1.2.3"]], false),
    (#""NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, ["aws:sourceip": ["11.1.2.3"]], true),
    (#""IpAddress": {"aws:SourceIp": "2001:db8::/32"}"#, ["aws:sourceip": ["2001:db8::1"]], true),
    (#""IpAddress": {"aws:SourceIp": "2001:db8::/32"}"#, ["aws:sourceip": ["10.0.0.1"]], false),
    (
      #""DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
      ["aws:currenttime": ["2026-01-01T00:00:00.000Z"]], true
    ),
    (#""Null": {"s3:x-amz-acl": "true"}"#, [:], true),
    (#""Null": {"s3:x-amz-acl": "true"}"#, ["s3:x-amz-acl": ["private"]], false),
    (
      #""ForAllValues:StringLike": {"s3:RequestObjectTagKeys": ["a", "b"]}"#,
      ["s3:requestobjecttagkeys": ["a", "c"]], false
    ),
    (
      #""ForAnyValue:StringLike": {"s3:RequestObjectTagKeys": ["a", "b"]}"#,
      ["s3:requestobjecttagkeys": ["a", "c"]], true
    ),
    (
      #""StringEquals": {"s3:ExistingObjectTag/Team": "x"}"#,
      ["s3:existingobjecttag/Team": ["x"]], true
    ),
  ]

  @Test("conditions hold or do not", arguments: cases)
  func conditions(condition: String, context: [String: [String]], holds: Bool) throws {
    let policy = try Self.policy(
      Self.allow(
        """
        "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {\(condition)}
        """))
    let decision = policy.evaluate(Self.request("s3:GetObject", context: context))
    #expect((decision == .allowed) == holds)
  }

  @Test(
    "what is no policy of this bucket is refused",
    arguments: [
      "[]", "{}", "nonsense", #"{"Statement": []}"#, #"{"Statement": [{}]}"#,
      #"{"Version": "1999", "Statement": []}"#,
      allowed(#""Principal": "*", "Action": "s3:Fly", "Resource": "*""#),
      allowed(#""Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*""#),
      allowed(#""Principal": "*", "Action": "s3:GetObject", "Resource": "b/*""#),
      allowed(#""NotPrincipal": "*", "Action": "s3:GetObject", "Resource": "*""#),
      allowed(#""Principal": "*", "Action": "s3:GetObject""#),
      allowed(#""Principal": 5, "Action": "s3:GetObject", "Resource": "*""#),
      allowed(
        #""Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Odd": {"s3:prefix": "a"}}"#
      ),
      allowed(
        #""Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"no:key": "a"}}"#
      ),
      allowed(#""Principal": "*", "Action": "s3:*", "Resource": "*", "Extra": 1"#),
      String(repeating: "[", count: 5000), String(repeating: " ", count: 30_000),
    ])
  func refused(text: String) {
    let error = #expect(throws: S3Error.self) {
      try BucketPolicy(Array(text.utf8), bucket: "b")
    }
    #expect(error?.code == .malformedPolicy)
  }

  static func allowed(_ rest: String) -> String {
    "{\"Statement\": [{\"Effect\": \"Allow\", \(rest)}]}"
  }

  @Test("a policy over the whole folder does not tell parts of it apart")
  func folders() throws {
    func distinguishes(_ resource: String) throws -> Bool {
      try Self.policy(
        Self.allow("\"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"\(resource)\"")
      )
      .distinguishes(bucket: "b", folders: ["a/"])
    }
    #expect(try !distinguishes("arn:aws:s3:::b/*"))
    #expect(try !distinguishes("arn:aws:s3:::b/a/*"))
    #expect(try !distinguishes("arn:aws:s3:::b/c/*"))
    #expect(try distinguishes("arn:aws:s3:::b/a/x/*"))
    #expect(try distinguishes("arn:aws:s3:::b/a/x"))
  }

  @Test(
    "stars stand for anything",
    arguments: [
      ("*", "", true), ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "acb", false),
      ("*a*b*", "xxaxxbxx", true), ("a", "ab", false), ("", "", true), ("", "a", false),
      ("https://*.example.org", "https://a.example.org", true),
    ])
  func wildcards(pattern: String, text: String, matches: Bool) {
    #expect(Wildcard.matches(pattern, text) == matches)
  }

  @Test("a hostile pattern takes no more than a moment")
  func hostilePattern() {
    let pattern = String(repeating: "a*", count: 500) + "b"
    #expect(!Wildcard.matches(pattern, String(repeating: "a", count: 2000)))
  }
}
