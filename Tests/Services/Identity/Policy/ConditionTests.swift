import Testing
import Values

@testable import Identity

@Suite("Conditions")
struct ConditionTests {
  private static let prefix = "s3:prefix"

  /// Each operator over one or more values of the request; an empty list is a key that is not there.
  @Test(
    "operators",
    arguments: [
      ("StringEquals", ["a"], ["a"], true),
      ("StringEquals", ["a", "b"], ["b"], true),
      ("StringEquals", ["a"], ["A"], false),
      ("StringEquals", ["a"], [], false),
      ("StringEqualsIfExists", ["a"], [], true),
      ("StringEqualsIfExists", ["a"], ["b"], false),
      ("StringNotEquals", ["a"], ["b"], true),
      ("StringNotEquals", ["a", "b"], ["b"], false),
      ("StringNotEquals", ["a"], [], true),
      ("StringEqualsIgnoreCase", ["A"], ["a"], true),
      ("StringNotEqualsIgnoreCase", ["A"], ["a"], false),
      ("StringLike", ["home/*"], ["home/ann"], true),
      ("StringNotLike", ["home/*"], ["home/ann"], false),
      ("NumericEquals", ["10"], ["10.0"], true),
      ("NumericNotEquals", ["10"], ["10.0"], false),
      ("NumericLessThan", ["10"], ["9"], true),
      ("NumericLessThanEquals", ["10"], ["10"], true),
      ("NumericGreaterThan", ["10"], ["10"], false),
      ("NumericGreaterThanEquals", ["10"], ["10"], true),
      // What is no number fits no number.
      ("NumericLessThan", ["10"], ["ten"], false),
      ("DateLessThan", ["2026-01-01T00:00:00Z"], ["2025-12-31T23:59:59Z"], true),
      ("DateGreaterThan", ["2026-01-01"], ["2025-12-31T23:59:59Z"], false),
      ("DateEquals", ["1767225600"], ["2026-01-01T00:00:00Z"], true),
      ("DateNotEquals", ["1767225600"], ["2026-01-01T00:00:00Z"], false),
      ("Bool", ["true"], ["True"], true),
      ("Bool", ["false"], ["true"], false),
      ("ArnLike", ["arn:aws:s3:::a*"], ["arn:aws:s3:::ab/c"], true),
      // A star of one part does not reach over a colon.
      ("ArnLike", ["arn:a*3::::b"], ["arn:aws:s3:::b"], false),
      ("ArnEquals", ["arn:aws:*:::b"], ["arn:aws:s3:::b"], true),
      ("ArnNotLike", ["arn:aws:s3:::a*"], ["arn:aws:s3:::b"], true),
      ("Null", ["true"], [], true),
      ("Null", ["true"], ["x"], false),
      ("Null", ["false"], ["x"], true),
      ("Null", ["false"], [], false),
      ("ForAllValues:StringEquals", ["a", "b"], ["a", "b", "a"], true),
      ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], false),
      ("ForAllValues:StringEquals", ["a"], [], true),
      ("ForAnyValue:StringEquals", ["a"], ["c", "a"], true),
      ("ForAnyValue:StringEquals", ["a"], ["c"], false),
      ("ForAnyValue:StringEquals", ["a"], [], false),
      ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], true),
      ("ForAnyValue:StringNotEquals", ["a"], ["a"], false),
      ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], true),
      ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], false),
      ("ForAnyValue:StringLikeIfExists", ["a*"], [], true),
    ] as [(String, [String], [String], Bool)])
  func operators(by: String, values: [String], request: [String], holds: Bool) throws {
    let condition = try Condition(
      try #require(ConditionOperator(parsing: by)), try #require(ConditionKey(Self.prefix)), values)
    #expect(condition.holds(for: request) == holds)
  }

  @Test(
    "what the context knows itself",
    arguments: [
      ("IpAddress", "aws:SourceIp", "192.0.2.0/24", true),
      ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24", false),
      ("Null", "aws:SourceIp", "false", true),
      ("Bool", "aws:SecureTransport", "false", false),
      ("BoolIfExists", "aws:SecureTransport", "true", true),
      ("StringLike", "aws:UserAgent", "aws-cli/*", true),
      ("StringEquals", "aws:Referer", "x", false),
      ("DateGreaterThan", "aws:CurrentTime", "2025-01-01", true),
      ("NumericLessThan", "aws:EpochTime", "1", false),
      ("StringEquals", "aws:username", "ann", true),
      ("StringEquals", "aws:PrincipalAccount", "acct", true),
      ("StringEquals", "s3:ExistingObjectTag/Team", "blue", true),
      ("StringEquals", "s3:ExistingObjectTag/team", "blue", false),
    ])
  func context(by: String, key: String, value: String, holds: Bool) throws {
    let tag = try #require(ConditionKey("S3:existingObjectTag/Team"))
    let context = AccessContext(
      time: try WallTime(parsing: "2026-01-01T00:00:00Z"),
      sourceAddress: NetworkAddress("192.0.2.9"), isSecure: true, userAgent: "aws-cli/2",
      values: [AccessContext.Value(tag, ["blue"])])
    let condition = try Condition(
      try #require(ConditionOperator(parsing: by)), try #require(ConditionKey(key)), [value])
    let subject = Subject(name: "user:ann", userName: "ann", accountID: "acct")
    #expect(condition.holds(in: context, subject) == holds)
  }

  @Test(
    "what is no operator", arguments: ["", "StringEqual", "ForSome:StringEquals", "NullIfExists"])
  func unknownOperators(text: String) {
    #expect(ConditionOperator(parsing: text) == nil)
  }
}
