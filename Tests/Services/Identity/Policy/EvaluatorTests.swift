import Testing
import Values

@testable import Identity

/// A policy of one statement a line: `allow s3:GetObject on arn:… if OPERATOR KEY VALUE`.
func rules(_ source: String, _ lines: String...) throws -> RuleSet {
  var statements: [String] = []
  for line in lines {
    let words = line.split(separator: " ").map(String.init)
    let effect = words[0] == "allow" ? "Allow" : "Deny"
    var condition = ""
    if words.count > 4 {
      condition = #","Condition":{"\#(words[5])":{"\#(words[6])":"\#(words[7])"}}"#
    }
    statements.append(
      #"{"Effect":"\#(effect)","Action":"\#(words[1])","Resource":"\#(words[3])"\#(condition)}"#)
  }
  let text = #"{"Statement":[\#(statements.joined(separator: ","))]}"#
  return try RuleSet(PolicyDocument(parsing: text, placement: .identity), source: source)
}

func bucketRules(_ members: String...) throws -> RuleSet {
  let text = #"{"Statement":[\#(members.map { "{\($0)}" }.joined(separator: ","))]}"#
  return try RuleSet(
    PolicyDocument(parsing: text, placement: .bucket("b")), source: "bucket policy")
}

@Suite("Evaluator")
struct EvaluatorTests {
  static let context = AccessContext(time: WallTime(nanoseconds: 1_800_000_000_000_000_000))
  static let ann = Subject(
    name: "user:ann", userName: "ann", accountID: "a1", accountName: "sales")

  private static func ask(
    _ action: Action = "s3:GetObject", _ resource: String = "arn:aws:s3:::b/k",
    owner: String? = nil, policy: RuleSet? = nil, acl: String? = nil, as standing: Standing
  ) -> Decision {
    Evaluator.decide(
      AccessRequest(
        action, on: resource, Self.context, resourceOwner: owner, resourcePolicy: policy,
        alsoAllowedBy: acl), standing)
  }

  @Test("nothing is allowed by default, and that is said")
  func byDefault() {
    let decision = Self.ask(as: Standing(subject: Self.ann, access: []))
    #expect(decision.description == "denied: no rule allows it (default)")
  }

  @Test("deny wins over allow, wherever either is")
  func denyWins() throws {
    let all = try rules("role all", "allow s3:* on *")
    let but = try rules("policy but", "deny s3:GetObject on arn:aws:s3:::b/k")
    let decision = Self.ask(as: Standing(subject: Self.ann, access: [all, but]))
    #expect(decision.description == "denied: deny, statement 1 (policy but)")
    let other = Self.ask(
      "s3:GetObject", "arn:aws:s3:::b/other", as: Standing(subject: Self.ann, access: [all, but]))
    #expect(other.description == "allowed: allow, statement 1 (role all)")
  }

  @Test("a bucket's policy allows somebody who has nothing else")
  func bucketAllows() throws {
    let policy = try bucketRules(
      #""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::sales:user/ann"},"#
        + #""Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#)
    #expect(Self.ask(policy: policy, as: Standing(subject: Self.ann, access: [])).isAllowed)
    let bob = Subject(name: "user:bob", userName: "bob", accountID: "a1", accountName: "sales")
    #expect(!Self.ask(policy: policy, as: Standing(subject: bob, access: [])).isAllowed)
    #expect(!Self.ask(policy: policy, as: .anonymous).isAllowed)
  }

  @Test(
    "principals of a bucket's policy",
    arguments: [
      ("*", true, true), ("arn:aws:iam::a1:root", true, false), ("sales", true, false),
      ("a1", true, false), ("arn:aws:iam::a1:user/ann", true, false),
      ("arn:aws:iam:::user/ann", true, false), ("arn:aws:iam::a2:user/ann", false, false),
      ("arn:aws:iam::a1:user/bob", false, false), ("arn:aws:iam:::user/a1", true, false),
    ])
  func principals(text: String, ann: Bool, anonymous: Bool) throws {
    let pattern = try #require(PrincipalPattern(text))
    #expect(pattern.matches(Self.ann) == ann)
    #expect(pattern.matches(.anonymous) == anonymous)
  }

  @Test("NotPrincipal denies everybody else")
  func notPrincipal() throws {
    let policy = try bucketRules(
      #""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#,
      #""Effect":"Deny","NotPrincipal":{"AWS":"a1"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*""#)
    #expect(Self.ask(policy: policy, as: Standing(subject: Self.ann, access: [])).isAllowed)
    #expect(!Self.ask(policy: policy, as: .anonymous).isAllowed)
  }

  @Test("root of the owner may all that the bucket's policy does not deny")
  func root() throws {
    let denied = try rules("policy no", "deny s3:* on *")
    let root = Standing(subject: Self.ann, isAccountRoot: true, access: [denied])
    #expect(Self.ask(owner: "a1", as: root).isAllowed)
    #expect(!Self.ask(owner: "a2", as: root).isAllowed)
    let policy = try bucketRules(
      #""Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#)
    #expect(!Self.ask(owner: "a1", policy: policy, as: root).isAllowed)
  }

  @Test("what narrows must allow too, also for root")
  func narrowing() throws {
    let all = try rules("role all", "allow * on *")
    let only = try rules("policy of access key LK", "allow s3:GetObject on arn:aws:s3:::b/in/*")
    let narrowed = Standing(
      subject: Self.ann, isAccountRoot: true, access: [all], narrowing: [only])
    #expect(Self.ask("s3:GetObject", "arn:aws:s3:::b/in/k", as: narrowed).isAllowed)
    let refused = Self.ask("s3:GetObject", "arn:aws:s3:::b/out", owner: "a1", as: narrowed)
    #expect(refused.source == "policy of access key LK")
    #expect(!refused.isAllowed)
    // And what the owner may not do, a narrowing does not add.
    let nothing = Standing(subject: Self.ann, access: [], narrowing: [only])
    #expect(!Self.ask("s3:GetObject", "arn:aws:s3:::b/in/k", as: nothing).isAllowed)
  }

  @Test("an ACL allows last, and a deny beats it")
  func acl() throws {
    #expect(Self.ask(acl: "ACL", as: Standing(subject: Self.ann, access: [])).isAllowed)
    let denied = try rules("policy no", "deny s3:* on *")
    #expect(!Self.ask(acl: "ACL", as: Standing(subject: Self.ann, access: [denied])).isAllowed)
  }

  @Test(
    "built-in roles",
    arguments: [
      ("admin", "identity:write", true), ("admin", "table:Drop", true),
      ("operator", "service:operate", true), ("operator", "identity:write", false),
      ("operator", "s3:GetObject", false), ("reader", "cluster:read", true),
      ("reader", "cluster:operate", false), ("reader", "audit:read", false),
      ("none", "cluster:read", false),
    ])
  func builtIn(role: String, action: String, allows: Bool) throws {
    let definition = try #require(BuiltInRoles.all[role])
    let standing = Standing(subject: Self.ann, access: [definition.rules])
    let decision = Self.ask(try #require(Action(named: action)), "anything", as: standing)
    #expect(decision.isAllowed == allows)
  }

  @Test(
    "privileges hold what they imply",
    arguments: [
      ("s3:read", "s3:GetObject", true), ("s3:read", "s3:PutObject", false),
      ("s3:write", "s3:DeleteObject", true), ("s3:owner", "s3:PutBucketPolicy", true),
      ("catalog:manage", "catalog:read", true), ("catalog:write", "catalog:manage", false),
      ("S3:getobject", "s3:GetObject", true), ("s3:Get*", "s3:GetObjectAcl", true),
      ("*:read", "metrics:read", true), ("*:read", "table:Select", false),
      ("cluster:operate", "cluster:read", true),
    ])
  func privileges(privilege: String, action: String, holds: Bool) throws {
    let set = try #require(ActionSet(pattern: privilege))
    #expect(set.contains(try #require(Action(named: action))) == holds)
  }

  @Test("policy test answers for a document alone")
  func policyTest() throws {
    let text = #"{"Statement":{"Effect":"Allow","Action":"catalog:read","Resource":"catalog/*"}}"#
    let decision = try IdentityService.test(
      policy: text, AccessRequest("catalog:read", on: "catalog/lake", Self.context))
    #expect(decision.description == "allowed: allow, statement 1 (policy)")
  }
}
