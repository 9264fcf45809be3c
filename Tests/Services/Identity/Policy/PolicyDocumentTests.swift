import Fuzzing
import Testing
import Values

@testable import Identity

@Suite("Policy documents")
struct PolicyDocumentTests {
  private static func why(_ text: String, _ placement: PolicyDocument.Placement = .identity)
    -> String?
  {
    do {
      _ = try PolicyDocument(parsing: text, placement: placement)
      return nil
    } catch { return error.why }
  }

  private static func statement(_ members: String) -> String {
    #"{"Version":"2012-10-17","Statement":[{\#(members)}]}"#
  }

  @Test(
    "what is wrong is said",
    arguments: [
      ("[]", "it is no JSON object"),
      (#"{"Statement":[]}"#, "no statement"),
      (#"{"Version":"2020-01-01","Statement":[{}]}"#, "Version is"),
      (#"{"Extra":1,"Statement":[{}]}"#, "Extra"),
      (Self.statement(#""Effect":"allow","Action":"*","Resource":"*""#), "Effect"),
      (Self.statement(#""Effect":"Allow","Resource":"*""#), "Action"),
      (Self.statement(#""Effect":"Allow","Action":"*","NotAction":"*","Resource":"*""#), "Action"),
      (Self.statement(#""Effect":"Allow","Action":"s3:Fly","Resource":"*""#), "s3:Fly"),
      (Self.statement(#""Effect":"Allow","Action":[],"Resource":"*""#), "empty"),
      (Self.statement(#""Effect":"Allow","Action":"*""#), "Resource"),
      (
        Self.statement(#""Effect":"Allow","Action":"*","Resource":"*","Principal":"*""#),
        "Principal"
      ),
      (
        Self.statement(
          #""Effect":"Allow","Action":"*","Resource":"*","Condition":{"Maybe":{"s3:prefix":"a"}}"#),
        "Maybe"
      ),
      (
        Self.statement(
          #""Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:Moon":"a"}}"#),
        "aws:Moon"
      ),
      (
        Self.statement(
          #""Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"x"}}"#
        ), "cannot be compared"
      ),
      (
        Self.statement(#""Effect":"Allow","Action":"*","Resource":"a/${aws:username}""#),
        "variables"
      ),
      (
        #"{"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}]}"#, "Effect"
      ),
    ])
  func malformed(text: String, word: String) throws {
    let why = try #require(Self.why(text))
    #expect(why.contains(word), "\(why)")
  }

  @Test("a bucket's policy names principals and stays in its bucket")
  func bucket() throws {
    let start = #""Effect":"Allow","Action":"s3:GetObject""#
    let place = PolicyDocument.Placement.bucket("logs")
    #expect(
      Self.why(
        Self.statement(start + #","Principal":"*","Resource":"arn:aws:s3:::logs/*""#), place)
        == nil)
    let outside = Self.statement(start + #","Principal":"*","Resource":"arn:aws:s3:::logs2/*""#)
    #expect(try #require(Self.why(outside, place)).contains("not in the bucket"))
    let nobody = Self.statement(start + #","Resource":"arn:aws:s3:::logs/*""#)
    #expect(try #require(Self.why(nobody, place)).contains("Principal"))
    let notAllowed = Self.statement(
      start + #","NotPrincipal":"*","Resource":"arn:aws:s3:::logs/*""#)
    #expect(try #require(Self.why(notAllowed, place)).contains("Deny only"))
  }

  @Test("a policy over 20 KiB is over the limit")
  func tooLong() {
    let padding = String(repeating: " ", count: PolicyDocument.byteCountMax)
    #expect(throws: IdentityError.self) {
      _ = try PolicyDocument(parsing: padding, placement: .identity)
    }
  }

  @Test("a bucket's policy is public when it lets anybody in")
  func publicness() throws {
    func isPublic(_ condition: String, principal: String = #""*""#) throws -> Bool {
      let text = Self.statement(
        #""Effect":"Allow","Action":"s3:GetObject","Principal":\#(principal),"#
          + #""Resource":"arn:aws:s3:::b/*"\#(condition)"#)
      return try RuleSet(
        PolicyDocument(parsing: text, placement: .bucket("b")), source: "bucket policy"
      ).isPublic
    }
    #expect(try isPublic(""))
    #expect(try isPublic("", principal: #"{"AWS":["*"]}"#))
    #expect(try !isPublic("", principal: #"{"AWS":"arn:aws:iam::a1:root"}"#))
    #expect(
      try !isPublic(#","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#))
    #expect(try isPublic(#","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#))
  }

  @Test("no text makes the parser trap, and what it takes compiles")
  func hostile() throws {
    let seeds = [
      Self.statement(#""Effect":"Allow","Action":["s3:Get*"],"Resource":"*""#),
      Self.statement(
        #""Sid":"a","Effect":"Deny","NotAction":"s3:*","NotResource":["arn:aws:s3:::b"],"#
          + #""Condition":{"ForAnyValue:StringLike":{"s3:prefix":["a*",1,true]}}"#),
    ]
    try Fuzzer.run(
      name: "policy", seeds: seeds.map { Array($0.utf8) }, iterations: 20_000, seed: 1, seconds: 3,
      dictionary: ["Statement", "Condition", "Bool", "*", "?"].map { Array($0.utf8) }
    ) { input in
      let text = input.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      _ = try? PolicyDocument(parsing: text, placement: .identity)
    }
  }
}
